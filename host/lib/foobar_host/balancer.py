"""A load balancer: what it starts, how it knows that it serves, and how it leaves."""

import csv
import socket
import time

from . import system

ADMIN_SOCKET = "/run/haproxy/admin.sock"
# Nothing new has come for so long: whoever sends clients here has stopped.
QUIET_SEC = 3
# Whoever goes on sending them has been told for so long that this host leaves.
LEAVE_ANYWAY_SEC = 30


def behind_entrance(settings):
    """Whether a network load balancer sends clients here, each with a PROXY header."""
    return settings.entrance == "network-load-balancer"


def has_peers(settings):
    return len(settings.balancer_names) > 1


def serve(settings):
    """Start; return what is waited for, a function that says what is still wrong, and the units that it needs."""
    units = ["haproxy.service", *(["foobar-peers.service"] if has_peers(settings) else [])]
    system.enable(*units)

    def problem():
        # Any page that a web server answered: with none in good order it is HAProxy's own 503, or nothing at all.
        status, said = system.http_status(443, "/", settings.site, system.unverified(), proxied=behind_entrance(settings))
        return None if 0 < status < 500 else f"{status} {said[:200]}"

    return "https on 443 through a web server", problem, units


def admin(command):
    """What HAProxy answers to a command on its socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(ADMIN_SOCKET)
        connection.sendall(f"{command}\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def new_connections(statistics):
    """How many clients have ever connected, from `show stat`."""
    rows = csv.DictReader(statistics.removeprefix("# ").splitlines())
    return sum(int(row["conn_tot"] or 0) for row in rows if row["svname"] == "FRONTEND" and row["pxname"] in ("http", "https"))


def wait_for_quiet(ask=admin, clock=time.monotonic, sleep=time.sleep):
    """Until no client has connected for a while. A deployment has deregistered this host before it asks it to leave."""
    started = quiet_since = clock()
    seen = None
    while clock() - quiet_since < QUIET_SEC and clock() - started < LEAVE_ANYWAY_SEC:
        now = new_connections(ask("show stat"))
        if now != seen:
            seen, quiet_since = now, clock()
        sleep(0.5)


def leave(settings):
    """HAProxy stops listening and finishes what it has; behind an entrance not before that sends no one any more."""
    if behind_entrance(settings):
        # Each may reload HAProxy, which would then say again that it can serve.
        system.run("systemctl", "stop", "foobar-refresh.timer", "foobar-peers.service")
        admin("disable server leaving/not_yet")
        wait_for_quiet()
    system.run("systemctl", "stop", "haproxy.service")
