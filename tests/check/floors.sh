#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A file of common/ includes its own folder and lower floors; neighbours do not know each other.
. "$(dirname "$0")/tap.sh"

floor() {
    case $1 in
        base) echo 0 ;;
        doc | fits | http | pg) echo 1 ;;
        auth | table) echo 2 ;;
        jdl | obscore | prov | resolve | schema | uws) echo 3 ;;
        adql) echo 4 ;;
        tap) echo 5 ;;
    esac
}

# Prints "file folder included-folder" for each include of another folder of ours.
includes() {
    grep -HoE '^ *# *include +"[^"]+/[^"]+"' "$@" |
        sed -E 's/^([^:]+): *# *include +"([^/"]+)\/.*/\1 \2/'
}

for folder in common/*/; do
    folder=$(basename "$folder")
    if [[ -z $(floor "$folder") ]]; then echo "common/$folder is on no floor"; fi
done | check "every folder of common has its floor"

includes $(sources | grep '^common/') | while read -r file to; do
    from=${file#common/} from=${from%%/*}
    [[ $from == "$to" ]] && continue
    here=$(floor "$from") there=$(floor "$to")
    if [[ -z $there ]]; then
        echo "$file includes \"$to/...\", which is no folder of common"
    elif ((there >= here)); then
        echo "$file (floor $here) includes \"$to/...\" (floor $there)"
    fi
done | check "includes point down"

includes $(sources | grep '^modules/') | while read -r file to; do
    module=${file#modules/} module=${module%%/*}
    # Below its own folder a module may have folders of its own.
    [[ -n $(floor "$to") || -d modules/$module/$to ]] || echo "$file includes \"$to/...\""
done | check "no module includes another"

# C libraries stay in the one .cc that uses them: our headers include C++, POSIX-free, and ours.
grep -HnE '^ *# *include +<[A-Za-z0-9_/-]+\.h>' $(sources | grep '^common/.*\.h$') |
    grep -vE '<(config)\.h>' | check "no header of common includes a C library"

done_testing
