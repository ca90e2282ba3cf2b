#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Acceptance 1: the real runs are in, and every photon of theirs."""
import pathlib

from clients import request, sync
from harness import main, stack


def test_summary(tap):
    """The summary names what came in and what the indexes list and the disk lacks."""
    here = stack()
    text = here.quickstart_output
    tap.ok("ready: " + here.url in text, "quickstart ends in ready:", text[-500:])
    for words in ("26 runs", "103"):
        tap.ok(words in text, "the summary names " + words, text[-3000:])


def test_every_photon(tap):
    """COUNT(*) equals the sum of NAXIS2 over the event lists."""
    here = stack()
    from astropy.io import fits

    total = 0
    for path in sorted(pathlib.Path(here.shared, "data", "dl3").glob("*/*.fits*")):
        with fits.open(path) as hdus:
            total += sum(hdu.header["NAXIS2"] for hdu in hdus
                         if hdu.header.get("HDUCLAS1") == "EVENTS")
    count = int(sync(here.url, "SELECT COUNT(*) FROM dl3.events", FORMAT="csv").rows()[1][0])
    tap.ok(count == total > 15000, "as many photons as in the files", f"{count} {total}")
    runs = int(sync(here.url, "SELECT COUNT(*) FROM ivoa.obscore", FORMAT="csv").rows()[1][0])
    tap.ok(runs == 26, "26 runs", str(runs))


def test_start_page(tap):
    """The start page leads to the service."""
    here = stack()
    reply = request(here.url)
    tap.ok(reply.status == 200 and "tap" in reply.text and "text/html" in reply.content_type,
           "the start page", reply.text[:200])


if __name__ == "__main__":
    main(test_summary, test_every_photon, test_start_page, needs_shared=True)
