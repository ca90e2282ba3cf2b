#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the fuzz targets with libFuzzer, one after the other.

usage: make fuzz [FUZZ='adql region'] [FUZZ_TIME=600] [FUZZ_CORPUS=DIR] [FUZZ_CXX=clang++]
       make slowest [FUZZ='adql region'] [FUZZ_CORPUS=DIR]

What is distributed is copied to build/fuzz/tree and built there by clang with the coverage counters
of libFuzzer and the sanitizers for addresses and undefined behaviour, so that no object of it meets
those of the daily build. Each target begins with the seeds that seeds.py makes and with what
earlier runs left in the corpus, which grows: keep its folder, and the next run goes on where this
one ended. The dictionary of queries is printed by tests/fuzz/words from the tables of the parser;
that of other targets is the words of their seeds.

An input that crashes a target, hangs it, takes more than 2 GB, or costs more than
tests/fuzz/cost.h allows is a finding: it is kept in build/fuzz/findings, the run ends with status 1
and says how to try it again.

`make slowest` translates seeds and corpus in the daily, optimised build and prints the ten dearest.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import seeds  # noqa: E402

# Longest input of each target: queries to the limit of cost.h, forms beyond that of a header.
MOST_BYTES = {"adql": 10_240, "csv": 16_384, "events": 65_536, "fits": 65_536, "jdl": 16_384, "multipart": 65_536, "region": 10_240,
              "votable": 16_384}
# What `make slowest` can translate, and how it is told.
TRANSLATED = {"adql": [], "region": ["--region"]}
COMPILERS = [*(f"clang++-{n}" for n in range(16, 30)), "clang++"]
MISSING = """\
make fuzz needs clang 16 or newer with libFuzzer, and finds none. On Debian 12:
    apt-get install clang-16 libclang-rt-16-dev
FUZZ_CXX=COMPILER names one at another place. Without clang, ./check --long drives the same targets
with a simpler driver."""
PROBE = """#include <cstddef>
#include <cstdint>
#include <source_location>
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) {
    return std::source_location::current().line() == 0 ? 1 : 0;
}
"""


def run(words, log, **more):
    """Runs a step of the build; its output goes to a log, whose end is told when it fails."""
    with open(log, "ab") as out:
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT, check=False, **more)
    if done.returncode:
        tail = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        print(*tail, sep="\n")
        sys.exit(f"fuzz: {words[0]} failed; the rest stands in {log}")


def works(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "probe.cc"
        source.write_text(PROBE, encoding="utf-8")
        return subprocess.run([compiler, "-std=c++20", "-fsanitize=fuzzer,address,undefined",
                               source, "-o", source.with_suffix("")], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False).returncode == 0


def find_compiler():
    wanted = os.environ.get("FUZZ_CXX")
    for name in [wanted] if wanted else COMPILERS:
        if shutil.which(name) and works(name):
            return name
    sys.exit(MISSING)


def build(options, folder, compiler):
    """The targets and the printer of the dictionary; returns where they are."""
    tree, log = folder / "tree", folder / "build.log"
    folder.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    # Not the flags of the make around this one, nor its job server.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    run([options.make, "-C", options.build, "distdir", f"distdir={copy.relative_to(options.build)}"],
        log, env=environment)
    # Only what changed is copied, so that a second run compiles only that.
    run(["cp", "-Rpu", f"{copy}/.", tree], log)
    shutil.rmtree(copy)
    if not (tree / "config.status").exists():
        run(["./configure", "--enable-sanitizers", "--disable-unit-tests", f"CXX={compiler}",
             "CXXFLAGS=-g -O1 -fsanitize=fuzzer-no-link"], log, cwd=tree, env=environment)
    run([options.make, f"-j{os.cpu_count()}", "FUZZ_ENGINE=-fsanitize=fuzzer",
         *(f"tests/fuzz_{name}" for name in options.targets), "tests/fuzz/words"], log, cwd=tree,
        env=environment)
    return tree / "tests"


def write_dictionary(name, programs, folder, path):
    if name == "adql":
        text = subprocess.run([programs / "fuzz/words"], capture_output=True, check=True).stdout
    else:
        words = {word for seed in folder.iterdir()
                 for word in re.findall(rb"[A-Za-z][A-Za-z-]{2,30}", seed.read_bytes())}
        text = b"".join(b'"%s"\n' % word for word in sorted(words))
    path.write_bytes(text)


def sanitizer_environment(compiler):
    """The stack of a finding is told with names where llvm-symbolizer is to be had."""
    environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}
    found = subprocess.run([compiler, "-print-prog-name=llvm-symbolizer"], capture_output=True,
                           check=True, text=True).stdout.strip()
    if shutil.which(found):
        environment["ASAN_SYMBOLIZER_PATH"] = shutil.which(found)
    return environment


def excerpt(text):
    """What a log tells of a finding: the words before the stack, and the stack."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines)
                  if re.match(r"==\d+==|too slow|.*runtime error", line)), len(lines) - 40)
    return [line[:300] for line in lines[max(0, first - 4):first + 50]]


def fuzz(name, options, folder, programs, environment):
    """Returns the findings."""
    corpus = options.corpus / name
    corpus.mkdir(parents=True, exist_ok=True)
    seed_folder, words = folder / "seeds" / name, folder / f"{name}.dict"
    shutil.rmtree(seed_folder, ignore_errors=True)
    seeds.write_seeds(name, seed_folder)
    write_dictionary(name, programs, seed_folder, words)
    findings = folder / "findings"
    findings.mkdir(exist_ok=True)
    prefix = findings / f"{name}-"
    before = set(findings.glob(f"{name}-*"))
    log = folder / f"{name}.log"
    program = programs / f"fuzz_{name}"
    print(f"{name}: {options.seconds} s, begun {time.strftime('%H:%M:%S')}; see {log}", flush=True)
    begin = time.monotonic()
    with open(log, "wb") as out:
        status = subprocess.run(
            [program, corpus, seed_folder, f"-max_total_time={options.seconds}", f"-dict={words}",
             f"-max_len={MOST_BYTES[name]}", f"-artifact_prefix={prefix}", "-timeout=20",
             "-rss_limit_mb=2048", "-print_final_stats=1"], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    seconds = time.monotonic() - begin
    text = log.read_text(encoding="utf-8", errors="replace")
    found = sorted(set(findings.glob(f"{name}-*")) - before)
    # A crash that was found before is written to the same file again.
    for path in re.findall(r"Test unit written to (\S+)", text):
        if pathlib.Path(path) not in found:
            found.append(pathlib.Path(path))
    shape = re.findall(r"^#(\d+)\s.*\bcov: (\d+) ft: (\d+) corp: (\d+)", text, re.M) or [(0, 0, 0, 0)]
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    print(f"{name}: {runs[1] if runs else shape[-1][0]} runs, {shape[-1][1]} edges, "
          f"{shape[-1][2]} features, {shape[-1][3]} inputs in the corpus, {seconds:.0f} s, "
          f"{len(found)} findings", flush=True)
    if status or found:
        print(*excerpt(text), sep="\n")
    for path in found:
        print(f"{name}: finding {path}\n    again:   {program} {path}\n"
              f"    smaller: {program} -minimize_crash=1 -max_total_time=60 {path}")
    if status and not found:
        found.append(f"status {status}")
        print(f"{name}: ended with status {status} and kept no input; see {log}")
    return found


def show_slowest(options, folder):
    for name in options.targets:
        if name not in TRANSLATED:
            continue
        seed_folder, corpus = folder / "seeds" / name, options.corpus / name
        shutil.rmtree(seed_folder, ignore_errors=True)
        seeds.write_seeds(name, seed_folder)
        print(f"{name}:", flush=True)
        subprocess.run([options.build / "tests/bench/slowest", *TRANSLATED[name], seed_folder,
                        *([corpus] if corpus.is_dir() else [])], check=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("targets", nargs="*", choices=sorted(seeds.TARGETS))
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--make", default="make")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--slowest", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.corpus = options.corpus.resolve()
    folder = options.build / "build/fuzz"
    if options.slowest:
        show_slowest(options, folder)
        return 0
    compiler = find_compiler()
    programs = build(options, folder, compiler)
    environment = sanitizer_environment(compiler)
    # All targets have their turn, so that one run tells of each.
    findings = [fuzz(name, options, folder, programs, environment) for name in options.targets]
    return 1 if any(findings) else 0


if __name__ == "__main__":
    sys.exit(main())
