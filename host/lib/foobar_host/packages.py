"""What a host is made of, and how it gets what its image lacks."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import system

PACKAGES = {
    "lb": ["haproxy"],
    "web": ["haproxy", "nodejs"],
    "db": ["mysql-server", "python3-pymysql"],
}
WEB_PACKAGES = {"nginx": "nginx", "apache": "apache2"}


def of_tier(settings):
    """What this host's tier is made of."""
    return [*PACKAGES[settings.tier], *([WEB_PACKAGES[settings.server]] if settings.tier == "web" else [])]


def exporters(settings):
    """What tells Prometheus about this host: packages, and services of the same names."""
    names = ["prometheus-node-exporter"]
    if settings.tier == "web":
        names.append(f"prometheus-{settings.server}-exporter")
    if settings.tier == "db":
        names.append("prometheus-mysqld-exporter")
    return names


def missing(wanted, dpkg_output):
    """Those of `wanted` that dpkg-query's "name status" lines do not call installed."""
    lines = (line.split() for line in dpkg_output.splitlines())
    installed = {fields[0] for fields in lines if len(fields) == 2 and fields[1] == "installed"}
    return [name for name in wanted if name not in installed]


# MySQL's package initializes a database with whatever settings it finds, and stops at those of the site: there are no
# certificates yet, and no plugins while a database is initialized.
HIDDEN = [Path("/etc/mysql/mysql.conf.d/zz-foobar.cnf")]


@contextmanager
def aside(paths):
    """Files under other names for as long as it takes; those that are not there do not matter."""
    moved = [(path, path.with_suffix(path.suffix + ".aside")) for path in paths if path.exists()]
    for path, other in moved:
        path.rename(other)
    try:
        yield
    finally:
        for path, other in moved:
            other.rename(path)


# Asked before a package starts a service of its own; 101 is "no" (invoke-rc.d(8)).
POLICY = Path("/usr/sbin/policy-rc.d")


@contextmanager
def nothing_started():
    """No service starts by its package, enabled or not: the boot starts it, when certificates are there."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(wanted):
    """Install what is missing, and nothing else: an image that has everything is not touched."""
    known = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted], capture_output=True, text=True
    )
    lacking = missing(wanted, known.stdout)
    if not lacking:
        return
    print(f"installing {', '.join(lacking)}", flush=True)
    # Configuration came first, by user data: dpkg keeps it instead of asking.
    keep = ["-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    system.run("apt-get", "-qq", "-o", "Acquire::Retries=5", "update", env=environment)
    with nothing_started(), aside(HIDDEN):
        system.run("apt-get", "-qq", *keep, "install", "-y", "--no-install-recommends", *lacking, env=environment)
