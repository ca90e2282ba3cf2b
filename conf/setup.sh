# SPDX-License-Identifier: Apache-2.0
# What quickstart and check share: the list of Debian packages, how they are installed, how the
# tree is built. Sourced by bash, after `root` (the top of the tree) and `log_dir` have been set.
# shellcheck shell=bash disable=SC2034,SC2154

packages_build=(g++ make autoconf automake libcfitsio-dev libcurl4-openssl-dev liberfa-dev
                libfcgi-dev libpq-dev libxerces-c-dev zlib1g-dev)
packages_run=(curl postgresql-15 postgresql-15-pgsphere)
packages_apache=(apache2-bin)
packages_nginx=(nginx)
packages_check=(libchealpix0 libcppunit-dev libxml2-utils python3-gammapy python3-pyvo stilts strace systemd)

SECONDS=0
say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }
warn() { printf '%s: warning: %s\n' "${0##*/}" "$*" >&2; }
# One line for the person who must act, and the end.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
# The same, with the end of the log that tells more.
die_with_log() {
    local log=$1
    shift
    printf '%s: %s; the end of %s:\n' "${0##*/}" "$*" "$log" >&2
    tail -n 8 "$log" 2>/dev/null | sed 's/^/    /' >&2
    exit 1
}

# Runs a command with its output in a log. In the background, so that a signal is acted on at once.
job=
logged() {
    local log=$1
    shift
    "$@" </dev/null >>"$log" 2>&1 &
    job=$!
    local status=0
    wait "$job" || status=$?
    job=
    return "$status"
}

missing_packages() {
    local installed package
    # dpkg-query complains on stderr about the names that it never heard of.
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        sed -n 's/ installed$//p')
    for package in "$@"; do
        grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# Debian's postgresql-15 makes a cluster "main" and starts it, unless this says no while it is
# being installed for the first time. Neither wanted nor used here.
no_main_cluster=/etc/postgresql-common/createcluster.d/vogate-quickstart.conf

# Debian's nginx starts itself, on port 80 and as root. Neither wanted nor used here, so it is kept
# from that while it is being installed for the first time, and at later boots.
no_service_start=/usr/sbin/policy-rc.d
wrote_no_service_start=0

apt_get() {
    local sudo=()
    ((EUID == 0)) || sudo=(sudo -n)
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null
}

install_packages() {
    local log=$log_dir/apt.log missing
    command -v dpkg-query >/dev/null ||
        die "this is neither Debian nor Ubuntu; doc/install.md tells what has to be installed"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
        die "missing packages; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    mkdir -p "$log_dir"
    {
        # Old lists may do; the installation tells.
        apt_get update || true
        if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
            write_no_main_cluster
        fi
        if [[ " ${missing[*]} " == *" nginx "* ]]; then
            write_no_service_start
        fi
        local status=0
        apt_get install -y --no-install-recommends "${missing[@]}" || status=$?
        remove_no_main_cluster
        remove_no_service_start
    } >>"$log" 2>&1
    ((status == 0)) || die_with_log "$log" "apt-get could not install ${missing[*]}"
}

write_no_main_cluster() {
    local sudo=()
    ((EUID == 0)) || sudo=(sudo -n)
    "${sudo[@]}" mkdir -p "${no_main_cluster%/*}"
    echo 'create_main_cluster = false' | "${sudo[@]}" tee "$no_main_cluster" >/dev/null
}

remove_no_main_cluster() {
    local sudo=()
    [[ -e $no_main_cluster ]] || return 0
    ((EUID == 0)) || sudo=(sudo -n)
    "${sudo[@]}" rm -f "$no_main_cluster"
    "${sudo[@]}" rmdir --ignore-fail-on-non-empty "${no_main_cluster%/*}"
}

write_no_service_start() {
    local sudo=()
    ((EUID == 0)) || sudo=(sudo -n)
    # Somebody else's policy stays; most likely it says the same.
    [[ ! -e $no_service_start ]] || return 0
    wrote_no_service_start=1
    printf '%s\n' '#!/bin/sh' 'exit 101' | "${sudo[@]}" tee "$no_service_start" >/dev/null
    "${sudo[@]}" chmod 755 "$no_service_start"
}

remove_no_service_start() {
    local sudo=()
    ((wrote_no_service_start)) || return 0
    ((EUID == 0)) || sudo=(sudo -n)
    "${sudo[@]}" rm -f "$no_service_start"
    "${sudo[@]}" update-rc.d nginx disable || true
    wrote_no_service_start=0
}

# build_tree DIR LOG MAKE_TARGETS -- CONFIGURE_OPTIONS: makes DIR/configure, DIR/Makefile and the
# targets, each only where it is missing or out of date.
build_tree() {
    local dir=$1 log=$2 targets=() target
    shift 2
    while (($#)) && [[ $1 != -- ]]; do
        targets+=("$1")
        shift
    done
    shift
    local words=("$@")
    : >"$log"
    if [[ ! -x $dir/configure ]]; then
        say "making ./configure"
        logged "$log" sh "$dir/autogen.sh" || die_with_log "$log" "autogen.sh failed"
    fi
    if [[ ! -f $dir/Makefile ]]; then
        say "configuring"
        logged "$log" env -C "$dir" ./configure "${words[@]}" ||
            die_with_log "$log" "configure failed"
    fi
    if [[ -x $dir/vogate ]]; then
        say "compiling what has changed"
    else
        say "compiling (a few minutes; log: $log)"
    fi
    # One after the other: `all` calls make again, and two makes would write the same library at once.
    for target in "${targets[@]}"; do
        logged "$log" make -C "$dir" -j"$(nproc)" "$target" ||
            die_with_log "$log" "the build failed"
    done
}
