# SPDX-License-Identifier: Apache-2.0
"""Web servers for tests: Apache and nginx with quickstart's configuration, a proxy in front of one,
and whole fronts: the services of a stack once more, behind another web server.

tests/run runs the programs that ask by HTTP behind each of FRONTS and names it in VOGATE_FRONT;
stack() then is the stack as it is seen through that front. A test that needs services with other
options, or a web server with other time-outs, makes a front of its own:

    with Front(stack(), "nginx", options={"sync_limit_s": 5}) as here:
        sync(here.url, ...)
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from clients import request
from harness import ROOT, Stack, free_port, run, temporary_folder, wait_until

WEB_USER = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "--"]
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")

# What one has to know of a front: its web server, the path of base_url, whether a proxy of another
# name and port stands before it.
FRONTS = {
    "apache": ("apache", "/", False),
    "nginx": ("nginx", "/", False),
    "proxy": ("apache", "/obs/vo/", True),
}


def front_name():
    return os.environ.get("VOGATE_FRONT", "apache")


def _web_folders(home):
    for name in ("run", "log"):
        (home / name).mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(home / name, "www-data", "www-data")


class Process:
    """A server in the foreground, as www-data when we are root; its words go to home/log."""

    def __init__(self, command, home, log):
        self.log = home / "log" / log
        if os.geteuid() == 0:
            command = WEB_USER + command
        with open(self.log, "ab") as output:
            if os.geteuid() == 0:
                shutil.chown(self.log, "www-data", "www-data")
            # Known by its working directory: see processes_of().
            self.process = subprocess.Popen([str(word) for word in command], cwd=home / "run",
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.pid = self.process.pid

    def wait_ready(self, is_ready):
        if not wait_until(lambda: is_ready() or self.process.poll() is not None) or not is_ready():
            words = self.log.read_text(errors="replace")[-3000:]
            self.close()
            raise RuntimeError(f"{self.log.name}: the server does not answer:\n{words}")

    def signal(self, number):
        os.kill(self.pid, number)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _answers(url):
    with contextlib.suppress(OSError):
        return request(url, timeout=5).status < 600
    return False


class WebServer(Process):
    """Apache or nginx at a port of its own, with the sockets of `run_dir`.

    `share` is the installed share/vogate; `edit` changes the drop-in's text on its way, `edit_site` that
    of the configuration that includes it."""

    def __init__(self, kind, home, run_dir, share, path="/", port=None, edit=lambda text: text,
                 edit_site=lambda text: text):
        self.kind = kind
        self.port = port or free_port()
        _web_folders(home)
        drop_in = (share / "conf" / f"{kind}.conf").read_text()
        # In its place, so that it can be changed as well. (quickstart includes it.)
        drop_in = drop_in.replace("include ${VOGATE_SHARE}/conf/nginx-service.conf;",
                                  (share / "conf/nginx-service.conf").read_text())
        drop_in = edit(drop_in)
        for name, value in (("RUN", run_dir), ("SHARE", share), ("PATH", path)):
            if kind == "nginx":
                drop_in = drop_in.replace("${VOGATE_%s}" % name, str(value))
        copy = home / f"{kind}-vogate.conf"
        copy.write_text(drop_in)
        text = (share / "conf" / f"quickstart-{kind}.conf").read_text()
        text = text.replace("Define VOGATE_RUN @VAR@/run", f"Define VOGATE_RUN {run_dir}")
        text = text.replace('Include "@SHARE@/conf/apache.conf"', f'Include "{copy}"')
        for mark, value in (("VAR", home), ("PORT", self.port), ("SHARE", share), ("PATH", path)):
            text = text.replace(f"@{mark}@", str(value))
        config = home / f"{kind}.conf"
        config.write_text(edit_site(text))
        super().__init__([APACHE, "-f", config, "-DFOREGROUND"] if kind == "apache"
                         else [NGINX, "-c", config], home, f"{kind}.log")
        self.wait_ready(lambda: _answers(self.root))

    @property
    def root(self):
        return f"http://127.0.0.1:{self.port}/"

    def reload(self):
        """What log rotation and administrators do."""
        self.signal(signal.SIGUSR1 if self.kind == "apache" else signal.SIGHUP)


PROXY = """
daemon off;
pid {home}/run/proxy.pid;
error_log {home}/log/proxy.log notice;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {home}/run/proxy-body;
    fastcgi_temp_path {home}/run/proxy-fastcgi;
    proxy_temp_path {home}/run/proxy-proxy;
    scgi_temp_path {home}/run/proxy-scgi;
    uwsgi_temp_path {home}/run/proxy-uwsgi;
    server {{
        listen 127.0.0.1:{port};
        large_client_header_buffers 8 32k;
        location {path} {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout 120s;
            client_max_body_size 0;
        }}
    }}
}}
"""


class Proxy(Process):
    """The proxy of doc/install.md, before a server at the port `target`."""

    def __init__(self, home, path, target):
        self.port = free_port()
        _web_folders(home)
        config = home / "proxy.conf"
        config.write_text(PROXY.format(home=home, port=self.port, path=path, target=target))
        super().__init__([NGINX, "-c", config], home, "proxy.log")
        self.wait_ready(lambda: _answers(self.url))

    @property
    def url(self):
        # Not the name by which the server behind it is asked.
        return f"http://localhost:{self.port}"


class Front(Stack):
    """A stack through another front: the same database, services and web server of its own.

    `options` are lines of vogate.conf, `edit` changes the drop-in. In the folder are vogate.conf,
    run and log, as in that of quickstart."""

    def __init__(self, base, name, options=None, edit=lambda text: text):
        self.home = pathlib.Path(base.var) / "fronts" / f"{name}-{free_port()}"
        kind, path, proxied = FRONTS[name]
        share = base.var / "app/share/vogate"
        self.parts = []
        try:
            self.web = WebServer(kind, self.home, self.home / "run", share, path, edit=edit)
            self.parts.append(self.web)
            url = self.web.root.rstrip("/") + path.rstrip("/")
            if proxied:
                proxy = Proxy(self.home, path, self.web.port)
                self.parts.append(proxy)
                url = proxy.url + path.rstrip("/")
            (self.home / "url").write_text(url)
            self._write_config(base, {"base_url": url, "run_dir": self.home / "run",
                                      **(options or {})})
            super().__init__(var=base.var, home=self.home)
            self.services = Process([base.var / "app/bin/vogate", "--config", self.config, "run"],
                                    self.home, "vogate.log")
            self.parts.append(self.services)
            self.services.wait_ready(
                lambda: request(self.url + "/tap/capabilities").status == 200)
        except BaseException:
            self.close()
            raise

    def _write_config(self, base, options):
        lines = [line for line in (base.var / "vogate.conf").read_text().splitlines()
                 if line.partition("=")[0].strip() not in options]
        lines += [f"{name} = {value}" for name, value in options.items()]
        (self.home / "vogate.conf").write_text("\n".join(lines) + "\n")

    def close(self):
        for part in reversed(self.parts):
            part.close()
        self.parts = []


def echo(parameters, body):
    """An answer of a StandIn: what the service would see, as text."""
    lines = [f"{name}={value}" for name, value in sorted(parameters.items())]
    text = "\n".join([*lines, f"body={len(body)}"]).encode()
    return b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n" + text


class Site:
    """A front without our executables: a web server with time-outs of 1 s, for a StandIn at `socket`,
    or at `async_socket`."""

    def __init__(self, name):
        self.name = name
        kind, path, proxied = FRONTS[name]
        self.home = temporary_folder("site")
        share = self.home / "share"
        (share / "fcgi").mkdir(parents=True)
        (share / "fcgi/tap").touch()
        (share / "fcgi/tap-async").touch()
        (share / "fcgi/uws").touch()
        shutil.copytree(ROOT / "conf", share / "conf")
        shutil.copytree(ROOT / "htdocs", share / "htdocs")
        self.socket = self.home / "run/tap-sync.sock"
        self.async_socket = self.home / "run/tap-async.sock"
        self.parts = []
        try:
            self.web = WebServer(kind, self.home, self.home / "run", share, path,
                                 edit=shorten_timeouts)
            self.parts.append(self.web)
            self.root = self.web.root.rstrip("/")
            if proxied:
                self.parts.append(Proxy(self.home, path, self.web.port))
                self.root = self.parts[-1].url
            # Without a slash at its end.
            self.url = self.root + path.rstrip("/")
            self.script = path + "tap"
        except BaseException:
            self.close()
            raise

    def close(self):
        for part in reversed(self.parts):
            part.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def shorten_timeouts(text, seconds=1):
    """An `edit`: the 90 s of the drop-ins, made short."""
    changed = text.replace("timeout=90", f"timeout={seconds}")
    changed = changed.replace("timeout 90s;", f"timeout {seconds}s;")
    assert changed != text
    return changed


def check_configuration(kind, config):
    """What the server itself says about a configuration file: (exit status, words)."""
    words = [APACHE, "-f", config, "-t"] if kind == "apache" else [NGINX, "-c", config, "-t"]
    done = run(*(WEB_USER if os.geteuid() == 0 else []), *words)
    return done.returncode, done.stdout
