#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names say what a thing is, and every source says in its first lines whose it is.
. "$(dirname "$0")/tap.sh"

scripts() {
    find conf tests sql -name '*.py' -o -name '*.sh' -o -name '*.sql'
    echo quickstart check tests/run autogen.sh configure.ac Makefile.am | tr ' ' '\n'
}

{ sources; scripts; } | while read -r file; do
    # A script's first line is its interpreter's.
    head -n 2 "$file" | grep -qE '^(//|#|--) SPDX-License-Identifier: Apache-2\.0$' ||
        echo "$file does not begin with its SPDX line"
done | check "SPDX-License-Identifier stands first"

sources | while read -r file; do
    sed -n 2p "$file" | grep -qE '^// .{10}' || echo "$file: line 2 does not say what it is for"
done | check "the second line says what a source is for"

{ sources; scripts; } | grep -E '(^|/)(base_|utils?|helpers?|common|misc|[a-z_]*manager)[a-z_]*\.[a-z]+$' |
    check "no file is called utils, helpers, common, misc or manager"

sources | sed 's|.*/||' | grep -vE '^[a-z0-9_]+\.(cc|h)$' | check "file names are snake_case"

for file in $(sources | grep '\.h$'); do
    grep -q '^#pragma once$' "$file" || echo "$file has no #pragma once"
done | check "every header is read once"

done_testing
