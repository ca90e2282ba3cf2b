#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure from configure.ac; needed once in a clone, never in a release.
set -e
cd "$(dirname "$0")"
for tool in autoreconf automake; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "autogen.sh: $tool is missing: apt-get install autoconf automake" >&2
        exit 1
    }
done
mkdir -p build-aux
autoreconf --install --warnings=all
