#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The options of `vogate --options` and the paragraphs of conf/vogate.conf are the same.
. "$(dirname "$0")/tap.sh"

# "name default"; no default for a required option.
known=$("$build/vogate" --options | sed -nE 's/^([a-z_]+)  \[(default: (.*)|required)\]$/\1 \3/p')
written=$(sed -nE 's/^# ([a-z_]+) =( (.*))?$/\1 \3/p' conf/vogate.conf)

echo "$known" | grep -c . | { read -r n; ((n > 10)) || echo "vogate --options printed $n options"; } |
    check "vogate lists its options"

echo "$known" | while read -r name default; do
    line=$(grep -E "^$name( |\$)" <<<"$written") || {
        echo "$name has no paragraph in conf/vogate.conf"
        continue
    }
    grep -q "^$name  \[required\]" < <("$build/vogate" --options) && continue
    value=${line#"$name"} value=${value# }
    # The folders depend on --prefix; their last part does not.
    [[ $default == /* ]] && default=${default##*/} value=${value##*/}
    [[ $value == "$default" ]] || echo "$name: the default is \"$default\", not \"$value\""
done | check "every option has its paragraph and default"

echo "$written" | while read -r name _; do
    grep -qE "^$name( |\$)" <<<"$known" || echo "conf/vogate.conf has $name, which is no option"
done | check "every paragraph is about an option"

awk '/^# [a-z_]+ =/ { if (before !~ /^# [A-Z].*|^# [a-z].*/ || before ~ /^# ----/) print $2 " is not explained" }
     { before = $0 }' conf/vogate.conf | check "every option is explained above its line"

done_testing
