"""Which secrets a host holds, in which files, and what a changed one asks for."""

import json

from . import aws
from .settings import write_file


def site_bundle(text):
    """Certificate, chain and key in one file, as HAProxy wants them."""
    value = json.loads(text)
    return "".join(part.rstrip("\n") + "\n" for part in (value["certificate"], value.get("chain") or "", value["privateKey"]) if part)


def certificate(text):
    return json.loads(text)["certificate"]


def private_key(text):
    return json.loads(text)["privateKey"]


def as_it_is(text):
    return text


class SecretFile:
    """A file made of a secret. `when_changed` is the command that makes a running service take the new content."""

    def __init__(self, secret, path, group, make=as_it_is, when_changed=None, mode=0o640):
        self.secret, self.path, self.group, self.make = secret, path, group, make
        self.when_changed, self.mode = when_changed, mode


RELOAD_WEB = {
    "nginx": ("systemctl", "reload", "nginx.service"),
    "apache": ("systemctl", "reload", "apache2.service"),
}
RELOAD_HAPROXY = ("systemctl", "reload", "haproxy.service")
# It reads its files when it starts, and goes unready before it stops, so the load balancer sends requests elsewhere.
RESTART_APP = ("systemctl", "restart", "foobar-app.service")
# It reads passwords when it uses them; the primary's gives them to MySQL when it starts.
RESTART_GROUP = ("systemctl", "try-restart", "foobar-group.service")
RELOAD_MYSQL_TLS = ("mysql", "-e", "ALTER INSTANCE RELOAD TLS")


def secret_files(settings):
    """The files of this host's tier."""
    files = {"lb": load_balancer_files, "web": web_server_files, "db": database_files}[settings.tier](settings)
    if settings.agent == "datadog":
        files.append(
            SecretFile(
                "datadog/api-key",
                "/etc/datadog-agent/environment",
                "dd-agent",
                lambda text: f"DD_API_KEY={text.strip()}\n",
                ("systemctl", "try-restart", "datadog-agent.service"),
            )
        )
    return files


def load_balancer_files(settings):
    """Where clients' TLS ends here, the site's certificate; for what goes on inside, the CA's and one of its own."""
    peers = len(settings.balancer_names) > 1

    def file(secret, name, make=as_it_is):
        return SecretFile(secret, f"/etc/haproxy/tls/{name}.pem", "root", make, RELOAD_HAPROXY, 0o600)

    files = []
    if settings.tls != "passthrough":
        files.append(file("tls/site", "site", site_bundle))
    if settings.tls != "terminate" or peers:
        files.append(file("tls/ca", "ca"))
    if settings.tls == "end-to-end" or peers:
        files.append(file(f"tls/{settings.host}", "host", site_bundle))
    return files


def web_server_files(settings):
    """What the application reads, and for each way in which load balancers connect what that needs."""
    files = [
        SecretFile("tls/ca", "/etc/foobar/app/ca.pem", "foobar", when_changed=RESTART_APP),
        SecretFile("mysql/app", "/etc/foobar/app/database.json", "foobar", when_changed=RESTART_APP),
    ]

    def file(secret, name, make=as_it_is):
        # Read by the server's first process, which is root's.
        return SecretFile(secret, f"/etc/foobar/tls/{name}", "root", make, RELOAD_WEB[settings.server], 0o600)

    transports = settings.transports.split(",")
    if "mutual-tls" in transports:
        own = f"tls/{settings.host}"
        files += [file("tls/ca", "ca.pem"), file(own, "host.key", private_key), file(own, "host.pem", certificate)]
    if "site-tls" in transports:
        files.append(file("tls/site", "site.pem", site_bundle))
    return files


def database_files(settings):
    own = f"tls/{settings.host}"
    files = [
        SecretFile("tls/ca", "/etc/mysql/foobar/ca.pem", "mysql", when_changed=RELOAD_MYSQL_TLS),
        SecretFile(own, "/etc/mysql/foobar/server.key", "mysql", private_key, RELOAD_MYSQL_TLS),
        SecretFile(own, "/etc/mysql/foobar/server.pem", "mysql", certificate, RELOAD_MYSQL_TLS),
    ]
    if settings.database == "group":
        # A group that starts after a power cut must not need anybody outside: its service has its passwords here.
        for account in ("app", "replication"):
            files.append(SecretFile(f"mysql/{account}", f"/etc/foobar/group/{account}.json", "root", when_changed=RESTART_GROUP, mode=0o600))
    return files


def fetch(settings, names, more=()):
    """Texts of the named secrets, in one go with any other requests; every one must succeed."""
    requests = {name: aws.secret(settings, name) for name in names}
    aws.perform_all([*requests.values(), *more], settings.region)
    return {name: aws.secret_text(request) for name, request in requests.items()}


def install(files, texts):
    """Write the files; the commands, each once, that running services need because of what changed."""
    commands = []
    for file in files:
        if write_file(file.path, file.make(texts[file.secret]), file.mode, file.group):
            if file.when_changed and file.when_changed not in commands:
                commands.append(file.when_changed)
    return commands
