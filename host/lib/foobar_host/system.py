"""Files and units of the host."""

import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

from .settings import BUNDLE, write_file


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def install_files(tier, agent):
    """Lay the bundle's files for every host, this tier and its agent over the root."""
    for part in ("common", tier, f"agent-{agent}"):
        source = BUNDLE / "files" / part
        for path in sorted(source.rglob("*")):
            if path.is_file():
                write_file(Path("/") / path.relative_to(source), path.read_bytes())


def system_account(name):
    """An account that owns nothing and cannot log in."""
    if subprocess.run(["getent", "passwd", name], capture_output=True).returncode:
        run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name)


def enable(*units):
    """Start units now and at every boot. Returns when they run, or raises with the end of a failed unit's log."""
    done = subprocess.run(["systemctl", "enable", "--quiet", "--now", *units])
    if done.returncode:
        # Between two attempts a unit that systemd restarts is "activating" and not "failed".
        raise RuntimeError("; ".join(failures(units, ("failed", "activating"))) or f"systemctl could not start {' '.join(units)}")


# MySQL starts anew once after a CLONE; nothing else does unless it is broken.
TOO_MANY_RESTARTS = 4


def failures(units, states=("failed",)):
    """For each unit in one of the states, or that ends again and again, its name and the end of its log."""
    found = []
    for unit in units:
        shown = run("systemctl", "show", "-p", "ActiveState,NRestarts", unit, capture_output=True, text=True).stdout
        state = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        if state["ActiveState"] in states or int(state.get("NRestarts") or 0) >= TOO_MANY_RESTARTS:
            log = run("journalctl", "-u", unit, "-o", "cat", "-n", "15", "--no-pager", capture_output=True, text=True)
            found.append(f"{unit} failed: {log.stdout.strip()}")
    return found


def unverified():
    """For a service on this very host, of which only whether it answers matters."""
    return ssl._create_unverified_context()


# What stands in front of a connection that no client made: PROXY protocol, version 2, command LOCAL.
LOCAL_CONNECTION = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"


def http_status(port, path, host, tls=None, name=None, proxied=False, timeout=2):
    """Status of GET `path` on this host, and the answer's text; (0, reason) when there is none.

    `tls` is the context of a TLS connection, for the server `name`; `proxied` servers want a PROXY header first."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as plain:
            connection = plain
            if proxied:
                plain.sendall(LOCAL_CONNECTION)
            if tls:
                connection = tls.wrap_socket(plain, server_hostname=name or host)
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")
    except OSError as error:
        return 0, str(error)
    head, _, body = answer.partition("\r\n\r\n")
    try:
        return int(head.split()[1]), body
    except (IndexError, ValueError):
        return 0, f"no HTTP answer: {head[:80]!r}"


def wait_for(what, probe, units, deadline_sec):
    """Poll `probe` until it returns nothing; what it returns is what is still wrong.

    Raises early when one of `units` failed, since waiting on would not help."""
    started = time.monotonic()
    look_at_units = started + 2
    while problem := probe():
        now = time.monotonic()
        if now > look_at_units:
            look_at_units = now + 2
            if failed := failures(units):
                raise RuntimeError("; ".join(failed))
        if now - started > deadline_sec:
            raise RuntimeError(f"{what}: want it within {deadline_sec} s, got {problem}")
        time.sleep(0.2)


def install_application(bundle):
    """Unpack the application's bundle (a tar.gz with server.js at the top) in place of any older one."""
    fresh = Path("/opt/foobar/app.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    run("tar", "-xz", "-C", str(fresh), "--no-same-owner", input=bundle)
    if not (fresh / "server.js").is_file():
        raise RuntimeError("application bundle: want server.js at its top, got none; pack it again")
    shutil.rmtree("/opt/foobar/app", ignore_errors=True)
    fresh.rename("/opt/foobar/app")
