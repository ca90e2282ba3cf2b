#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The kinds that ship, from POST to COMPLETED by curl, with inputs of every sort; event-select agrees with
astropy. W9.1 and W9.2 of the walk-throughs."""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

from harness import Stack, main, run, shared_data
from jobs import UWS, XLINK, alone
from test_upload import files

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kinds"))
from event_lists import Cut, chosen, find, fits, np, raw_rows, read_bytes, times, values  # noqa: E402


def curl(*words):
    """(status, where it leads, body)."""
    done = run("curl", "-s", "-o", "-", "-w", "\n%{http_code} %{redirect_url}", *words)
    body, _, last = done.stdout.rpartition("\n")
    return int(last.split()[0]), last.partition(" ")[2], body


def wait(job):
    for phase in ("QUEUED", "EXECUTING"):
        _, _, text = curl(f"{job}?WAIT=50&PHASE={phase}")
    return ET.fromstring(text)


def make(tap, name, url, *words):
    """A job by curl, to its end: the document."""
    status, job, text = curl(url, *words, "-F", "PHASE=RUN")
    if status != 303:
        tap.ok(False, f"{name}: created", status, text[:500])
        return None
    root = wait(job)
    tap.ok(root.findtext(UWS + "phase") == "COMPLETED", f"{name}: COMPLETED",
           root.findtext(f"{UWS}errorSummary/{UWS}message"))
    return root


def fetch(root, name):
    found = [one for one in root.iter(UWS + "result") if one.get("id") == name]
    if not found:
        return None, b""
    done = subprocess.run(["curl", "-s", found[0].get(XLINK)], capture_output=True, check=True)
    return found[0], done.stdout


def cut_of(path):
    data = read_bytes(path)
    events = find(data, "EVENTS")
    with fits.open(path) as hdus:
        header = hdus[events].header
    when = np.sort(times(header, values(data, events, "TIME")[0]).tt.mjd)
    ra, dec = (float(values(data, events, name)[0][7]) for name in ("RA", "DEC"))
    energy = np.quantile(values(data, events, "ENERGY")[0], [0.2, 0.9])
    return Cut((ra, dec, 1.2), tuple(float(e) for e in energy), (float(when[3]) + 1e-6, None))


def form(cut):
    """As fields of curl."""
    words = []
    for one in cut.words():
        name, _, value = one.removeprefix("--").partition("=")
        words += ["-F", f"{name.replace('-', '_')}={value}"]
    return words


def check_events(tap, name, path, root, cut):
    """Bit for bit what astropy chooses."""
    result, data = fetch(root, "selected")
    tap.ok(result is not None and result.get("mime-type") == "application/fits" and int(result.get("size")) == len(data),
           f"{name}: a result with its type and size")
    whole = read_bytes(path)
    events = find(whole, "EVENTS")
    mask = chosen(whole, events, cut)
    tap.ok(0 < mask.sum() < len(mask) and np.array_equal(raw_rows(data, find(data, "EVENTS")), raw_rows(whole, events)[mask]),
           f"{name}: {mask.sum()} of {len(mask)} photons, as astropy chooses them")
    return result.get(XLINK) if result is not None else None


def test_kinds(tap):
    """With real runs in the archive."""
    if not shared_data():
        tap.skip("kinds", "../shared is not here")
        return
    with Stack(data=shared_data()) as base, alone(base, {"fetch_loopback": 1}) as here:
        url = here.url + "/uws/event-select"
        status, _, text = curl(url + "/jdl", "-H", "Accept: application/json")
        described = json.loads(text)
        tap.ok(status == 200 and {one["name"] for one in described["parameters"]} >= {"ra", "dec", "radius", "energy_min"}
               and described["inputs"][0]["name"] == "events", "the description, as JSON", text[:500])
        status, _, text = curl(url + "/jdl")
        tap.ok(status == 200 and 'name="InputParams"' in text, "and as OPUS's VOTable", text[:300])
        row = here.psql("SELECT obs_publisher_did, path FROM dl3.observations JOIN dl3.hdus USING (obs) JOIN dl3.files USING "
                        "(file) WHERE hdu_type = 'events' ORDER BY obs LIMIT 1")[0]
        did, path = row
        cut = cut_of(path)
        words = form(cut)
        root = make(tap, "a file", url, "-F", f"events=@{path}", *words)
        first = check_events(tap, "a file", path, root, cut)
        root = make(tap, "a file by param:", url, "-F", "events=param:mine", "-F", f"mine=@{path}", *words)
        check_events(tap, "a file by param:", path, root, cut)
        root = make(tap, "a dataset", url, "-F", f"events={did}", *words)
        check_events(tap, "a dataset", path, root, cut)
        other_did, other = here.psql("SELECT obs_publisher_did, path FROM dl3.observations JOIN dl3.hdus USING (obs) JOIN "
                                     "dl3.files USING (file) WHERE hdu_type = 'events' ORDER BY obs DESC LIMIT 1")[0]
        root = make(tap, "another dataset", url, "-F", f"events={other_did}", *form(cut_of(other)))
        check_events(tap, "another dataset", other, root, cut_of(other))
        with files({"/run.fits.gz": (200, {}, pathlib.Path(path).read_bytes())}) as server:
            root = make(tap, "an address", url, "-F", f"events=http://127.0.0.1:{server.server_port}/run.fits.gz", *words)
            check_events(tap, "an address", path, root, cut)
        root = make(tap, "a copy", url, "-F", f"events=@{path}")
        copy = next(one.get(XLINK) for one in root.iter(UWS + "result") if one.get("id") == "selected")
        root = make(tap, "an earlier result", url, "-F", f"events={copy}", *words)
        check_events(tap, "an earlier result", path, root, cut)
        root = make(tap, "a cut of a cut", url, "-F", f"events={first}", *words)
        check_events(tap, "a cut of a cut", path, root, cut)
        _, out = fetch(root, "stdout")
        tap.ok(b"photons" in out.lower() or b"kept" in out.lower(), "what the program says", out[:300])
        status, _, text = curl(url, "-F", f"events=@{path}", "-F", "dec=91")
        tap.ok(status == 400 and "-90" in text and "90" in text, "a value out of its range names it", status, text)
        status, job, _ = curl(url, "-d", "ra=1", "-d", "dec=2")
        curl(job + "/phase", "-d", "PHASE=RUN")
        root = wait(job)
        words = root.findtext(f"{UWS}errorSummary/{UWS}message")
        tap.ok(root.findtext(UWS + "phase") == "ERROR" and "events" in words, f"a missing input is an ERROR when it runs: {words}")
        status, job, _ = curl(url, "-F", f"events={did}", "-F", "ra=1", "-F", "PHASE=RUN")
        root = wait(job)
        words = root.findtext(f"{UWS}errorSummary/{UWS}message")
        tap.ok(root.findtext(UWS + "phase") == "ERROR" and "radius" in words and fetch(root, "stderr")[1],
               f"what the program refuses, in its words: {words}",
               fetch(root, "stderr")[1])
        root = make(tap, "sleep", here.url + "/uws/sleep", "-F", "seconds=0.1", "-F", "message=a b")
        result, text = fetch(root, "slept")
        tap.ok(result.get("mime-type") == "text/plain" and b"a b" in text, "sleep has its result", text)


if __name__ == "__main__":
    main(test_kinds, needs_shared=True)
