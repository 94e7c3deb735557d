"""When a member joins the group, founds it, or waits: the whole decision, from what members say of themselves.

A view of a member is a dict, or None when it gives no answer:
  state     ONLINE, RECOVERING, OFFLINE, ERROR as the member itself sees it; PAIR: its MySQL knows no group
  majority  whether it reaches more than half of its group
  role      PRIMARY or SECONDARY
  group     name of the group that it is configured for
  members   the configured members
  view      those that its group consists of now
  executed  its transactions
  received  those that it has in its relay log, applied or not
  purged    those that its binary logs no longer have
  ended     who stays alone when the group was ended, else None
The own view has, besides,
  marker    what the volume is: "member" of a group, "ended", or None: never of a group
  follows   whether it is a replica of the pair
  discard   whether a person said that its own transactions may go

Never two groups. Founding needs an answer from every configured member, all of them out of any group, all agreeing on
who the members are, and every transaction of theirs here; a tie goes to the lowest name. Sets of members that are out
do not change (they are read-only, and one that still applies what it received says so), so all who decide see the same
and choose the same one. A member that is silent may be in a living group: everybody waits. The two exceptions are
volumes of which it is certain that no group goes on without them: the primary of a pair that was never a group, which
claims this once and for all in the bucket, and a member in whose favour the group was ended."""

from . import gtids

# An empty member that lacks more than this takes a copy; below it, going through the binary logs is quicker.
COPY_ABOVE = 1000
OUT_OF_ANY_GROUP = ("OFFLINE", "PAIR")


def short(name):
    return name.split(".")[0]


def names(members):
    return ", ".join(short(member) for member in sorted(members))


def decide(me, own, others):
    """(action, why): none, leave, settle, join, copy from a member, found, found-alone, or wait. `why` is for people."""
    if own["state"] in ("ONLINE", "RECOVERING"):
        return "none", ""
    if own["state"] != "OFFLINE":
        return "leave", f"the group has let this member go ({own['state']}); when its majority is lost, this takes half a minute"
    if not gtids.holds(own["executed"], own["received"]):
        return "settle", "applying what was received before"
    living = {name: view for name, view in others.items() if view and view["state"] == "ONLINE" and view["majority"]}
    return enter(me, own, living) if living else found(me, own, others)


def enter(me, own, living):
    """Into a group that lives."""
    ended = {view["ended"] for view in living.values()} - {None, me}
    if ended:
        return "wait", f"the group was ended: {names(ended)} goes on alone"
    if any(me in view["view"] for view in living.values()):
        return "wait", "until the group has let go of this member's former self"
    group = gtids.union(*(gtids.union(view["executed"], view["received"]) for view in living.values()))
    donor = min(living, key=lambda name: (living[name]["role"] == "PRIMARY", name))
    extra = gtids.missing(own["executed"], group)
    if extra:
        if own["discard"]:
            return f"copy {donor}", "its own transactions may go"
        return "wait", (
            f"diverged: this member has {gtids.count(extra)} transactions that the group has not: {gtids.show(extra)}; "
            "save what is needed of them, then run: foobar-group discard"
        )
    lacking = gtids.missing(living[donor]["executed"], own["executed"])
    empty = not own["executed"]
    if not gtids.holds(own["executed"], living[donor]["purged"]) or (empty and gtids.count(lacking) > COPY_ABOVE):
        return f"copy {donor}", f"{gtids.count(lacking)} transactions are missing"
    return "join", f"{names(living)} answered"


def found(me, own, others):
    """Nobody is known to be in a living group."""
    silent = [name for name, view in others.items() if view is None]
    busy = {name: view for name, view in others.items() if view and view["state"] not in OUT_OF_ANY_GROUP}
    of_pair = [name for name, view in others.items() if view and view["state"] == "PAIR"]
    if busy:
        said = ", ".join(f"{short(name)} is {view['state']}{'' if view['majority'] else ' without a majority'}" for name, view in sorted(busy.items()))
        return "wait", f"nobody can be joined yet: {said}"
    if own["marker"] == "ended":
        return "found-alone", "the group was ended in favour of this member"
    if own["marker"] is None and own["executed"] and not own["follows"]:
        return "found-alone", "this is the data of the pair's primary"
    if silent:
        return "wait", (
            f"want all members to answer before a group is founded, got none from {names(silent)}; start {'it' if len(silent) == 1 else 'them'}. "
            "If they are gone for good: foobar-group force-found"
        )
    if of_pair:
        return "wait", f"{names(of_pair)} is still of the pair"
    unlike = [name for name, view in others.items() if (view["group"], sorted(view["members"])) != (own["group"], sorted(own["members"]))]
    if unlike:
        return "wait", f"{names(unlike)} names other members than this one does: a deployment is half done; finish it"
    behind = [name for name, view in others.items() if not gtids.holds(view["executed"], view["received"])]
    if behind:
        return "wait", f"{names(behind)} still applies what it received"
    everyone = {**others, me: own}
    best = [name for name in sorted(everyone) if all(gtids.holds(everyone[name]["executed"], view["executed"]) for view in everyone.values())]
    if not best:
        return "wait", "diverged: no member has the transactions of all; choose one: foobar-group force-found"
    if best[0] != me:
        return "wait", f"{short(best[0])} founds the group"
    return "found", "every member answers, none is in a group, and this one has every transaction"


def force_problems(me, own, others, without):
    """Why this member must not found a group by force; `without`: the members that a person says are gone."""
    problems = []
    if own["state"] != "OFFLINE":
        problems.append(f"this member: want it OFFLINE, got {own['state']}; wait until its service has taken it out")
    silent = {name for name, view in others.items() if view is None}
    for name, view in sorted(others.items()):
        if view is None:
            continue
        if view["state"] not in OUT_OF_ANY_GROUP:
            problems.append(f"{name}: want it out of any group, got {view['state']}; this member joins by itself")
        elif not gtids.holds(own["executed"], view["executed"]):
            problems.append(f"{name} has transactions that this member has not: {gtids.show(gtids.missing(view['executed'], own['executed']))}; run this there")
    if silent != without:
        problems.append(f"--without: want exactly the members that do not answer ({names(silent) or 'none'}), got {names(without) or 'none'}; name them when they are off for certain")
    return problems
