#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The archive's values of the shared runs against astropy and gammapy, computed from the files.

VOGATE_SHARED  the folder that holds data/dl3 (default: ../shared beside the repository)
VOGATE_TAP     a TAP service to read the values from, through pyvo; or
VOGATE_TEST_DSN  the database to read them from, through psql
"""
import csv
import io
import os
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("VOGATE_SHARED") or os.path.join(HERE, "..", "..", "..", "shared")
DL3 = os.path.join(SHARED, "data", "dl3")
HC_EV_M = 1.239841984332e-6
results = []


def check(name, problems):
    results.append(not problems)
    print(("ok" if not problems else "not ok"), len(results), "-", name)
    for problem in problems[:10]:
        print("#  ", problem)


def skip_all(reason):
    print("ok 1 - values of the shared runs # SKIP", reason)
    print("1..1")
    sys.exit(0)


def query(adql):
    """Rows as dictionaries of text; the same query is good ADQL and good PostgreSQL."""
    if os.environ.get("VOGATE_TAP"):
        import pyvo
        table = pyvo.dal.TAPService(os.environ["VOGATE_TAP"]).run_sync(adql, maxrec=100000).to_table()
        return [{name: ("" if np.ma.is_masked(row[name]) else str(row[name]))
                 for name in table.colnames} for row in table]
    text = subprocess.run(["psql", "-X", "--csv", "-c", adql, os.environ["VOGATE_TEST_DSN"]],
                          check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(io.StringIO(text)))


def to_tt(header, seconds):
    from astropy.time import Time, TimeDelta
    reference = Time(header["MJDREFI"], header["MJDREFF"], format="mjd",
                     scale=header["TIMESYS"].strip().lower())
    return (reference + TimeDelta(seconds, format="sec")).tt.mjd


def half_maximum_psf(psf):
    """Full width at half maximum of the PSF at 1 TeV and 0.5 deg, in arcsec."""
    import astropy.units as u
    rad = np.linspace(0, 0.3, 30001) * u.deg
    profile = psf.evaluate(energy_true=1 * u.TeV, offset=0.5 * u.deg, rad=rad).ravel()
    peak = profile.argmax()
    below = peak + np.argmax(profile[peak:] < profile[peak] / 2)
    return 2 * rad[below].to_value("arcsec")


def half_maximum_edisp(edisp):
    """E / dE at 1 TeV and 0.5 deg, dE the full width at half maximum of dP/dmigra."""
    import astropy.units as u
    centre = edisp.axes["migra"].center.value
    migra = np.linspace(centre[0], centre[-1], 50001)
    profile = edisp.evaluate(energy_true=1 * u.TeV, offset=0.5 * u.deg, migra=migra).ravel()
    peak = profile.argmax()
    low = profile < profile[peak] / 2
    left = migra[:peak][low[:peak]].max()
    right = migra[peak:][low[peak:]].min()
    return 1 / (right - left)


def expected_runs():
    from astropy.coordinates import FK5, SkyCoord
    from astropy.io import fits
    from gammapy.irf import EnergyDispersion2D, PSF3D
    runs = {}
    for folder, prefix in (("hess", "hess_dl3"), ("fact", "2013")):
        where = os.path.join(DL3, folder)
        for name in sorted(os.listdir(where)):
            if not name.startswith(prefix):
                continue
            path = os.path.join(where, name)
            responses = path if folder == "hess" else os.path.join(where, "fact_irf.fits")
            with fits.open(path) as hdus, fits.open(responses) as irf:
                head, data = hdus["EVENTS"].header, hdus["EVENTS"].data
                if head["RADECSYS"].strip() == "FK5":
                    point = SkyCoord(head["RA_PNT"], head["DEC_PNT"], unit="deg",
                                     frame=FK5(equinox="J2000")).icrs
                    photons = SkyCoord(np.float64(data["RA"]), np.float64(data["DEC"]), unit="deg",
                                       frame=FK5(equinox="J2000")).icrs
                else:
                    point = SkyCoord(head["RA_PNT"], head["DEC_PNT"], unit="deg")
                    photons = SkyCoord(np.float64(data["RA"]), np.float64(data["DEC"]), unit="deg")
                aeff = irf["AEFF" if folder == "hess" else "EFFECTIVE AREA"].data
                energy = np.float64(data["ENERGY"]) * 1e12
                run = {
                    "collection": head["TELESCOP"].strip(),
                    "t_min": to_tt(head, head["TSTART"]), "t_max": to_tt(head, head["TSTOP"]),
                    "gti": [(to_tt(hdus["GTI"].header, a), to_tt(hdus["GTI"].header, b))
                            for a, b in hdus["GTI"].data],
                    "t_exptime": head["LIVETIME"], "point": point,
                    "s_fov": 2 * float(aeff["THETA_HI"].max()),
                    "energy_min": energy.min(), "energy_max": energy.max(),
                    "em_min": HC_EV_M / energy.max(), "em_max": HC_EV_M / energy.min(),
                    "events": len(data), "photons": photons,
                    "event_id": np.int64(data["EVENT_ID"]),
                    "event_mjd": to_tt(head, np.float64(data["TIME"])),
                }
                edisp = "EDISP" if folder == "hess" else "ENERGY DISPERSION"
                run["em_res_power"] = half_maximum_edisp(
                    EnergyDispersion2D.read(responses, hdu=edisp))
                run["s_resolution"] = (half_maximum_psf(PSF3D.read(responses, hdu="PSF"))
                                       if folder == "hess" else None)
                runs[str(head["OBS_ID"])] = run
    return runs


def main():
    if not os.path.isdir(DL3):
        skip_all("there is no shared data at VOGATE_SHARED")
    if not (os.environ.get("VOGATE_TAP") or os.environ.get("VOGATE_TEST_DSN")):
        skip_all("neither VOGATE_TAP nor VOGATE_TEST_DSN is set")
    from astropy.coordinates import SkyCoord
    runs = expected_runs()
    rows = {row["obs_id"]: row for row in query(
        "SELECT o.obs_id, obs_collection, t_min, t_max, t_exptime, s_ra, s_dec, s_fov, em_min, "
        "em_max, s_resolution, em_res_power, energy_min, energy_max, ev_xel, s_ref_energy, "
        "s_ref_oaa, em_ref_energy, em_ref_oaa, calib_level, dataproduct_type "
        "FROM ivoa.obscore AS o JOIN ivoa.obscore_hea AS h "
        "ON o.obs_publisher_did = h.obs_publisher_did WHERE obs_collection IN ('HESS', 'FACT')")}
    gtis = {}
    for row in query("SELECT o.obs_id, g.t_start, g.t_stop FROM dl3.gti AS g "
                     "JOIN dl3.observations AS o ON o.obs = g.obs ORDER BY g.t_start"):
        gtis.setdefault(row["obs_id"], []).append((float(row["t_start"]), float(row["t_stop"])))

    check("all 26 shared runs are there, and no other",
          [] if len(runs) == 26 and set(runs) == set(rows)
          else [f"files {len(runs)}, archive {len(rows)}: {sorted(set(runs) ^ set(rows))}"])
    runs = {obs_id: run for obs_id, run in runs.items() if obs_id in rows}

    def compare(name, good):
        check(name, [f"{obs_id}: archive {rows[obs_id].get(name)}, files {run.get(name)}"
                     for obs_id, run in runs.items() if not good(rows[obs_id], run)])

    def relative(key, tolerance):
        return lambda row, run: row[key] != "" and abs(float(row[key]) / run[key] - 1) < tolerance

    millisecond = 1e-3 / 86400
    for key in ("t_min", "t_max"):
        compare(key, lambda row, run: abs(float(row[key]) - run[key]) < millisecond)
    compare("t_exptime", lambda row, run: abs(float(row["t_exptime"]) - run["t_exptime"]) < 1)
    check("good time intervals to 1 ms", [
        obs_id for obs_id, run in runs.items()
        if len(gtis.get(obs_id, [])) != len(run["gti"])
        or np.abs(np.array(gtis[obs_id]) - np.array(run["gti"])).max() > millisecond])
    check("s_ra and s_dec to 0.1 arcsec", [
        obs_id for obs_id, run in runs.items()
        if run["point"].separation(SkyCoord(float(rows[obs_id]["s_ra"]), float(rows[obs_id]["s_dec"]),
                                            unit="deg")).arcsec > 0.1])
    for key in ("s_fov", "energy_min", "energy_max", "em_min", "em_max"):
        compare(key, relative(key, 1e-6))
    compare("s_resolution", lambda row, run: row["s_resolution"] == "" if run["s_resolution"] is None
            else relative("s_resolution", 0.01)(row, run))
    compare("em_res_power", relative("em_res_power", 0.01))
    compare("reference energy and offset where the value is", lambda row, run: all(
        (row[ref] != "") == (row[value] != "") and (row[ref] == "" or float(row[ref]) == number)
        for ref, value, number in (("s_ref_energy", "s_resolution", 1e12),
                                   ("s_ref_oaa", "s_resolution", 0.5),
                                   ("em_ref_energy", "em_res_power", 1e12),
                                   ("em_ref_oaa", "em_res_power", 0.5))))
    compare("calib_level 2, dataproduct_type event, ev_xel", lambda row, run: (
        row["calib_level"], row["dataproduct_type"], int(row["ev_xel"])) == ("2", "event", run["events"]))

    total = int(query("SELECT COUNT(*) AS n FROM dl3.events AS e JOIN dl3.observations AS o "
                      "ON o.obs = e.obs WHERE o.obs_collection IN ('HESS', 'FACT')")[0]["n"])
    want = sum(run["events"] for run in runs.values())
    check("as many events as the files have rows", [] if total == want else [f"{total} of {want}"])
    problems = []
    for obs_id in ("23523", "20131103103"):
        run = runs[obs_id]
        photons = query("SELECT e.event_id, e.time_mjd, e.ra, e.dec, e.energy FROM dl3.events AS e "
                        "JOIN dl3.observations AS o ON o.obs = e.obs "
                        f"WHERE o.obs_id = '{obs_id}' ORDER BY e.event_id")
        order = np.argsort(run["event_id"])
        if [int(row["event_id"]) for row in photons] != run["event_id"][order].tolist():
            problems.append(f"{obs_id}: other event_ids")
            continue
        sky = SkyCoord([float(row["ra"]) for row in photons], [float(row["dec"]) for row in photons],
                       unit="deg")
        far = sky.separation(run["photons"][order]).arcsec.max()
        late = np.abs(np.array([float(row["time_mjd"]) for row in photons])
                      - run["event_mjd"][order]).max() * 86400
        if far > 0.1 or late > 1e-3:
            problems.append(f"{obs_id}: {far} arcsec, {late} s")
    check("each photon of two runs: 0.1 arcsec and 1 ms", problems)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
