"""How a member of the group leaves: the others must be there to carry on, and one of them takes the writes first."""

import json
import time

from . import system

# Transactions that are under way may end; who holds one open for longer is sent away.
HAND_OVER_SEC = 5
# Proxies ask every 0.2 s, and believe the second answer.
NOTICED_SEC = 1
HOLD_SEC = 20


def stayers(me, said):
    """Who must carry on, from the members' own words: whom those that are in the group name as its members.

    Not by this host's own list: a group that shrinks has replaced the others already, and they no longer count the
    members that go."""
    named = {member for state in said.values() if state and state.get("state") == "ONLINE" for member in state.get("members", [])}
    return sorted(named - {me}) or sorted(name for name in said if name != me)


def problem(me, said):
    """Why this member must not leave; None when it may. `said`: {other member: what its role service says, or None}."""
    for member in stayers(me, said):
        state = said.get(member)
        if not state or state.get("state") != "ONLINE" or not state.get("majority"):
            shown = json.dumps(state) if state else "no answer"
            return f"{me} cannot leave: want {member} ONLINE in the group, got {shown}; mend {member} first"
    return None


def successor(me, said):
    """Who takes the writes: the first by name, which in a roll is the first that has been replaced."""
    return next(name for name in sorted(said) if name != me and (said[name] or {}).get("state") == "ONLINE")


def look(settings, ask):
    said = {}
    for member in settings.member_names:
        if member != settings.fqdn:
            _, text = ask(member, "member")
            try:
                said[member] = json.loads(text)
            except ValueError:
                said[member] = None
    return said


def drain(settings, ask, refused):
    """Stops MySQL and lets go of the volume. `refused`: the exception that says why not."""
    from . import database, group_server

    me = settings.fqdn
    alone = group_server.marker() == "ended"
    connection = database.local()
    own = group_server.own_view(connection)
    out = own["state"] == "OFFLINE" and own["ended"] not in (None, me)
    said = look(settings, ask)
    if not alone and not out:
        if reason := problem(me, said):
            raise refused(reason)
    system.run("systemctl", "stop", "foobar-group.service")
    try:
        if own["role"] == "PRIMARY" and not alone:
            hand_over(connection, successor(me, said))
    except Exception as error:
        system.run("systemctl", "start", "foobar-group.service")
        raise refused(f"{me} cannot leave: {error}; it stays in the group") from error
    # The role first: the web servers' proxies then know before the connections end.
    system.run("systemctl", "stop", "foobar-role.service")
    time.sleep(NOTICED_SEC)
    system.run("systemctl", "stop", "mysql.service")
    system.run("systemctl", "stop", "foobar-data.service")


def hand_over(connection, member):
    from . import database

    rows = database.query(
        connection,
        "SELECT MEMBER_ID FROM performance_schema.replication_group_members WHERE MEMBER_HOST = %s AND MEMBER_STATE = 'ONLINE'",
        (member,),
    )
    if not rows:
        raise RuntimeError(f"want {member} ONLINE in this member's view, got it otherwise")
    database.query(connection, "SELECT group_replication_set_as_primary(%s, %s)", (rows[0]["MEMBER_ID"], HAND_OVER_SEC))
    sql = "SELECT MEMBER_HOST FROM performance_schema.replication_group_members WHERE MEMBER_ROLE = 'PRIMARY'"

    def moved():
        return any(row["MEMBER_HOST"] == member for row in database.query(connection, sql)) or None

    database.wait_until(f"the writes at {member}", moved, HOLD_SEC)
