# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests ask with: curl, STILTS, pyvo and plain sockets, as users have them."""
import csv
import io
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request


class Reply:
    """Status, headers (lower-case names) and body of one HTTP answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def content_type(self):
        return self.headers.get("content-type", "")

    def votable_status(self):
        """The last QUERY_STATUS and its words: DALI says that the last one counts."""
        found = re.findall(r'<INFO name="QUERY_STATUS" value="(\w+)"(?:/>|>(.*?)</INFO>)', self.text,
                           re.S)
        return found[-1] if found else (None, "")

    def is_votable_error(self):
        return "votable" in self.content_type and self.votable_status()[0] == "ERROR"

    def rows(self):
        """The rows of a CSV answer, header first."""
        return list(csv.reader(io.StringIO(self.text, newline="")))


def request(url, data=None, method=None, headers=None, timeout=60):
    """One request; HTTP errors are replies like others."""
    call = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(call, timeout=timeout) as reply:
            return Reply(reply.status, reply.getheaders(), reply.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, list(error.headers.items()), error.read())


def sync(base, query, post=True, timeout=60, **parameters):
    """One query to /tap/sync; parameters may be lists, for repetition."""
    fields = [("LANG", "ADQL"), ("QUERY", query)]
    for name, value in parameters.items():
        fields += [(name, one) for one in (value if isinstance(value, list) else [value])]
    text = urllib.parse.urlencode(fields)
    if post:
        return request(base + "/tap/sync", data=text.encode(), timeout=timeout)
    return request(base + "/tap/sync?" + text, timeout=timeout)


def curl(*arguments, timeout=60):
    """Runs curl; (exit status, standard output)."""
    done = subprocess.run(["curl", "-sS", "-m", str(timeout), *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout


def stilts(*arguments, data=None, timeout=300):
    """Runs STILTS; (exit status, standard output, standard error)."""
    done = subprocess.run(["stilts", *arguments], input=data, capture_output=True, check=False,
                          timeout=timeout,
                          **({} if data is not None else {"stdin": subprocess.DEVNULL}))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class StalledReader:
    """Asks for a large answer and never reads it."""

    def __init__(self, base, query):
        url = urllib.parse.urlparse(base)
        self.socket = socket.socket()
        # A small window, so that the kernel on our side takes little of the answer.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((url.hostname, url.port))
        path = url.path + "/tap/sync?" + urllib.parse.urlencode(
            {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", "MAXREC": "20000000"})
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())

    def close(self):
        self.socket.close()

