#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make distcheck`: the release can be unpacked, built outside its own folder, tested, installed below
# another prefix, uninstalled without a rest, and made again from itself. Run by tests/run --long.
build=${VOGATE_BUILDDIR:-.}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo 1..1
# Without debugging information and with the least optimization it takes half the time.
if make -C "$build" -j"$(nproc)" distcheck DISTCHECK_CONFIGURE_FLAGS='CXXFLAGS=-O0' \
    </dev/null >"$log" 2>&1; then
    echo "ok 1 - make distcheck"
else
    echo "not ok 1 - make distcheck"
    tail -n 40 "$log" | sed 's/^/# /'
    exit 1
fi
