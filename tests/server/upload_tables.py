# SPDX-License-Identifier: Apache-2.0
"""Tables to upload, with each type, xtype and null of VOTable, text of all scripts and names that no
query may write as they stand; and how to tell one VOTable from another."""
import math
import xml.etree.ElementTree
from xml.sax.saxutils import escape, quoteattr

AWKWARD = ["select", "a b", "_RAJ2000", "Name (alt)", 'qu"ote', "\u00dcn\u00efcode", "dup", "DUP", "1st", "x;y -- z", "c1", "pg_temp.u1",
           "it's", "$(id)", "%s", "\\", "a" * 200]


def _columns():
    """name, datatype, arraysize, xtype, unit, ucd, and the text of row i, None for null."""
    def real(i):
        return ("1.5", "-1e-300", "+Inf", "-Inf", "0.1", "-0.0", "1e308")[i % 7]

    def words(i):
        return ("plain", "a<b>&\"c'", " blanks ", "tab\tand\nline", "\u65e5\u672c\u8a9e", "\u00e9\u00df\u03c9", "\U0001d11e clef",
                "back\\slash", "NULL", "'; DROP TABLE x; --")[i % 10]

    yield "id", "long", "", "", "", "meta.id;meta.main", str
    yield "flag", "boolean", "", "", "", "", lambda i: "TF"[i % 2]
    yield "one_bit", "bit", "", "", "", "", lambda i: str(i % 2)
    yield "byte", "unsignedByte", "", "", "", "", lambda i: str(i % 256)
    yield "small", "short", "", "", "", "", lambda i: str((i * 7919) % 65536 - 32768)
    yield "int", "int", "", "", "ct", "", lambda i: str((i * 2654435761) % 2**32 - 2**31)
    yield "big", "long", "", "", "", "", lambda i: str((i * 11400714819323198485) % 2**64 - 2**63)
    yield "float", "float", "", "", "mag", "phot.mag", lambda i: real(i) if "3" not in real(i) else "1e30"
    yield "double", "double", "", "", "TeV", "em.energy", real
    yield "text", "char", "*", "", "", "", lambda i: words(i) if words(i).isascii() else "x"
    yield "fixed", "char", "7", "", "", "", lambda i: f"{i:07d}"
    yield "unicode", "unicodeChar", "*", "", "", "", words
    yield "letter", "char", "", "", "", "", lambda i: "abc"[i % 3]
    yield ("time", "char", "*", "timestamp", "", "time.epoch",
           lambda i: f"20{i % 100:02d}-02-28T23:59:{i % 60:02d}" + (".25" if i % 2 else ""))
    yield "point", "double", "2", "point", "deg", "pos.eq", lambda i: f"{i % 360}.5 {i % 180 - 90}"
    yield "circle", "double", "3", "circle", "deg", "", lambda i: f"{i % 360} {i % 80} 0.25"
    yield ("polygon", "double", "*", "polygon", "deg", "",
           lambda i: f"{i % 350} 10 {i % 350 + 2} 10 {i % 350 + 1} 12")
    yield "interval", "double", "2", "interval", "m", "em.wl", lambda i: f"{i} +Inf"
    yield "mjd", "double", "", "mjd", "d", "time", lambda i: str(51544.5 + i)
    yield "list", "int", "*", "", "", "", lambda i: " ".join(map(str, range(i % 5 + 1)))
    yield "longs", "long", "*", "", "", "", lambda i: f"{i} {-2**63 + 1} {2**63 - 1}"
    yield "matrix", "double", "2x3", "", "", "", lambda i: " ".join(str(i + k / 8) for k in range(6))
    yield "floats", "float", "4", "", "", "", lambda i: f"{i} 0.5 -1e30 NaN"
    yield "shorts", "short", "3*", "", "", "", lambda i: " ".join(["-32768", "7", "32767"][:i % 3 + 1])
    yield "flags", "boolean", "3", "", "", "", lambda i: "T F T"
    yield "bits", "bit", "11", "", "", "", lambda i: " ".join(f"{i % 2048:011b}")
    yield "bytes", "unsignedByte", "*", "", "", "", lambda i: f"0 {i % 256} 255"
    yield "complex", "floatComplex", "", "", "", "", lambda i: f"{i} -0.5"
    yield "complexes", "doubleComplex", "2", "", "", "", lambda i: f"{i} 1 2.25 -3"
    for n, name in enumerate(AWKWARD):
        yield name, "int", "", "", "", "", lambda i, n=n: str(i * 100 + n)


COLUMNS = list(_columns())
# Not those that every row has.
NEVER_NULL = {"id"}
# Numbers whose null has to be declared; arrays of fixed length have none in TABLEDATA.
WHOLE = {"unsignedByte": "255", "short": "-32768", "int": "-2147483648", "long": str(-2**63), "bit": "0"}


def text_of(n, row):
    """Of the n-th column; every seventh value or so is null."""
    name, datatype, arraysize, _xtype, _unit, _ucd, value = COLUMNS[n]
    if name not in NEVER_NULL and (row + n) % 7 == 3 and (not arraysize or "*" in arraysize):
        return ""
    text = value(row)
    # What stands for null is no value.
    return "" if not arraysize and WHOLE.get(datatype) == text and datatype != "bit" else text


def write_votable(path, rows, without=()):
    """TABLEDATA; columns of these names are left out."""
    with open(path, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" '
                  'xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n<RESOURCE>\n<TABLE name="t">\n')
        kept = [n for n, column in enumerate(COLUMNS) if column[0] not in without]
        for n in kept:
            name, datatype, arraysize, xtype, unit, ucd, _value = COLUMNS[n]
            words = {"name": name, "datatype": datatype, "arraysize": arraysize, "xtype": xtype,
                     "unit": unit, "ucd": ucd, "utype": f"test:{n}"}
            out.write("<FIELD" + "".join(f" {key}={quoteattr(word)}" for key, word in words.items() if word)
                      + f"><DESCRIPTION>{escape(f'column <{n}> & more')}</DESCRIPTION></FIELD>\n")
        out.write("<DATA><TABLEDATA>\n")
        for row in range(rows):
            out.write("<TR>" + "".join(f"<TD>{escape(text_of(n, row))}</TD>" for n in kept) + "</TR>\n")
        out.write("</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n")


def read_votable(source):
    """Fields as (name, datatype, arraysize, xtype, unit, ucd, utype, description), and rows of texts, of a
    VOTable in TABLEDATA."""
    fields, rows, row = [], [], None
    for event, element in xml.etree.ElementTree.iterparse(source, ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "TR":
            row = []
        elif event == "end" and tag == "FIELD":
            description = next((child.text or "" for child in element
                                if child.tag.endswith("DESCRIPTION")), "")
            fields.append(tuple(element.get(key, "") for key in ("name", "datatype", "arraysize", "xtype",
                                                                 "unit", "ucd", "utype")) + (description,))
        elif event == "end" and tag == "TD":
            row.append(element.text or "")
        elif event == "end" and tag == "TR":
            rows.append(row)
            element.clear()
    return fields, rows


def value_of(datatype, arraysize, text):
    """A cell as a value to compare: tuples of numbers, booleans, or text."""
    if datatype in ("char", "unicodeChar"):
        return text
    if datatype == "boolean":
        return tuple(word in ("T", "true", "1") if word != "?" else None for word in text.split())
    if datatype == "bit":
        return tuple("".join(text.split()))
    if datatype in ("float", "double", "floatComplex", "doubleComplex"):
        numbers = tuple(float(word.replace("Inf", "inf")) for word in text.split())
        single = datatype.startswith("float")
        if not arraysize and not text:
            return ("NaN",) * (2 if datatype.endswith("Complex") else 1)
        return tuple("NaN" if math.isnan(x) else f"{x:.7g}" if single else x for x in numbers)
    return tuple(int(word) for word in text.split())


def differences(wanted, found, limit=5):
    """Cells that differ, in words; both as read_votable gives them."""
    told = []
    if len(wanted[0]) != len(found[0]) or len(wanted[1]) != len(found[1]):
        return [f"{len(found[0])} columns, {len(found[1])} rows; wanted {len(wanted[0])}, {len(wanted[1])}"]
    for a, b in zip(wanted[0], found[0]):
        # One is what there is without an arraysize.
        a, b = ((*field[:2], "" if field[2] == "1" else field[2], *field[3:]) for field in (a, b))
        if a != b:
            told.append(f"FIELD {b}; wanted {a}")
    for i, (a_row, b_row) in enumerate(zip(wanted[1], found[1])):
        for field, a, b in zip(wanted[0], a_row, b_row):
            if a != b and value_of(field[1], field[2], a) != value_of(field[1], field[2], b):
                told.append(f"row {i}, {field[0]}: {b!r}; wanted {a!r}")
        if len(told) >= limit:
            break
    return told[:limit]
