# SPDX-License-Identifier: Apache-2.0
# The processes of one quickstart folder: finding, showing and stopping them. Sourced by quickstart,
# which has set `var` (the folder) and `log_dir`.
# shellcheck shell=bash disable=SC2154

# Prints "PID WHAT" for each process of this VAR, found by what it executes and where, because pid
# files outlive crashes. A zombie has no command line and is not counted.
processes() {
    local proc pid arguments
    for proc in /proc/[0-9]*; do
        pid=${proc#/proc/}
        mapfile -d '' -t arguments 2>/dev/null <"$proc/cmdline" || continue
        ((${#arguments[@]})) || continue
        case ${arguments[0]} in
            "$var/app/bin/vogate")
                [[ ${arguments[*]: -1} == run ]] && echo "$pid services" || echo "$pid command"
                ;;
            "$var"/app/*) echo "$pid executable" ;;
            apache2 | */apache2) [[ " ${arguments[*]} " == *" $var/apache.conf "* ]] && echo "$pid web" ;;
            # It rewrites its command line, in which a worker names no file.
            nginx:*) [[ $(readlink "$proc/cwd") == "$var/run" ]] && echo "$pid web" ;;
            *postgres*) [[ $(readlink "$proc/cwd") == "$var/pg" ]] && echo "$pid database" ;;
            *) [[ ${arguments[1]-} == "$var"/app/* ]] && echo "$pid executable" ;;
        esac
    done 2>/dev/null
}

# The main process of one kind: the one that its pid file names and that really is of this VAR.
main_process() {
    local kind=$1 files file pid
    case $kind in
        database) files=("$var/pg/postmaster.pid") ;;
        services) files=("$var/run/vogate.pid") ;;
        web) files=("$var"/run/{httpd,nginx}.pid) ;;
    esac
    for file in "${files[@]}"; do
        pid=$(head -n 1 "$file" 2>/dev/null)
        [[ -n $pid ]] && grep -qx "$pid $kind" <<<"$found" && echo "$pid" && return
    done
    return 1
}

# The web server of this VAR is the one that was started last: only its configuration is there.
served_by() {
    local name
    for name in apache nginx; do [[ ! -e $var/$name.conf ]] || echo "$name"; done
}

served_port() {
    sed -nE 's/^ *[Ll]isten 127\.0\.0\.1:([0-9]+);?$/\1/p' "$var/$(served_by).conf" 2>/dev/null
}

answers() {
    [[ $(curl -s -o /dev/null -m 10 -w '%{http_code}' "$1") == 200 ]]
}

# 0: all is up, 4: a part, 3: nothing. Sets url, database, services, web.
look() {
    found=$(processes)
    database=$(main_process database) services=$(main_process services) web=$(main_process web)
    url=http://127.0.0.1:$(served_port)/
    [[ -n $found ]] || return 3
    [[ -n $database && -n $services && -n $web ]] || return 4
    answers "${url}tap/availability" || return 4
}

show_status() {
    look
    local state=$? kind pid line executables
    executables=$(awk '$2 == "executable" { printf " %s", $1 }' <<<"$found")
    for kind in database services web; do
        pid=${!kind} line="not running"
        [[ -z $pid ]] || line="process $pid"
        [[ $kind != services || -z $executables ]] || line+=", executables$executables"
        printf '%-10s %s\n' "$kind" "$line"
    done
    case $state in
        0) printf '%-10s %s\n' serving "$url behind $(served_by)" ;;
        4) printf '%-10s %s\n' serving "no; the logs are in $log_dir" ;;
    esac
    return $state
}

alive() {
    local state
    state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) && [[ -n $state && $state != Z ]]
}

# stop_process PID SIGNAL SECONDS
stop_process() {
    local tenths=$(($3 * 10))
    kill "-$2" "$1" 2>/dev/null
    while alive "$1" && ((tenths-- > 0)); do sleep 0.1; done
    ! alive "$1"
}

# The door first, the database last. What is left over then (an interrupted ingest, the children of
# a killed process) is asked to go and made to.
stop_all() {
    local pid
    found=$(processes)
    [[ -n $found ]] || return 0
    if pid=$(main_process web); then stop_process "$pid" TERM 10; fi
    while read -r pid; do stop_process "$pid" TERM 10; done < <(
        awk '$2 == "command" { print $1 }' <<<"$found")
    if pid=$(main_process services); then stop_process "$pid" TERM 40; fi
    if pid=$(main_process database); then stop_process "$pid" INT 60; fi
    local signal
    for signal in TERM KILL; do
        found=$(processes)
        [[ -n $found ]] || return 0
        while read -r pid _; do kill "-$signal" "$pid" 2>/dev/null; done <<<"$found"
        for _ in {1..50}; do
            [[ -z $(processes) ]] && return 0
            sleep 0.1
        done
    done
    found=$(processes)
    [[ -z $found ]]
}

lock_is_held() { [[ -e $var/quickstart.lock ]] && ! flock -n "$var/quickstart.lock" true; }

stop() {
    local holder
    if lock_is_held; then
        # A quickstart in the foreground or still at work stops what it started by itself.
        holder=$(cat "$var/quickstart.lock")
        [[ -n $holder ]] && kill -TERM "$holder" 2>/dev/null
        for _ in {1..1200}; do
            lock_is_held || break
            sleep 0.1
        done
    fi
    [[ -z $(processes) ]] && { say "nothing of $var is running"; return 0; }
    stop_all || die "cannot stop: $(tr '\n' ' ' <<<"$found")(try as the user who started it)"
    say "stopped; the data stay in $var"
}
