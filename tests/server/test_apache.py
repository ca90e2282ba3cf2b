#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""conf/apache.conf under a real Apache, with a stand-in for the service."""
import contextlib
import http.client
import os
import shutil
import subprocess
import threading
import time
import xml.etree.ElementTree

from clients import request
from harness import ROOT, free_port, main, temporary_folder, wait_until
from stand_in import StandIn

APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin")
WEB_USER = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "--"]
OWN_ERROR = (b"Status: %d x\r\nContent-Type: application/x-votable+xml\r\nRetry-After: 7\r\n\r\n"
             b"<VOTABLE>the service's own words</VOTABLE>")


class Site:
    """Apache with quickstart's configuration, timeout=1, and none of our executables."""

    def __init__(self, extra="", change=lambda text: text):
        self.home = temporary_folder("apache")
        for name in ("run", "log", "share/fcgi"):
            (self.home / name).mkdir(parents=True)
        (self.home / "share/fcgi/tap").touch()
        shutil.copytree(ROOT / "conf", self.home / "share/conf")
        shutil.copytree(ROOT / "htdocs", self.home / "share/htdocs")
        drop_in = self.home / "share/conf/apache.conf"
        text = drop_in.read_text()
        assert "timeout=90" in text
        drop_in.write_text(change(text.replace("timeout=90", "timeout=1")))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = (ROOT / "conf/quickstart-apache.conf").read_text()
        own = own.replace("@VAR@", str(self.home)).replace("@PORT@", str(self.port))
        own = own.replace("@SHARE@", str(self.home / "share"))
        (self.home / "apache.conf").write_text(extra + own)
        self.socket = self.home / "run/tap-sync.sock"
        command = [APACHE, "-f", self.home / "apache.conf", "-DFOREGROUND"]
        if os.geteuid() == 0:
            for name in ("run", "log"):
                shutil.chown(self.home / name, "www-data")
            command = WEB_USER + command
        with open(self.home / "output", "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output)
        if not wait_until(self.is_up):
            log = (self.home / "log/apache.log")
            words = (self.home / "output").read_text() + (log.read_text() if log.exists() else "")
            self.close()
            raise RuntimeError("Apache does not start: " + words)

    def is_up(self):
        with contextlib.suppress(OSError):
            return request(self.url + "/").status == 200
        return False

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def echo(parameters, body):
    """What the service would see, as text."""
    lines = [f"{name}={value}" for name, value in sorted(parameters.items())]
    text = "\n".join([*lines, f"body={len(body)}"]).encode()
    return b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n" + text


def check_error(tap, reply, status, name, retry):
    """An error document of Apache: status, type, well-formed VOTable with words, Retry-After."""
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
    with Site() as site:
        check_error(tap, request(site.url + "/tap/availability"), 503, "no socket: 503", True)
        with StandIn(site.socket, echo):
            tap.equal(request(site.url + "/tap/sync").status, 200,
                      "a service that is back is used at once")
            # Closing the listener leaves what a killed supervisor leaves: a file and nobody.
            os.link(site.socket, site.home / "run/kept")
        os.rename(site.home / "run/kept", site.socket)
        check_error(tap, request(site.url + "/tap/sync", data=b"QUERY=x"), 503,
                    "nobody listens: 503, also for POST", True)


def test_bad_service(tap):
    """Silence, a broken connection, a mumbled answer."""
    with Site() as site:
        with StandIn(site.socket, lambda *_: time.sleep(3)):
            check_error(tap, request(site.url + "/tap/sync"), 504, "silence: 504", True)
        with StandIn(site.socket, lambda *_: None):
            reply = request(site.url + "/tap/sync")
            tap.ok(reply.status in (502, 503), "a broken connection: 502 or 503", reply.status)
            check_error(tap, reply, reply.status, "a broken connection", True)
        with StandIn(site.socket, lambda *_: b"Status: 200 OK\r\nno header\r\n\r\nbody"):
            reply = request(site.url + "/tap/sync")
            tap.ok(reply.status in (500, 502) and "no header" not in reply.text,
                   "a mumbled header is not passed on", reply.status, reply.text[:200])


def test_own_errors(tap):
    """What the service answers itself passes untouched, whatever its status."""
    wanted = []
    with Site() as site, StandIn(site.socket, lambda *_: OWN_ERROR % wanted[0]):
        for status in (400, 404, 413, 500, 502, 503, 504):
            wanted[:] = [status]
            reply = request(site.url + "/tap/sync")
            tap.equal((reply.status, reply.text, reply.headers.get("retry-after")),
                      (status, "<VOTABLE>the service's own words</VOTABLE>", "7"),
                      f"the service's own {status} passes")


def test_limits(tap):
    """Bodies and URLs that are too large."""
    with Site() as site, StandIn(site.socket, echo):
        check_error(tap, request(site.url + "/tap/sync", data=b"x" * 4_300_000), 413,
                    "a body that is far too long: 413", False)
        reply = request(site.url + "/tap/sync", data=b"x" * 4_194_305)
        tap.contains(reply.text, "body=4194305", "one a little over max_body_bytes is the service's")

        def chunks():
            for _ in range(5):
                yield b"x" * 1_000_000

        reply = request(site.url + "/tap/sync", data=chunks(), method="POST",
                        headers={"Transfer-Encoding": "chunked"})
        tap.contains(reply.text, "body=5000000", "one without a length is the service's, too")
        # Just below LimitRequestLine: QUERY_STRING must not get lost on the way.
        reply = request(site.url + "/tap/sync?" + "q" * 16_340)
        found = [line for line in reply.text.splitlines() if line.startswith("QUERY_STRING=q")]
        tap.equal([len(line) for line in found], [13 + 16_340],
                  "a query string of 16,340 bytes arrives")
        check_error(tap, request(site.url + "/tap/sync?" + "q" * 16_400), 414,
                    "a longer one: 414", False)
        reply = request(site.url + "/tap/sync", headers={"X-Long": "x" * 20_000})
        check_error(tap, reply, 400, "a header that is too long: 400", False)
        tap.equal(request(site.url + "/tap/sync", method="TRACE").status, 405, "TRACE is off")


def test_what_arrives(tap):
    """Path, query, headers and body as the service gets them."""
    with Site() as site, StandIn(site.socket, echo):
        reply = request(site.url + "/tap/tables/a%2Fb?x=1%262&y", data=b"12345",
                        headers={"Authorization": "Bearer t0ken", "X-Forwarded-Host": "evil"})
        for part in ("SCRIPT_NAME=/tap\n", "PATH_INFO=/tables/a", "QUERY_STRING=x=1%262&y\n",
                     "REQUEST_URI=/tap/tables/a%2Fb?x=1%262&y\n", "REQUEST_METHOD=POST\n",
                     "HTTP_AUTHORIZATION=Bearer t0ken\n", "CONTENT_LENGTH=5\n", "body=5"):
            tap.contains(reply.text + "\n", part, "the service sees " + part.strip())
        reply = request(site.url + "/tap")
        tap.contains(reply.text, "SCRIPT_NAME=/tap", "/tap itself is the service's")
        tap.equal(request(site.url + "/tapx").status, 404, "/tapx is not")


def test_what_leaves(tap):
    """Length, compression, pieces as they come."""
    body = b"ra,dec\n" + b"83.633,22.014\n" * 5000
    csv = b"Status: 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Site() as site, StandIn(site.socket, lambda *_: csv):
        reply = request(site.url + "/tap/sync")
        tap.equal((reply.headers.get("content-length"), reply.body == body), (str(len(body)), True),
                  "the service's Content-Length is kept")
        reply = request(site.url + "/tap/sync", headers={"Accept-Encoding": "gzip"})
        tap.ok(reply.headers.get("content-encoding") == "gzip" and len(reply.body) < len(body) / 5,
               "CSV is compressed for who wants it", reply.headers)
        tap.contains(reply.headers.get("vary", ""), "Accept-Encoding", "and caches are told")

    go = threading.Event()

    class Drip(bytes):
        """Sends its first part, then waits."""

        def __len__(self):
            return 65536

        def __getitem__(self, part):
            if part.start == 0:
                return b"Status: 200 OK\r\nContent-Type: text/csv\r\n\r\nfirst\n"
            go.wait(0.9)
            return b"last\n"

    with Site() as site, StandIn(site.socket, lambda *_: Drip()):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
        connection.request("GET", "/tap/sync")
        answer = connection.getresponse()
        first = answer.readline()
        early = not go.is_set()
        go.set()
        tap.equal((first, early, answer.read()), (b"first\n", True, b"last\n"),
                  "a row goes out before the next one comes")
        connection.close()


def test_static(tap):
    """The start page, and what must not be seen."""
    with Site() as site:
        page = request(site.url + "/")
        tap.ok(page.status == 200 and "TAP" in page.text, "the start page", page.status)
        tap.equal(page.content_type, "text/html; charset=utf-8", "is HTML in UTF-8")
        tap.ok("http://" not in page.text and "https://" not in page.text
               and 'href="/' not in page.text, "it has relative links only")
        tap.equal(request(site.url + "/style.css").content_type, "text/css",
                  "the style sheet")
        for path in ("/vogate-errors/vogate.conf", "/vogate-errors/", "/htdocs/../conf/apache.conf"):
            tap.ok(request(site.url + path).status in (403, 404), path + " is not served")
        tap.equal(request(site.url + "/nothing").status, 404, "an unknown page is 404")


def test_prefix(tap):
    """The same below a path of its own, as a site with other pages has it."""
    with Site(extra="Define VOGATE_PATH /vo/\n") as site:
        check_error(tap, request(site.url + "/vo/tap/sync"), 503, "no service below a prefix", True)
        with StandIn(site.socket, echo):
            reply = request(site.url + "/vo/tap/tables")
            tap.contains(reply.text, "SCRIPT_NAME=/vo/tap\n", "the prefix is in SCRIPT_NAME")
        tap.equal(request(site.url + "/tap/tables").status, 404, "nothing at /tap")


if __name__ == "__main__":
    main(test_absent_service, test_bad_service, test_own_errors, test_limits, test_what_arrives,
         test_what_leaves, test_static, test_prefix)
