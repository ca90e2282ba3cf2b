#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vogate simulate: the same bytes for the same seed, files as GADF has them, and in them the sky that
sources.ecsv tells of, as gammapy finds it."""
import contextlib
import hashlib
import io
import logging
import pathlib
import shutil
import signal
import subprocess
import tempfile
import warnings

from harness import BUILD, Stack, main, temporary_folder

warnings.simplefilter("ignore")
import astropy.units as u  # noqa: E402
import numpy as np  # noqa: E402
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun  # noqa: E402
from astropy.io import fits  # noqa: E402
from astropy.table import Table  # noqa: E402
from astropy.time import Time  # noqa: E402
from astropy.utils import iers  # noqa: E402

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "ignore"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="vogate-simulate-"))
SAMPLE = FOLDER / "sample"


def simulate(*words):
    # No configuration is to be found anywhere.
    return subprocess.run([BUILD / "vogate", "--config", "/nowhere/vogate.conf", "simulate", *words],
                          capture_output=True, text=True, check=False, timeout=120, cwd=FOLDER)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())}


def run_files():
    return sorted(SAMPLE.glob("vogate_sim_*.fits"))


def truth(name):
    return next(row for row in Table.read(SAMPLE / "sources.ecsv") if row["name"] == name)


def test_reproducible(tap):
    """What is written, and when nothing is."""
    done = simulate(SAMPLE)
    tap.ok(done.returncode == 0 and "20 simulated runs" in done.stdout, "it needs no configuration",
           done.stdout, done.stderr)
    first = digests(SAMPLE)
    tap.equal(len(first), 25, "20 runs, two indexes, three texts", first)
    size = sum(path.stat().st_size for path in SAMPLE.iterdir())
    tap.ok(size < 15e6, "in less than 15 MB", size)

    times = {path: path.stat().st_mtime_ns for path in SAMPLE.iterdir()}
    done = simulate(SAMPLE)
    tap.ok(done.returncode == 0 and "already" in done.stdout and
           times == {path: path.stat().st_mtime_ns for path in SAMPLE.iterdir()},
           "once more: nothing is touched", done.stdout)
    simulate(FOLDER / "again", "--seed", "1")
    tap.equal(digests(FOLDER / "again"), first, "the same seed gives the same bytes elsewhere")
    done = simulate(FOLDER / "again", "--seed=2")
    other = digests(FOLDER / "again")
    same = [name for name in first if first[name] == other.get(name)]
    tap.equal((done.returncode, sorted(other), same), (0, sorted(first), ["flare.ecsv",
                                                                           "hdu-index.fits.gz"]),
              "another seed replaces the release, in which all photons differ")


def test_refusals(tap):
    """Other people's files, and a run that is broken off."""
    def refused(words, part, name):
        done = simulate(*words)
        tap.ok(done.returncode != 0 and part in done.stderr and done.stderr.count("\n") == 1, name,
               done.returncode, done.stderr)

    mine = FOLDER / "mine"
    mine.mkdir()
    (mine / "hdu-index.fits.gz").write_text("precious")
    refused([mine], "holds other files", "a folder with other files")
    tap.equal((mine / "hdu-index.fits.gz").read_text(), "precious", "which are left alone")
    (FOLDER / "again" / "notes.txt").write_text("mine")
    refused([FOLDER / "again"], "notes.txt", "a release with a file that is no part of it")
    refused([], "wants a directory", "no folder")
    refused([FOLDER / "x", "--seed", "lucky"], "lucky", "a seed that is no number")
    refused([FOLDER / "mine/hdu-index.fits.gz"], "no directory", "a file")

    late = FOLDER / "late"
    with subprocess.Popen([BUILD / "vogate", "simulate", late], stdout=subprocess.DEVNULL) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.15)
        process.send_signal(signal.SIGKILL)
    left = [path for path in late.glob("*") if not path.name.startswith(".")] if late.exists() else []
    tap.ok(not left or len(left) == 25, "one that is killed leaves nothing that looks whole", left)
    done = simulate(late)
    tap.equal((done.returncode, digests(late)), (0, digests(SAMPLE)), "and the next one finishes it",
              done.stderr)


def test_files(tap):
    """FITS as astropy reads it, and the words of the headers."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for path in SAMPLE.glob("*.fits*"):
            with fits.open(path, checksum=True) as hdus:
                hdus.verify("exception")
                for hdu in hdus:
                    assert {"CHECKSUM", "DATASUM"} <= set(hdu.header), (path, hdu.name)
                    assert hdu.data is None or len(hdu.data) > 0, (path, hdu.name)
    tap.equal([str(one.message) for one in caught], [], "checksums and structure are right")

    worst = {"altitude": 0, "azimuth": 0, "sun": -90, "wobble": 0, "livetime": 0}
    for path in run_files():
        with fits.open(path) as hdus:
            header, gti = hdus["EVENTS"].header, Table(hdus["GTI"].data)
            table = Table(hdus["EVENTS"].data)
        if (header["TELESCOP"], header["ORIGIN"][:17]) != ("VOGATE-SIM", "Vogate simulation"):
            tap.ok(False, f"{path.name} says that it is simulated", header["TELESCOP"])
        reference = Time(header["MJDREFI"], header["MJDREFF"], format="mjd", scale="tt")
        start, stop = (reference + header[key] * u.s for key in ("TSTART", "TSTOP"))
        if abs((Time(header["DATE-OBS"], scale="tt") - start).to_value("s")) > 1e-3:
            tap.ok(False, f"{path.name}: DATE-OBS is TSTART")
        frame = AltAz(obstime=start + (stop - start) / 2, location=EarthLocation(
            lon=header["GEOLON"] * u.deg, lat=header["GEOLAT"] * u.deg, height=header["ALTITUDE"] * u.m))
        pointing = SkyCoord(header["RA_PNT"], header["DEC_PNT"], unit="deg")
        seen = pointing.transform_to(frame)
        claimed = SkyCoord(header["AZ_PNT"], header["ALT_PNT"], unit="deg", frame=frame)
        worst["altitude"] = max(worst["altitude"], abs((seen.alt - claimed.alt).deg))
        worst["azimuth"] = max(worst["azimuth"], seen.separation(claimed).deg)
        for time in (start, stop):
            sun = get_sun(time).transform_to(AltAz(obstime=time, location=frame.location))
            worst["sun"] = max(worst["sun"], sun.alt.deg)
        target = SkyCoord(header["RA_OBJ"], header["DEC_OBJ"], unit="deg")
        wobble = pointing.separation(target).deg
        worst["wobble"] = max(worst["wobble"], min(abs(wobble - 0.5), abs(wobble - 0.7)))
        good = np.sum(gti["STOP"] - gti["START"])
        worst["livetime"] = max(worst["livetime"], abs(header["ONTIME"] - good),
                                abs(header["LIVETIME"] - header["DEADC"] * good))
        inside = np.any([(table["TIME"] >= row["START"]) & (table["TIME"] <= row["STOP"])
                         for row in gti], axis=0)
        if not inside.all() or (np.diff(table["TIME"]) <= 0).any():
            tap.ok(False, f"{path.name}: events ascend in time, within the good time")
    tap.ok(worst["altitude"] < 0.1 and worst["azimuth"] < 0.1, "ALT_PNT and AZ_PNT are astropy's", worst)
    tap.ok(worst["sun"] < -16, "it is night", worst)
    tap.ok(worst["wobble"] < 1e-6, "pointings are 0.5 or 0.7 deg beside the targets", worst)
    tap.ok(worst["livetime"] < 1e-6, "ONTIME, LIVETIME, DEADC and GTI agree", worst)


def observations(*ids):
    from gammapy.data import DataStore
    return DataStore.from_dir(SAMPLE).get_observations(list(ids) or None,
                                                       required_irf="full-enclosure")


def test_gammapy(tap):
    """gammapy opens it and has nothing to say."""
    from gammapy.data import DataStore
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setLevel(logging.WARNING)
    logging.getLogger("gammapy").addHandler(handler)
    store = DataStore.from_dir(SAMPLE)
    complaints = [record for record in store.check() if record["level"] != "debug"]
    tap.equal(complaints, [], "DataStore.check() finds nothing")
    found = observations()
    logging.getLogger("gammapy").removeHandler(handler)
    tap.equal((len(found), log.getvalue()), (20, ""), "all 20 runs come with all responses")
    one = found[0]
    area = one.aeff.evaluate(energy_true=10 * u.TeV, offset=0.5 * u.deg).to_value("m2")
    within = one.psf.containment_radius(0.68, energy_true=1 * u.TeV, offset=0.5 * u.deg).to_value("deg")
    tap.ok(3e5 < area < 1e6 and 0.08 < within < 0.16, "responses are those of a real kind of array",
           area, within)


def reflected(ids, position, radius, minimum=None):
    """Spectra from reflected regions, one for each run."""
    from gammapy.datasets import Datasets, SpectrumDataset
    from gammapy.makers import ReflectedRegionsBackgroundMaker, SafeMaskMaker, SpectrumDatasetMaker
    from gammapy.maps import MapAxis, RegionGeom
    from regions import CircleSkyRegion
    reco = MapAxis.from_energy_bounds(0.1, 100, 30, unit="TeV")
    true = MapAxis.from_energy_bounds(0.06, 150, 60, unit="TeV", name="energy_true")
    geom = RegionGeom.create(CircleSkyRegion(position, radius * u.deg), axes=[reco])
    maker = SpectrumDatasetMaker(containment_correction=True, selection=["counts", "exposure", "edisp"])
    out = Datasets()
    for run in observations(*ids):
        empty = SpectrumDataset.create(geom, energy_axis_true=true, name=str(run.obs_id))
        dataset = ReflectedRegionsBackgroundMaker().run(maker.run(empty, run), run)
        out.append(SafeMaskMaker(methods=["aeff-default"]).run(dataset, run))
    return out


def fit(tap, datasets, expected, name):
    """expected: parameter, true value; each within 3 sigma."""
    from gammapy.modeling import Fit
    fitted = Fit().run(datasets)
    good, lines = fitted.success, []
    for parameter, value in expected:
        pull = (parameter.value - value) / parameter.error
        good = good and abs(pull) < 3
        lines.append(f"{parameter.name} {parameter.value:.4g} +- {parameter.error:.2g}, "
                     f"true {value:.4g}, {pull:+.2f} sigma")
    tap.ok(good, f"{name}: " + "; ".join(lines), fitted)


def spectral_model(row, scale=1.0):
    """The gammapy model of a row of sources.ecsv, and the true values of its free parameters. It
    starts away from the truth."""
    from gammapy.modeling import models
    norm, unit, reference = row["norm"] * scale, "TeV-1 s-1 cm-2", row["e_ref"] * u.TeV
    if row["spectrum"] == "power-law":
        model = models.PowerLawSpectralModel(index=2.8, amplitude=0.7 * norm * u.Unit(unit),
                                             reference=reference)
        return model, [(model.amplitude, norm), (model.index, row["index"])]
    if row["spectrum"] == "exponential-cutoff":
        model = models.ExpCutoffPowerLawSpectralModel(
            index=2.2, amplitude=0.7 * norm * u.Unit(unit), reference=reference,
            lambda_=0.05 / u.TeV)
        return model, [(model.amplitude, norm), (model.index, row["index"]),
                       (model.lambda_, 1 / row["e_turn"])]
    at_break = norm * row["e_turn"] ** -row["index"]
    model = models.BrokenPowerLawSpectralModel(
        index1=2.5, index2=3.2, ebreak=row["e_turn"] * u.TeV, amplitude=0.7 * at_break * u.Unit(unit))
    model.ebreak.frozen = True
    return model, [(model.amplitude, at_break), (model.index1, row["index"]),
                   (model.index2, row["index_2"])]


def flare_flux(minutes):
    """flare.ecsv: the flux above 0.2 TeV, minutes after its mjd_utc."""
    table = Table.read(SAMPLE / "flare.ecsv")
    total = np.full_like(minutes, table.meta["constant"])
    for row in table:
        half = np.where(minutes < row["peak"], row["rise"], row["decay"]) / 60
        sigma = half / np.log(2) ** (1 / row["kappa"])
        total += row["amplitude"] * np.exp(-(np.abs(minutes - row["peak"]) / sigma) ** row["kappa"])
    return total


def average_flux(row):
    energy = np.geomspace(0.2, 200, 20001)
    flux = row["norm"] * np.where(
        energy < row["e_turn"], energy ** -row["index"],
        row["e_turn"] ** (row["index_2"] - row["index"]) * energy ** -row["index_2"])
    return np.trapz(flux * energy, np.log(energy))


def test_point_sources(tap):
    """Crab Nebula and PKS 2155-304 by reflected regions."""
    from gammapy.modeling.models import SkyModel
    for name, ids, least in (("Crab Nebula", (101, 102, 103, 104), 30),
                             ("PKS 2155-304 quiescent", (201, 202, 203), 8)):
        row = truth(name)
        position = SkyCoord(row["ra"], row["dec"], unit="deg")
        datasets = reflected(ids, position, 0.11)
        stacked = datasets.stack_reduce(name="stacked")
        info = stacked.info_dict()
        tap.ok(info["sqrt_ts"] > least, f"{name}: {info['excess']:.0f} photons, "
               f"{info['sqrt_ts']:.0f} sigma", info)
        model, expected = spectral_model(row)
        stacked.models = [SkyModel(spectral_model=model)]
        fit(tap, [stacked], expected, name)

    row = truth("PKS 2155-304 flare")
    position = SkyCoord(row["ra"], row["dec"], unit="deg")
    for dataset, first in zip(reflected((211, 212, 213), position, 0.11), (35, 65, 95)):
        mean = flare_flux(np.linspace(first, first + 28, 5001)).mean()
        model, expected = spectral_model(row, mean / average_flux(row))
        dataset.models = [SkyModel(spectral_model=model)]
        fit(tap, [dataset], expected, f"PKS 2155-304 flare, run {dataset.name}")


def test_light_curve(tap):
    """The bursts of the flare, minute by minute, against flare.ecsv."""
    row = truth("PKS 2155-304 flare")
    position = SkyCoord(row["ra"], row["dec"], unit="deg")
    counts, shape = [], []
    for run in observations(211, 212, 213):
        near = run.events.select_region(f"icrs;circle({position.ra.deg},{position.dec.deg},0.15)")
        edges = 1440 * (run.gti.time_start[0].utc.mjd - 53944) + np.arange(0, 29)
        found = np.histogram(1440 * (near.time.utc.mjd - 53944), edges)[0]
        flux = np.array([flare_flux(np.linspace(a, a + 1, 101)).mean() for a in edges[:-1]])
        counts.append(found)
        shape.append(flux * found.sum() / flux.sum())
    counts, shape = np.concatenate(counts), np.concatenate(shape)
    chi2 = np.sum((counts - shape) ** 2 / shape)
    # Background is a hundredth of these counts.
    tap.ok(chi2 < 84 + 3.5 * np.sqrt(2 * 84), f"the light curve is that of flare.ecsv: chi2 {chi2:.0f} "
           "of 84 minutes", counts, shape.round())
    tap.ok(counts.max() > 5 * counts.min(), "and varies within the runs", counts)


def map_dataset(ids, centre, frame, width=5):
    from gammapy.datasets import MapDataset
    from gammapy.makers import MapDatasetMaker, SafeMaskMaker
    from gammapy.maps import MapAxis, WcsGeom
    reco = MapAxis.from_energy_bounds(0.4, 60, 15, unit="TeV")
    true = MapAxis.from_energy_bounds(0.15, 120, 24, unit="TeV", name="energy_true")
    geom = WcsGeom.create(skydir=centre, binsz=0.05, width=width, frame=frame, axes=[reco])
    stacked = MapDataset.create(geom, energy_axis_true=true, name="stacked")
    safe = SafeMaskMaker(methods=["offset-max"], offset_max=2.3 * u.deg)
    for run in observations(*ids):
        cutout = stacked.cutout(run.pointing_radec, width=5 * u.deg, name=f"run-{run.obs_id}")
        stacked.stack(safe.run(MapDatasetMaker().run(cutout, run), run))
    return stacked


def test_extended_sources(tap):
    """RX J1713.7-3946 and the Galactic Centre by fits of the whole cube."""
    from gammapy.maps import Map, WcsGeom
    from gammapy.modeling import models

    row = truth("RX J1713.7-3946")
    dataset = map_dataset((301, 302, 303, 304), SkyCoord(row["ra"], row["dec"], unit="deg"), "icrs")
    model, expected = spectral_model(row)
    shell = models.ShellSpatialModel(
        lon_0=row["ra"] * u.deg, lat_0=row["dec"] * u.deg, radius=row["size_1"] * u.deg,
        width=(row["size_2"] - row["size_1"]) * u.deg, frame="icrs")
    # Its sharp edges jump from pixel to pixel; the profile below tells its size.
    shell.lon_0.frozen = shell.lat_0.frozen = shell.radius.frozen = shell.width.frozen = True
    background = models.FoVBackgroundModel(dataset_name="stacked")
    dataset.models = [models.SkyModel(model, shell), background]
    fit(tap, [dataset], [*expected, (background.spectral_model.norm, 1)], "RX J1713.7-3946")
    distance = dataset.counts.geom.to_image().separation(dataset.counts.geom.center_skydir).deg
    counts = dataset.counts.data.sum(axis=0)
    excess = counts - dataset.npred_background().data.sum(axis=0)
    rings = [(distance >= low) & (distance < high) for low, high in ((0, 0.15), (0.25, 0.4), (0.7, 1))]
    inside, rim, outside = (excess[ring].mean() for ring in rings)
    noise = np.sqrt(counts[rings[2]].sum()) / rings[2].sum()
    tap.ok(rim > inside > 0 and abs(outside) < 4 * noise,
           f"it is a shell: {inside:.1f} photons in a pixel inside, {rim:.1f} on its rim, "
           f"{outside:.2f} +- {noise:.2f} outside")

    centre = SkyCoord(0, 0, unit="deg", frame="galactic")
    dataset = map_dataset((401, 402, 403, 404), centre, "galactic")
    background = models.FoVBackgroundModel(dataset_name="stacked")
    expected, parts = [(background.spectral_model.norm, 1)], [background]
    for name in ("HESS J1745-290", "G0.9+0.1", "Galactic Centre ridge"):
        row = truth(name)
        model, values = spectral_model(row)
        if row["morphology"] == "point":
            place = models.PointSpatialModel(lon_0=row["ra"] * u.deg, lat_0=row["dec"] * u.deg,
                                             frame="icrs")
            place.lon_0.frozen = place.lat_0.frozen = True
        else:
            geom = WcsGeom.create(skydir=centre, binsz=0.02, width=(2.4, 1.2), frame="galactic")
            there = geom.get_coord()
            lon = np.abs((there["lon"].to_value("deg") + 180) % 360 - 180)
            lat = np.abs(there["lat"].to_value("deg"))
            inside = (lon < row["size_1"]) & (lat < row["size_2"])
            place = models.TemplateSpatialModel(Map.from_geom(
                geom, data=inside.astype(float), unit="sr-1"), normalize=True)
        parts.append(models.SkyModel(model, place, name=name))
        # A cutoff that the data hardly reach makes errors that are no Gaussians.
        expected += [pair for pair in values if pair[0].name != "lambda_"]
        for parameter, value in values:
            if parameter.name == "lambda_":
                parameter.value, parameter.frozen = value, True
    dataset.models = parts
    fit(tap, [dataset], expected, "Galactic Centre")


def test_empty_field(tap):
    """The Chandra Deep Field South holds what its BKG tables say, and nothing else."""
    chi2 = bins = 0
    pulls = []
    total = np.zeros(2)
    for run in observations(501, 502):
        energies = np.geomspace(0.2, 50, 11)
        rings = np.arange(0, 2.6, 0.25)
        offset = run.events.radec.separation(run.pointing_radec).deg
        found = np.histogram2d(run.events.energy.to_value("TeV"), offset, [energies, rings])[0]
        fine_e, fine_r = np.geomspace(0.2, 50, 401), np.linspace(0, 2.5, 251)
        mid_e, mid_r = np.sqrt(fine_e[1:] * fine_e[:-1]), (fine_r[1:] + fine_r[:-1]) / 2
        rate = run.bkg.evaluate(energy=mid_e[:, None] * u.TeV, fov_lon=mid_r[None, :] * u.deg,
                                fov_lat=0 * mid_r[None, :] * u.deg).to_value("s-1 TeV-1 sr-1")
        solid = 2 * np.pi * (np.cos(np.radians(fine_r[:-1])) - np.cos(np.radians(fine_r[1:])))
        cells = rate * np.diff(fine_e)[:, None] * solid * run.gti.time_sum.to_value("s")
        model = cells.reshape(10, 40, 10, 25).sum(axis=(1, 3))
        usable = model > 8
        chi2 += np.sum((found - model)[usable] ** 2 / model[usable])
        bins += usable.sum()
        total += found.sum(), model.sum()
        for x in np.arange(-1.5, 1.6, 0.3):
            for y in np.arange(-1.5, 1.6, 0.3):
                place = run.pointing_radec.spherical_offsets_by(x * u.deg, y * u.deg)
                seen = np.sum((run.events.radec.separation(place).deg < 0.12) &
                              (run.events.energy > 0.2 * u.TeV))
                level = np.interp(np.hypot(x, y), mid_r, (cells / solid).sum(axis=0))
                level *= np.pi * np.radians(0.12) ** 2
                pulls.append((seen - level) / np.sqrt(level))
    pulls = np.array(pulls)
    tap.ok(abs(chi2 - bins) < 3.5 * np.sqrt(2 * bins), "counts in energy and offset are those of BKG: "
           f"chi2 {chi2:.0f} of {bins} bins; {total[0]:.0f} events, {total[1]:.0f} expected")
    tap.ok(abs(total[0] - total[1]) < 3 * np.sqrt(total[1]), "and all together")
    tap.ok(0.85 < pulls.std() < 1.15 and pulls.max() < 4.5, "no source stands out: deviations have "
           f"width {pulls.std():.2f}, the largest {pulls.max():.1f} sigma in {len(pulls)} places")


def test_ingest(tap):
    """The archive takes it as what it is."""
    folder = temporary_folder("sample")
    try:
        shutil.copytree(SAMPLE, folder / "sample")
        with Stack(data=[folder / "sample"]) as here:
            tap.contains(here.quickstart_output, "20 runs ingested", "all runs are ingested")
            rows = here.psql(
                "SELECT target_name, count(*), min(s_resolution), max(s_resolution), "
                "min(em_res_power), max(em_res_power), min(s_fov), count(s_region_circle), "
                "min(t_exptime), max(t_max - t_min) FROM ivoa.obscore "
                "WHERE obs_collection = 'VOGATE-SIM' AND dataproduct_type = 'event' "
                "GROUP BY target_name ORDER BY target_name")
            tap.equal([row[:2] for row in rows],
                      [["Chandra Deep Field South", "2"], ["Crab Nebula", "4"],
                       ["Galactic Centre", "4"], ["PKS 2155-304", "6"], ["RX J1713.7-3946", "4"]],
                      "by target, in the collection VOGATE-SIM")
            tap.ok(all(200 < float(row[2]) <= float(row[3]) < 700 and
                       1 < float(row[4]) <= float(row[5]) < 5 and float(row[6]) == 6 and
                       row[7] == row[1] and 1300 < float(row[8]) < 1600 for row in rows),
                   "resolutions, field of view and exposure are there", rows)
            tap.equal(here.psql("SELECT count(*) FROM dl3.events"),
                      [[str(sum(fits.getheader(path, 1)["NAXIS2"] for path in run_files()))]],
                      "with all photons")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        main(test_reproducible, test_refusals, test_files, test_gammapy, test_point_sources,
             test_light_curve, test_extended_sources, test_empty_field, test_ingest)
    finally:
        shutil.rmtree(FOLDER)
