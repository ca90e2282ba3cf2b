#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""event-select on event lists in forms that are legal and rare: each column type, the heap, scaling, nulls,
units, time scales, frames, several lists in one file, and headers of all kinds."""
import gzip
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from event_lists import (BLOCK, FOLDER, INTERVALS, START, STOP, Cut, SkyCoord, Time, chosen, event_columns,  # noqa: E402
                         events_hdu, fits, gti_hdu, hdu_bytes, mjd_tt, np, problems, raw_rows, read_bytes, select, small,
                         times, values, write)
from harness import main  # noqa: E402

CONE = (83.63, 22.01, 0.8)
TIME = (mjd_tt(1500), mjd_tt(2500))
CUTS = (Cut(CONE), Cut(energy=(0.3, 2.5)), Cut(time=TIME), Cut(CONE, (0.3, 2.5), TIME))


def check(tap, path, name, cuts=CUTS, **options):
    """All cuts of a list."""
    found, kept = [], 0
    for cut in cuts:
        faults, count = problems(path, cut, **options)
        found += [f"{cut}: {one}" for one in faults]
        kept += count
    tap.ok(not found and kept > 0, name, kept, *found)


def lists(count):
    """Arrays of changing length, some empty."""
    out = np.empty(count, object)
    for i in range(count):
        out[i] = np.arange(i % 5, dtype=np.int32) * i
    return out


def test_columns(tap):
    """Every type of column goes with its row."""
    n = 500
    rng = np.random.default_rng(3)
    extra = [fits.Column("FLAG", "L", array=rng.uniform(size=n) > 0.5), fits.Column("BITS", "11X", array=rng.uniform(
        size=(n, 11)) > 0.5), fits.Column("BYTE", "B", array=np.arange(n) % 256),
        fits.Column("SHORT", "3I", array=np.arange(3 * n).reshape(n, 3)), fits.Column("TEXT", "7A", array=np.array(
            [f"n{i}" for i in range(n)])), fits.Column("COMPLEX", "C", array=rng.uniform(size=n) + 1j),
        fits.Column("WIDE", "M", array=rng.uniform(size=n) + 2j), fits.Column("NOTHING", "0D", array=np.empty((n, 0))),
        fits.Column("UNSIGNED", "I", bzero=32768, array=np.arange(n, dtype=np.uint16))]
    path = write("types.fits", events_hdu(event_columns() + extra), gti_hdu(), checksum=True)
    check(tap, path, "all types of columns")
    tap.ok(b"checksum updated" in path.read_bytes(), "the input has CHECKSUM with a date")
    select(path, FOLDER / "types-out.fits", Cut(CONE))
    told = str(fits.open(FOLDER / "types-out.fits")[1].header.comments["CHECKSUM"])
    tap.equal(told, "HDU checksum", "which is not told of the result")

    for form in ("PJ()", "QJ()"):
        columns = event_columns() + [fits.Column("TEL", form, array=lists(n)), fits.Column("TAG", "PA()", array=np.array(
            ["x" * (i % 4) for i in range(n)], object))]
        path = write("heap.fits", events_hdu(columns), gti_hdu())
        check(tap, path, f"variable-length columns, {form}: rows and heap")
        out = FOLDER / "heap-out.fits"
        select(path, out, Cut(CONE))
        mask = chosen(read_bytes(path), 1, Cut(CONE))
        before, after = fits.getdata(path, 1), fits.getdata(out, 1)
        same = [np.array_equal(before[name][i], one) for name in ("TEL", "TAG")
                for i, one in zip(np.flatnonzero(mask), after[name])]
        tap.ok(all(same) and len(same) == 2 * mask.sum(), f"and astropy reads what belongs to them, {form}",
               before["TEL"][:4], after["TEL"][:4])

    # A gap between rows and heap, told by THEAP.
    data = bytearray(path.read_bytes())
    with fits.open(path) as hdus:
        info, header = hdus[1].fileinfo(), hdus[1].header
        size, heap = header["NAXIS1"] * header["NAXIS2"], header["PCOUNT"]
    gap = 100
    header["PCOUNT"], header["THEAP"] = heap + gap, size + gap
    rest = data[info["datLoc"] + size:info["datLoc"] + size + heap]
    body = data[info["datLoc"]:info["datLoc"] + size] + b"#" * gap + rest
    text = header.tostring().encode()
    gti = hdu_bytes(bytes(data))[2]
    gapped = FOLDER / "gap.fits"
    gapped.write_bytes(bytes(data[:info["hdrLoc"]]) + text + bytes(body) + b"\0" * (-len(body) % BLOCK) + gti)
    check(tap, gapped, "a gap before the heap")
    select(gapped, out, Cut(CONE))
    after = fits.getdata(out, 1)
    tap.ok(all(np.array_equal(before["TEL"][i], one) for i, one in zip(np.flatnonzero(mask), after["TEL"])),
           "THEAP moves with the rows")


def test_numbers(tap):
    """Forms of the columns that are cut by."""
    for position in "DE":
        for energy in (("D", "GeV"), ("E", "GeV"), ("E", "TeV"), ("D", "MeV"), ("E", "erg"), ("E", "")):
            path = write("forms.fits", events_hdu(event_columns(position=position, energy=energy)), gti_hdu())
            check(tap, path, f"positions {position}, energy {energy[0]} in {energy[1] or 'no unit (EUNIT, TeV)'}")
    for unit in ("ms", "d"):
        path = write("units.fits", events_hdu(event_columns(time=("D", unit))), gti_hdu())
        check(tap, path, f"TIME in {unit}")

    n = 500
    rng = np.random.default_rng(5)
    energy = (rng.uniform(0.1, 5, n) * 1000).astype(np.int32)
    energy[::7] = -99
    ra = np.round((rng.normal(83.63, 0.8, n) - 80) / 1e-4).astype(np.int32)
    dec = np.round((rng.normal(22.01, 0.8, n) - 20) / 1e-4).astype(np.int16)
    columns = event_columns()
    columns[2:] = [fits.Column("RA", "J", "deg", array=ra), fits.Column("DEC", "I", "deg", array=dec),
                   fits.Column("ENERGY", "J", "TeV", array=energy, null=-99)]
    hdu = events_hdu(columns)
    hdu.header.update({"TSCAL3": 1e-4, "TZERO3": 80.0, "TSCAL4": 1e-4, "TZERO4": 20.0, "TSCAL5": 1e-3, "TZERO5": 0.0})
    # As bytes, for astropy would undo the scaling.
    fits.HDUList([fits.PrimaryHDU(), events_hdu(columns), gti_hdu()]).writeto(FOLDER / "plain.fits", overwrite=True)
    parts = hdu_bytes((FOLDER / "plain.fits").read_bytes())
    body = parts[1][len(fits.Header.fromstring(parts[1].decode("latin-1")).tostring()):]
    path = FOLDER / "scaled.fits"
    path.write_bytes(parts[0] + hdu.header.tostring().encode() + body + parts[2])
    got, _ = values(path.read_bytes(), 1, "ENERGY")
    tap.ok(np.isnan(got[::7]).all() and got[1] == energy[1] * 1e-3, "the list has scaled columns and nulls", got[:8])
    check(tap, path, "integers with TSCAL, TZERO and TNULL", [*CUTS, Cut(energy=(None, 2.5))])

    columns = event_columns()
    for i, value in ((1, np.nan), (2, np.inf), (3, 95.0), (4, np.nan)):
        columns[i].array[10 * i:10 * i + 5] = value
    path = write("nan.fits", events_hdu(columns), gti_hdu())
    out = FOLDER / "nan-out.fits"
    for cut, gone, name in ((Cut((0, 0, 180)), {*range(20, 25), *range(30, 35)}, "positions"),
                            (Cut(energy=(0, None)), set(range(40, 45)), "energies"),
                            (Cut(time=(0, 90000)), set(range(10, 15)), "times")):
        select(path, out, cut)
        kept = set(fits.getdata(out, 1)["EVENT_ID"] - 1)
        tap.equal(set(range(500)) - kept, gone, f"{name} that are no numbers are in no range, all others in the whole one")


def test_time_scales(tap):
    """Where times are counted from, and in which scale."""
    for scale, keywords in (("TT", {"MJDREFI": None, "MJDREFF": None, "MJDREF": 51910.25}), ("utc", {}),
                            ("TAI", {}), ("TDB", {}), ("TCG", {}), ("UTC", {"MJDREFI": 57753, "MJDREFF": 0.0})):
        reference = {"MJDREFI": 51910, "MJDREFF": 0.000742870370370241, **keywords, "TIMESYS": scale}
        shift = 86400 - 1900.0 if reference["MJDREFI"] == 57753 else 0.0
        columns = event_columns()
        columns[1] = fits.Column("TIME", "D", "s", array=columns[1].array + shift)
        header = events_hdu(columns, **reference, TSTART=START + shift, TSTOP=STOP + shift)
        # The second interval begins behind the leap second of 2016.
        gti = gti_hdu([(one + shift, other + shift) for one, other in INTERVALS], **reference)
        path = write("scale.fits", header, gti)
        here = {key: value for key, value in reference.items() if value is not None}
        cut = Cut(time=(mjd_tt(1500.25 + shift, here), mjd_tt(2500.75 + shift, here)))
        name = f"{scale}, {[v for k, v in here.items() if k.startswith('MJDREF')]}"
        check(tap, path, name, [cut, Cut(CONE, time=(cut.time[0], None)), Cut(time=(None, cut.time[1]))],
              gti_tolerance=1e-6)
        out = FOLDER / "scale-out.fits"
        select(path, out, cut)
        new = fits.getheader(out, 1)
        told = Time(new["DATE-OBS"], scale=scale.lower()) - times(new, new["TSTART"])
        tap.ok(abs(told.to_value("s")) < 2e-6, f"{name}: DATE-OBS", new["DATE-OBS"])
    # Across the leap second itself: 23:59:60 to 00:00:01 UTC.
    leap = Time("2016-12-31T23:59:60", scale="utc").tt.mjd, Time("2017-01-01T00:00:01", scale="utc").tt.mjd
    columns = event_columns(40)
    columns[1] = fits.Column("TIME", "D", "s", array=86380.25 + np.arange(40))
    path = write("leap.fits", events_hdu(columns, MJDREFI=57753, MJDREFF=0.0, TIMESYS="UTC", TSTART=86380.0, TSTOP=86420.0),
                 gti_hdu([(86380, 86420)], MJDREFI=57753, MJDREFF=0.0, TIMESYS="UTC"))
    select(path, out, Cut(time=leap))
    tap.equal(list(fits.getdata(out, 1)["TIME"]), [86400.25, 86401.25], "the leap second and the one after it")
    start, stop = fits.getdata(out, 2)[0]
    tap.ok(abs(start - 86400) < 1e-6 and abs(stop - 86402) < 1e-6, "and as GTI", start, stop)
    tap.ok(fits.getheader(out, 1)["DATE-OBS"].startswith("2016-12-31T23:59:60"), "and as DATE-OBS",
           fits.getheader(out, 1)["DATE-OBS"])


def test_dates(tap):
    """Dates in UTC, dates without a time, MJDs, and other HDUs that tell of times."""
    out = FOLDER / "dates-out.fits"
    start, stop = (times({"MJDREFI": 51910, "MJDREFF": 0.000742870370370241, "TIMESYS": "TT"}, one)
                   for one in (START, STOP))
    path = small("dates.fits", **{"DATE-OBS": start.utc.isot, "DATE-END": "2001-01-01", "DATE-BEG": start.isot,
                                  "MJD-OBS": start.utc.mjd, "MJD-END": stop.mjd, "EXPOSURE": 1615.0})
    select(path, out, Cut(time=TIME))
    new = fits.getheader(out, 1)
    low, high = (Time(one, format="mjd", scale="tt") for one in TIME)
    apart = [abs((Time(new["DATE-OBS"], scale="utc") - low).to_value("s")),
             abs((Time(new["DATE-BEG"], scale="tt") - low).to_value("s")), abs(new["MJD-OBS"] - low.utc.mjd) * 86400,
             abs(new["MJD-END"] - high.mjd) * 86400]
    tap.ok(max(apart) < 3e-6, "DATE-OBS and MJD-OBS stay UTC where they were, DATE-BEG and MJD-END TT", apart)
    tap.equal((new["DATE-END"], round(new["EXPOSURE"], 3)), ("2001-01-01", round(900 * 0.95, 3)),
              "a date without a time stays one; EXPOSURE is a live time")

    primary = fits.PrimaryHDU(np.arange(12, dtype=np.int16).reshape(3, 4))
    primary.header.update({"TSTART": START, "TSTOP": STOP, "ONTIME": 1700.0, "NOTE": "a long text " * 12})
    path = write("primary.fits", gti_hdu(TSTART=START, TSTOP=STOP), events_hdu(event_columns()), primary=primary)
    select(path, out, Cut(time=TIME))
    with fits.open(out, checksum=True) as hdus:
        first = hdus[0].header
        tap.ok(abs(first["TSTART"] - 1500) < 1e-5 and abs(first["ONTIME"] - 900) < 1e-5 and
               first["NOTE"] == ("a long text " * 12).strip() and (hdus[0].data == primary.data).all() and
               abs(hdus["GTI"].header["TSTOP"] - 2500) < 1e-5, "keywords of the primary HDU and of GTI go along",
               repr(first))
    check(tap, path, "GTI before EVENTS", [Cut(CONE)])
    for cut, name in ((Cut(CONE), "another cut"), (Cut(time=(0, 90000)), "a cut that everything is within")):
        select(path, out, cut)
        before, after = hdu_bytes(read_bytes(path)), hdu_bytes(read_bytes(out))
        tap.equal(after[:2], before[:2], f"{name} leaves them byte for byte")


def test_good_time(tap):
    """Forms of the GTI table."""
    extra = (fits.Column("FLAG", "J", array=np.array([4, 5])), fits.Column("NAME", "PA()", array=np.array(
        ["one", "other"], object)))
    path = write("gti.fits", events_hdu(event_columns()), gti_hdu(extra=extra))
    check(tap, path, "columns beside START and STOP")
    out = FOLDER / "gti-out.fits"
    select(path, out, Cut(time=(mjd_tt(1950), None)))
    row = fits.getdata(out, 2)[0]
    tap.equal((len(fits.getdata(out, 2)), row["FLAG"], "".join(row["NAME"])), (1, 5, "other"), "go with their row")

    cut = Cut(time=(mjd_tt(1500.6), mjd_tt(2500.4)))
    for form, expected in (("J", [[1501, 1900], [2000, 2500]]), ("I", [[1501, 1900], [2000, 2500]]),
                           ("E", [[1500.6, 1900], [2000, 2500.4]])):
        path = write("gti.fits", events_hdu(event_columns()), gti_hdu(form=form))
        select(path, out, cut)
        got = np.array(fits.getdata(out, 2).tolist(), float)
        low, high = 1500.6 - 1e-6, 2500.4 + 1e-6
        tap.ok(np.allclose(got, expected, rtol=0, atol=2e-4) and got.min() >= low and got.max() <= high,
               f"START and STOP as {form}: never beyond the cut", got)
        tap.ok(abs(fits.getheader(out, 1)["ONTIME"] - (got[:, 1] - got[:, 0]).sum()) < 1e-6, f"ONTIME is their sum, {form}")
    select(write("gti.fits", events_hdu(event_columns()), gti_hdu(form="J")), out,
           Cut(time=(mjd_tt(1500.2), mjd_tt(1500.7))))
    tap.equal((len(fits.getdata(out, 2)), fits.getheader(out, 1)["ONTIME"]), (0, 0),
              "less than the columns can tell is nothing")

    other = {"MJDREFI": 51910, "MJDREFF": 0.0, "TIMESYS": "TT"}
    shift = 0.000742870370370241 * 86400
    path = write("gti.fits", events_hdu(event_columns()),
                 gti_hdu([(one + shift, two + shift) for one, two in INTERVALS], **other))
    check(tap, path, "another reference of times than that of EVENTS")
    path = write("gti.fits", events_hdu(event_columns()),
                 gti_hdu(MJDREFI=None, MJDREFF=None, TIMESYS=None, TIMEUNIT=None))
    check(tap, path, "no reference of its own")
    path = write("gti.fits", events_hdu(event_columns()), gti_hdu([]))
    faults, kept = problems(path, Cut(time=TIME))
    tap.ok(not faults and kept > 0, "a table without intervals", kept, *faults)


def test_empty(tap):
    """Nothing in, nothing out."""
    from gammapy.data import GTI, EventList
    path = write("empty.fits", events_hdu(event_columns(0)), gti_hdu())
    for cut in CUTS:
        faults, kept = problems(path, cut)
        tap.equal((faults, kept), ([], 0), f"no photons: {cut}")
    path, out, again = small(), FOLDER / "none.fits", FOLDER / "again.fits"
    for cut, name in ((Cut((200, -60, 1)), "a cone beside"), (Cut(energy=(1e6, None)), "an energy above"),
                      (Cut(time=(mjd_tt(9000), None)), "a time behind"), (Cut(time=(None, mjd_tt(9))), "a time before")):
        faults, kept = problems(path, cut)
        select(path, out, cut)
        tap.equal((faults, kept, len(EventList.read(out).table)), ([], 0, 0), f"{name}: none is left, and gammapy reads it")
    tap.equal(len(GTI.read(out).table), 0, "no good time either")
    header = fits.getheader(out, 1)
    tap.equal([header[key] for key in ("TSTART", "TSTOP", "TELAPSE", "ONTIME", "LIVETIME", "DEADC")],
              [START, START, 0, 0, 0, 0.95], "and so says the header")
    done = select(out, again, Cut(CONE, time=TIME))
    tap.equal((done.returncode, len(fits.getdata(again, 1))), (0, 0), "which can be cut again")


def test_files(tap):
    """Which HDUs belong together, and what may lie about them."""
    out = FOLDER / "several-out.fits"

    def pair(obs_id, seed, **keywords):
        return (events_hdu(event_columns(seed=seed), OBS_ID=obs_id, **keywords),
                gti_hdu(name=f"GTI{obs_id}", OBS_ID=obs_id))

    one, two = pair(1, 1), pair(2, 2)
    primary = fits.PrimaryHDU()
    primary.header["TSTART"] = START
    path = write("several.fits", two[1], one[1], one[0], two[0], primary=primary)
    check(tap, path, "several lists: the first is cut", [Cut(CONE)])
    done = select(path, out, Cut(time=TIME))
    before, after = hdu_bytes(read_bytes(path)), hdu_bytes(read_bytes(out))
    tap.equal([a == b for a, b in zip(before, after)], [True, True, False, False, True], "with the GTI of its OBS_ID, and times of all lists stay")
    tap.ok("EVENTS (HDU 4)" in done.stdout and "the first of 2 event lists" in done.stdout, "which it says", done.stdout)
    keys = {"DSTYP1": "TIME", "DSUNI1": "s", "DSVAL1": "TABLE", "DSREF1": ":GOOD", "NDSKEYS": 1}
    path = write("named.fits", events_hdu(event_columns(), **keys), gti_hdu(), gti_hdu(name="GOOD"))
    select(path, out, Cut(time=TIME))
    before, after = hdu_bytes(read_bytes(path)), hdu_bytes(read_bytes(out))
    tap.equal([a == b for a, b in zip(before, after)], [True, False, True, False], "DSREF names the GTI")
    tap.equal(fits.getheader(out, 1)["NDSKEYS"], 1, "and is not written twice")
    path = write("version.fits", events_hdu(event_columns(), EXTVER=2), gti_hdu(), gti_hdu(EXTVER=2))
    select(path, out, Cut(time=TIME))
    before, after = hdu_bytes(read_bytes(path)), hdu_bytes(read_bytes(out))
    tap.equal([a == b for a, b in zip(before, after)], [True, False, True, False], "else EXTVER counts")

    rng = np.random.default_rng(9)
    columns = event_columns()
    columns[2] = fits.Column("GLON", "D", "deg", array=rng.normal(184.56, 0.5, 500))
    columns[3] = fits.Column("GLAT", "D", "deg", array=rng.normal(-5.78, 0.5, 500))
    path = write("galactic.fits", events_hdu(columns), gti_hdu())
    check(tap, path, "GLON and GLAT", names=("GLON", "GLAT"))
    select(path, out, Cut(CONE))
    centre = SkyCoord(CONE[0], CONE[1], unit="deg").galactic
    value = fits.getheader(out, 1)["DSVAL1"]
    told = [float(word) for word in value[7:-1].split(",")]
    tap.ok(fits.getheader(out, 1)["DSTYP1"] == "POS(GLON,GLAT)" and
           np.allclose(told, [centre.l.deg, centre.b.deg, CONE[2]], atol=1e-9), "and so the data subspace", value)
    plain = small()
    for name, change in (("RADESYS", {"RADECSYS": None, "RADESYS": "FK5"}), ("no frame", {"RADECSYS": None}),
                         ("no HDUCLAS1", {"HDUCLAS1": None}), ("EQUINOX as a text", {"EQUINOX": "2000.0"}),
                         ("lower case", {"EXTNAME": "events"}), ("no DEADC", {"DEADC": None, "LIVETIME": None})):
        check(tap, small("header.fits", **change), name)
    select(small("header.fits", DEADC=None), out, Cut(time=TIME))
    tap.ok(abs(fits.getheader(out, 1)["LIVETIME"] - 1700 * 0.95 * 900 / 1700) < 1e-6,
           "without DEADC, LIVETIME shrinks with the good time")

    data = read_bytes(plain)
    cut_short = FOLDER / "unfilled.fits"
    cut_short.write_bytes(data[:-(BLOCK - 32)])
    check(tap, cut_short, "the last block is not filled")
    for name, tail in (("zeros", b"\0" * 5000), ("blanks", b" " * 100), ("a whole block", b"\0" * BLOCK)):
        cut_short.write_bytes(data + tail)
        done = select(cut_short, out)
        tap.equal((done.returncode, out.read_bytes() == data), (0, True), f"{name} behind the last HDU are left out")
    packed = FOLDER / "members.fits.gz"
    packed.write_bytes(gzip.compress(data[:4000]) + gzip.compress(data[4000:]) + b"\0" * 10)
    select(packed, out)
    tap.equal(out.read_bytes(), data, "gzip in two members")
    roomy = events_hdu(event_columns(), NOTE="text that is long " * 10)
    roomy.header.extend([("", "")] * 60)
    check(tap, write("roomy.fits", roomy, gti_hdu()), "CONTINUE, and room for more cards")
    linked = FOLDER / "link -- é.fits"
    linked.symlink_to(plain)
    check(tap, linked, "a link with an odd name", [Cut(CONE)])
    done = select(plain, plain, Cut(CONE))
    mask = chosen(data, 1, Cut(CONE))
    tap.ok(done.returncode == 0 and np.array_equal(raw_rows(read_bytes(plain), 1), raw_rows(data, 1)[mask]),
           "a file into itself", done.stderr)


if __name__ == "__main__":
    main(test_columns, test_numbers, test_time_scales, test_dates, test_good_time, test_empty, test_files)
