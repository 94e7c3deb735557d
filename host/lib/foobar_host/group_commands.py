"""What a person may order on a member of the group: each says what it would do harm to and refuses, or does it."""

import json

from . import database, group, group_agent, group_server


class Refused(Exception):
    """The order would do harm; the text says which and what to do."""


def look(settings):
    connection = database.local()
    own = group_server.own_view(connection)
    others = group_agent.ask_all([name for name in settings.member_names if name != settings.fqdn])
    return connection, own, others


def status(settings):
    _, own, others = look(settings)
    shown = ("state", "role", "majority", "executed", "view", "ended")
    brief = {name: {key: view[key] for key in shown} if view else "no answer" for name, view in {settings.fqdn: own, **others}.items()}
    return {"members": brief, "service": json.loads(group_agent.STATUS.read_text()) if group_agent.STATUS.exists() else None}


def force_found(settings, without):
    with group_agent.alone():
        connection, own, others = look(settings)
        gone = {name for name in others if group.short(name) in without or name in without}
        if problems := group.force_problems(settings.fqdn, own, others, gone):
            raise Refused("; ".join(problems))
        print(f"founding a group with the data of {settings.fqdn}; whatever only {group.names(gone) or 'nobody'} had is lost", flush=True)
        group_agent.claim_group(settings, own, once=False)
        group_server.bootstrap(connection)
        print(f"{settings.fqdn} takes writes; members that come back join it")


def discard(settings):
    connection, own, _ = look(settings)
    if own["state"] == "ONLINE":
        raise Refused("this member is in its group and has nothing to give up")
    group_server.DISCARD.touch()
    print("the service takes a copy of the group's data as soon as a member can be joined")


def end(settings):
    """All others leave; this member has everything and goes on taking writes, alone."""
    with group_agent.alone():
        connection, own, _ = look(settings)
        if own["state"] != "ONLINE" or not own["majority"]:
            raise Refused(f"want this member ONLINE with a majority, got {own['state']}")
        if own["role"] != "PRIMARY":
            database.query(connection, "SELECT group_replication_set_as_primary(@@GLOBAL.server_uuid)")
        set_ended(connection, settings.fqdn)

        def left():
            return group_server.view_of(connection)["view"] == [settings.fqdn] or None

        try:
            database.wait_until("the others have left", left, 60)
        except RuntimeError as error:
            set_ended(connection, None)
            raise Refused(str(error)) from error
        group_server.mark("ended")
    print(f"{settings.fqdn} is alone and takes writes; deploy it as the primary of a pair, or take it back: foobar-group resume")


def resume(settings):
    with group_agent.alone():
        connection, own, _ = look(settings)
        if own["ended"] != settings.fqdn:
            raise Refused(f"want a group that was ended in favour of this member, got {own['ended'] or 'none'}")
        group_server.mark("member")
        set_ended(connection, None)
    print("the others join again")


def set_ended(connection, name):
    database.query(connection, "ALTER USER replication@'%%' ATTRIBUTE %s", (json.dumps({"ended": name}),))
