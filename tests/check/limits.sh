#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The limits in apache.conf and nginx-service.conf go with those in vogate.conf: a server that gives up or
# refuses before the service does would take the service's own words from it.
. "$(dirname "$0")/tap.sh"

option() { sed -nE "s/^# $1 = ([0-9]+)$/\1/p" conf/vogate.conf; }

wait_s=$(($(option sync_limit_s) + 30))
{
    grep -qE "^<Proxy .* timeout=$wait_s( |>)" conf/apache.conf ||
        echo "apache.conf: timeout is not sync_limit_s + 30 = $wait_s"
    for name in read send; do
        grep -qE "^ *fastcgi_${name}_timeout ${wait_s}s;$" conf/nginx-service.conf ||
            echo "nginx-service.conf: fastcgi_${name}_timeout is not sync_limit_s + 30 = $wait_s"
    done
} | check "time-outs of the web servers are 30 s above sync_limit_s"

body=$(($(option max_body_bytes) + $(option max_upload_bytes) + 65536))
why="max_body_bytes + max_upload_bytes + 65536 = $body"
{
    grep -qF "<If \"req_novary('Content-Length') -gt $body\">" conf/apache.conf ||
        echo "apache.conf: the Content-Length that is refused is not $why"
    grep -qE "^ *client_max_body_size $body;$" conf/nginx-service.conf ||
        echo "nginx-service.conf: client_max_body_size is not $why"
} | check "bodies that the web servers refuse are a little above what the service takes"

for conf in apache nginx; do
    for code in $(grep -oE 'error-[0-9]{3}' "conf/$conf.conf" "conf/quickstart-$conf.conf" | sed 's/.*-//' | sort -u); do
        [[ -e conf/error-$code.xml ]] || echo "$conf.conf names error-$code.xml, which is not there"
    done
done | check "every error document that is named exists"

done_testing
