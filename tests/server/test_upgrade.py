#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The upgrade as doc/install.md describes it, command by command, while a client asks."""
import os
import pathlib
import re
import threading
import time

from clients import request
from harness import BUILD, PG_BIN, ROOT, Stack, main, run, wait_until

# What stands for the commands that need a site: the rest runs as it is written.
PRELUDE = """set -euo pipefail
sudo() { [ "$1" != -u ] || shift 2; "$@"; }
vogate() { "%(app)s/bin/vogate" --config "%(config)s" "$@"; }
systemctl() { [ "$*" = "restart vogate-tap-sync" ] && echo "unit restarted"; }
make() { command make -s -C "%(build)s" prefix="%(app)s" sysconfdir="%(app)s/etc" "$@"; }
export PATH="$PATH:%(bin)s" PGHOST="%(var)s/run" PGUSER=vogate_owner
cd "%(folder)s"
"""


def read_blocks():
    """The commands of the section, one text for each block."""
    text = (ROOT / "doc/install.md").read_text(encoding="utf-8")
    section = re.search(r"^## Upgrade\n(.*?)^## ", text, re.M | re.S)[1]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


class Client(threading.Thread):
    """Asks until it is told to stop; notes what was no good answer."""

    def __init__(self, url):
        super().__init__()
        self.url, self.enough, self.count, self.bad = url, threading.Event(), 0, []
        self.start()

    def run(self):
        query = "/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+COUNT(*)+AS+n+FROM+tap_schema.tables"
        while not self.enough.is_set():
            reply = request(self.url + query)
            self.count += 1
            if reply.status != 200 or not reply.text.startswith("n\r\n"):
                self.bad.append((reply.status, reply.text[:200]))
            time.sleep(0.01)


def test_upgrade(tap):
    """Backup, installation over what runs, init, restart, doctor."""
    with Stack() as here:
        names = {"app": here.var / "app", "config": here.config, "build": BUILD, "bin": PG_BIN,
                 "var": here.var, "folder": here.folder}
        before = here.pid_of("tap-sync.fcgi")
        executable = here.var / "app/libexec/vogate/tap-sync.fcgi"
        inode = executable.stat().st_ino
        install, database, restart = read_blocks()
        # What they do is done already, by whoever runs this test.
        install = install.replace("./configure && make && make check", "make all")
        restart = restart.replace("/run/vogate/", f"{here.var}/run/")
        client = Client(here.url)
        try:
            for name, block in (("programs", install), ("database", database), ("services", restart)):
                done = run("/bin/bash", "-c", PRELUDE % names + block)
                tap.ok(done.returncode == 0, f"the commands for the {name} work", done.stdout[-2000:])
                if name == "programs":
                    tap.ok(executable.stat().st_ino != inode and here.pid_of("tap-sync.fcgi") == before,
                           "the new file is there, and the old one runs on")
                    dump = pathlib.Path(here.folder / "before-upgrade.dump")
                    tap.ok(dump.exists() and dump.read_bytes()[:5] == b"PGDMP", "there is a backup")
                if name == "database":
                    tap.ok("no migration is due" in done.stdout and "unit restarted" in done.stdout
                           and " 0 FAIL" in done.stdout, "init and doctor find all in order", done.stdout)
            tap.ok(wait_until(lambda: here.pid_of("tap-sync.fcgi") not in (None, before), 40),
                   "the new executable runs")
            link = os.readlink(f"/proc/{here.pid_of('tap-sync.fcgi')}/exe")
            tap.equal(link, str(executable), "from the new file")
            asked = client.count
            wait_until(lambda: client.count > asked + 10)
        finally:
            client.enough.set()
            client.join()
        tap.ok(client.count > 50 and not client.bad, "no request was lost meanwhile", client.count,
               *client.bad[:5])


if __name__ == "__main__":
    main(test_upgrade)
