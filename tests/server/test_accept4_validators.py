#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Acceptance 4: taplint, votlint, and the walk-throughs W1, W4.2, W6.2 and W8.2."""
import re
import subprocess
import xml.etree.ElementTree as ET

from clients import request, stilts, sync
from harness import main, stack

STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ OBS UPL EXA"

# Warnings that are no fault of ours, each with its reason.
EXPLAINED = {
    # The Server header is the web server's own, and names it as its administrator wants.
    "W-CAP-SVRV",
    # STILTS 3.4.7 knows no identifier for ADQL 2.1's conditional functions (COALESCE).
    "features-adql-conditional",
}

VOSI = "{http://www.ivoa.net/xml/VOSITables/v1.0}"


def test_taplint(tap):
    """No error, no failure; each warning has a reason."""
    here = stack()
    _, out, err = stilts("taplint", "tapurl=" + here.url + "/tap", "stages=" + STAGES)
    lines = out.splitlines()
    totals = [line for line in lines if line.startswith("Totals:")]
    bad = [line for line in lines if re.match(r"[EF]-", line)]
    tap.ok(bool(totals) and not bad, "taplint " + STAGES, "\n".join(bad) or out[-500:] + err[-500:])
    warnings = [line for line in lines if line.startswith("W-")
                and not any(key in line for key in EXPLAINED)]
    tap.ok(not warnings, "no warning without a reason", "\n".join(warnings))


def test_votlint(tap):
    """votlint has nothing to say about any serialisation, nor about an error."""
    here = stack()
    query = ("SELECT TOP 50 o.*, POINT(s_ra, s_dec) AS p, NULL AS n, CAST(obs_id AS VARCHAR(3)) AS v "
             "FROM ivoa.obscore AS o")
    for name in ("votable", "votable/td", "votable/b"):
        body = sync(here.url, query, FORMAT=name).body
        status, out, err = stilts("votlint", "votable=-", data=body)
        tap.ok(status == 0 and not out.strip() and not err.strip(), "votlint " + name,
               out[:600] + err[:600])
    body = sync(here.url, "SELECT nothing FROM ivoa.obscore").body
    _, out, err = stilts("votlint", "votable=-", data=body)
    tap.ok(not out.strip() and not err.strip(), "votlint of an error document", out[:600] + err[:600])
    for path in ("capabilities", "tables", "availability"):
        body = request(here.url + "/tap/" + path).body
        done = subprocess.run(["xmllint", "--noout", "-"], input=body, capture_output=True, check=False)
        tap.ok(done.returncode == 0, path + " is well-formed", done.stderr.decode()[:300])


def test_addresses(tap):
    """Absolute addresses are those of base_url, whatever name and port the request came to."""
    here = stack()
    reply = request(here.url + "/tap/capabilities", headers={"X-Forwarded-Host": "evil.example"})
    found = re.findall(r"<accessURL[^>]*>([^<]*)</accessURL>", reply.text)
    tap.ok(found and all(url == here.url + "/tap" or url.startswith(here.url + "/tap/")
                         for url in found), "every accessURL is below base_url", found, here.url)
    tap.equal(len(re.findall("evil", reply.text)), 0, "no header of a request changes that")


def test_w1(tap):
    """W1: curl, sync."""
    here = stack()
    top3 = "SELECT TOP 3 obs_id,em_min FROM ivoa.obscore"
    url = here.url + "/tap/sync?lang=ADQL&Query=SELECT+TOP+3+obs_id,em_min+FROM+ivoa.obscore"
    reply = request(url + "&responseformat=text/xml")
    fields = re.findall(r"<FIELD [^>]*>", reply.text)
    tap.ok(reply.status == 200 and reply.votable_status()[0] == "OK" and len(fields) == 2, "W1.1 answers")
    tap.ok(all('ucd="' in field and 'utype="' in field for field in fields)
           and 'unit="m"' in fields[1], "W1.1 unit, ucd and utype", str(fields))
    rows = [row.split("</TD><TD>") for row in re.findall(r"<TR><TD>(.*?)</TD></TR>", reply.text)]
    tap.ok(len(rows) == 3 and all(1e-22 < float(row[1]) < 1e-15 for row in rows), "W1.1 em_min is not 0",
           str(rows))

    multipart = subprocess.run(
        ["curl", "-sS", here.url + "/tap/sync", "-F", "LANG=ADQL", "-F", "QUERY=" + top3,
         "-F", "RESPONSEFORMAT=text/xml"], capture_output=True, check=False)
    same = re.findall(r"<TR>.*?</TR>", multipart.stdout.decode())
    tap.ok(same == re.findall(r"<TR>.*?</TR>", reply.text) and same, "W1.2 multipart gives the same")

    reply = sync(here.url, top3, FORMAT="csv")
    tap.ok(reply.content_type == "text/csv;header=present" and len(reply.rows()) == 4, "W1.3 csv",
           reply.content_type)
    reply = sync(here.url, top3, RESPONSEFORMAT="text/xml")
    tap.ok(reply.content_type == "text/xml", "W1.3 text/xml comes back as such", reply.content_type)
    reply = sync(here.url, top3, RESPONSEFORMAT="klingon")
    tap.ok(reply.status == 400 and reply.is_votable_error(), "W1.3 klingon")

    reply = sync(here.url, top3, MAXREC="0", FORMAT="votable/td")
    tap.ok(reply.votable_status()[0] == "OVERFLOW" and reply.text.count("<FIELD") == 2
           and "<TR>" not in reply.text, "W1.4 MAXREC=0")
    reply = sync(here.url, top3, MAXREC="2", FORMAT="votable/td")
    after = reply.text.index("OVERFLOW") > reply.text.index("</TABLE>")
    tap.ok(reply.votable_status()[0] == "OVERFLOW" and reply.text.count("<TR>") == 2 and after,
           "W1.4 MAXREC=2")
    reply = sync(here.url, top3, MAXREC="3", FORMAT="votable/td")
    tap.ok(reply.votable_status()[0] == "OK" and reply.text.count("<TR>") == 3, "W1.4 MAXREC=3")

    tap.ok(request(url + "&FOO=bar").status == 200, "W1.5 unknown parameters are ignored")
    tap.ok(request(url + "&QUERY=x").status == 400, "W1.5 QUERY twice")
    reply = sync(here.url, "SELEC obs_id FROM ivoa.obscore")
    tap.ok(reply.status == 400 and reply.is_votable_error()
           and "line 1, column 1" in reply.votable_status()[1], "W1.5 SELEC", reply.text)
    start = here.log_size("postgresql")
    reply = sync(here.url, "SELECT pg_sleep(9) FROM ivoa.obscore")
    tap.ok(reply.status == 400 and "pg_sleep" in reply.votable_status()[1]
           and "pg_sleep" not in here.log("postgresql", start), "W1.5 pg_sleep never reaches SQL", reply.text)


def test_w42(tap):
    """W4.2: what TOPCAT's metadata tab asks for."""
    here = stack()
    names = ET.fromstring(request(here.url + "/tap/tables?detail=min").body)
    tables = [table.findtext("name") for table in names.iter("table")]
    tap.ok("ivoa.obscore" in tables and "dl3.events" in tables and not list(names.iter("column")),
           "detail=min has names only", str(tables))
    one = ET.fromstring(request(here.url + "/tap/tables/ivoa.obscore").body)
    columns = {column.findtext("name"): column for column in one.iter("column")}
    tap.ok(one.tag == VOSI + "table" and "s_ra" in columns, "one table")
    tap.ok(all(column.findtext("description") for column in columns.values()),
           "every column is described")
    keys = ET.fromstring(request(here.url + "/tap/tables/dl3.gti").body).findall("foreignKey")
    tap.ok(any(key.findtext("targetTable") == "dl3.observations" for key in keys), "foreign keys")
    reply = sync(here.url, "SELECT COUNT(*) AS nrow FROM TAP_SCHEMA.columns", FORMAT="csv")
    total = sum(len(list(table.iter("column"))) for table in
                ET.fromstring(request(here.url + "/tap/tables").body).iter("table"))
    tap.ok(int(reply.rows()[1][0]) == total > 100, "TAP_SCHEMA and /tap/tables agree",
           f"{reply.rows()} {total}")
    tap.ok(request(here.url + "/tap/tables/no.such").status == 404, "a true 404")


def test_w62_w82(tap):
    """W6.2 and W8.2 with pyvo: NATURAL JOIN with the extension, a cone at calib_level 2."""
    here = stack()
    import pyvo

    service = pyvo.dal.TAPService(here.url + "/tap")
    result = service.search("SELECT obs_id, energy_max, em_min FROM ivoa.obscore NATURAL JOIN "
                            "ivoa.obscore_hea WHERE energy_max >= 1e13")
    table = result.to_table()
    tap.ok(len(table) > 0 and min(table["energy_max"]) >= 1e13, "W6.2 NATURAL JOIN", str(len(table)))
    hc = 1.239841984332e-6
    tap.ok(all(abs(row["em_min"] * row["energy_max"] / hc - 1) < 1e-6 for row in table),
           "em_min is the wavelength of energy_max")
    tap.ok("obs_publisher_did" in service.tables["ivoa.obscore_hea"].columns[0].name,
           "pyvo reads the metadata")
    result = service.search("SELECT obs_id FROM ivoa.obscore WHERE calib_level = 2 AND "
                            "1 = CONTAINS(POINT(83.633, 22.014), s_region)")
    tap.ok(len(result) == 26, "W8.2 the runs that see the Crab", str(len(result)))
    try:
        service.search("SELECT enrgy FROM dl3.events")
        tap.ok(False, "pyvo hears an error")
    except pyvo.dal.DALQueryError as error:
        tap.ok("energy" in str(error), "pyvo shows the words of an error", str(error)[:200])


if __name__ == "__main__":
    main(test_taplint, test_votlint, test_addresses, test_w1, test_w42, test_w62_w82, needs_shared=True)
