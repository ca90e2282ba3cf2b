#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzz targets: one file an input.

usage: tests/fuzz/seeds.py adql|multipart|region FOLDER

Queries come from tests/adql/cases, from the examples in conf, from worst.py and, where it is to be
had, from the ADQL suite of ../shared, which is read and never copied into the tree; texts of REGION
from tests/adql/regions.txt, and forms from tests/http/seeds and what stands below.
"""
import pathlib
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests" / "fuzz"), str(ROOT / "tests" / "server")]
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


TARGETS = {"adql": adql, "multipart": multipart, "region": region}


def write_seeds(target, folder):
    """Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, text in TARGETS[target]():
        # Bytes of forms are code points here.
        encoding = "latin-1" if target == "multipart" else "utf-8"
        (folder / name).write_bytes(text.encode(encoding))
        count += 1
    return count


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in TARGETS:
        sys.exit(__doc__.split("\n\n")[1])
    count = write_seeds(sys.argv[1], pathlib.Path(sys.argv[2]))
    print(f"{count} seeds in {sys.argv[2]}")


if __name__ == "__main__":
    main()
