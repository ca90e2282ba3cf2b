#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vogate adql: the IVOA's cases of valid and invalid ADQL, its SQL, its exit statuses.

A case of the suite passes when the verdict on its text alone (--check) is the one that the suite
gives; functions that a case or its file declares are declared here, too.
"""
import os
import pathlib
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import BUILD, main, shared_dir, stack

SUITE = "data/adql-suite"
VALID, INVALID, UNKNOWN = 0, 2, 3
NO_CONFIG = "/nonexistent/vogate.conf"


def adql(*words, query="", config=NO_CONFIG):
    return subprocess.run([str(BUILD / "vogate"), "adql", *map(str, words)], input=query, text=True,
                          capture_output=True, timeout=60, check=False,
                          env={**os.environ, "VOGATE_CONFIG": str(config)})


def signatures(element):
    return [form.text for form in element.findall("functions/function/form")]


def cases(path):
    root = ElementTree.parse(path).getroot()
    for number, case in enumerate(root.findall("query"), 1):
        text = case.find("adql")
        yield (f"{path.name} {number}", "".join(text.itertext()), text.get("valid") == "true",
               signatures(root) + signatures(case))


def test_suite(tap):
    """All 196 verdicts of the directory that IVOA's own validator runs."""
    folder = shared_dir() and shared_dir() / SUITE
    if not folder or not folder.is_dir():
        tap.skip("the IVOA's cases get the suite's verdicts", f"../shared/{SUITE} is not there")
        return
    count, wrong = 0, []
    for path in sorted(folder.glob("*.xml")):
        for name, query, valid, declared in cases(path):
            count += 1
            found = adql("--check", *[word for form in declared for word in ("--udf", form)],
                         query=query)
            if (found.returncode == VALID) != valid or found.returncode not in (0, 2, 3):
                wrong.append(f"{name}: {found.returncode} {found.stderr.strip()}: {query.strip()}")
    tap.equal((count - len(wrong), len(wrong)), (196, 0),
              "the IVOA's cases get the suite's verdicts", *wrong)


def test_translation(tap):
    """The SQL that a query becomes, its columns, and what is wrong with it."""
    config = stack().config
    query = ("SELECT TOP 3 energy AS e FROM dl3.events "
             "WHERE 1=CONTAINS(POINT(ra,dec), CIRCLE(83.6,22,3))")
    found = adql(query=query, config=config)
    tap.equal((found.returncode, found.stderr), (0, ""), "a valid query exits with 0")
    sql, _, comments = found.stdout.partition("\n\n")
    tap.ok(sql.endswith(" LIMIT 3;"), "its SQL ends with TOP and a semicolon", sql)
    tap.contains(comments, "-- e\tdouble\t-\t-\tTeV\tem.energy", "its column stands below")
    tap.equal(len(stack().psql(found.stdout)), 3, "psql takes it as it is")
    path = pathlib.Path(stack().var) / "query.adql"
    path.write_text(query, encoding="utf-8")
    for option in (["-f", path], [f"--file={path}"], ["--file", path], ["-f", "-"]):
        tap.equal(adql(*option, query=query, config=config).stdout, found.stdout,
                  f"{option} is read")
    path.unlink()
    for name, text, status, words in [
            ("a syntax error", "SELECT\n  ra FRM dl3.events", INVALID, "line 2, column 10: "),
            ("a wrong type", "SELECT ra FROM dl3.events WHERE ra LIKE 'x'", INVALID,
             "line 1, column 33: "),
            ("an unknown table", "SELECT ra FROM dl3.event", UNKNOWN, "did you mean dl3.events?"),
            ("an unknown column", "SELECT enrgy FROM dl3.events", UNKNOWN, "did you mean energy?"),
            ("an unknown function", "SELECT LGO(ra) FROM dl3.events", UNKNOWN, "did you mean LOG"),
            ("no query", "", INVALID, "the query is empty")]:
        found = adql(query=text, config=config)
        tap.ok((found.returncode, found.stdout) == (status, "") and words in found.stderr,
               f"{name} exits with {status}", found)
    found = adql(query="SELECT e.energy FROM dl3.events AS e JOIN ivoa.obscore_hea AS h "
                       "ON e.energy > h.energy_max", config=config)
    tap.ok(found.returncode == 0 and "in TeV with" in found.stderr and "in eV" in found.stderr,
           "who compares TeV with eV is warned", found)
    found = adql(query=query)
    tap.ok(found.returncode == 1 and NO_CONFIG in found.stderr, "without a database it says so", found)


def test_check(tap):
    """Valid or not, without any table."""
    declared = ["--udf", "site_f(a DOUBLE PRECISION, b VARCHAR(*)) -> INTEGER"]
    text = "SELECT site_f(1, 'x'), nowhere FROM not_here.at_all"
    found = adql("--check", *declared, query=text)
    tap.equal((found.returncode, found.stdout + found.stderr), (VALID, ""), "no table need exist")
    found = adql("--check", query=text)
    tap.ok(found.returncode == UNKNOWN and "site_f" in found.stderr, "an unknown function", found)
    found = adql("--check", *declared, query="SELECT site_f(1) FROM t")
    tap.ok(found.returncode == INVALID and "too few arguments" in found.stderr, "too few arguments",
           found)
    for words in (["--check", "--udf", "f(a) -> INTEGER"], ["--check", "--udf", "f(a INTEGER)"],
                  declared, ["-f"], ["-f", "/nonexistent"], ["--nonsense"]):
        found = adql(*words, query="SELECT 1 FROM t")
        tap.ok((found.returncode, found.stdout) == (1, "") and found.stderr.startswith("vogate: "),
               f"{words} is wrong usage", found)
    found = adql("--check", query="SELECT 1 FROM t -- " + "x" * 11_000_000)
    tap.equal(found.returncode, 1, "a query of 11 MB is not read")


main(test_suite, test_translation, test_check)
