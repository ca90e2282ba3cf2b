#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""event-select on real runs, on the simulated sample and on odd event lists: what it keeps is, bit for
bit, what astropy chooses; good time and headers follow; all else stays byte for byte."""
import io
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from event_lists import (FOLDER, Cut, SkyCoord, Time, check_structure, chosen, event_columns, events_hdu,  # noqa: E402
                         find, fits, gti_hdu, mjd_tt, np, problems, read_bytes, select, small, times, values, write)
from harness import BUILD, main, shared_dir  # noqa: E402

def cuts_for(path):
    """Cuts of each kind and all together, about photons and times of the list itself."""
    data = read_bytes(path)
    events = find(data, "EVENTS")
    with fits.open(io.BytesIO(data)) as hdus:
        header = hdus[events].header
    rng = np.random.default_rng(len(data))
    when = np.sort(times(header, values(data, events, "TIME")[0]).tt.mjd)
    low, high = when[len(when) // 5] + 1e-6, when[2 * len(when) // 3] + 1e-6
    i = int(rng.integers(len(when)))
    ra, dec = (float(values(data, events, name)[0][i]) for name in ("RA", "DEC"))
    energies = np.quantile(values(data, events, "ENERGY")[0], [0.3, 0.8])
    return [Cut(cone=(ra, dec, 0.7)), Cut(energy=tuple(energies)), Cut(energy=(energies[0], None)),
            Cut(time=(low, high)), Cut(time=(None, high)), Cut(time=(when[0] - 1, when[-1] + 1)),
            Cut(time=(when[-1] + 1, when[-1] + 2)), Cut(time=(when[0] - 2, when[0] - 1)),
            Cut((ra, dec, 1.5), (energies[0], None), (low, None))]


def check_runs(tap, paths, name):
    bad, kept, runs = [], 0, 0
    for path in paths:
        for cut in cuts_for(path):
            found, count = problems(path, cut)
            bad += [f"{path.name} {cut}: {one}" for one in found]
            kept, runs = kept + count, runs + 1
        out = FOLDER / "copy.fits"
        done = select(path, out)
        if done.returncode != 0 or read_bytes(path) != out.read_bytes():
            bad.append(f"{path.name} is not copied as it is: {done.stderr}")
    tap.ok(not bad and kept > 0, f"{name}: {runs} cuts of {len(paths)} runs, {kept} photons", *bad[:20])


def test_real_runs(tap):
    """Runs of H.E.S.S. and FACT, bit for bit as astropy selects."""
    shared = shared_dir()
    if shared is None:
        tap.skip("real runs", "../shared is not here")
        return
    hess = sorted((shared / "data/dl3/hess").glob("hess_dl3*.fits.gz"))
    fact = sorted((shared / "data/dl3/fact").glob("*_dl3.fits"))
    check_runs(tap, hess, "H.E.S.S., FK5, gzipped")
    check_runs(tap, fact, "FACT, TIMESYS utc")
    check_dates(tap, hess[0], "tt", "H.E.S.S.")
    check_dates(tap, fact[0], "utc", "FACT")
    check_gammapy(tap, hess[0])


def check_dates(tap, path, scale, name):
    """DATE-OBS and TIME-OBS in the scale in which the file had them."""
    out = FOLDER / "dates.fits"
    select(path, out, cuts_for(path)[3])
    header = fits.getheader(out, "EVENTS")
    for date, seconds in (("OBS", "TSTART"), ("END", "TSTOP")):
        told = Time(f"{header['DATE-' + date]}T{header['TIME-' + date]}", scale=scale)
        apart = (told - times(header, header[seconds])).to_value("s")
        tap.ok(abs(apart) < 2e-6, f"{name}: DATE-{date} and TIME-{date} are {seconds} in {scale.upper()}", apart, told)
    if "TELAPSE" in header:
        tap.equal(header["TELAPSE"], header["TSTOP"] - header["TSTART"], f"{name}: TELAPSE")


def check_gammapy(tap, path):
    from gammapy.data import GTI, EventList, Observation
    cut = cuts_for(path)[3]
    out = FOLDER / "gammapy.fits"
    select(path, out, cut)
    span = Time(cut.time, format="mjd", scale="tt")
    theirs, ours = EventList.read(path).select_time(span), EventList.read(out)
    tap.equal(list(ours.table["EVENT_ID"]), list(theirs.table["EVENT_ID"]), "gammapy selects the same photons")
    theirs, ours = GTI.read(path).select_time(span), GTI.read(out)
    tap.ok(abs((ours.time_sum - theirs.time_sum).to_value("s")) < 1e-6 and
           abs((ours.time_start - theirs.time_start).to_value("s")).max() < 1e-6, "and the same good time", ours, theirs)
    run = Observation.read(out)
    tap.ok(run.aeff is not None and run.psf is not None and run.edisp is not None and len(run.events.table) > 0 and
           abs(run.observation_live_time_duration.to_value("s") - ours.time_sum.to_value("s") *
               fits.getheader(out, 1)["DEADC"]) < 1e-3, "its Observation opens with all responses")


def test_sample(tap):
    """The simulated sample, bit for bit as astropy selects."""
    folder = FOLDER / "sample"
    subprocess.run([BUILD / "vogate", "simulate", folder], check=True, capture_output=True, timeout=300)
    paths = sorted(folder.glob("vogate_sim_*.fits"))
    check_runs(tap, paths[::4], "simulated")
    check_gammapy(tap, paths[0])
    packed = FOLDER / "packed.fits.gz"
    with open(packed, "wb") as file:
        subprocess.run(["gzip", "-c", paths[0]], stdout=file, check=True)
    cut = cuts_for(paths[0])[-1]
    one, other = FOLDER / "one.fits", FOLDER / "other.fits"
    select(paths[0], one, cut)
    select(packed, other, cut)
    tap.ok(one.read_bytes() == other.read_bytes() and one.stat().st_size > 0, "gzipped: the same bytes")
    select(paths[0], other, cut)
    tap.equal(other.read_bytes(), one.read_bytes(), "once more: the same bytes")


def test_words(tap):
    """What the header tells of the cut, and what is printed."""
    path, out, again = small(), FOLDER / "words.fits", FOLDER / "again.fits"
    cut = Cut((83.63, 22.01, 0.5), (0.5, None), (mjd_tt(1500), mjd_tt(2500)))
    done = select(path, out, cut)
    data = read_bytes(path)
    mask = chosen(data, 1, cut)
    with fits.open(out) as hdus:
        header = hdus["EVENTS"].header
        history = "\n".join(header["HISTORY"])
    tap.equal([header.get(f"{key}{n}") for n in (1, 2, 3) for key in ("DSTYP", "DSUNI", "DSVAL", "DSREF")],
              ["TIME", "s", "TABLE", ":GTI", "ENERGY", "TeV", "0.5:", None, "POS(RA,DEC)", "deg",
               "CIRCLE(83.63,22.01,0.5)", None], "data subspace keywords")
    tap.equal((header["NDSKEYS"], header["CREATOR"]), (3, "test bench"), "NDSKEYS counts them; CREATOR stays")
    tap.ok("cone about RA 83.63 Dec 22.01" in history and "energy from 0.5 TeV" in history and
           f"{mask.sum()} of 500 photons kept" in history, "HISTORY names the cuts", history)
    tap.ok(abs(header["TSTART"] - 1500) < 1e-5 and header["DATE-OBS"].startswith("2001-01-01T00:26:04.18"),
           "TSTART and DATE-OBS are the beginning of what is left", header["TSTART"], header["DATE-OBS"])
    lines = done.stdout.splitlines()
    by_time = 500 - chosen(data, 1, Cut(time=cut.time)).sum()
    by_energy = 500 - by_time - chosen(data, 1, Cut(energy=cut.energy, time=cut.time)).sum()
    tap.equal(lines, [f"{mask.sum()} of 500 photons of small.fits, EVENTS (HDU 2) kept",
                      f"left out: {by_time} by time, {by_energy} by energy, {500 - by_time - by_energy - mask.sum()} "
                      "by the cone",
                      f"live time: 1615.000 s before, {900 * 0.95:.3f} s after"], "what it prints", done.stdout)
    tap.equal(select(path, again).stdout.splitlines(), ["500 of 500 photons of small.fits, EVENTS (HDU 2) kept",
                                                        "live time: 1615.000 s before, 1615.000 s after"],
              "and without a cut")
    select(out, again, Cut((83.63, 22.01, 0.3), time=(mjd_tt(1500), mjd_tt(2000))))
    header = fits.getheader(again, "EVENTS")
    tap.equal([header["NDSKEYS"], header["DSVAL4"], header.get("DSTYP5"), fits.getheader(out, 1).get("DSTYP4")],
              [4, "CIRCLE(83.63,22.01,0.3)", None, None], "a second cut adds its terms, and no second TIME")
    check_structure(read_bytes(again))


def test_boundaries(tap):
    """Ends of ranges, and cones where they are difficult."""
    ra = np.array([0.0, 359.9999, 0.0001, 180.0, 83.6333, 12.5, 200.0, 360.0, 83.6333, 263.6333])
    dec = np.array([0.0, 0.0, 0.0, 0.0, 22.0145, 90.0, -90.0, 0.0, 22.0145, -22.0145])
    for form in "DE":
        columns = event_columns(len(ra), position=form)
        columns[2], columns[3] = fits.Column("RA", form, "deg", array=ra), fits.Column("DEC", form, "deg", array=dec)
        path = write(f"places{form}.fits", events_hdu(columns), gti_hdu())
        stored = [values(read_bytes(path), 1, name)[0] for name in ("RA", "DEC")]

        def kept(*cone, path=path):
            select(path, FOLDER / "cone.fits", Cut(cone))
            return set(fits.getdata(FOLDER / "cone.fits", "EVENTS")["EVENT_ID"] - 1)

        tap.equal([kept(stored[0][i], stored[1][i], 0) for i in (3, 4, 5, 6)], [{3}, {4, 8}, {5}, {6}],
                  f"TFORM {form}: radius 0 about a photon has all that are there, also at the poles")
        tap.equal((kept(0, 0, 0), kept(360, 0, 0)), ({0, 7}, {0, 7}), f"TFORM {form}: RA 0 is RA 360")
        tap.equal((kept(0, 0, 0.001), kept(359.9999, 0, 0.0003)), ({0, 1, 2, 7}, {0, 1, 2, 7}),
                  f"TFORM {form}: a cone reaches over RA 0")
        tap.equal((kept(123, 45, 180), kept(0, 90, 180)), (set(range(10)),) * 2, f"TFORM {form}: 180 deg is all")
        tap.equal((kept(0, 90, 90), kept(0, -90, 0)), ({0, 1, 2, 3, 4, 5, 7, 8}, {6}),
                  f"TFORM {form}: half spheres and poles")
        tap.equal(kept(83.6333, 22.0145, 179.999) >= {0, 3, 5, 6, 9}, False, f"TFORM {form}: not what is opposite")
    fk5 = write("fk5.fits", events_hdu(event_columns(), RADECSYS="FK5"), gti_hdu())
    row = fits.getdata(fk5, 1)[17]
    icrs = SkyCoord(row["RA"], row["DEC"], unit="deg", frame="fk5").icrs
    select(fk5, FOLDER / "cone.fits", Cut((icrs.ra.deg, icrs.dec.deg, 0)))
    tap.equal(list(fits.getdata(FOLDER / "cone.fits", 1)["EVENT_ID"]), [18], "FK5: radius 0 about a photon, in ICRS")

    wrong = []
    for unit, per_tev in (("GeV", 1e3), ("MeV", 1e6)):
        columns = event_columns(2000, energy=("D", unit))
        columns[4] = fits.Column("ENERGY", "D", unit, array=np.arange(1.0, 2001))
        path = write("whole.fits", events_hdu(columns), gti_hdu())
        # Some of them times 1e-3 or 1e-6 are less, or more, than divided.
        for whole in (1, 9, 13, 19, 25, 300, 1009, 1999):
            select(path, FOLDER / "whole-out.fits", Cut(energy=(whole / per_tev, (whole + 1) / per_tev)))
            energies = list(fits.getdata(FOLDER / "whole-out.fits", 1)["ENERGY"])
            wrong += [(unit, whole, energies)] if energies != [whole] else []
    tap.equal(wrong, [], "the lower energy is inside, the upper is not, to the last bit")
    days = event_columns(11)
    days[1] = fits.Column("TIME", "D", "s", array=np.arange(11) * 86400.0)
    path = write("days.fits", events_hdu(days, MJDREFI=55000, MJDREFF=0.0, TSTART=0.0, TSTOP=900000.0),
                 gti_hdu([(0, 900000)], MJDREFI=55000, MJDREFF=0.0))
    select(path, FOLDER / "days-out.fits", Cut(time=(55003, 55007)))
    tap.equal(list(fits.getdata(FOLDER / "days-out.fits", 1)["TIME"] / 86400), [3, 4, 5, 6],
              "the first time is inside, the last is not")
    tap.equal(fits.getdata(FOLDER / "days-out.fits", 2).tolist(), [[259200.0, 604800.0]], "and so in GTI")


if __name__ == "__main__":
    main(test_real_runs, test_sample, test_words, test_boundaries)
