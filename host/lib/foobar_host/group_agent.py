"""Keeps this member in its group: looks, decides (group.decide) and acts, again and again, and says what it does."""

import fcntl
import hashlib
import inspect
import json
import time
from contextlib import contextmanager
from pathlib import Path

import pymysql

from . import aws, database, group, group_server
from .settings import write_file

STATUS = Path("/run/foobar/group.json")
# Held by whoever acts: the service, or a person's command.
LOCK = Path("/run/foobar/group.lock")
# Out of the group every moment counts; in it, only changes that others see first.
OUT_SEC, IN_SEC = 0.3, 1.0
# What was refused, or what AWS did not do, is not asked for in a hurry.
REFUSED_SEC = 5
# Between two looks for another group.
RIVAL_SEC = 5
# Between a look and a founding. Whoever was stopped in between looks again.
FRESH_SEC = 3
CALM_SEC = 10


@contextmanager
def alone():
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Agent:
    def __init__(self, settings):
        self.settings, self.me = settings, settings.fqdn
        self.others = [name for name in settings.member_names if name != self.me]
        self.connection = None
        self.prepared = False
        self.said = None
        self.calm_since = time.monotonic()
        self.looked_for_rivals, self.rival = 0.0, ""

    def say(self, action, why):
        """To the log, and to whoever asks this host for its role: once for every change."""
        if (action, why) != self.said:
            self.said = (action, why)
            print(f"group: {action}{': ' if why else ''}{why}", flush=True)
            STATUS.parent.mkdir(parents=True, exist_ok=True)
            write_file(STATUS, json.dumps({"does": action, "why": why, "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}) + "\n")

    def run(self):
        while True:
            try:
                with alone():
                    pause = self.step()
            except (pymysql.Error, OSError) as error:
                self.say("tries again", str(error))
                self.close()
                pause = OUT_SEC
            except (RuntimeError, aws.AwsError) as error:
                self.say("refuses", str(error))
                pause = REFUSED_SEC
            time.sleep(pause)

    def close(self):
        if self.connection:
            self.connection._force_close()
        self.connection, self.prepared = None, False

    def look(self):
        """(own view, others' views or None while they do not matter)."""
        if self.connection is None:
            self.connection = database.local()
        own = group_server.own_view(self.connection)
        if own["state"] == "OFFLINE" and not self.prepared:
            group_server.prepare(self.connection, self.me)
            self.prepared = True
            own = group_server.own_view(self.connection)
        if own["state"] != "OFFLINE":
            return own, {}
        return own, ask_all(self.others)

    def step(self):
        """One look and one act; the seconds until the next."""
        own, others = self.look()
        looked = time.monotonic()
        action, why = group.decide(self.me, own, others)
        if action == "none":
            return self.stay(own)
        self.say(action, why)
        if action == "wait":
            return OUT_SEC
        act, _, donor = action.partition(" ")
        if act in ("found", "found-alone"):
            self.found(own, act == "found-alone", looked)
        else:
            {"leave": self.leave, "settle": self.settle, "join": self.join, "copy": self.copy}[act](donor)
        return 0

    def stay(self, own):
        self.prepared = False
        if own["majority"]:
            self.say(own["state"].lower(), (own["role"].lower() if own["state"] == "ONLINE" else "") + self.rivals(own))
        else:
            self.say("blocked", "more than half of the group does not answer: nothing is committed")
        if own["state"] != "ONLINE":
            return OUT_SEC
        if own["marker"] is None:
            group_server.mark("member")
        for done in (database.UNFINISHED, group_server.DISCARD):
            done.unlink(missing_ok=True)
        if own["ended"] not in (None, self.me) and own["marker"] != "ended":
            self.say("leave", f"the group was ended: {own['ended']} goes on alone")
            self.leave("")
        elif own["role"] == "PRIMARY" and self.is_calm(own):
            keep_accounts(self.settings, self.connection)
        return IN_SEC

    def rivals(self, own):
        """What must never be, and can be only after a founding by force beside members that lived: said, not mended."""
        if time.monotonic() - self.looked_for_rivals > RIVAL_SEC:
            self.looked_for_rivals = time.monotonic()
            away = [name for name in self.others if name not in own["view"]]
            views = ask_all(away) if away else {}
            found = [name for name, view in views.items() if view and view["state"] == "ONLINE" and view["majority"] and self.me not in view["view"]]
            self.rival = f"; TWO GROUPS: {group.names(found)} take writes, too. Stop one side: systemctl stop foobar-group mysql" if found else ""
        return self.rival

    def is_calm(self, own):
        """Whether the group is complete and has been for a while, so that nobody is about to join."""
        if sorted(own["view"]) != sorted(own["members"]) or not own["complete"]:
            self.calm_since = time.monotonic()
        return time.monotonic() - self.calm_since > CALM_SEC

    def leave(self, _):
        database.query(self.connection, "STOP GROUP_REPLICATION")

    def settle(self, _):
        group_server.settle(self.connection)

    def join(self, _):
        group_server.start(self.connection)

    def copy(self, donor):
        database.copy_from(donor, group_server.account())
        self.close()

    def found(self, own, by_itself, looked):
        if not own["executed"]:
            # Nobody has anything: only the first time of all.
            database.claim_founding(self.settings, group_server.VOLUME_FILE.read_text().strip())
        claim_group(self.settings, own, by_itself and own["marker"] is None)
        # Before there is a group: a statement about accounts locks them until it is committed, and with others about to
        # join, who must be let in for that, it would wait for them as they for it.
        with group_server.writable(self.connection):
            keep_accounts(self.settings, self.connection)
        if time.monotonic() - looked > FRESH_SEC and group.decide(self.me, *self.look())[0] not in ("found", "found-alone"):
            return
        group_server.bootstrap(self.connection)


def ask_all(members):
    """Everybody at once: one who is silent must not make the others' answers old."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(members)) as pool:
        return dict(zip(members, pool.map(group_server.ask, members)))


def claim_group(settings, own, once):
    """Say in the bucket that a group exists, before it does. `once`: refused when it was said before.

    A pair's primary may found a group without its future members, since nobody else can have its data; but only the
    first time. From then on other members may go on without it."""
    bucket = aws.Bucket(settings)
    value = {"group": own["group"], "host": settings.fqdn, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    claim = bucket.put(group_server.FIRST_GROUP, value, only_if_absent=True)
    deadline = time.monotonic() + aws.RETRY_SEC
    while True:
        aws.perform([claim], settings.region)
        if claim.status == 200 or (claim.status == 412 and not once):
            return
        if claim.status == 412:
            raise RuntimeError(
                f"{group_server.FIRST_GROUP}: want no group yet, since this volume was the pair's, got one that was founded before; "
                "if none of its members has newer data: foobar-group force-found"
            )
        if time.monotonic() > deadline:
            raise aws.AwsError(f"object {group_server.FIRST_GROUP}: want to write it, got {claim.status} {claim.answer[:300]!r}; check the role")
        time.sleep(0.5)


def keep_accounts(settings, connection):
    """The accounts as this release wants them: written by the primary, once for every change of rights or passwords."""
    texts = {f"mysql/{name}": path.read_text() for name, path in group_server.ACCOUNTS.items()}
    wanted = hashlib.sha256((inspect.getsource(database.set_accounts) + settings.agent + json.dumps(texts)).encode()).hexdigest()
    sql = "SELECT ATTRIBUTE->>'$.accounts' AS accounts FROM information_schema.USER_ATTRIBUTES WHERE USER = 'replication' AND HOST = '%%'"
    rows = database.query(connection, sql)
    if rows and rows[0]["accounts"] == wanted:
        return
    database.set_accounts(settings, texts)
    database.query(connection, "ALTER USER replication@'%%' ATTRIBUTE %s", (json.dumps({"accounts": wanted}),))
    print("group: accounts written", flush=True)
