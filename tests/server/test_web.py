#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""conf/apache.conf and conf/nginx.conf under real servers, with a stand-in for the service."""
import base64
import http.client
import os
import re
import threading
import time
import urllib.parse
import xml.etree.ElementTree

from clients import request
from harness import ROOT, main, run
from stand_in import BrokenOff, StandIn
from web import Site, WebServer, check_configuration, echo, front_name

OWN_ERROR = (b"Status: %d x\r\nContent-Type: application/x-votable+xml\r\nRetry-After: 7\r\n\r\n"
             b"<VOTABLE>the service's own words</VOTABLE>")

# Where the servers differ.
APACHE = {
    "absent": 503, "broken": (502, 503), "mumbled": 500, "long header": 400,
    # LimitRequestLine of 16,370 bytes, less the path and the rest of the line
    "longest query": 16_330, "too long query": 16_400,
    "Expect": 417, "TRACE": True, "NUL": None, "PATH_INFO": "/tables/a",
}
EXPECTED = {
    "apache": APACHE,
    "nginx": {
        "absent": 502, "broken": (502,), "mumbled": 502, "long header": 431,
        "longest query": 32_000, "too long query": 33_000,
        "Expect": None, "TRACE": True, "NUL": 400, "PATH_INFO": "/tables/a/b",
    },
    # What the proxy itself refuses is its own affair.
    "proxy": {**APACHE, "TRACE": False, "Expect": None},
}
FRONT = front_name()
HERE = EXPECTED[FRONT]


def check_error(tap, reply, status, name, retry):
    """An error document of the web server: status, type, well-formed VOTable with words, Retry-After."""
    tap.equal((reply.status, reply.content_type), (status, "application/x-votable+xml"), name)
    tap.ok(reply.is_votable_error() and len(reply.votable_status()[1]) > 40,
           name + ", with words", reply.text[:300])
    try:
        xml.etree.ElementTree.fromstring(reply.body)
        good = True
    except xml.etree.ElementTree.ParseError:
        good = False
    tap.ok(good, name + ", well-formed", reply.text[:300])
    tap.equal(reply.headers.get("retry-after"), "10" if retry else None,
              name + (", with Retry-After" if retry else ", without Retry-After"))


def test_absent_service(tap):
    """No socket, a socket without a listener, a service that comes back."""
    with Site(FRONT) as site:
        check_error(tap, request(site.url + "/tap/availability"), HERE["absent"],
                    "no socket", True)
        with StandIn(site.socket, echo):
            tap.equal(request(site.url + "/tap/sync").status, 200,
                      "a service that is back is used at once")
            # Closing the listener leaves what a killed supervisor leaves: a file and nobody.
            os.link(site.socket, site.home / "run/kept")
        os.rename(site.home / "run/kept", site.socket)
        check_error(tap, request(site.url + "/tap/sync", data=b"QUERY=x"), HERE["absent"],
                    "nobody listens, also for POST", True)


def test_bad_service(tap):
    """Silence, a broken connection, a mumbled answer."""
    with Site(FRONT) as site:
        with StandIn(site.socket, lambda *_: time.sleep(3)):
            check_error(tap, request(site.url + "/tap/sync"), 504, "silence: 504", True)
        with StandIn(site.socket, lambda *_: None):
            reply = request(site.url + "/tap/sync")
            tap.ok(reply.status in HERE["broken"], "a broken connection: 502 or 503", reply.status)
            check_error(tap, reply, reply.status, "a broken connection", True)
        with StandIn(site.socket, lambda *_: b"Status: 200 OK\r\nno header\r\n\r\nbody"):
            reply = request(site.url + "/tap/sync")
            tap.ok(reply.status == HERE["mumbled"] and "no header" not in reply.text,
                   "a mumbled header is not passed on", reply.status, reply.text[:200])
        with StandIn(site.socket, lambda *_: BrokenOff(
                b"Status: 200 OK\r\nContent-Type: text/csv\r\n\r\n" + b"1,2\r\n" * 40_000)):
            try:
                found = len(request(site.url + "/tap/sync").body)
            except http.client.HTTPException as error:
                found = error
            tap.ok(isinstance(found, http.client.IncompleteRead),
                   "an answer that breaks off does not look whole", repr(found)[:80])


def test_own_errors(tap):
    """What the service answers itself passes untouched, whatever its status."""
    wanted = []
    with Site(FRONT) as site, StandIn(site.socket, lambda *_: OWN_ERROR % wanted[0]):
        for status in (400, 404, 413, 500, 502, 503, 504):
            wanted[:] = [status]
            reply = request(site.url + "/tap/sync")
            tap.equal((reply.status, reply.text, reply.headers.get("retry-after")),
                      (status, "<VOTABLE>the service's own words</VOTABLE>", "7"),
                      f"the service's own {status} passes")


def test_limits(tap):
    """Bodies and URLs that are too large."""
    with Site(FRONT) as site, StandIn(site.socket, echo):
        check_error(tap, request(site.url + "/tap/sync", data=b"x" * 104_300_000), 413,
                    "a body that is far too long: 413", False)
        reply = request(site.url + "/tap/sync", data=b"x" * 104_194_305)
        tap.contains(reply.text, "body=104194305", "one a little over the limit is the service's")

        def chunks():
            for _ in range(105):
                yield b"x" * 1_000_000

        reply = request(site.url + "/tap/sync", data=chunks(), method="POST",
                        headers={"Transfer-Encoding": "chunked"})
        if FRONT != "apache":
            check_error(tap, reply, 413, "one without a length is counted, too", False)
        else:
            tap.contains(reply.text, "body=105000000", "one without a length is the service's, too")
        # QUERY_STRING must not get lost on the way.
        length = HERE["longest query"]
        reply = request(site.url + "/tap/sync?" + "q" * length)
        found = [line for line in reply.text.splitlines() if line.startswith("QUERY_STRING=q")]
        tap.equal([len(line) for line in found], [13 + length],
                  f"a query string of {length:,} bytes arrives")
        check_error(tap, request(site.url + "/tap/sync?" + "q" * HERE["too long query"]), 414,
                    "a longer one: 414", False)
        reply = request(site.url + "/tap/sync", headers={"X-Long": "x" * (
            40_000 if FRONT == "nginx" else 20_000)})
        check_error(tap, reply, HERE["long header"], "a header that is too long", False)


def test_odd_requests(tap):
    """Requests that the web server refuses before it knows whose they are."""
    with Site(FRONT) as site, StandIn(site.socket, echo):
        reply = request(site.url + "/tap/sync", method="TRACE")
        if HERE["TRACE"]:
            check_error(tap, reply, 405, "TRACE: 405", False)
        else:
            tap.equal(reply.status, 405, "TRACE: 405")
        reply = request(site.url + "/tap/sync", headers={"Expect": "nonsense"})
        if HERE["Expect"]:
            check_error(tap, reply, HERE["Expect"], "Expect: nonsense", False)
        else:
            tap.equal(reply.status, 200, "Expect: nonsense is nobody's business")
        reply = request(site.url + "/tap/%zz")
        if FRONT == "proxy":
            tap.equal(reply.status, 400, "a broken escape: 400")
        else:
            check_error(tap, reply, 400, "a broken escape: 400", False)
        reply = request(site.url + "/tap/a%00b")
        if HERE["NUL"]:
            check_error(tap, reply, HERE["NUL"], "a NUL in the path", False)
        else:
            tap.ok(reply.status in (400, 404), "a NUL in the path", reply.status)
        reply = request(site.url + "/tap/sync", headers={"Expect": "100-continue"}, data=b"12345")
        tap.contains(reply.text, "body=5", "Expect: 100-continue is kept")
        head = request(site.url + "/tap/sync", method="HEAD")
        tap.equal((head.status, head.body), (200, b""), "HEAD has a header and no body")


def test_what_arrives(tap):
    """Path, query, headers and body as the service gets them."""
    with Site(FRONT) as site, StandIn(site.socket, echo):
        reply = request(site.url + "/tap/tables/a%2Fb?x=1%262&y", data=b"12345",
                        headers={"Authorization": "Bearer t0ken", "X-Forwarded-Host": "evil"})
        for part in (f"SCRIPT_NAME={site.script}\n", "PATH_INFO=" + HERE["PATH_INFO"],
                     "QUERY_STRING=x=1%262&y\n",
                     f"REQUEST_URI={site.script}/tables/a%2Fb?x=1%262&y\n", "REQUEST_METHOD=POST\n",
                     "HTTP_AUTHORIZATION=Bearer t0ken\n", "CONTENT_LENGTH=5\n", "body=5"):
            tap.contains(reply.text + "\n", part, "the service sees " + part.strip())
        names = [line.partition("=")[0] for line in reply.text.splitlines()]
        tap.equal(sorted({name for name in names if names.count(name) > 1}), [],
                  "it sees nothing twice")
        host = urllib.parse.urlparse(site.web.root).netloc
        tap.contains(reply.text, f"HTTP_HOST={host}\n", "the Host has its port")
        reply = request(site.url + "/tap?x=1")
        tap.ok(f"SCRIPT_NAME={site.script}\n" in reply.text and "QUERY_STRING=x=1\n" in reply.text,
               "/tap itself is the service's", reply.text)
        tap.equal(request(site.url + "/tapx").status, 404, "/tapx is not")
        if site.url != site.root:
            tap.equal(request(site.root + "/tap/tables").status, 404, "nothing at /tap")
        nobody = {"Authorization": "Basic " + base64.b64encode(b"root:x").decode()}
        reply = request(site.url + "/tap/sync", headers={**nobody, "Remote-User": "root"})
        tap.ok("\nREMOTE_USER=" not in "\n" + reply.text.replace("REMOTE_USER=\n", ""),
               "a user whom nobody has asked for a password is none", reply.text)


def test_two_services(tap):
    """/tap/async and what is below it is another service's, with all that holds for /tap."""
    def name(word):
        return lambda parameters, body: echo({**parameters, "SERVICE": word}, body)

    with Site(FRONT) as site:
        with StandIn(site.socket, name("sync")):
            check_error(tap, request(site.url + "/tap/async/a1"), HERE["absent"],
                        "jobs, without their service", True)
            tap.contains(request(site.url + "/tap/sync").text, "SERVICE=sync\n",
                         "which the other does not mind")
        with StandIn(site.socket, name("sync")), StandIn(site.async_socket, name("async")):
            for path, info in (("/tap/async", ""), ("/tap/async?PHASE=ABORTED", ""), ("/tap/async/", "/"),
                               ("/tap/async/a1/results/result", "/a1/results/result"),
                               ("/tap/async/a1/parameters/a%20b", "/a1/parameters/a b")):
                reply = request(site.url + path)
                lines = reply.text.splitlines()
                tap.ok(reply.status == 200 and "SERVICE=async" in lines
                       and f"SCRIPT_NAME={site.script}/async" in lines
                       and (f"PATH_INFO={info}" in lines or not info and "PATH_INFO" not in reply.text),
                       f"{path} is the other service's", reply.status, reply.text)
            for path in ("/tap", "/tap/", "/tap/asyncx", "/tap/tables/async", "/tap/ASYNC"):
                reply = request(site.url + path)
                tap.contains(reply.text, "SERVICE=sync\n", f"{path} is not")
            for method in ("DELETE", "PUT", "POST"):
                reply = request(site.url + "/tap/async/a1", method=method,
                                data=None if method == "DELETE" else b"12345")
                tap.contains(reply.text, f"REQUEST_METHOD={method}\n", f"{method} passes")
            reply = request(site.url + "/tap/async", headers={
                "Authorization": "Bearer t0ken", "Range": "bytes=5-", "If-None-Match": '"x"'})
            for part in ("HTTP_AUTHORIZATION=Bearer t0ken\n", "HTTP_RANGE=bytes=5-\n",
                         'HTTP_IF_NONE_MATCH="x"\n'):
                tap.contains(reply.text, part, "it sees " + part.strip())
            check_error(tap, request(site.url + "/tap/async", data=b"x" * 104_300_000), 413,
                        "a body that is far too long: 413", False)
        with StandIn(site.async_socket, lambda *_: time.sleep(3)):
            check_error(tap, request(site.url + "/tap/async"), 504, "silence: 504", True)
        part = (b"Status: 206 Partial Content\r\nContent-Type: text/csv\r\nContent-Length: 5000\r\n"
                b"Content-Range: bytes 10-5009/90000\r\nETag: \"a\"\r\n\r\n" + b"1,2,3,4,5\n" * 500)
        with StandIn(site.async_socket, lambda *_: part):
            reply = request(site.url + "/tap/async/a1/results/result",
                            headers={"Range": "bytes=10-5009", "Accept-Encoding": "gzip"})
            tap.equal((reply.status, reply.headers.get("content-range"), reply.headers.get("content-encoding"),
                       len(reply.body)), (206, "bytes 10-5009/90000", None, 5000),
                      "a part of a result passes as it is", reply.headers)
        see_other = b"Status: 303 See Other\r\nLocation: https://vo.example.org/tap/async/a1\r\n\r\n"
        with StandIn(site.async_socket, lambda *_: see_other):
            connection = http.client.HTTPConnection(urllib.parse.urlparse(site.url).netloc, timeout=10)
            connection.request("POST", site.script + "/async", b"QUERY=x")
            answer = connection.getresponse()
            tap.equal((answer.status, answer.getheader("Location")),
                      (303, "https://vo.example.org/tap/async/a1"), "the address of a job passes as it is")
            connection.close()


# Debian has them switched on; quickstart does without.
AUTH_MODULES = ("auth_basic", "authn_core", "authn_file", "authz_user")


def test_known_user(tap):
    """REMOTE_USER where the web server has asked for the password, as doc/install.md says."""
    if FRONT == "proxy":
        return
    manual = (ROOT / "doc/install.md").read_text(encoding="utf-8")
    section = re.search(r"^## 8\. Logins\n(.*?)^## ", manual, re.M | re.S)[1]
    block = re.findall(r"^```\n(.*?)^```", section, re.M | re.S)[FRONT == "nginx"]
    with Site(FRONT) as site, StandIn(site.socket, echo), StandIn(site.async_socket, echo):
        users = site.home / "users"
        # "secret", as `htpasswd` writes it
        users.write_text("joe:" + run("openssl", "passwd", "-apr1", "secret").stdout)
        block = re.sub(r"/etc/(apache2|nginx)/vogate.users", str(users), block)
        tap.contains(block, str(users), "the documented lines name a file of users")

        def add_site(text):
            if FRONT == "nginx":
                return text.replace("http {", "http {\n" + block[:block.index("auth_basic ")], 1)
            folder = re.search(r"^LoadModule alias_module +(.*)/", text, re.M)[1]
            more = "".join(f"LoadModule {name}_module {folder}/mod_{name}.so\n" for name in AUTH_MODULES)
            return text.replace("LoadModule alias_module", more + "LoadModule alias_module", 1)

        def add_drop_in(text):
            return text + (block[block.index("auth_basic "):] if FRONT == "nginx" else block)

        server = WebServer(FRONT, site.home / "closed", site.home / "run", site.home / "share",
                           edit=add_drop_in, edit_site=add_site)
        try:
            for path in ("tap/sync", "tap/async", "tap/async/a1/phase"):
                url = server.root + path
                reply = request(url)
                tap.ok(reply.status == 200 and "\nREMOTE_USER=" not in reply.text.replace("REMOTE_USER=\n", ""),
                       f"{path}: no password, nobody", reply.status, reply.text)
                for words, status in ((b"joe:wrong", 401), (b"ann:secret", 401), (b"joe:secret", 200)):
                    word = "Basic " + base64.b64encode(words).decode()
                    reply = request(url, headers={"Authorization": word})
                    tap.equal((reply.status, "\nREMOTE_USER=joe\n" in reply.text),
                              (status, status == 200), f"{path}: {words.decode()}")
                reply = request(url, headers={"Authorization": "Bearer t0ken"})
                tap.equal(reply.status, 401, f"{path}: another kind of login is none")
        finally:
            server.close()


def test_as_documented(tap):
    """The sed line of doc/install.md, and nginx's words when it was forgotten."""
    if FRONT != "nginx":
        return
    with Site(FRONT) as site:
        manual = (ROOT / "doc/install.md").read_text(encoding="utf-8")
        command = re.search(r"```sh\n(sed '.*?)```", manual, re.S)[1]
        made = site.home / "vogate.conf"
        for name, path in (("/usr/local/share/vogate", site.home / "share"),
                           ("/etc/nginx/snippets/vogate.conf", made)):
            tap.contains(command, name, f"the command names {name}")
            command = command.replace(name, str(path))
        done = run("bash", "-c", command)
        tap.equal((done.returncode, done.stdout), (0, ""), "the command runs")
        tap.contains(made.read_text(), "location ^~ /obs/vo/tap/ {", "and fills in the path")

        def verdict(drop_in):
            config = site.home / "nginx-site.conf"
            text = (site.home / "nginx.conf").read_text()
            config.write_text(text.replace(str(site.home / "nginx-vogate.conf"), str(drop_in)))
            return check_configuration("nginx", config)

        status, words = verdict(made)
        tap.equal(status, 0, "nginx takes the result", words)
        status, words = verdict(ROOT / "conf/nginx.conf")
        tap.ok(status != 0 and "${VOGATE_SHARE}" in words, "as it is delivered, nginx says what is missing", words)


def test_what_leaves(tap):
    """Length, compression, pieces as they come."""
    body = b"ra,dec\n" + b"83.633,22.014\n" * 5000
    csv = b"Status: 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Site(FRONT) as site, StandIn(site.socket, lambda *_: csv):
        reply = request(site.url + "/tap/sync")
        tap.equal((reply.headers.get("content-length"), reply.body == body), (str(len(body)), True),
                  "the service's Content-Length is kept")
        reply = request(site.url + "/tap/sync", headers={"Accept-Encoding": "gzip"})
        tap.ok(reply.headers.get("content-encoding") == "gzip" and len(reply.body) < len(body) / 5,
               "CSV is compressed for who wants it", reply.headers)
        tap.equal(reply.headers.get("vary", ""), "Accept-Encoding", "and caches are told")
    fits = b"Status: 200 OK\r\nContent-Type: application/fits\r\n\r\n" + b"SIMPLE" * 4000
    with Site(FRONT) as site, StandIn(site.socket, lambda *_: fits):
        reply = request(site.url + "/tap/sync", headers={"Accept-Encoding": "gzip"})
        tap.equal((reply.headers.get("content-encoding"), len(reply.body)), (None, 24_000),
                  "FITS is not")
    xml = b"Status: 200 OK\r\nContent-Type: text/xml\r\n\r\n<a/>"
    with Site(FRONT) as site, StandIn(site.socket, lambda *_: xml):
        tap.equal(request(site.url + "/tap/sync").content_type, "text/xml",
                  "a type passes as it is")

    go = threading.Event()

    class Drip(bytes):
        """Sends its first part, then waits."""

        def __len__(self):
            return 3 * 32768

        def __getitem__(self, part):
            if part.start == 0:
                return b"Status: 200 OK\r\nContent-Type: text/csv\r\n\r\nhead\n"
            if part.start == 32768:
                return b"first\n"
            go.wait(0.9)
            return b"last\n"

    with Site(FRONT) as site, StandIn(site.socket, lambda *_: Drip()):
        connection = http.client.HTTPConnection(urllib.parse.urlparse(site.url).netloc, timeout=10)
        connection.request("GET", site.script + "/sync")
        answer = connection.getresponse()
        start = time.monotonic()
        # nginx keeps what comes with the header until more comes.
        first = answer.readline() + answer.readline()
        early = time.monotonic() - start < 0.8
        go.set()
        tap.equal((first, early, answer.read()), (b"head\nfirst\n", True, b"last\n"),
                  "a row goes out before the next one comes")
        connection.close()


def test_static(tap):
    """The start page, and what must not be seen."""
    with Site(FRONT) as site:
        for path in ("/vogate-errors/vogate.conf", "/vogate-errors/"):
            tap.ok(request(site.url + path).status in (403, 404), path + " is not served")
        if site.url != site.root:
            return
        page = request(site.url + "/")
        tap.ok(page.status == 200 and "TAP" in page.text, "the start page", page.status)
        tap.equal(page.content_type, "text/html; charset=utf-8", "is HTML in UTF-8")
        tap.ok("http://" not in page.text and "https://" not in page.text
               and 'href="/' not in page.text, "it has relative links only")
        tap.equal(request(site.url + "/style.css").content_type, "text/css",
                  "the style sheet")
        tap.ok(request(site.url + "/htdocs/../conf/apache.conf").status in (403, 404),
               "/htdocs/../conf/apache.conf is not served")
        tap.equal(request(site.url + "/nothing").status, 404, "an unknown page is 404")


if __name__ == "__main__":
    main(test_absent_service, test_bad_service, test_own_errors, test_limits, test_odd_requests,
         test_what_arrives, test_two_services, test_known_user, test_as_documented, test_what_leaves, test_static)
