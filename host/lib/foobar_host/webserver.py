"""A web server: what it starts, how it knows that it serves, and how it leaves."""

import ssl
import time

from . import system

UNITS = {"nginx": "nginx.service", "apache": "apache2.service"}
PLAIN_PORT, TLS_PORT = 8080, 8443
# HAProxy asks for names once a second (`timeout resolve`); twice that for an answer that comes late.
RESOLVE_SEC = 2


def own_certificate(folder="/etc/foobar/tls"):
    """TLS in which this host shows its certificate to itself; it is let in as load balancers are."""
    context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/host.pem", f"{folder}/host.key")
    return context


def ready_over(transport, settings):
    """Status and text of the readiness page as load balancers ask for it."""
    if transport == "plain":
        return system.http_status(PLAIN_PORT, "/readyz", settings.site)
    if transport == "mutual-tls":
        return system.http_status(TLS_PORT, "/readyz", settings.site, own_certificate(), settings.fqdn)
    return system.http_status(TLS_PORT, "/readyz", settings.site, system.unverified(), proxied=True)


def serve(settings):
    """Start; return what is waited for, a function that says what is still wrong, and the units that it needs."""
    units = ["haproxy.service", "foobar-app.service", UNITS[settings.server]]
    system.enable(*units)

    def problem():
        for transport in settings.transports.split(","):
            status, said = ready_over(transport, settings)
            if status != 200:
                return f"{transport}: {status} {said[:200]}"
        return None

    return "the application, with its database", problem, units


def leave(settings):
    """The name points elsewhere already: once nobody can still hold the old address, finish and stop."""
    time.sleep(int(settings.record_ttl_sec) + RESOLVE_SEC)
    system.run("systemctl", "stop", UNITS[settings.server])
    system.run("systemctl", "stop", "foobar-app.service", "haproxy.service")
