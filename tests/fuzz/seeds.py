#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzz targets: one file an input.

usage: tests/fuzz/seeds.py adql|csv|events|fits|jdl|multipart|region|votable FOLDER

Queries come from tests/adql/cases, from the examples in conf, from worst.py and, where it is to be
had, from the ADQL suite of ../shared, which is read and never copied into the tree; texts of REGION
from tests/adql/regions.txt, and forms from tests/http/seeds and what stands below. Tables are made
by astropy; descriptions of jobs are those of conf and of tests/jdl, their commands one that is there.
"""
import gzip
import pathlib
import re
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("fuzz", "kinds", "server")]
import harness  # noqa: E402
import worst  # noqa: E402


def read_cases(path):
    """The queries of a file of cases, whose lines begin with "> "."""
    query = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("> "):
            query.append(line[2:])
        elif query:
            yield "\n".join(query)
            query = []


def read_suite(folder):
    for path in sorted(folder.glob("*.xml")):
        for element in xml.etree.ElementTree.parse(path).iter("adql"):
            yield (element.text or "").strip()


def adql():
    for path in sorted((ROOT / "tests/adql/cases").glob("*.txt")):
        for n, query in enumerate(read_cases(path)):
            yield f"{path.stem}-{n}", query
    for path in sorted((ROOT / "conf/examples").glob("*.adql")):
        yield f"example-{path.stem}", path.read_text(encoding="utf-8")
    shared = harness.shared_dir()
    if shared:
        for n, query in enumerate(read_suite(shared / "data" / "adql-suite")):
            yield f"suite-{n}", query
    for name, query in worst.queries():
        yield f"worst-{name}", query


def region():
    lines = (ROOT / "tests/adql/regions.txt").read_text(encoding="utf-8").splitlines()
    for n, line in enumerate(line for line in lines if line and not line.startswith("#")):
        yield f"region-{n}", line
    for name, text in worst.regions():
        yield f"worst-{name}", text


# Of fuzz_multipart.cc: the first byte chooses the boundary.
BOUNDARIES = {"D": "b", "A": '<<<>>>-- --"', "B": "--"}


def multipart():
    for path in sorted((ROOT / "tests/http/seeds").glob("*.txt")):
        yield path.stem, path.read_bytes().decode("latin-1")
    parts = {
        "parameter": 'Content-Disposition: form-data; name="QUERY"\r\n\r\nSELECT 1\r\nFROM t',
        "file": 'Content-Disposition: form-data; name="t1"; filename="t1"\r\n'
                "Content-Type: application/x-votable+xml\r\n\r\n<VOTABLE/>",
        "bare": "content-disposition: form-data; name=LANG\r\n\r\nADQL",
        "extended": "Content-Disposition: form-data; name=\"f\"; "
                    "filename*=UTF-8''%C3%A4%20b.vot\r\n\r\nx",
        "quotes": 'Content-Disposition: form-data; name="a\\"b\\\\c"; filename=""\r\n\r\n',
        "encoded": 'Content-Disposition: form-data; name="f"\r\n'
                   "Content-Transfer-Encoding: binary\r\nContent-Length: 2\r\n\r\nx,",
        "unnamed": "Content-Type: text/plain\r\n\r\nx",
        "feeds": 'Content-Disposition: form-data; name="a"\n\n1',
        "folded": 'Content-Disposition: form-data;\r\n name="a"\r\n\r\n1',
        "bytes": 'Content-Disposition: form-data; name="a"\r\n\r\n'
                 + "".join(map(chr, range(256))),
    }
    for letter, boundary in BOUNDARIES.items():
        for name, part in parts.items():
            yield f"{name}-{letter}", f"{letter}--{boundary}\r\n{part}\r\n--{boundary}--\r\n"
        body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts.values())
        yield f"all-{letter}", f"{letter}preamble\r\n{body}--{boundary}--\r\nepilogue"
        yield f"cut-{letter}", letter + body[:-9]
        yield f"many-{letter}", (letter + f"--{boundary}\r\n{parts['bare']}\r\n" * 1001
                                 + f"--{boundary}--")
        yield f"nearly-{letter}", letter + f"\r\n--{boundary[:-1]}" * 2000
    # The last choice takes the boundary from the body.
    choices = ('"x"', "x; charset=utf-8", '"a\\"b"', "a b", "", "x" * 71)
    for n, words in enumerate(choices):
        yield f"boundary-{n}", f"C{words}\r\n--x\r\n{parts['bare']}\r\n--x--"


def sample_table():
    """All types, nulls among them."""
    import numpy
    from astropy.table import MaskedColumn, Table

    rows = 3
    table = Table()
    for kind in ("bool", "u1", "i2", "i4", "i8", "f4", "f8", "c8", "c16"):
        values = numpy.arange(rows).astype(kind)
        table[kind] = MaskedColumn(values, mask=[False, kind[0] == "f", False], unit="deg", description="<a>")
        table[kind + "_array"] = numpy.zeros((rows, 2, 2), dtype=kind)
    table["text"] = ["a", "b c", ""]
    table["unicode"] = ["\u00e9", "\u65e5\u672c", "x"]
    return table


def votable():
    import io
    import warnings

    from astropy.io import votable as astropy_votable

    warnings.simplefilter("ignore")
    for form in ("tabledata", "binary2"):
        file = io.BytesIO()
        document = astropy_votable.from_table(sample_table())
        astropy_votable.writeto(document, file, tabledata_format=form)
        yield form, file.getvalue()
    head = "<VOTABLE><RESOURCE><COOSYS ID='s' system='ICRS'/><TABLE>"
    foot = "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    field = "<FIELD name='a' datatype='{}' arraysize='{}' xtype='{}' ref='s'><VALUES null='-9'/></FIELD>"
    for datatype in ("char", "unicodeChar", "bit", "boolean", "double", "floatComplex", "int"):
        for arraysize in ("", "*", "3", "8*", "2x3", "2x*"):
            for xtype in ("timestamp", "point"):
                yield (f"{datatype}-{arraysize.replace('*', 'n')}-{xtype}",
                       head + field.format(datatype, arraysize, xtype)
                       + "<DATA><TABLEDATA><TR><TD>2026-11-23T10:00:00</TD></TR><TR><TD>1 2 3</TD></TR>" + foot)
            # What is no row of one is one of another.
            yield (f"binary-{datatype}-{arraysize.replace('*', 'n')}",
                   head + field.format(datatype, arraysize, "") + "<DATA><BINARY><STREAM encoding='base64'>"
                   + "AAAAAgABAAIAAAAC" * 4 + "</STREAM></BINARY></DATA></TABLE></RESOURCE></VOTABLE>")
    yield "doctype", "<!DOCTYPE a [<!ENTITY x 'ha'>]><VOTABLE>&x;</VOTABLE>"
    yield "error", ("<VOTABLE><RESOURCE><INFO name='QUERY_STATUS' value='ERROR'>no</INFO></RESOURCE>"
                    "</VOTABLE>")


def fits():
    import io

    from astropy.io import fits as astropy_fits

    def written(*hdus):
        file = io.BytesIO()
        astropy_fits.HDUList([astropy_fits.PrimaryHDU(), *hdus]).writeto(file)
        return file.getvalue()

    table = sample_table()
    table.remove_column("unicode")
    yield "table", written(astropy_fits.table_to_hdu(table))
    column = astropy_fits.Column
    yield "odd", written(astropy_fits.BinTableHDU.from_columns([
        column("heap", "PJ()", array=[[1, 2], [3], []]), column("far", "QD()", array=[[1.5], [], [2]]),
        column("words", "PA()", array=["a", "bc", ""]), column("bits", "10X", array=[[True] * 10] * 3),
        column("unsigned", "I", bzero=32768, array=[1, 2, 3]), column("scaled", "E", bscale=2, array=[1.0, 2.0, 3.0]),
        column("texts", "6A", dim="(2,3)", array=[["a", "b", "c"]] * 3)]))
    yield "ascii", written(astropy_fits.TableHDU.from_columns([
        column("n", "A5", array=["a", "b"], ascii=True), column("i", "I6", array=[1, 2], ascii=True),
        column("f", "F8.3", array=[1, 2], ascii=True), column("d", "D25.17", array=[1, 2], ascii=True)]))
    yield "image", written(astropy_fits.ImageHDU())


def events():
    """Event lists of a few photons; the first byte chooses the cuts."""
    import event_lists as lists

    def read(*hdus):
        return lists.read_bytes(lists.write("seed.fits", *hdus))

    plain = read(lists.events_hdu(lists.event_columns(20)), lists.gti_hdu())
    for choice in (0, 1, 6, 8, 31):
        yield f"plain-{choice}", bytes([choice]) + plain
    yield "packed", b"\x1f" + gzip.compress(plain, mtime=0)
    single = lists.event_columns(20, energy=("E", "GeV"), position="E")
    yield "fk5", b"\x1f" + read(lists.gti_hdu(form="J"), lists.events_hdu(
        single, RADECSYS="FK5", TIMESYS="UTC", DSTYP1="TIME", DSVAL1="TABLE", DSREF1=":GTI", NDSKEYS=1,
        NOTE="text that goes on " * 8))
    heap = lists.fits.Column("TEL", "PJ()", array=[[1, 2], [], [3]] * 4)
    yield "heap", b"\x1f" + read(lists.events_hdu(lists.event_columns(12) + [heap]), lists.fits.ImageHDU(),
                                 lists.gti_hdu(extra=(lists.fits.Column("NAME", "3A", array=["a", "b"]),)))


def csv():
    for name, separator in (("comma", ","), ("tab", "\t"), ("semicolon", ";")):
        rows = [["i", "d", "t", "b", "s"], ["1", "1.5e3", "2026-11-23T10:00:00", "true", '"a ""b"" \n"'],
                ["", "NaN", "", "F", "007"]]
        yield name, "\r\n".join(separator.join(row) for row in rows)
    yield "mark", "\ufeffa\n1\n\n2"
    yield "open", 'a,b\n"1,2\n'
    yield "wide", ",".join("abcdefgh") + "\n" + ",".join("12345678")


JOB = """version = 2
title = t
description = d
    goes on
type = a
documentation = https://example.org/
contact_email = a@example.org
command = cat --n={n} "--t = {text}" -- {files}
environment = A={kind_dir}/b
time_s = 5
[parameter n]
type = double
unit = deg
ucd = pos.eq.ra
min = -1
max = 1e3
options = 1 | 2.5
default = 1
multiplicity = 1..*
[parameter text]
type = char
xtype = timestamp
arraysize = 80*
multiplicity = 0..1
[input files]
content_type = application/fits text/plain
origin = upload did
max_mb = 3
multiplicity = 0..4
[result all]
file = out/[!a-c]*.png
content_type = image/png
multiplicity = 0..*
"""


def jdl():
    yield "job", JOB
    for path in sorted((ROOT / "conf/jobs").glob("*.job")):
        text = path.read_text(encoding="utf-8")
        yield path.stem, re.sub(r"(?m)^command = \S+", "command = cat", text)
    for path in sorted((ROOT / "tests/jdl").glob("opus*")):
        yield path.name, path.read_text(encoding="utf-8")
    yield "wadl", ("<application xmlns:j='u'><resources><resource path='a' j:time_s='5'><method name='POST'><request>"
                   "<param name='n' type='xs:int' j:min='1' required='true' j:multiplicity='1..2'><option value='1'/>"
                   "</param><param name='f' type='xs:anyURI' j:origin='url'/></request></method><resource>"
                   "<param name='result-id'><option value='r' j:file='*.x' j:multiplicity='0..*'/></param></resource>"
                   "</resource></resources></application>")


TARGETS = {"adql": adql, "csv": csv, "events": events, "fits": fits, "jdl": jdl, "multipart": multipart, "region": region,
           "votable": votable}


def write_seeds(target, folder):
    """Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, text in TARGETS[target]():
        # Bytes of forms are code points here.
        encoding = "latin-1" if target == "multipart" else "utf-8"
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        count += 1
    return count


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in TARGETS:
        sys.exit(__doc__.split("\n\n")[1])
    count = write_seeds(sys.argv[1], pathlib.Path(sys.argv[2]))
    print(f"{count} seeds in {sys.argv[2]}")


if __name__ == "__main__":
    main()
