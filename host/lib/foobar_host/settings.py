"""Settings of this host, as its user data has them."""

import os
from pathlib import Path

ENV_FILE = Path("/etc/foobar/host.env")
BUNDLE = Path(__file__).resolve().parents[2]


def parse_env(text):
    """KEY=VALUE lines; values are never quoted (the renderer allows no character that would need it)."""
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value for key, value in pairs}


class Settings:
    """The file's values by their names without the FOOBAR_ prefix, in lower case."""

    def __init__(self, values):
        self.values = values

    @classmethod
    def load(cls):
        return cls(parse_env(ENV_FILE.read_text()))

    def __getattr__(self, name):
        key = "FOOBAR_" + name.upper()
        try:
            return self.values[key]
        except KeyError:
            raise AttributeError(f"{ENV_FILE}: want {key}, got nothing; render this host's user data again") from None

    @property
    def fqdn(self):
        return f"{self.host}.{self.domain}"

    @property
    def balancer_names(self):
        """Full names of all load balancers."""
        return self.balancers.split(",")

    @property
    def member_names(self):
        """Full names of all members of the database."""
        return self.members.split(",")


def write_file(path, content, mode=0o644, group=None):
    """Replace a file in one step, with its mode and group in place before its content is. True when it changed."""
    path = Path(path)
    data = content if isinstance(content, bytes) else content.encode()
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if group:
            import grp

            os.fchown(descriptor, 0, grp.getgrnam(group).gr_gid)
        os.fchmod(descriptor, mode)
        file.write(data)
    aside.rename(path)
    return True
