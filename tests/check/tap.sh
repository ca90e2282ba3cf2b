# SPDX-License-Identifier: Apache-2.0
# TAP for the scripts of this folder. Sourced; sets `root` and goes there.
# shellcheck shell=bash
root=${VOGATE_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/../..}
build=$(cd "${VOGATE_BUILDDIR:-$root}" && pwd)
cd "$root" || exit 1
# The last command of a pipe runs in this shell, where check() counts.
shopt -s lastpipe

count=0 failures=0
# check NAME: passes when standard input is empty; each line of it is a complaint.
check() {
    local complaints
    complaints=$(cat)
    count=$((count + 1))
    if [[ -z $complaints ]]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        sed 's/^/# /' <<<"$complaints"
        failures=$((failures + 1))
    fi
}

done_testing() {
    echo "1..$count"
    exit $((failures > 0))
}

# The C++ sources, without what is only there because someone builds or tries something.
sources() { find common modules tests \( -name '*.cc' -o -name '*.h' \) ! -path '*/.*' | sort; }
