#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""/tap/examples and the page at /tap: each example runs and finds something; a form asks."""
import urllib.parse
import xml.etree.ElementTree as ET

import pyvo

from clients import request, sync
from harness import ROOT, main, stack

XHTML = "{http://www.w3.org/1999/xhtml}"


def read_examples():
    page = request(stack().url + "/tap/examples")
    root = ET.fromstring(page.text)
    vocab = root.findall(f".//*[@vocab='http://www.ivoa.net/rdf/examples#']")
    return page, vocab, [one for group in vocab for one in group.findall("*[@typeof='example']")]


def test_examples(tap):
    """The document that DALI asks for, and every query in it."""
    page, vocab, examples = read_examples()
    files = sorted((ROOT / "conf/examples").glob("*.adql"))
    tap.ok(page.status == 200 and len(vocab) == 1 and len(examples) == len(files) > 5,
           "one vocabulary, one example a file", page.text[:500])
    ids = [one.get("id") for one in examples]
    tap.ok(len(set(ids)) == len(ids) and all(one.get("resource") == "#" + one.get("id")
                                             for one in examples), "ids are unique", ids)
    for one in examples:
        name = one.find("*[@property='name']").text
        query = one.find("*[@property='query']").text
        reply = sync(stack().url, query, FORMAT="csv")
        tap.ok(reply.status == 200 and len(reply.rows()) > 1, name, reply.text[:500])
        link = one.find(f".//{XHTML}a").get("href")
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
        tap.ok(asked["QUERY"] == [query], name + ": its link asks the same", link)


def test_pyvo(tap):
    """pyvo finds them."""
    found = pyvo.dal.TAPService(stack().url + "/tap").examples
    tap.ok(len(found) == len(read_examples()[2]), "pyvo's service.examples", len(found))


def test_home(tap):
    """A page for people: links that lead somewhere, a form that asks, the tables."""
    base = stack().url
    page = request(base + "/tap")
    root = ET.fromstring(page.text)
    tap.ok(page.status == 200 and page.content_type.startswith("text/html")
           and "default-src 'none'" in page.headers.get("content-security-policy", ""), "the page",
           page.headers)
    links = [link.get("href") for link in root.iter(XHTML + "a")]
    for link in links:
        reply = request(urllib.parse.urljoin(base, link))
        tap.ok(reply.status == 200, link)
    tap.ok(len(links) >= 4, "it has links", links)
    form = root.find(f".//{XHTML}form")
    query = form.find(f".//{XHTML}textarea").text
    formats = [option.get("value") for option in form.iter(XHTML + "option")]
    action = urllib.parse.urljoin(base, form.get("action"))
    for name in formats:
        data = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query.replace("\n", "\r\n"),
                                       "RESPONSEFORMAT": name, "MAXREC": "1000"}).encode()
        reply = request(action, data=data)
        tap.ok(reply.status == 200 and reply.body, "its form, as " + name, reply.text[:300])
    tables = [one.text for one in root.iter(XHTML + "code")]
    tap.ok("ivoa.obscore" in tables and "energy_max" in tables, "tables and columns")
    tap.ok('"size"' in tables and "size" not in tables, "names as a query has to write them")
    hostile = request(base + "/tap/?QUERY=%3Cscript%3E")
    tap.ok(hostile.status == 200 and "<script" not in hostile.text, "parameters are not echoed")


if __name__ == "__main__":
    main(test_examples, test_pyvo, test_home, needs_shared=True)
