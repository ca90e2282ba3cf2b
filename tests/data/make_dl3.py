# SPDX-License-Identifier: Apache-2.0
"""Small GADF DL3 files for tests, made by astropy: one good run, and keywords to spoil it with.

    make_run(path, obs_id=7, events=100)                 # EVENTS, GTI, AEFF, EDISP, PSF
    make_run(path, keywords={"TIMESYS": None})           # None removes a keyword
    make_index(folder, [(obs_id, file_name), ...])       # hdu-index and obs-index
"""
import os

import numpy as np
from astropy.io import fits

ENERGY = np.geomspace(0.1, 100, 13)
THETA = np.array([0.0, 1.0, 2.0, 3.0])


def axis(name, edges, unit):
    n = len(edges) - 1
    return [
        fits.Column(name + "_LO", f"{n}E", unit, array=[edges[:-1]]),
        fits.Column(name + "_HI", f"{n}E", unit, array=[edges[1:]]),
    ]


def response(name, columns, hduclas2, hduclas4):
    hdu = fits.BinTableHDU.from_columns(columns, name=name)
    hdu.header.update(
        HDUCLASS="GADF", HDUCLAS1="RESPONSE", HDUCLAS2=hduclas2, HDUCLAS3="FULL-ENCLOSURE",
        HDUCLAS4=hduclas4)
    return hdu


def make_aeff(theta=THETA):
    shape = (len(theta) - 1, len(ENERGY) - 1)
    return response("AEFF", axis("ENERG", ENERGY, "TeV") + axis("THETA", theta, "deg") + [
        fits.Column("EFFAREA", f"{shape[0] * shape[1]}E", "m2", dim=f"({shape[1]},{shape[0]})",
                    array=np.ones((1, *shape)))], "EFF_AREA", "AEFF_2D")


def make_edisp(sigma=0.1):
    migra = np.linspace(0.2, 2.0, 181)
    centre = (migra[1:] + migra[:-1]) / 2
    profile = np.exp(-((centre - 1) ** 2) / (2 * sigma**2))
    matrix = np.broadcast_to(
        profile[None, :, None], (len(THETA) - 1, len(centre), len(ENERGY) - 1))
    return response("EDISP", axis("ENERG", ENERGY, "TeV") + axis("MIGRA", migra, "")
                    + axis("THETA", THETA, "deg") + [
        fits.Column("MATRIX", f"{matrix.size}E", dim=str(matrix.shape[::-1]),
                    array=[matrix])], "EDISP", "EDISP_2D")


def make_psf(kind="psf_table", sigma=0.05):
    """A Gaussian of the given sigma in degrees, in one of the three layouts (King: gamma 2)."""
    columns = axis("ENERG", ENERGY, "TeV") + axis("THETA", THETA, "deg")
    shape = (len(THETA) - 1, len(ENERGY) - 1)
    size, dim = shape[0] * shape[1], f"({shape[1]},{shape[0]})"

    def parameter(name, value, unit):
        return fits.Column(name, f"{size}E", unit, dim=dim, array=np.full((1, *shape), value))

    if kind == "psf_table":
        rad = np.linspace(0, 0.5, 501)
        centre = (rad[1:] + rad[:-1]) / 2
        profile = np.exp(-(centre**2) / (2 * sigma**2))
        cube = np.broadcast_to(profile[:, None, None], (len(centre), *shape))
        columns += axis("RAD", rad, "deg") + [
            fits.Column("RPSF", f"{cube.size}E", "sr-1", dim=str(cube.shape[::-1]), array=[cube])]
    elif kind == "psf_3gauss":
        columns += [parameter("SCALE", 1, "sr-1"), parameter("SIGMA_1", sigma, "deg"),
                    parameter("AMPL_2", 0, ""), parameter("SIGMA_2", 0, "deg"),
                    parameter("AMPL_3", 0, ""), parameter("SIGMA_3", 0, "deg")]
    elif kind == "psf_king":
        columns += [parameter("GAMMA", 2, ""), parameter("SIGMA", sigma, "deg")]
    return response("PSF", columns, "RPSF", kind.upper())


def make_events(obs_id, events, seed=1, energy_unit="TeV", galactic=False):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(1000, 2800, events))
    lon = rng.normal(184.5 if galactic else 83.6, 0.5, events)
    lat = rng.normal(-5.8 if galactic else 22.0, 0.5, events)
    energy = 0.2 * (1 - rng.uniform(size=events)) ** -0.7
    names = ("GLON", "GLAT") if galactic else ("RA", "DEC")
    hdu = fits.BinTableHDU.from_columns([
        fits.Column("EVENT_ID", "K", array=np.arange(1, events + 1, dtype=np.int64)),
        fits.Column("TIME", "D", "s", array=time),
        fits.Column(names[0], "D", "deg", array=lon),
        fits.Column(names[1], "D", "deg", array=lat),
        fits.Column("ENERGY", "D", energy_unit,
                    array=energy * {"TeV": 1, "GeV": 1e3, "MeV": 1e6}.get(energy_unit, 1)),
    ], name="EVENTS")
    hdu.header.update({
        "HDUCLASS": "GADF", "HDUCLAS1": "EVENTS", "OBS_ID": obs_id, "TSTART": 1000.0,
        "TSTOP": 2800.0, "MJDREFI": 51910, "MJDREFF": 0.000742870370370241, "TIMEUNIT": "s",
        "TIMESYS": "TT", "ONTIME": 1800.0, "LIVETIME": 1700.0, "DEADC": 1700.0 / 1800.0,
        "OBJECT": "Test Nebula", "RA_PNT": 83.63, "DEC_PNT": 22.01, "RADECSYS": "ICRS",
        "EQUINOX": 2000.0, "TELESCOP": "SIM", "INSTRUME": "SIM-1", "OBS_MODE": "POINTING",
        "ORIGIN": "Test bench", "DATE": "2024-02-29T12:00:00"})
    return hdu


def make_gti(intervals=((1000.0, 1900.0), (2000.0, 2800.0))):
    hdu = fits.BinTableHDU.from_columns([
        fits.Column("START", "D", "s", array=[start for start, _ in intervals]),
        fits.Column("STOP", "D", "s", array=[stop for _, stop in intervals])], name="GTI")
    hdu.header.update({"HDUCLASS": "GADF", "HDUCLAS1": "GTI", "MJDREFI": 51910,
                       "MJDREFF": 0.000742870370370241, "TIMEUNIT": "s", "TIMESYS": "TT"})
    return hdu


def make_run(path, obs_id=7, events=100, seed=1, keywords=None, gti=True, responses=None,
             drop_columns=(), energy_unit="TeV", galactic=False, spoil=None):
    """Writes one run. `spoil(table_data)` may change the event columns before writing."""
    hdu = make_events(obs_id, events, seed, energy_unit, galactic)
    if spoil:
        spoil(hdu.data)
    if drop_columns:
        header = hdu.header
        hdu = fits.BinTableHDU.from_columns(
            [c for c in hdu.columns if c.name not in drop_columns], name="EVENTS")
        for card in header.cards:
            if not card.keyword.startswith(("TTYPE", "TFORM", "TUNIT", "NAXIS", "TFIELDS")):
                hdu.header.setdefault(card.keyword, card.value)
    hdus = [fits.PrimaryHDU(), hdu]
    if gti:
        hdus.append(make_gti() if gti is True else make_gti(gti))
    for name, value in (keywords or {}).items():
        for target in hdus[1:]:
            if target.name == "EVENTS" or name in ("MJDREFI", "MJDREFF", "TIMESYS"):
                if value is None:
                    target.header.remove(name, ignore_missing=True)
                else:
                    target.header[name] = value
    if responses is None:
        responses = [make_aeff(), make_edisp(), make_psf()]
    fits.HDUList(hdus + responses).writeto(path, overwrite=True)
    return path


def make_index(folder, runs, irf=None, file_dir="", compressed=True):
    """hdu-index and obs-index of (obs_id, file_name); `irf` names one response file for all."""
    rows = []
    for obs_id, name in runs:
        rows += [(obs_id, "events", "events", file_dir, name, "EVENTS"),
                 (obs_id, "gti", "gti", file_dir, name, "GTI")]
        for kind, cls in (("aeff", "aeff_2d"), ("edisp", "edisp_2d"), ("psf", "psf_table")):
            rows.append((obs_id, kind, cls, file_dir, irf or name, kind.upper()))
    names = ("OBS_ID", "HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME")
    columns = [fits.Column(names[0], "K", array=[r[0] for r in rows])]
    for i, name in enumerate(names[1:], 1):
        width = max(1, max(len(r[i]) for r in rows))
        columns.append(fits.Column(name, f"{width}A", array=[r[i] for r in rows]))
    ending = ".fits.gz" if compressed else ".fits"
    fits.BinTableHDU.from_columns(columns, name="HDU_INDEX").writeto(
        os.path.join(folder, "hdu-index" + ending), overwrite=True)
    fits.BinTableHDU.from_columns([
        fits.Column("OBS_ID", "K", array=[obs_id for obs_id, _ in runs]),
        fits.Column("N_TELS", "J", array=[4 for _ in runs]),
        fits.Column("ZEN_PNT", "E", "deg", array=[25.5 for _ in runs]),
    ], name="OBS_INDEX").writeto(os.path.join(folder, "obs-index" + ending), overwrite=True)
