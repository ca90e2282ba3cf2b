# SPDX-License-Identifier: Apache-2.0
"""event-select as a program, the event lists that its tests make, and what astropy chooses of a list.

    cut = Cut(cone=(83.6, 22.0, 0.5), energy=(1, None), time=(53343.925, 53343.93))
    done = select(path, out, cut)                # its words, its exit status
    mask = chosen(read_bytes(path), 1, cut)      # which rows astropy takes
    faults, kept = problems(path, cut)           # all that is not as it should be
"""
import atexit
import dataclasses
import gzip
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from harness import BUILD  # noqa: E402

warnings.simplefilter("ignore")
import astropy.units as u  # noqa: E402
import numpy as np  # noqa: E402
from astropy.coordinates import SkyCoord  # noqa: E402
from astropy.io import fits  # noqa: E402
from astropy.time import Time, TimeDelta  # noqa: E402
from astropy.utils import iers  # noqa: E402

iers.conf.auto_download = False
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="vogate-kinds-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
PROGRAM = BUILD / "kinds/event-select"
BLOCK = 2880
COMPLAINTS = ("Sanitizer", "runtime error")


@dataclasses.dataclass
class Cut:
    cone: tuple = ()
    energy: tuple = (None, None)
    time: tuple = (None, None)

    def words(self):
        names = ["ra", "dec", "radius", "energy-min", "energy-max", "time-min", "time-max"]
        values = [*(self.cone or (None,) * 3), *self.energy, *self.time]
        return [f"--{name}={float(value)!r}" for name, value in zip(names, values) if value is not None]


def select(path, out, cut=Cut(), **options):
    """Runs the program; a complaint of a sanitizer is an exception here."""
    words = cut.words() if isinstance(cut, Cut) else cut
    done = subprocess.run([PROGRAM, f"--input={path}", f"--output={out}", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=300, check=False, **options)
    if any(word in done.stderr for word in COMPLAINTS):
        raise AssertionError(done.stderr[-3000:])
    return done


def read_bytes(path):
    """Unpacked."""
    data = pathlib.Path(path).read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def hdu_bytes(data):
    """The bytes of each HDU, whole blocks."""
    with fits.open(io.BytesIO(data), lazy_load_hdus=False) as hdus:
        infos = [hdu.fileinfo() for hdu in hdus]
    return [data[info["hdrLoc"]:info["datLoc"] + info["datSpan"]] for info in infos]


def raw_rows(data, number):
    """The rows of a table as bytes."""
    with fits.open(io.BytesIO(data)) as hdus:
        header, start = hdus[number].header, hdus[number].fileinfo()["datLoc"]
    size, count = header["NAXIS1"], header["NAXIS2"]
    return np.frombuffer(data, np.uint8, size * count, start).reshape(count, size)


def find(data, kind, nth=0):
    """The number of the nth HDU of that HDUCLAS1."""
    with fits.open(io.BytesIO(data)) as hdus:
        found = [i for i, hdu in enumerate(hdus) if hdu.header.get("HDUCLAS1", hdu.name) == kind]
    return found[nth]


def values(data, number, name):
    """A column in double, a null as NaN, by the header's TSCAL and TZERO, and its unit: astropy itself
    scales in single precision."""
    with fits.open(io.BytesIO(data)) as hdus:
        hdu = hdus[number]
        header, dtype, start = hdu.header, hdu.columns.dtype.newbyteorder(">"), hdu.fileinfo()["datLoc"]
        i = [one.upper() for one in hdu.columns.names].index(name) + 1
        raw = np.frombuffer(data, dtype, header["NAXIS2"], start)[hdu.columns.names[i - 1]]
    out = raw.astype(float)
    if f"TNULL{i}" in header:
        out[raw == header[f"TNULL{i}"]] = np.nan
    return out * header.get(f"TSCAL{i}", 1) + header.get(f"TZERO{i}", 0), header.get(f"TUNIT{i}", "")


def times(header, seconds):
    """Mission times of a header."""
    whole, fraction = header.get("MJDREFI", header.get("MJDREF")), header.get("MJDREFF", 0)
    return Time(whole, fraction, format="mjd", scale=header["TIMESYS"].lower()) + TimeDelta(seconds, format="sec")


def in_cone(data, number, names, cone):
    with fits.open(io.BytesIO(data)) as hdus:
        frame = (hdus[number].header.get("RADECSYS") or hdus[number].header.get("RADESYS") or "ICRS").lower()
    (lon, unit), (lat, _) = (values(data, number, name) for name in names)
    inside = np.zeros(len(lon), bool)
    good = np.isfinite(lon) & (np.abs(lat) <= (90 if unit == "deg" else np.pi / 2))
    sky = SkyCoord(lon[good], lat[good], unit=unit, frame="galactic" if names[0] == "GLON" else frame).icrs
    centre = SkyCoord(cone[0], cone[1], unit="deg", frame="icrs")
    inside[good] = sky.separation(centre).deg <= cone[2]
    return inside


def chosen(data, number, cut, names=("RA", "DEC")):
    """Which rows astropy takes."""
    energy, unit = values(data, number, "ENERGY")
    time, time_unit = values(data, number, "TIME")
    with fits.open(io.BytesIO(data)) as hdus:
        header = hdus[number].header
    mask = np.ones(len(energy), bool)
    # Divided where units are whole multiples, for one multiplied by 1e-3 may be one bit below.
    per_tev = u.TeV.to(unit or "TeV")
    energy = energy / (round(per_tev) if abs(per_tev - round(per_tev)) < 1e-6 else per_tev)
    if cut.energy[0] is not None:
        mask &= energy >= cut.energy[0]
    if cut.energy[1] is not None:
        mask &= energy < cut.energy[1]
    when = times(header, time * u.Unit(time_unit or "s").to("s"))
    if cut.time[0] is not None:
        mask &= when >= Time(cut.time[0], format="mjd", scale="tt")
    if cut.time[1] is not None:
        mask &= when < Time(cut.time[1], format="mjd", scale="tt")
    if cut.cone:
        mask &= in_cone(data, number, names, cut.cone)
    return mask


# --- what must hold of a result

# What a cut may change in the header of the events.
CHANGES = {"NAXIS2", "TSTART", "TSTOP", "TELAPSE", "ONTIME", "LIVETIME", "DATE-OBS", "TIME-OBS", "DATE-END", "TIME-END",
           "NDSKEYS", "HISTORY", "CHECKSUM", "DATASUM", "THEAP"}


def cards_of(data, number):
    with fits.open(io.BytesIO(data)) as hdus:
        return {card.keyword: card.value for card in hdus[number].header.cards
                if card.keyword and card.keyword not in CHANGES and not card.keyword.startswith("DS")}


def check_structure(data):
    """Raises when astropy finds a fault."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with fits.open(io.BytesIO(data), checksum=True) as hdus:
            hdus.verify("exception")
            for hdu in hdus:
                _ = hdu.data
    complaints = [str(one.message) for one in caught if "Checksum" in str(one.message) or "Datasum" in str(one.message)
                  or "truncated" in str(one.message).lower()]
    assert not complaints, complaints
    assert len(data) % BLOCK == 0


def expected_gti(data, number, cut, events_header):
    """START and STOP, whose times are within the cut."""
    start, _ = values(data, number, "START")
    stop, _ = values(data, number, "STOP")
    with fits.open(io.BytesIO(data)) as hdus:
        header = hdus[number].header
    header = header if "TIMESYS" in header else events_header
    origin = times(header, 0.0)
    # Seconds of the scale of the header: those of TCG are shorter.
    low, high = ((getattr(Time(one, format="mjd", scale="tt"), origin.scale if origin.scale in ("tdb", "tcg") else "tt")
                  - origin).to_value("s") if one is not None else inf
                 for one, inf in zip(cut.time, (-np.inf, np.inf)))
    start, stop = np.maximum(start, low), np.minimum(stop, high)
    return start[start < stop], stop[start < stop]


def problems(path, cut, names=("RA", "DEC"), gti_tolerance=2e-7):
    """Everything that is not as it should be; the number of photons kept."""
    out = FOLDER / "selected.fits"
    out.unlink(missing_ok=True)
    done = select(path, out, cut)
    if done.returncode != 0:
        return [f"status {done.returncode}: {done.stderr}"], 0
    before, after = read_bytes(path), read_bytes(out)
    found = []
    check_structure(after)
    events = find(before, "EVENTS")
    mask = chosen(before, events, cut, names)
    if raw_rows(after, events).tobytes() != raw_rows(before, events)[mask].tobytes():
        found.append(f"{len(raw_rows(after, events))} rows are not the {mask.sum()} that astropy takes")
    gti = find(before, "GTI")
    with fits.open(io.BytesIO(before)) as hdus:
        old = hdus[events].header
    with fits.open(io.BytesIO(after)) as hdus:
        new = hdus[events].header
    start, stop = expected_gti(before, gti, cut, old)
    got = values(after, gti, "START")[0], values(after, gti, "STOP")[0]
    if len(got[0]) != len(start) or not np.allclose(got, (start, stop), rtol=0, atol=gti_tolerance):
        found.append(f"GTI {got} is not {start, stop}")
    whole = raw_rows(before, gti).tobytes() == raw_rows(after, gti).tobytes()
    ontime = old.get("ONTIME") if whole else np.sum(got[1] - got[0]) / u.Unit(old.get("TIMEUNIT", "s")).to("s")
    livetime = old.get("LIVETIME") if whole else ontime * old.get("DEADC", 0)
    for keyword, value, known in (("ONTIME", ontime, True), ("LIVETIME", livetime, "DEADC" in old)):
        if keyword in old and known and not np.isclose(new[keyword], value, rtol=1e-12):
            found.append(f"{keyword} {new[keyword]} is not {value}")
    if cards_of(before, events) != cards_of(after, events):
        found.append("other keywords of EVENTS differ")
    old_hdus, new_hdus = hdu_bytes(before), hdu_bytes(after)
    for i, (one, other) in enumerate(zip(old_hdus, new_hdus)):
        if i != events and (i != gti or cut.time == (None, None)) and one != other.ljust(len(one), b"\0")[:len(one)]:
            found.append(f"HDU {i + 1} differs")
    if len(old_hdus) != len(new_hdus):
        found.append("the number of HDUs differs")
    return found, int(mask.sum())


# --- event lists with odd forms

REFERENCE = {"MJDREFI": 51910, "MJDREFF": 0.000742870370370241, "TIMESYS": "TT", "TIMEUNIT": "s"}
START, STOP = 1000.0, 2800.0


def event_columns(count=500, seed=1, energy=("D", "TeV"), position="D", time=("D", "s")):
    """The mandatory columns, with a field about the Crab Nebula."""
    rng = np.random.default_rng(seed)
    factor = {"TeV": 1, "GeV": 1e3, "MeV": 1e6, "erg": 1.602176634, "": 1}[energy[1]]
    return [fits.Column("EVENT_ID", "K", array=np.arange(1, count + 1)),
            fits.Column("TIME", time[0], time[1],
                        array=np.sort(rng.uniform(START, STOP, count)) / {"s": 1, "ms": 1e-3, "d": 86400}[time[1]]),
            fits.Column("RA", position, "deg", array=rng.normal(83.63, 0.8, count) % 360),
            fits.Column("DEC", position, "deg", array=np.clip(rng.normal(22.01, 0.8, count), -90, 90)),
            fits.Column("ENERGY", energy[0], energy[1] or None,
                        array=0.2 * (1 - rng.uniform(size=count)) ** -0.7 * factor)]


def events_hdu(columns, name="EVENTS", **keywords):
    hdu = fits.BinTableHDU.from_columns(columns, name=name)
    hdu.header.update({"HDUCLASS": "GADF", "HDUCLAS1": "EVENTS", "CREATOR": "test bench", "OBS_ID": 7, **REFERENCE,
                       "TSTART": START, "TSTOP": STOP, "TELAPSE": STOP - START, "ONTIME": 1700.0,
                       "LIVETIME": 1700 * 0.95, "DEADC": 0.95, "RADECSYS": "ICRS", "EQUINOX": 2000.0,
                       "DATE-OBS": "2001-01-01T00:17:44.184", "DATE-END": "2001-01-01T00:47:44.184", **keywords})
    for keyword in [keyword for keyword, value in keywords.items() if value is None]:
        del hdu.header[keyword]
    return hdu


INTERVALS = ((1000.0, 1900.0), (2000.0, 2800.0))


def gti_hdu(intervals=INTERVALS, name="GTI", form="D", extra=(), **keywords):
    hdu = fits.BinTableHDU.from_columns(
        [fits.Column("START", form, "s", array=np.array([one[0] for one in intervals], float)),
         fits.Column("STOP", form, "s", array=np.array([one[1] for one in intervals], float)), *extra], name=name)
    hdu.header.update({"HDUCLASS": "GADF", "HDUCLAS1": "GTI", **REFERENCE, **keywords})
    for keyword in [keyword for keyword, value in keywords.items() if value is None]:
        del hdu.header[keyword]
    return hdu


def write(name, *hdus, primary=None, checksum=False):
    path = FOLDER / name
    fits.HDUList([primary or fits.PrimaryHDU(), *hdus]).writeto(path, overwrite=True, checksum=checksum)
    return path


def small(name="small.fits", **keywords):
    """A plain one."""
    return write(name, events_hdu(event_columns(), **keywords), gti_hdu())


def mjd_tt(seconds, header=None):
    """Of REFERENCE, or of another header."""
    return float(times(header or REFERENCE, seconds).tt.mjd)
