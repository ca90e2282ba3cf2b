# SPDX-License-Identifier: Apache-2.0
"""Asynchronous jobs as clients see them, and fronts whose web server lets people log in.

    with LoginFront(stack(), front_name()) as here:
        alice = Jobs(here, "alice")
        job = alice.create(QUERY=SHORT, PHASE="RUN")
        job.wait_end()
        job.result()
"""
import base64
import contextlib
import hashlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

from clients import Reply
from harness import wait_until
from web import Front, Process

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}href"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
ACTIVE = ("PENDING", "QUEUED", "EXECUTING")
PHASES = ("PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "UNKNOWN", "HELD", "SUSPENDED",
          "ABORTED", "ARCHIVED")

SHORT = "SELECT TOP 3 obs_id, t_exptime FROM ivoa.obscore ORDER BY obs_id"
WRONG = "SELECT nothing FROM ivoa.obscore"


def pairs(millions):
    """A query that keeps one core busy for about a second per ten million pairs."""
    return ("SELECT COUNT(*) AS n FROM (SELECT TOP 10000 energy AS e FROM dl3.events) AS a, "
            f"(SELECT TOP {millions * 100} energy AS e FROM dl3.events) AS b WHERE a.e + b.e < 0")


# Minutes, where no test waits for its end.
LONG_QUERY = ("SELECT COUNT(*) AS n FROM dl3.events AS a, dl3.events AS b, "
              "(SELECT TOP 100 energy FROM dl3.events) AS c WHERE a.energy + b.energy + c.energy < 0")

PASSWORDS = {"alice": "wonderland", "bob": "builder"}

LOGIN_APACHE = """
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so
LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
<LocationMatch "^${VOGATE_PATH}(tap|uws)">
  <If "-n req_novary('Authorization')">
    AuthType Basic
    AuthName vogate
    AuthUserFile "@USERS@"
    Require valid-user
  </If>
</LocationMatch>
"""
# Where nobody asks for a password, there is none to check. (A `map` would stand outside of server { }.)
LOGIN_NGINX = """
set $vogate_realm off;
if ($http_authorization) { set $vogate_realm vogate; }
auth_basic $vogate_realm;
auth_basic_user_file @USERS@;
set $vogate_user $remote_user;
"""


class LoginFront(Front):
    """A front where alice and bob may log in, and nobody has to."""

    def __init__(self, base, name, options=None):
        users = base.var / "users"
        users.write_text("".join(
            f"{user}:{{SHA}}{base64.b64encode(hashlib.sha1(word.encode()).digest()).decode()}\n"
            for user, word in PASSWORDS.items()))

        def edit(text):
            login = LOGIN_APACHE if "SetHandler" in text else LOGIN_NGINX
            return text + login.replace("@USERS@", str(users))
        # Each WAIT of a test is one client's.
        super().__init__(base, name, {"wait_max_total": 60, "wait_max_per_client": 60, **(options or {})},
                         edit)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def call(url, data=None, method=None, user=None, headers=None, timeout=70):
    """One request, redirects not followed; data are parameters, or bytes."""
    headers = dict(headers or {})
    if user:
        word = base64.b64encode(f"{user}:{PASSWORDS[user]}".encode()).decode()
        headers["Authorization"] = "Basic " + word
    if isinstance(data, (dict, list)):
        data = urllib.parse.urlencode(data, doseq=True).encode()
    asked = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.build_opener(_NoRedirect).open(asked, timeout=timeout) as reply:
            return Reply(reply.status, reply.getheaders(), reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, list(error.headers.items()), error.read())


def multipart(fields, files):
    """(body, Content-Type); files: (name, file name, type, bytes)."""
    mark = "xXxvogatexXx"
    out = b""
    for name, value in fields:
        out += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, kind, content in files:
        out += (f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                f"Content-Type: {kind}\r\n\r\n").encode() + content + b"\r\n"
    return out + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


class Job:
    def __init__(self, jobs, url):
        self.jobs, self.url = jobs, url

    def get(self, path="", headers=None, timeout=70):
        return self.jobs.call(self.url + path, headers=headers, timeout=timeout)

    def post(self, path="", **data):
        return self.jobs.call(self.url + path, data)

    def document(self, query=""):
        reply = self.get(query)
        if reply.status != 200:
            raise RuntimeError(f"{self.url}{query}: {reply.status} {reply.text[:300]}")
        return ET.fromstring(reply.body)

    def text(self, name, query=""):
        """Of an element of the document; None for one that is nil or absent."""
        found = self.document(query).find(UWS + name)
        return None if found is None or found.get(NIL) == "true" else found.text

    @property
    def phase(self):
        return self.get("/phase").text

    def run(self):
        return self.post("/phase", PHASE="RUN")

    def abort(self):
        return self.post("/phase", PHASE="ABORT")

    def delete(self):
        return self.jobs.call(self.url, method="DELETE")

    def wait_phase(self, *wanted, seconds=30):
        """The phase when it is one of those wanted, or when time is up."""
        end = time.monotonic() + seconds
        while (phase := self.phase) not in wanted and time.monotonic() < end:
            time.sleep(0.05)
        return phase

    def wait_end(self, seconds=60):
        return self.wait_phase("COMPLETED", "ERROR", "ABORTED", seconds=seconds)

    def result(self, headers=None):
        return self.get("/results/result", headers=headers)

    def message(self):
        found = self.document().find(f"{UWS}errorSummary/{UWS}message")
        return None if found is None else found.text


class Jobs:
    """The job list of a user, or of nobody."""

    def __init__(self, here, user=None, path="/tap/async"):
        self.here, self.user = here, user
        self.url = here.url + path

    def call(self, url, data=None, method=None, headers=None, timeout=70):
        return call(url, data, method, self.user, headers, timeout)

    def post(self, **data):
        return self.call(self.url, data or b"")

    def create(self, **data):
        reply = self.post(**data)
        if reply.status != 303:
            raise RuntimeError(f"{self.url}: {reply.status} {reply.text[:300]}")
        return Job(self, reply.headers["location"])

    def query(self, query, run=True, **data):
        return self.create(LANG="ADQL", QUERY=query, **({"PHASE": "RUN"} if run else {}), **data)

    def list(self, query=""):
        return self.call(self.url + query)

    def refs(self, query=""):
        """The jobref elements of the list."""
        reply = self.list(query)
        if reply.status != 200:
            raise RuntimeError(f"{self.url}{query}: {reply.status} {reply.text[:300]}")
        return ET.fromstring(reply.body).findall(UWS + "jobref")

    def clear(self):
        for ref in self.refs():
            with contextlib.suppress(RuntimeError):
                Job(self, ref.get(XLINK)).delete()


def wrapped(base, script):
    """A libexec_dir whose vogate-worker is started by a shell script; "$WORKER" is the real one."""
    real = base.var / "app/libexec/vogate"
    folder = base.var / "wrapped"
    folder.mkdir(exist_ok=True)
    for path in real.iterdir():
        with contextlib.suppress(FileExistsError):
            (folder / path.name).symlink_to(path)
    worker = folder / "vogate-worker"
    worker.unlink()
    worker.write_text(f'#!/bin/sh\nWORKER={real}/vogate-worker\n{script}\n')
    worker.chmod(0o755)
    return folder


@contextlib.contextmanager
def alone(base, options=None, script=None):
    """A front of a stack whose own services are stopped meanwhile, so that its worker is the only one."""
    os.kill(base.pid_of("vogate"), signal.SIGTERM)
    if wait_until(lambda: base.pid_of("vogate") is None, 40) is not True:
        raise RuntimeError("vogate run does not stop")
    more = {"libexec_dir": wrapped(base, script)} if script else {}
    with LoginFront(base, "apache", {**(options or {}), **more}) as here:
        yield here


def with_services(base):
    """The own services of a stack again, after `alone`."""
    if base.pid_of("vogate") is None:
        base.services = Process([base.var / "app/bin/vogate", "--config", base.config, "run"], base.var, "vogate.log")
        base.services.wait_ready(lambda: base.pid_of("vogate") is not None)


def each_alone(tap, base, *checks):
    """Checks that stop the services of the stack: one that breaks is a failure, and the next goes on."""
    for check in checks:
        try:
            check(tap, base)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            tap.ok(False, f"{check.__name__}: {error}")
        finally:
            # So that the next finds services to stop.
            with_services(base)
