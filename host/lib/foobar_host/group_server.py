"""What a member of the group is asked, and told, in SQL."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pymysql

from . import database, volume

JOIN_FILE = Path("/etc/foobar/group/join.sql")
ACCOUNTS = {name: Path(f"/etc/foobar/group/{name}.json") for name in ("app", "replication")}
# What the volume is, kept on it: see group.decide.
MARKER = volume.MOUNT_POINT / "group-member"
DISCARD = volume.MOUNT_POINT / "group-discard"
# Which volume this is, for whoever may not look at disks.
VOLUME_FILE = Path("/etc/foobar/group/volume")
# In the bucket: a group was founded once, and may live wherever its members are.
FIRST_GROUP = "database/group.json"
# Beyond what a replica of the pair needs: the group's own connections, also to a member that sends clients away, and
# questions for the state.
STREAM_RIGHTS = "REPLICATION SLAVE, BACKUP_ADMIN, CONNECTION_ADMIN, GROUP_REPLICATION_STREAM"
UNKNOWN_VARIABLE = 1193
NO_GROUP = {
    **{"state": "PAIR", "majority": False, "complete": False, "role": "", "group": "", "members": [], "view": []},
    **{"executed": "", "received": "", "purged": "", "ended": None},
}

SETTINGS = """SELECT @@GLOBAL.group_replication_group_name AS group_name, @@GLOBAL.group_replication_group_seeds AS seeds"""
STATE = """SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged,
  (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status
    WHERE CHANNEL_NAME = 'group_replication_applier') AS received"""
VIEW = """SELECT MEMBER_HOST, MEMBER_STATE, MEMBER_ROLE, MEMBER_ID = @@GLOBAL.server_uuid AS me, MEMBER_ID
  FROM performance_schema.replication_group_members"""


def account(name="replication"):
    return json.loads(ACCOUNTS[name].read_text())


def connect(member, read_timeout_sec=3):
    """To a member by its name, which its certificate must carry."""
    who = account()
    tls = {"ca": database.CA, "check_hostname": True, "verify_mode": True}
    return pymysql.connect(
        host=member, user=who["username"], password=who["password"], ssl=tls, autocommit=True, connect_timeout=2, read_timeout=read_timeout_sec
    )


def view_of(connection):
    """What a member says of itself, as group.decide wants it."""
    try:
        [configured] = database.query(connection, SETTINGS)
    except pymysql.err.OperationalError as error:
        if error.args[0] != UNKNOWN_VARIABLE:
            raise
        return NO_GROUP
    rows = [row for row in database.query(connection, VIEW) if row["MEMBER_HOST"]]
    own = next((row for row in rows if row["me"]), {"MEMBER_STATE": "OFFLINE", "MEMBER_ROLE": ""})
    [state] = database.query(connection, STATE)
    in_group = own["MEMBER_STATE"] != "OFFLINE"
    return {
        "state": own["MEMBER_STATE"],
        "majority": in_group and has_majority(rows),
        "role": own["MEMBER_ROLE"],
        "group": configured["group_name"],
        "members": [seed.rsplit(":", 1)[0] for seed in configured["seeds"].split(",")],
        "view": [row["MEMBER_HOST"] for row in rows] if in_group else [],
        "complete": in_group and all(row["MEMBER_STATE"] == "ONLINE" for row in rows),
        "executed": clean(state["executed"]),
        "received": clean(state["received"]),
        "purged": clean(state["purged"]),
        "ended": ended(connection),
    }


def has_majority(rows):
    return sum(row["MEMBER_STATE"] == "UNREACHABLE" for row in rows) * 2 < len(rows)


def clean(gtids):
    return (gtids or "").replace("\n", "")


def ask(member):
    """A member's view of itself; None when it gives no answer."""
    try:
        connection = connect(member)
        try:
            return view_of(connection)
        finally:
            connection.close()
    except (pymysql.Error, OSError):
        return None


def own_view(connection):
    view = view_of(connection)
    view["marker"] = marker()
    view["follows"] = bool(database.query(connection, "SHOW REPLICA STATUS FOR CHANNEL ''"))
    view["discard"] = DISCARD.exists()
    return view


def marker():
    return MARKER.read_text().strip() if MARKER.exists() else None


def mark(text):
    """Say on the volume what it is, for good, before anything else is done because of it."""
    MARKER.write_text(text + "\n")
    subprocess.run(["sync", MARKER, MARKER.parent], check=True)


def prepare(connection, me):
    """What every member needs before anybody can talk to it: the group's account, and no source from the pair."""
    if database.query(connection, "SELECT @@GLOBAL.offline_mode AS closed")[0]["closed"]:
        database.query(connection, "SET GLOBAL offline_mode = OFF")
    if database.query(connection, "SHOW REPLICA STATUS FOR CHANNEL ''"):
        # First what it is, then what showed it: a replica must never be taken for a primary.
        mark("member")
        database.query(connection, "STOP REPLICA FOR CHANNEL ''")
        database.query(connection, "RESET REPLICA ALL FOR CHANNEL ''")
    if not account_works(me):
        make_account(connection)


def account_works(me):
    try:
        connection = connect(me)
        try:
            granted = "".join(str(row) for row in database.query(connection, "SHOW GRANTS"))
            database.query(connection, VIEW)
        finally:
            connection.close()
    except (pymysql.Error, OSError):
        return False
    return all(right in granted for right in STREAM_RIGHTS.split(", "))


@contextmanager
def writable(connection):
    """For root's own hand on a member that is out: nobody else can write meanwhile, since read_only stays on."""
    database.query(connection, "SET GLOBAL super_read_only = OFF")
    try:
        yield
    finally:
        database.query(connection, "SET GLOBAL super_read_only = ON")


def make_account(connection):
    """Here only, and no transaction of anybody's: the group brings the same account with its own data."""
    who = account()
    name = who["username"]
    with writable(connection):
        database.query(connection, "SET SESSION sql_log_bin = 0")
        database.query(connection, "CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED WITH caching_sha2_password BY %s", (name, who["password"]))
        database.query(connection, "ALTER USER %s@'%%' IDENTIFIED WITH caching_sha2_password BY %s REQUIRE SSL", (name, who["password"]))
        database.query(connection, f"GRANT {STREAM_RIGHTS} ON *.* TO %s@'%%'", (name,))
        database.query(connection, "GRANT SELECT ON performance_schema.* TO %s@'%%'", (name,))
        database.query(connection, "SET SESSION sql_log_bin = 1")


def start(connection):
    who = account()
    lines = (line for line in JOIN_FILE.read_text().splitlines() if not line.startswith("--"))
    database.query(connection, "\n".join(lines), (who["username"], who["password"]))


def bootstrap(connection):
    """Found a group. The switch is never left on: a restart must not found another."""
    mark("member")
    database.query(connection, "SET GLOBAL group_replication_bootstrap_group = ON")
    try:
        start(connection)
    finally:
        database.query(connection, "SET GLOBAL group_replication_bootstrap_group = OFF")


def settle(connection):
    """Apply what was received before the stop. Only then is `executed` all that this member can give."""
    channel = "FOR CHANNEL 'group_replication_applier'"
    database.query(connection, f"START REPLICA SQL_THREAD {channel}")
    try:
        sql = """SELECT GTID_SUBSET(RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed) AS applied
                 FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = 'group_replication_applier'"""
        database.wait_until("received transactions applied", lambda: database.query(connection, sql)[0]["applied"] or None, 600)
    finally:
        database.query(connection, f"STOP REPLICA SQL_THREAD {channel}")


ENDED = "SELECT ATTRIBUTE->>'$.ended' AS ended FROM information_schema.USER_ATTRIBUTES WHERE USER = 'replication' AND HOST = '%%'"


def ended(connection):
    """Who goes on alone when the group was ended. Kept with an account, so that it reaches members as data does."""
    rows = database.query(connection, ENDED)
    return rows[0]["ended"] if rows and rows[0]["ended"] not in (None, "", "null") else None
