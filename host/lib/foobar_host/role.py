"""What a member's state means for those who ask for its role."""

# A replica further behind than this answers no reads: the primary does.
MAX_LAG_SEC = 10


def describe(server, replica):
    """The member's state from `SELECT @@read_only…` and `SHOW REPLICA STATUS` (None: it follows nobody)."""
    state = {"writable": not server["read_only"], "gtids": server["gtids"].replace("\n", "")}
    if replica:
        state["receiving"] = replica["Replica_IO_Running"]
        state["applying"] = replica["Replica_SQL_Running"]
        state["lagSec"] = replica["Seconds_Behind_Source"]
        state["error"] = replica["Last_SQL_Error"] or replica["Last_IO_Error"]
    return state


def status(path, configured, state):
    """HTTP status of the answer to `path` on a member that is configured as primary or replica."""
    if path not in ("/primary", "/replica"):
        return 404
    if state is None or path != f"/{configured}":
        return 503
    if configured == "primary":
        return 200 if state["writable"] else 503
    # A replica that cannot reach its source goes on serving what it has: there may be nobody else to ask.
    behind = state.get("lagSec") or 0
    return 200 if state.get("applying") == "Yes" and not state["writable"] and behind <= MAX_LAG_SEC else 503


# How far the slowest applier is behind, by when its transaction was committed; nothing while it has nothing to do.
GROUP_SERVER = """SELECT @@GLOBAL.super_read_only AS read_only, @@GLOBAL.group_replication_group_seeds AS seeds,
  (SELECT MAX(TIMESTAMPDIFF(SECOND, APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, NOW(6)))
    FROM performance_schema.replication_applier_status_by_worker
    WHERE CHANNEL_NAME = 'group_replication_applier' AND APPLYING_TRANSACTION <> '') AS lag_sec"""
GROUP_VIEW = """SELECT MEMBER_HOST, MEMBER_STATE, MEMBER_ROLE, MEMBER_ID = @@GLOBAL.server_uuid AS me
  FROM performance_schema.replication_group_members WHERE MEMBER_HOST <> ''"""


def describe_member(server, view):
    """The member's state from GROUP_SERVER's row and GROUP_VIEW's rows."""
    own = next((row for row in view if row["me"]), {"MEMBER_STATE": "OFFLINE", "MEMBER_ROLE": ""})
    unreachable = sum(row["MEMBER_STATE"] == "UNREACHABLE" for row in view)
    return {
        "state": own["MEMBER_STATE"],
        "role": own["MEMBER_ROLE"],
        "writable": not server["read_only"],
        "majority": own["MEMBER_STATE"] != "OFFLINE" and unreachable * 2 < len(view),
        "view": {row["MEMBER_HOST"]: row["MEMBER_STATE"] for row in view},
        "members": [seed.rsplit(":", 1)[0] for seed in server["seeds"].split(",")],
        "lagSec": server["lag_sec"] or 0,
    }


def status_in_group(path, state):
    """HTTP status of the answer to `path` on a member of a group."""
    if path not in ("/primary", "/replica", "/member"):
        return 404
    # Without a majority it cannot commit, and what it reads grows old unnoticed.
    if state is None or state["state"] != "ONLINE" or not state["majority"]:
        return 503
    right = {
        "/primary": state["role"] == "PRIMARY" and state["writable"],
        "/replica": state["role"] == "SECONDARY" and state["lagSec"] <= MAX_LAG_SEC,
        "/member": True,
    }
    return 200 if right[path] else 503
