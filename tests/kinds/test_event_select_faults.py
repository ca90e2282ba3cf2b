#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""event-select and what goes wrong: files made to hurt, wrong command lines, a full disk, a sudden end. Each is
one line that says what and where, and nothing stands under the name of the result."""
import gzip
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from event_lists import (BLOCK, COMPLAINTS, FOLDER, PROGRAM, Cut, event_columns, events_hdu, fits, gti_hdu,  # noqa: E402
                         hdu_bytes, mjd_tt, np, read_bytes, select, small, write)
from harness import main  # noqa: E402

OUT = FOLDER / "faults" / "selected.fits"
CUT = Cut((83.63, 22.01, 0.8), (0.3, 2.5), (mjd_tt(1500), mjd_tt(2500)))


def refused(tap, name, path, part, cut=CUT, status=2, **options):
    """One line with the words of `part`, and no file."""
    shutil.rmtree(OUT.parent, ignore_errors=True)
    OUT.parent.mkdir()
    done = select(path, OUT, cut, **options)
    parts = [part] if isinstance(part, str) else part
    tap.ok(done.returncode == status and done.stderr.count("\n") == 1 and not done.stdout and
           done.stderr.startswith("event-select: ") and all(one in done.stderr for one in parts) and
           not list(OUT.parent.iterdir()), f"{name}: {done.stderr.strip()[:150]}", done.returncode, done.stderr, parts,
           list(OUT.parent.iterdir()))


def changed(name, number, old, new, base=None):
    """A good file with other words in one header; cards keep their length."""
    parts = hdu_bytes(read_bytes(base or small()))
    old, new = (text.ljust(80).encode() if "=" in text[:9] else text.encode() for text in (old, new))
    assert old in parts[number], old
    parts[number] = parts[number].replace(old, new[:len(old)].ljust(len(old)), 1)
    path = FOLDER / name
    path.write_bytes(b"".join(parts))
    return path


def card(data, number, keyword):
    """As it stands there."""
    text = hdu_bytes(data)[number].decode("latin-1")
    at = next(i for i in range(0, len(text), 80) if text[i:i + 8].rstrip() == keyword)
    return text[at:at + 80]


def test_broken_files(tap):
    """Files that are no FITS, or not all of it."""
    good = small()
    data = read_bytes(good)

    def file(content, name="broken.fits"):
        path = FOLDER / name
        path.write_bytes(content)
        return path

    refused(tap, "no such file", FOLDER / "none.fits", ["none.fits cannot be opened", "No such file"])
    refused(tap, "a folder", FOLDER, "is no file")
    os.mkfifo(FOLDER / "pipe")
    refused(tap, "a pipe without a writer", FOLDER / "pipe", "is no file")
    refused(tap, "an empty file", file(b""), "broken.fits is empty")
    refused(tap, "a text", file(b"SIMPLE, but no FITS\n" * 500), "does not begin with SIMPLE")
    refused(tap, "a short text", file(b"hello"), "truncated within the header of HDU 1")
    refused(tap, "binary noise", file(np.random.default_rng(1).bytes(20000)), "does not begin with SIMPLE")
    refused(tap, "only half of it", file(data[:len(data) // 2]), ["is truncated: HDU 2", "bytes of data"])
    refused(tap, "without its last bytes", file(data[:-BLOCK]), ["is truncated: HDU 3"])
    refused(tap, "cut in the header of GTI", file(data[:-BLOCK - 100]), "is truncated within the header of HDU 3")
    refused(tap, "an HDU that was damaged", file(data.replace(b"XTENSION= 'BINTABLE'           / binary table extension"
                                                              b"                         ", b"X" * 80)),
            "what follows HDU 1 is no HDU")
    refused(tap, "something behind the last HDU", file(data + b"garbage" * 1000), "what follows HDU 3 is no HDU")
    refused(tap, "a header that does not end", file(data[:BLOCK].replace(b"END     ", b"COMMENT ") +
                                                    (b"COMMENT ".ljust(80) * 36) * 1200), "a header that does not end")
    packed = gzip.compress(data)
    refused(tap, "gzip that ends too early", file(packed[:-50], "b.gz"), "its gzip data end too early")
    refused(tap, "gzip with a wrong checksum", file(packed[:-8] + b"\1\2\3\4" + packed[-4:], "b.gz"), "is corrupt")
    refused(tap, "damaged gzip", file(packed[:60] + b"\xff" * 40 + packed[100:], "b.gz"), "b.gz is corrupt")
    refused(tap, "gzip of a text", file(gzip.compress(b"text" * 9000), "b.gz"), "does not begin with SIMPLE")
    refused(tap, "gzip of nothing", file(gzip.compress(b""), "b.gz"), "no event list")
    odd = FOLDER / "new\nline\x1b[31m.fits"
    odd.write_bytes(b"no FITS" * 1000)
    refused(tap, "a name with a newline", odd, "new line [31m.fits")


def test_headers(tap):
    """Headers that contradict themselves or the data."""
    def header(number, keyword, value, part, base=None):
        """One card with another value, or another card in its place."""
        base = base or small()
        new = value if "=" in str(value) else f"{keyword:8}= {value}"
        path = changed("header.fits", number, card(read_bytes(base), number, keyword), new, base)
        refused(tap, f"HDU {number + 1}, {new}", path, part)

    header(1, "NAXIS2", 10**15, "is truncated: HDU 2")
    header(1, "NAXIS2", -5, "no good NAXIS2 in the header of HDU 2")
    header(1, "NAXIS2", 2**63, "no good NAXIS2 in the header of HDU 2")
    header(1, "NAXIS2", "'many'", "no good NAXIS2 in the header of HDU 2")
    # Of so few that the data still end in the same block.
    few = write("few.fits", events_hdu(event_columns(30)), gti_hdu())
    header(1, "NAXIS1", 41, ["EVENTS (HDU 2)", "41 bytes (NAXIS1), and its TFORMs need 40"], base=few)
    header(1, "GCOUNT", 2, "has a GCOUNT that is not 1", base=few)
    header(1, "NAXIS1", 2**40, "truncated: HDU 2")
    header(1, "NAXIS", 3, "is no array of bytes in HDU 2")
    header(1, "BITPIX", 16, "is no array of bytes in HDU 2")
    header(1, "BITPIX", 7, "no good BITPIX in the header of HDU 2")
    header(1, "PCOUNT", -1, "no good PCOUNT or GCOUNT in the header of HDU 2")
    header(1, "PCOUNT", 2**62, "no good PCOUNT or GCOUNT in the header of HDU 2")
    header(1, "GCOUNT", 0, "what follows HDU 2 is no HDU")
    header(1, "TFIELDS", 1000, "no good TFIELDS in the header of HDU 2")
    header(1, "TFIELDS", 4, ["40 bytes (NAXIS1), and its TFORMs need 32"])
    header(1, "TFIELDS", 6, "lacks TFORM6")
    header(1, "TFORM3", "'1Z'", 'a TFORM3 that FITS does not know: "1Z"')
    header(1, "TFORM3", "'99999999999999999999D'", "a TFORM3 that FITS does not know")
    header(1, "TFORM3", "'2PD(3)'", "a TFORM3 that FITS does not know")
    header(1, "TFORM3", "''", "lacks TFORM3")
    header(1, "TFORM3", "'8A'", "the column RA is not one number per row (TFORM3)")
    header(1, "TFORM3", "'2E'", "the column RA is not one number per row (TFORM3)")
    header(1, "TFORM5", "'1C'", "the column ENERGY is not one number per row (TFORM5)")
    header(1, "TFORM2", "'8L'", "the column TIME is not one number per row (TFORM2)")
    header(1, "TFORM5", "'PD(1)'", "the column ENERGY is not one number per row (TFORM5)")
    for i, (name, unit) in enumerate((("TIME", "seconds"), ("RA", "degrees"), ("DEC", "degrees"), ("ENERGY", "TeV"))):
        header(1, f"TTYPE{i + 2}", "'OTHER'", f"EVENTS (HDU 2) lacks the column {name}, which GADF has in {unit}")
    header(1, "TUNIT5", "'furlong'", ["the column ENERGY has the unknown unit \"furlong\"", "GeV"])
    header(1, "TUNIT5", "'meV'", "the column ENERGY has the unknown unit")
    header(1, "TUNIT3", "'h'", ["the column RA has the unknown unit", "deg"])
    header(1, "TUNIT2", "'fortnight'", ["the column TIME has the unknown unit", "ms"])
    header(1, "MJDREFI", "'never'", "EVENTS (HDU 2) lacks MJDREFI")
    header(1, "MJDREFI", "1E300", "give no date")
    header(1, "TIMESYS", "'UT1'", ["EVENTS (HDU 2): TIMESYS is \"UT1\"", "TT, TAI, UTC"])
    header(1, "TIMESYS", "''", "lacks TIMESYS")
    header(1, "RADECSYS", "'FK4'", ["EVENTS (HDU 2): RADECSYS is \"FK4\"", "ICRS, FK5"])
    header(1, "TSTOP", "10.0", "EVENTS (HDU 2): TSTOP is before TSTART")
    header(1, "TIMEUNIT", "'eon'", "EVENTS (HDU 2): TIMEUNIT has the unknown unit \"eon\"")
    header(2, "TTYPE1", "'BEGIN'", "GTI (HDU 3) lacks the column START")
    header(2, "TFORM2", "'8A'", "GTI (HDU 3): the column STOP is not one number per row (TFORM2)")
    header(2, "TUNIT1", "'eon'", "GTI (HDU 3): the column START has the unknown unit")
    header(2, "NAXIS2", 10**9, "is truncated: HDU 3")
    header(2, "TIMESYS", "'sundial'", "GTI (HDU 3): TIMESYS")

    for keyword, value, part in (("TSCAL5", "0.0", "TSCAL5 of 0"), ("THEAP", "10", "THEAP of 10,"),
                                 ("THEAP", 10**18, "THEAP of 1000000000000000000,"), ("ZTABLE", "T", "funpack"),
                                 ("TIMEZERO", "5.0", ["its TIMEZERO is 5.0", "where it is 0"])):
        header(1, "NOTE", f"{keyword:8}= {value}", part, small("note.fits", NOTE=0))
    done = select(FOLDER / "header.fits", FOLDER / "header-out.fits", Cut((83, 22, 1)))
    tap.equal(done.returncode, 0, "which matters to a cut in time alone")


def test_contents(tap):
    """Whole files that are no event lists."""
    columns = event_columns()
    refused(tap, "no event list", write("no.fits", gti_hdu()), ["no.fits has no event list among its 2 HDUs", "HDUCLAS1"])
    refused(tap, "no table at all", write("no.fits", fits.ImageHDU(np.zeros((9, 9)))), "has no event list")
    refused(tap, "no GTI", write("no.fits", events_hdu(columns)),
            ["EVENTS (HDU 2) has no good time intervals", "HDUCLAS1 = 'GTI'"])
    refused(tap, "no GTI, even without a cut", FOLDER / "no.fits", "has no good time intervals", Cut())
    refused(tap, "only the GTI of another run", write("no.fits", events_hdu(columns), gti_hdu(OBS_ID=8)),
            "no good time intervals of its OBS_ID")
    for intervals, name in ((((2000, 1000),), "the wrong way round"), (((1000, np.nan),), "not a number"),
                            (((1000, 1100), (-np.inf, 9)), "infinite")):
        refused(tap, f"an interval {name}", write("no.fits", events_hdu(columns), gti_hdu(intervals)),
                f"GTI (HDU 3): interval {len(intervals)} does not end after it starts")
    table = fits.TableHDU.from_columns([fits.Column("TIME", "F10.2", array=np.arange(3.0))], name="EVENTS")
    table.header["HDUCLAS1"] = "EVENTS"
    refused(tap, "an ASCII table", write("no.fits", table, gti_hdu()), "is an ASCII table; a binary table")
    image = fits.ImageHDU(np.zeros(4), name="EVENTS")
    refused(tap, "an image named EVENTS", write("no.fits", image, gti_hdu()), "has no event list")
    wide = event_columns(1) + [fits.Column("WIDE", f"{20 << 20}B", array=np.zeros((1, 20 << 20), np.uint8))]
    refused(tap, "rows too wide for a block", write("wide.fits", events_hdu(wide), gti_hdu()),
            "rows of 20971560 bytes; they may have 16777216")
    many = FOLDER / "many.fits"
    image = hdu_bytes(read_bytes(write("one.fits", fits.ImageHDU())))
    many.write_bytes(image[0] + image[1] * 1100)
    refused(tap, "1,100 HDUs", many, "has more than 1000 HDUs")


def test_usage(tap):
    """Command lines."""
    good = small()
    for words, part in (
            (["--ra=83"], "give all three or none"), (["--ra=83", "--dec=22"], "give all three or none"),
            (["--ra=361", "--dec=22", "--radius=1"], "--ra wants degrees from 0 to 360, not \"361\""),
            (["--ra=83", "--dec=-90.1", "--radius=1"], "--dec wants degrees from -90 to 90"),
            (["--ra=83", "--dec=22", "--radius=-1"], "--radius wants degrees from 0 to 180"),
            (["--ra=nan", "--dec=22", "--radius=1"], "--ra wants degrees"),
            (["--ra=", "--dec=22", "--radius=1"], "--ra wants degrees from 0 to 360, not \"\""),
            (["--energy-min=inf"], "--energy-min wants TeV"), (["--energy-min=1 TeV"], "--energy-min wants TeV"),
            (["--energy-min=0x10"], "--energy-min wants TeV"), (["--energy-min=1;rm -rf"], "--energy-min wants TeV"),
            (["--energy-min=2", "--energy-max=2"], "--energy-max must be above --energy-min"),
            (["--time-min=2453343.5"], "--time-min wants an MJD from 0 to 100000"),
            (["--time-min=53344", "--time-max=53343"], "--time-max must be above --time-min"),
            (["--ra=1", "--ra=2"], "--ra is given twice"), (["--ra", "83"], "--ra wants its value behind a '='"),
            (["--radios=1"], "there is no option \"--radios=1\""), (["83"], "there is no option \"83\""),
            (["--wrap"], "there is no option"), (["--"], "there is no option"), (["-h"], "there is no option"),
            (["--ra=" + "9" * 100_000], "--ra wants degrees from 0 to 360, not \"9999"),
            (["--ra=\x1b[2J\n", "--dec=0", "--radius=1"], "--ra wants degrees"),
            (["--output=other.fits"], "--output is given twice")):
        refused(tap, f"{' '.join(words)[:40]!r}", good, part, words)
    for words, part in (([], "--input=FILE is missing"), ([f"--input={good}"], "--output=FILE is missing"),
                        (["--input=", "--output=x"], "--input=FILE is missing")):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
        tap.ok(done.returncode == 2 and part in done.stderr and done.stderr.count("\n") == 1, f"{words[:1]}: {part}", done)
    for word, part in (("--help", "usage: event-select"), ("--version", "event-select ")):
        done = subprocess.run([PROGRAM, word], capture_output=True, text=True, check=False)
        tap.ok(done.returncode == 0 and done.stdout.startswith(part), word, done)
    done = select(good, FOLDER / "minus.fits", ["--ra=83.6", "--dec=-22.5", "--radius=1e2"])
    tap.equal(done.returncode, 0, "a value that begins with a minus")
    tap.equal(done.stderr, "", "and nothing on standard error")


def large(rows=400_000):
    """A list of some size, made once."""
    path = FOLDER / "large.fits"
    if not path.exists():
        write(path.name, events_hdu(event_columns(rows)), gti_hdu())
    return path


def test_writing(tap):
    """Disks, folders, sudden ends."""
    good = small()
    done = select(good, FOLDER / "nowhere/selected.fits", CUT)
    tap.ok(done.returncode == 1 and "nowhere/selected.fits cannot be made: No such file" in done.stderr and
           done.stderr.count("\n") == 1, "no folder for the result", done)
    (OUT.parent / "folder").mkdir(parents=True, exist_ok=True)
    done = select(good, OUT.parent / "folder", CUT)
    tap.ok(done.returncode == 1 and "cannot be made: Is a directory" in done.stderr, "a folder of that name", done)
    tap.equal([path.name for path in OUT.parent.iterdir()], ["folder"], "and nothing is left")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    refused(tap, "a limit on file sizes", large(), "cannot be written: File too large", status=1, preexec_fn=limit)
    packed = FOLDER / "large.fits.gz"
    with open(packed, "wb") as file:
        subprocess.run(["gzip", "-1c", large()], stdout=file, check=True)
    refused(tap, "the same while unpacking", packed, "no disk space left for the unpacked event list", status=1,
            preexec_fn=limit)
    OUT.write_bytes(b"what was there")
    done = select(good, OUT, Cut((83, 95, 1)))
    select(large(), OUT, CUT, preexec_fn=limit)
    tap.equal((done.returncode, OUT.read_bytes()), (2, b"what was there"), "what was there stays when it fails")
    select(large(), OUT, CUT)
    whole, seen = OUT.read_bytes(), []
    for number in (signal.SIGKILL, signal.SIGTERM):
        status = 0
        # It may be done before it is seen to write.
        while status == 0:
            OUT.unlink(missing_ok=True)
            with subprocess.Popen([PROGRAM, f"--input={large()}", f"--output={OUT}", *CUT.words()],
                                  stdout=subprocess.DEVNULL) as process:
                while process.poll() is None and not list(OUT.parent.glob(".event-select.*")):
                    time.sleep(0.001)
                process.send_signal(number)
            status = process.returncode
        seen.append((status, OUT.exists() and OUT.read_bytes() != whole))
    tap.equal(seen, [(-signal.SIGKILL, False), (-signal.SIGTERM, False)], "killed: nothing that is not whole under its name")
    for path in OUT.parent.glob(".event-select.*"):
        path.unlink()
    os.umask(0o027)
    select(good, OUT, CUT)
    os.umask(0o022)
    tap.equal((oct(OUT.stat().st_mode & 0o777), sorted(path.name for path in OUT.parent.iterdir())),
              ("0o640", ["selected.fits"]), "its mode is that of any new file, and nothing is beside it")


def test_progress(tap):
    """Lines of progress, and a reader that is slow or gone."""
    def run(path, read=True):
        ours, theirs = os.pipe()
        with subprocess.Popen([PROGRAM, f"--input={path}", f"--output={OUT}", *CUT.words()], pass_fds=[theirs],
                              env={**os.environ, "VOGATE_PROGRESS_FD": str(theirs)}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            os.close(theirs)
            if not read:
                os.close(ours)
            text = open(ours, encoding="utf-8").read() if read else ""
            status = process.wait(120)
            assert not any(word in process.stderr.read().decode() for word in COMPLAINTS)
        return status, text

    status, text = run(large())
    numbers = [int(line.split()[0]) for line in text.splitlines()]
    tap.ok(status == 0 and numbers and numbers == sorted(numbers) and numbers[-1] <= 100 and
           all(re.fullmatch(r"\d+ \S.*", line) for line in text.splitlines()), "PERCENT words, ascending", text)
    tap.equal(run(large(), read=False)[0], 0, "a reader that is gone is no failure")
    for word in ("", "x", "-1", "77", "99999999999999999999", "3 4"):
        done = select(small(), OUT, CUT, env={**os.environ, "VOGATE_PROGRESS_FD": word})
        if done.returncode != 0 or done.stderr:
            tap.ok(False, f"VOGATE_PROGRESS_FD={word}", done)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    for piece in (b"full" * 1000, b"."):
        try:
            while True:
                os.write(theirs, piece)
        except BlockingIOError:
            continue
    os.set_blocking(theirs, True)
    done = select(small(), OUT, CUT, env={**os.environ, "VOGATE_PROGRESS_FD": str(theirs)}, pass_fds=[theirs])
    tap.equal(done.returncode, 0, "a reader that does not read holds nobody up")
    os.close(ours)
    os.close(theirs)


def test_memory(tap):
    """Memory does not grow with the file."""
    def peak_kb(path):
        with subprocess.Popen([PROGRAM, f"--input={path}", f"--output={OUT}", *CUT.words()],
                              stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss

    intervals = [(1000 + i / 1000, 1000.0005 + i / 1000) for i in range(400_000)]
    long = write("long.fits", events_hdu(event_columns()), gti_hdu(intervals))
    sizes = [peak_kb(path) for path in (small(), large(), FOLDER / "large.fits.gz", long)]
    tap.ok(max(sizes) < sizes[0] + 12_000, "16 MB of photons, the same packed, and 6 MB of intervals take no more than "
           "500 photons and one", sizes)


if __name__ == "__main__":
    main(test_broken_files, test_headers, test_contents, test_usage, test_writing, test_progress, test_memory)
