"""How a host of each tier leaves: nothing that was asked of it is lost, and nothing is lost with it."""

import json
import subprocess

from . import balancer, system, webserver


class Refused(Exception):
    """Leaving now would do harm; the text says which and what to do."""


def drain_lb(settings):
    balancer.leave(settings)


def drain_web(settings):
    webserver.leave(settings)


def ask_role(member, role):
    """What another member says of itself: (whether it is in good order in this role, its own words)."""
    asked = subprocess.run(
        ["curl", "-s", "-m", "3", "-w", "\n%{http_code}", f"http://{member}:9200/{role}"], capture_output=True, text=True
    )
    said, _, status = asked.stdout.rpartition("\n")
    return status == "200", said.strip() or f"no answer from {member}:9200"


def check_others(settings, ask=ask_role):
    """Refused unless every other member is in good order in the role that it must carry on with."""
    for member in settings.member_names:
        if member == settings.fqdn:
            continue
        role = "primary" if member == settings.primary else "replica"
        healthy, said = ask(member, role)
        if not healthy:
            raise Refused(
                f"{settings.fqdn} cannot leave: want {member} to be a {role} in good order, got {said}; mend {member} first"
            )


def drain_db(settings):
    """The other member must be able to carry on. A primary takes no more writes, and leaves once the replica has all."""
    if settings.database == "group":
        from . import group_drain

        group_drain.drain(settings, ask_role, Refused)
        return
    check_others(settings)
    if settings.role == "primary":
        hand_over(settings)
    # The role first: the web servers' proxies then know before the connections end.
    system.run("systemctl", "stop", "foobar-role.service")
    system.run("systemctl", "stop", "mysql.service")
    system.run("systemctl", "stop", "foobar-data.service")


def hand_over(settings):
    from . import database

    connection = database.local()
    database.query(connection, "SET GLOBAL super_read_only = ON")
    executed = database.query(connection, "SELECT @@GLOBAL.gtid_executed AS gtids")[0]["gtids"]

    def behind():
        for member in settings.member_names:
            if member == settings.fqdn:
                continue
            _, said = ask_role(member, "replica")
            try:
                applied = json.loads(said)["gtids"]
            except (ValueError, KeyError):
                return said
            rows = database.query(connection, "SELECT GTID_SUBSET(%s, %s) AS has_all", (executed, applied))
            if not rows[0]["has_all"]:
                return f"{member} has {applied}"
        return None

    try:
        system.wait_for("every transaction on the replica", behind, ["mysql.service"], 20)
    except RuntimeError as error:
        database.query(connection, "SET GLOBAL super_read_only = OFF")
        database.query(connection, "SET GLOBAL read_only = OFF")
        raise Refused(f"{settings.fqdn} cannot leave: {error}; it takes writes again") from error
