#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No source has more than 600 lines: near that, look for the second responsibility.
. "$(dirname "$0")/tap.sh"

{
    sources
    find conf tests sql htdocs -name '*.py' -o -name '*.sh' -o -name '*.sql' -o -name '*.js' -o -name '*.css'
    echo quickstart check tests/run | tr ' ' '\n'
} | while read -r file; do
    lines=$(wc -l <"$file")
    ((lines <= 600)) || echo "$file has $lines lines"
done | check "no source over 600 lines"

done_testing
