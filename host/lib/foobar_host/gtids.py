"""Sets of transactions, as MySQL writes them: `uuid:1-5:7, uuid:tag:1` (MySQL manual, "GTID Format and Storage")."""

import re

INTERVAL = re.compile(r"^(\d+)(?:-(\d+))?$")


def parse(text):
    """{source, or source and tag: sorted list of (first, last)}."""
    found = {}
    for part in filter(None, (part.strip() for part in text.replace("\n", "").split(","))):
        source, *rest = (word.strip().lower() for word in part.split(":"))
        key = source
        for word in rest:
            if match := INTERVAL.match(word):
                found.setdefault(key, []).append((int(match[1]), int(match[2] or match[1])))
            else:
                key = f"{source}:{word}"
    return {key: merged(intervals) for key, intervals in found.items()}


def merged(intervals):
    joined = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def union(*texts):
    """The text of all sets together."""
    return ",".join(filter(None, texts))


def missing(wanted, have):
    """What of the set `wanted` is not in the set `have`, as parsed sets."""
    lacking, held = {}, parse(have)
    for key, intervals in parse(wanted).items():
        for first, last in intervals:
            at = first
            for start, end in held.get(key, []):
                if end < at or start > last:
                    continue
                if start > at:
                    lacking.setdefault(key, []).append((at, start - 1))
                at = end + 1
            if at <= last:
                lacking.setdefault(key, []).append((at, last))
    return lacking


def holds(have, wanted):
    return not missing(wanted, have)


def count(parsed):
    return sum(last - first + 1 for intervals in parsed.values() for first, last in intervals)


def show(parsed):
    return ",".join(":".join([key, *(f"{a}-{b}" if b > a else str(a) for a, b in intervals)]) for key, intervals in parsed.items())
