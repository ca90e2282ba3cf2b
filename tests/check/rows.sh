#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every source is named in Makefile.am, and nothing is named that is not there.
. "$(dirname "$0")/tap.sh"

named=$(sed 's/#.*//' Makefile.am | tr -s ' \t\\=' '\n' | grep -E '^[a-z].*\.(cc|h)$' | sort)

# Fuzz entry points have a main of their own and are no part of the build.
sources | grep -vE '/fuzz_[^/]*\.cc$' | while read -r file; do
    grep -qxF "$file" <<<"$named" || echo "$file is not named in Makefile.am"
done | check "every source is built"

while read -r file; do
    [[ -e $file ]] || echo "Makefile.am names $file, which is not there"
done <<<"$named" | check "every source that is named exists"

uniq -d <<<"$named" | sed 's/$/ is named twice/' | check "each source is named once"

for file in $(find tests -name '*_test.cc'); do
    source=common/${file#tests/}
    # Or it runs what lies in the folder of its name.
    [[ -e ${source%_test.cc}.cc || -e ${source%_test.cc}.h || -d ${file%_test.cc} ]] || echo "$file: there is no ${source%_test.cc}"
    grep -q CPPUNIT_TEST_SUITE_REGISTRATION "$file" || echo "$file registers no suite"
done | check "unit tests mirror their sources"

# Named itself, or by a folder above it.
words=$(sed 's/#.*//; s|\$(srcdir)/||g' Makefile.am | tr -s ' \t\\=' '\n')
for file in $(find sql conf htdocs doc -type f); do
    name=$file
    until [[ $name == . ]] || grep -qxF "$name" <<<"$words"; do name=$(dirname "$name"); done
    [[ $name != . ]] || echo "$file is not named in Makefile.am"
done | check "every file of sql, conf, htdocs and doc is distributed"

for package in $(sed -nE 's/.*VO_REQUIRE_[A-Z]+\(\[[^]]*\], \[([^]]*)\].*/\1/p' configure.ac | sort -u); do
    grep -qE "[( ]$package[ )]" conf/setup.sh || grep -qE " $package\)?\$" conf/setup.sh ||
        echo "configure asks for $package, which quickstart and check do not install"
done | check "what configure asks for is installed"

done_testing
