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
