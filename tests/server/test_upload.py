#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tables that come with a query (UPLOAD): every type there and back by curl, STILTS and pyvo, by all
ways that TAP has, and what is refused."""
import base64
import concurrent.futures
import contextlib
import http.server
import io
import math
import os
import re
import tempfile
import threading

from clients import curl, request, stilts, sync
from harness import main, stack, wait_until
from upload_tables import COLUMNS, differences, read_votable, write_votable
from web import Front, front_name

ROWS = 10_000
ALL = "SELECT * FROM TAP_UPLOAD.t"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the server's dict of path -> (status, headers, body)."""

    def do_GET(self):
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"no such thing"))
        self.server.seen.append(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            for piece in (body if not isinstance(body, bytes) else [body]):
                self.wfile.write(piece)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def files(answers):
    """A web server on loopback with these answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answers, server.seen = answers, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def ask(here, *arguments, query=ALL, form="csv"):
    """curl's multipart; (HTTP status, body)."""
    status, out = curl(here.url + "/tap/sync", "-F", "LANG=ADQL", "--form-string", "QUERY=" + query,
                       "--form-string", "FORMAT=" + form, "-w", "\n%{http_code}", *arguments)
    body, _, code = out.rpartition(b"\n")
    return int(code) if status == 0 else -status, body.decode("utf-8", "replace")


def check_round_trip(tap, here, folder):
    path = os.path.join(folder, "all.vot")
    write_votable(path, ROWS)
    wanted = read_votable(path)
    status, body = ask(here, "-F", "UPLOAD=t,param:file", "-F", f"file=@{path}",
                       query=ALL + " ORDER BY id", form="votable/td")
    if tap.ok(status == 200, "curl uploads every type", status, body[:500]):
        found = read_votable(io.BytesIO(body.encode()))
        told = differences(wanted, found)
        tap.ok(not told, "all of it comes back", *told)

    import pyvo
    service = pyvo.dal.TAPService(here.url + "/tap")
    query = service.create_query(ALL + " ORDER BY id", uploads={"t": path}, maxrec=ROWS)
    query["RESPONSEFORMAT"] = "application/x-votable+xml;serialization=tabledata"
    told = differences(wanted, read_votable(io.BytesIO(query.execute_stream().read())))
    tap.ok(not told, "pyvo's upload comes back", *told)

    before, after = os.path.join(folder, "before.vot"), os.path.join(folder, "after.vot")
    form = "ofmt=votable(format=TABLEDATA,inline=true)"
    status, _, err = stilts("tpipe", "in=" + path, "ifmt=votable", "out=" + before, form)
    tap.ok(status == 0, "STILTS reads the table", err[-500:])
    status, _, err = stilts("tapquery", f"tapurl={here.url}/tap", "sync=true", "nupload=1", "upload1=" + path,
                            "ufmt1=votable", "upname1=t", "adql=" + ALL + " ORDER BY id", "parse=false",
                            f"maxrec={ROWS}", "out=" + after, form)
    if tap.ok(status == 0, "STILTS uploads it", err[-800:]):
        wanted, found = read_votable(before), read_votable(after)
        told = differences(wanted, found)
        tap.ok(not told, "what STILTS sent comes back to it", *told)


def check_names(tap, here, folder):
    path = os.path.join(folder, "few.vot")
    write_votable(path, 3)
    for name, *_ in COLUMNS:
        quoted = '"' + name.replace('"', '""') + '"'
        status, body = ask(here, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}",
                           query=f"SELECT {quoted} FROM TAP_UPLOAD.t AS x WHERE x.{quoted} IS NOT NULL")
        tap.ok(status == 200 and len(body.splitlines()) > 1, f"column {name[:30]} by its name", body[:300])


def check_ways(tap, here, folder):
    path = os.path.join(folder, "small.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("id,ra,dec\n1,83.6,22.0\n2,10.5,\n")
    text = "id,ra,dec\r\n1,83.6,22\r\n2,10.5,\r\n"
    file = ["-F", f"f=@{path};type=text/csv"]
    for name, arguments, query in (
            ("a file", [*file, "-F", "UPLOAD=t,param:f"], ALL),
            ("folded names", [*file, "-F", "upload=T,PARAM:f"], "SELECT * FROM tap_upload.T"),
            ("the same file twice", [*file, "--form-string", "UPLOAD=a,param:f;b,param:f"],
             "SELECT a.* FROM TAP_UPLOAD.a JOIN TAP_UPLOAD.b ON a.id = b.id ORDER BY id"),
            ("repeated UPLOAD", [*file, "-F", "UPLOAD=a,param:f", "-F", "UPLOAD=b,param:f"],
             "SELECT b.* FROM TAP_UPLOAD.a, TAP_UPLOAD.b WHERE a.id = b.id ORDER BY b.id"),
            ("a parameter as file", ["-F", "g=<" + path, "-F", "UPLOAD=t,param:g"], ALL),
            ("a subquery", [*file, "-F", "UPLOAD=t,param:f"],
             "WITH x AS (SELECT * FROM TAP_UPLOAD.t) SELECT id, ra, dec FROM x ORDER BY id")):
        status, body = ask(here, *arguments, query=query)
        tap.ok((status, body) == (200, text), f"{name} arrives", status, body[:300])
    status, body = ask(here, *file, "-F", "UPLOAD=t,param:f", "-F", "MAXREC=0")
    tap.ok((status, body) == (200, "id,ra,dec\r\n"), "MAXREC=0 has its columns", body)
    status, body = ask(here, *file, "-F", "UPLOAD=t,param:f",
                       query="SELECT t.id, COUNT(*) AS n FROM TAP_UPLOAD.t AS t JOIN dl3.events AS e "
                       "ON 1 = CONTAINS(POINT(e.ra, e.dec), CIRCLE(t.ra, t.dec, 0.5)) GROUP BY t.id")
    tap.ok(status == 200 and body.startswith("id,n\r\n1,"), "a crossmatch with the archive", body[:300])
    status, body = ask(here, query=ALL)
    tap.ok(status == 400 and "TAP_UPLOAD" in body, "nothing stays for the next query", body[:300])

    fits = os.path.join(folder, "t.fits")
    status, _, err = stilts("tpipe", "in=" + path, "ifmt=csv", "out=" + fits, "ofmt=fits")
    status, body = ask(here, "-F", "UPLOAD=t,param:f", "-F", f"f=@{fits}")
    tap.ok(status == 200 and body.splitlines() == text.splitlines(), "a FITS table arrives", err, body[:300])


def check_urls(tap, here):
    table = b"a,b\n1,x\n"
    answers = {"/t.csv": (200, {}, table), "/away": (302, {"Location": "/t.csv"}, b""),
               "/1": (301, {"Location": "/2"}, b""), "/2": (307, {"Location": "/3"}, b""),
               "/3": (302, {"Location": "/t.csv"}, b""), "/0": (302, {"Location": "/1"}, b""),
               "/loop": (302, {"Location": "/loop"}, b""),
               "/file": (302, {"Location": "file:///etc/passwd"}, b""),
               "/gopher": (302, {"Location": "gopher://127.0.0.1:70/"}, b""),
               "/ftp": (302, {"Location": "ftp://127.0.0.1/x"}, b""),
               "/meta": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
               "/lan": (302, {"Location": "http://192.168.1.1/"}, b""),
               "/v6": (302, {"Location": "http://[fd00::1]/"}, b""),
               "/mapped": (302, {"Location": "http://[::ffff:10.0.0.1]/"}, b""),
               "/port": (302, {"Location": "http://127.0.0.1:1/"}, b""),
               "/error": (500, {}, b"a,b\n1,x\n"), "/gone": (410, {}, b""), "/empty": (200, {}, b""),
               "/html": (200, {"Content-Type": "text/html"}, b"<html><body>login</body></html>"),
               "/large": (200, {"Content-Length": str(10**12)}, b"a\n"),
               "/endless": (200, {}, (b"a,b\n" * 100_000 for _ in range(10_000))),
               "/odd;a=1,b?x=1": (200, {}, table)}
    with files(answers) as server, Front(stack(), front_name(), options={
            "fetch_loopback": 1, "max_upload_bytes": 3_000_000}) as front:
        base = f"http://127.0.0.1:{server.server_port}"
        for path in ("/t.csv", "/away", "/1", "/odd;a=1,b?x=1"):
            reply = sync(front.url, ALL, FORMAT="csv", UPLOAD=f"t,{base}{path}")
            tap.ok(reply.status == 200 and reply.text == "a,b\r\n1,x\r\n", f"{path} is fetched",
                   reply.status, reply.text[:300])
        reply = sync(front.url, ALL, post=False, FORMAT="csv", UPLOAD=f"t,{base}/t.csv")
        tap.ok(reply.status == 200, "by GET too", reply.text[:300])
        reply = sync(front.url, "SELECT t.a, u.b FROM TAP_UPLOAD.t, TAP_UPLOAD.u", FORMAT="csv",
                     UPLOAD=f"t,{base}/t.csv;u,{base}/away")
        tap.ok(reply.text == "a,b\r\n1,x\r\n", "two of them", reply.text[:300])
        for path, code, words in (
                ("/0", 400, "leads on more than 3 times"), ("/loop", 400, "leads on more than 3 times"),
                ("/file", 400, "neither http nor https"), ("/gopher", 400, "neither http nor https"),
                ("/ftp", 400, "neither http nor https"), ("/meta", 400, "not public"),
                ("/lan", 400, "not public"), ("/v6", 400, "not public"), ("/mapped", 400, "not public"),
                ("/port", 400, "does not answer"), ("/error", 400, "answers 500"),
                ("/gone", 400, "answers 410"), ("/none", 400, "answers 404"), ("/empty", 400, "is empty"),
                ("/html", 400, "no VOTable"), ("/large", 413, "more than 3000000 bytes"),
                ("/endless", 413, "more than 3000000 bytes")):
            reply = sync(front.url, ALL, UPLOAD=f"t,{base}{path}")
            message = reply.votable_status()[1]
            tap.ok(reply.status == code and reply.is_votable_error() and words in message
                   and "uploaded table t" in message, f"{path} is refused", reply.status, message[:300])
        tap.ok(all("passwd" not in path for path in server.seen), "nothing else was asked for")
        check_slow_servers(tap, front, base, server)
    # Without the option for tests.
    seen = []
    with files(answers) as server:
        for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0"):
            reply = sync(here.url, ALL, UPLOAD=f"t,http://{host}:{server.server_port}/t.csv")
            message = reply.votable_status()[1]
            tap.ok(reply.status == 400 and "not public" in message, f"{host} is refused", message[:300])
        seen = server.seen
    tap.ok(not seen, "and is not even asked", seen)


def check_slow_servers(tap, front, base, server):
    """They hold some threads, not all: others are served as ever."""
    gate = threading.Event()

    def drip():
        yield b"a\n"
        gate.wait(30)
        yield b"1\n"
    replies = []

    def fetch(path):
        replies.append(sync(front.url, ALL, FORMAT="csv", UPLOAD=f"t,{base}{path}"))
    server.answers.update({f"/slow{n}": (200, {}, drip()) for n in range(20)})
    clients = [threading.Thread(target=fetch, args=(f"/slow{n}",)) for n in range(20)]
    for client in clients:
        client.start()
    wait_until(lambda: len(replies) >= 4)
    tap.equal([reply.status for reply in replies], [503] * 4, "no more than 16 are fetched at once",
              *(reply.text[:300] for reply in replies))
    gate.set()
    for client in clients:
        client.join()
    tap.equal(sorted(reply.status for reply in replies), [200] * 16 + [503] * 4, "those that wait get their table")


BOMB = ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>')
DTD = '<!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd">'
VOTABLE = ("<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='{}' arraysize='{}'/><DATA>{}</DATA></TABLE>"
           "</RESOURCE></VOTABLE>")


def check_refusals(tap, here, folder):
    rows = "<TABLEDATA>" + "<TR><TD>{}</TD></TR></TABLEDATA>"
    status, body = ask(here, "-F", "UPLOAD=t,param:f", "--form-string",
                       "f=" + DTD + VOTABLE.format("char", "*", rows.format("x")))
    tap.ok((status, body) == (200, "a\r\nx\r\n"), "a VOTable may name the DTD of old ones", status, body[:300])
    for name, content, code, words in (
            ("entities", BOMB + VOTABLE.format("char", "*", rows.format("&c;")), 400, "DOCTYPE"),
            ("external entity", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
             + VOTABLE.format("char", "*", rows.format("&a;")), 400, "DOCTYPE"),
            ("parameter entity", '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]>'
             + VOTABLE.format("char", "*", rows.format("x")), 400, "DOCTYPE"),
            ("entity of a DTD", DTD + VOTABLE.format("char", "*", rows.format("&a;")), 400, "broken"),
            ("unknown entity", VOTABLE.format("char", "*", rows.format("&a;")), 400, "broken"),
            ("deep", "<VOTABLE>" + "<RESOURCE>" * 100_000, 400, "within each other"),
            ("long attribute", "<VOTABLE a='" + "x" * 3_000_000 + "'/>", 400, "megabyte"),
            ("long comment", "<VOTABLE><!--" + "x" * 3_000_000 + "--></VOTABLE>", 400, "megabyte"),
            ("many columns", VOTABLE.format("int", "", "").replace("<DATA>", "<FIELD name='b' datatype='int'/>"
                                                                   * 2000 + "<DATA>"), 413, "1000 columns"),
            ("long cell", VOTABLE.format("char", "*", rows.format("x" * 10_000_001)), 413, "10000000 bytes"),
            ("wrong value", VOTABLE.format("int", "", rows.format("one")), 400, 'Row 1: column "a": "one"'),
            ("cut off", VOTABLE.format("int", "", rows.format("1"))[:-60], 400, "broken"),
            ("array that lies", VOTABLE.format("int", "*", "<BINARY><STREAM encoding='base64'>f////w==</STREAM>"
                                               "</BINARY>"), 413, "bytes"),
            ("JSON", '{"a": 1}', 400, "is JSON"), ("nothing", "", 400, "is empty"),
            ("gzip", "\x1f\x8bxx", 400, "gzip"), ("CSV that breaks", "a,b\n1\n", 400, "Line 2")):
        path = os.path.join(folder, "bad")
        with open(path, "wb") as out:
            out.write(content.encode("latin-1"))
        status, body = ask(here, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}", form="votable")
        tap.ok(status == code and words in body.replace("&quot;", '"') and "uploaded table t" in body
               and "/tmp" not in body and "/proc" not in body, f"refused: {name}", status, body[:600])
    for value, words in (("t", "UPLOAD is like"), ("1,param:f", "letters, digits"),
                         ("t,param:x", "not in the request"), ("t,ftp://x/y", "not fetched"),
                         ("t,param:f;T,param:f", "two uploaded tables")):
        reply = sync(here.url, ALL, UPLOAD=value, f="a\n1\n")
        tap.ok(reply.status == 400 and words in reply.votable_status()[1], f"refused: UPLOAD={value}",
               reply.text[:300])
    with Front(stack(), front_name(), options={"max_upload_rows": 2}) as front:
        status, body = ask(front, "-F", "UPLOAD=t,param:f", "-F", "f=a\n1\n2\n")
        tap.ok(status == 200, "as many rows as may be", body)
        status, body = ask(front, "-F", "UPLOAD=t,param:f", "-F", "f=a\n1\n2\n3\n")
        tap.ok(status == 413 and "more than 2 rows" in body, "one more is refused", body)
    with Front(stack(), front_name(), options={"max_upload_bytes": 0}) as front:
        reply = sync(front.url, ALL, UPLOAD="t,param:f", f="a\n1\n")
        tap.ok(reply.status == 400 and "takes no table uploads" in reply.text, "a site may take none")
        tap.ok("uploadMethod" not in request(front.url + "/tap/capabilities").text, "and says so")


def resident_kb(here, key="VmRSS"):
    with open(f"/proc/{here.pid_of('tap-sync.fcgi')}/status", encoding="ascii") as status:
        return int(re.search(key + r":\s+(\d+)", status.read())[1])


def peak_kb(here, work):
    """What work() gives, and by how much the service grew meanwhile."""
    with open(f"/proc/{here.pid_of('tap-sync.fcgi')}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    before = resident_kb(here)
    return work(), resident_kb(here, "VmHWM") - before


def hostile():
    """What fills the memory of those who trust it: name, content, code, words of the refusal."""
    yield ("systems", "<VOTABLE>" + "".join(f"<COOSYS ID='x{n}' system='ICRS'/>" for n in range(1_000_000)), 413,
           "bytes of names")
    yield "elements", "<VOTABLE>" + "".join(f"<x{n}/>" for n in range(3_000_000)), 400, "different names"
    yield "attributes", "<VOTABLE>" + "".join(f"<x a{n}=''/>" for n in range(3_000_000)), 400, "different names"
    yield ("descriptions", VOTABLE.format("int", "", "").replace(
        "<DATA>", "".join(f"<FIELD name='c{n}' datatype='int'><DESCRIPTION>{'d' * 90_000}</DESCRIPTION></FIELD>"
                          for n in range(900)) + "<DATA>"), 413, "bytes of names")
    bits = base64.b64encode(b"\0" + (72_000_000).to_bytes(4, "big") + b"\xff" * 9_000_000).decode()
    yield ("bits", VOTABLE.format("bit", "*", f"<BINARY2><STREAM encoding='base64'>{bits}</STREAM></BINARY2>"), 413,
           "72000000 elements")
    image = ["XTENSION= 'IMAGE   '", "BITPIX  = 8", "NAXIS   = 0", "PCOUNT  = 0", "GCOUNT  = 1"]
    image += [f"K{n:07}= '{'v' * 65}'" for n in range(1300)] + ["END"]
    hdus = [["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0", "END"], *[image] * 800]
    blocks = ("".join(card.ljust(80) for card in cards) for cards in hdus)
    yield "FITS headers", "".join(text + " " * (-len(text) % 2880) for text in blocks), 400, "no table in it"


def check_abuse(tap, here, folder):
    """What is large costs no memory, what is too much is refused at once."""
    path = os.path.join(folder, "large.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("a,b,c,d,e,f\n")
        line = ",".join(["1234567.25"] * 6) + "\n"
        out.writelines(line for _ in range(900_000))
    file = ["-F", "UPLOAD=t,param:f", "-F", f"f=@{path}"]
    (status, body), grown = peak_kb(here, lambda: ask(
        here, *file, query="SELECT COUNT(*) AS n, SUM(f) AS s FROM TAP_UPLOAD.t"))
    tap.ok(status == 200 and body == "n,s\r\n900000,1111110525000\r\n", "60 MB arrive", body[:200])
    tap.ok(grown < 30_000, "in memory that does not grow with them", grown)
    status, body = ask(here, *file, "-F", "UPLOAD=u,param:f", form="votable")
    tap.ok(status == 413 and "bytes together" in body, "the same file twice is twice as large", status, body[:300])
    for name, content, code, words in hostile():
        path = os.path.join(folder, "hostile")
        with open(path, "w", encoding="ascii") as out:
            out.write(content)
        (status, body), grown = peak_kb(here, lambda: ask(
            here, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}", form="votable"))
        tap.ok(status == code and words in body, f"refused: endless {name}", status, body[:500])
        tap.ok(grown < 30_000, "without the memory for them", grown)
    path = os.path.join(folder, "small")
    with open(path, "w", encoding="ascii") as out:
        out.write("a\n" + "1\n" * 45_000)
    many = [word for n in range(990) for word in ("-F", f"f{n}=@{path}")]
    (status, body), grown = peak_kb(here, lambda: ask(here, *many, form="votable"))
    tap.ok(status == 400 and "more than 64 files" in body and grown < 30_000, "refused: 990 small files", status,
           grown, body[:300])
    reply = sync(here.url, ALL, UPLOAD=[f"t{n},param:f" for n in range(9_000)], f="a\n1\n")
    tap.ok(reply.status == 400 and "32 tables" in reply.text, "9000 UPLOADs", reply.status, reply.text[:300])
    reply = sync(here.url, ALL, UPLOAD=[f"t{n},param:f" for n in range(11_000)])
    tap.ok(400 <= reply.status < 500 and reply.is_votable_error(), "11,000 of them", reply.status, reply.text[:300])
    # Blocks that are large for a moment do not stay with the service.
    query = "SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + " FROM dl3.events"

    def ask_at_once():
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            return {reply.status for reply in pool.map(lambda _: sync(here.url, query), range(20))}
    before = resident_kb(here)
    statuses = ask_at_once()
    tap.ok(statuses == {400} and resident_kb(here) - before < 20_000, "100,000 parentheses, five at a time", statuses,
           before, resident_kb(here))
    fields = "".join(f"<FIELD name='c{n}' datatype='double' arraysize='2' xtype='point'/>" for n in range(1000))
    path = os.path.join(folder, "wide.vot")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"<VOTABLE><RESOURCE><TABLE>{fields}<DATA><TABLEDATA><TR>{'<TD>1 2</TD>' * 1000}</TR></TABLEDATA>"
                  "</DATA></TABLE></RESOURCE></VOTABLE>")
    status, body = ask(here, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}", form="votable")
    tap.ok(status == 413 and "table t: its rows are wider" in body, "what PostgreSQL has no room for is told", status,
           body[:300])
    with Front(stack(), front_name(), options={"sync_limit_s": 1}) as front:
        rows = "<TR><TD>0 0 10 0 0 10</TD></TR>" * 300_000
        path = os.path.join(folder, "slow.vot")
        with open(path, "w", encoding="ascii") as out:
            out.write("<VOTABLE><RESOURCE><TABLE><FIELD name='p' datatype='double' arraysize='*' xtype='polygon'/>"
                      f"<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")
        status, body = ask(front, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}", form="votable")
        tap.ok(status == 503 and "longer than this service allows" in body, "a table that takes long is given up",
               status, body[:300])


def check_w5(tap, here, folder):
    """A catalogue as VizieR has them, with what TOPCAT does to it: W5 of the walk-throughs."""
    pointings = [list(map(float, row)) for row in sync(
        here.url, "SELECT s_ra, s_dec, s_fov FROM ivoa.obscore", FORMAT="csv").rows()[1:]]
    sources = [(pointings[n % len(pointings)][0] + n % 7, max(-89, min(89, pointings[n % len(pointings)][1] - n % 5)))
               for n in range(200)]
    path = os.path.join(folder, "vizier.vot")
    names = ["Vela X", "\u03b1 Cen", "", "\u65e5\u672c"]
    with open(path, "w", encoding="utf-8") as out:
        out.write("<VOTABLE version='1.4'><RESOURCE><TABLE><FIELD name='_RAJ2000' datatype='double' unit='deg' "
                  "ucd='pos.eq.ra'/><FIELD name='_DEJ2000' datatype='double' unit='deg' ucd='pos.eq.dec'/>"
                  "<FIELD name='Name (alt)' datatype='unicodeChar' arraysize='*'/><FIELD name='seen' datatype='char' "
                  "arraysize='*' xtype='timestamp'/><DATA><TABLEDATA>\n")
        out.writelines(f"<TR><TD>{ra!r}</TD><TD>{dec!r}</TD><TD>{names[n % 4]}</TD><TD>2026-01-0{n % 9 + 1}</TD></TR>\n"
                       for n, (ra, dec) in enumerate(sources))
        out.write("</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")
    query = ('SELECT COUNT(*) AS n, COUNT(t1."Name (alt)") AS m, MAX(t1.seen) AS s FROM TAP_UPLOAD.t1 AS t1 '
             'JOIN ivoa.obscore AS o ON DISTANCE(t1."_RAJ2000", t1."_DEJ2000", o.s_ra, o.s_dec) < o.s_fov / 2')
    status, out, err = stilts("tapquery", f"tapurl={here.url}/tap", "sync=true", "nupload=1", "upload1=" + path,
                              "ufmt1=votable", "upname1=t1", "adql=" + query, "ofmt=csv", "parse=false")
    near = [n for n, (ra, dec) in enumerate(sources) for a, d, fov in pointings if 2 * math.asin(math.sqrt(
        math.sin(math.radians(dec - d) / 2) ** 2 + math.cos(math.radians(dec)) * math.cos(math.radians(d))
        * math.sin(math.radians(ra - a) / 2) ** 2)) < math.radians(fov / 2)]
    wanted = f"{len(near)},{sum(n % 4 != 2 for n in near)},2026-01-0{max(n % 9 + 1 for n in near)}T00:00:00"
    tap.equal((status, out.splitlines()[1:]), (0, [wanted]), "a match by the field of each observation", err[-500:])
    with Front(stack(), front_name(), options={"max_upload_bytes": 3000}) as front:
        text = request(front.url + "/tap/capabilities").text
        tap.ok(re.search(r'<uploadLimit>.*<hard unit="byte">3000</hard>\s*</uploadLimit>', text, re.S),
               "the limit is declared", text)
        for size, code in ((3000, 200), (3001, 413)):
            path = os.path.join(folder, "sized")
            with open(path, "w", encoding="ascii") as out:
                out.write("a\n" + "x" * (size - 2))
            status, body = ask(front, "-F", "UPLOAD=t,param:f", "-F", f"f=@{path}", form="votable")
            tap.ok(status == code and (code == 200 or "3000 bytes" in body), f"{size} bytes: {code}", status, body[:300])


def check_w61(tap, here):
    """What pyvo finds out about the service: W6.1."""
    import pyvo
    service = pyvo.dal.TAPService(here.url + "/tap")
    start = here.log_size("vogate")
    columns = [column.name for column in service.tables["ivoa.obscore"].columns]
    asked = here.wait_for_log("vogate", start, "path=/tables")
    tap.ok("s_ra" in columns and asked.count("path=/tables/") <= 1, "pyvo asks for one table at most", asked)
    # The most of sync and async, in one: see capabilities_modes.
    tap.ok(0 < service.maxrec <= service.hardlimit == 100_000_000, "it knows both limits", service.maxrec,
           service.hardlimit)
    tap.ok(len(service.upload_methods) == 3, "and the ways to upload", service.upload_methods)


def test_upload(tap):
    here = stack()
    with tempfile.TemporaryDirectory() as folder:
        check_round_trip(tap, here, folder)
        check_names(tap, here, folder)
        check_ways(tap, here, folder)
        check_w5(tap, here, folder)
        check_urls(tap, here)
        check_refusals(tap, here, folder)
        check_abuse(tap, here, folder)
    check_w61(tap, here)
    text = request(here.url + "/tap/capabilities").text
    tap.ok(all(f"TAPRegExt#upload-{name}" in text for name in ("inline", "http", "https"))
           and "uploadLimit" in text, "capabilities declare it")
    left = here.psql("SELECT count(*) FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace "
                     "WHERE nspname LIKE 'pg_temp%')")
    tap.equal(left, [["0"]], "no table is left in the database")


if __name__ == "__main__":
    main(test_upload)
