"""Datadog's Agent from its vendor's repository, the only package that does not come from the distribution."""

import base64
import subprocess

from . import packages, system
from .settings import write_file

# Key names and repository as in the vendor's installer (DataDog/agent-linux-install-script).
KEYS = ["CURRENT", "06462314", "C0962C7D", "F14F620E"]
KEYRING = "/usr/share/keyrings/datadog-archive-keyring.gpg"
SOURCE = f"deb [signed-by={KEYRING}] https://apt.datadoghq.com/ stable 7\n"


def dearmor(text):
    """The binary form of an armoured OpenPGP block: the base64 lines between the blank line and the checksum."""
    lines = text.strip().splitlines()
    body = lines[lines.index("") + 1 : -1]
    return base64.b64decode("".join(line for line in body if not line.startswith("=")))


def install():
    """Repository, keyring and Agent. It does not start: the boot does that once the key is there."""
    known = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", "datadog-agent"], capture_output=True, text=True)
    if known.stdout == "installed":
        return
    urls = [f"https://keys.datadoghq.com/DATADOG_APT_KEY_{name}.public" for name in KEYS]
    blocks = [system.run("curl", "-sSf", "--retry", "5", url, capture_output=True, text=True).stdout for url in urls]
    write_file(KEYRING, b"".join(dearmor(block) for block in blocks))
    write_file("/etc/apt/sources.list.d/datadog.list", SOURCE)
    packages.install(["datadog-agent", "datadog-signing-keys"])
    # The Agent's journald check reads the system's journal.
    system.run("usermod", "-a", "-G", "systemd-journal", "dd-agent")
