import { python } from "../support/python";

const GROUP = "97fbf84b-f6ff-5068-8854-435dab0ab07e";
const PAIR = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const db = (number: number) => `db-${number}.foobar.internal`;
const THREE = [db(1), db(2), db(3)];

interface View {
  state: string;
  majority: boolean;
  role: string;
  group: string;
  members: string[];
  view: string[];
  executed: string;
  received: string;
  purged: string;
  ended: string | null;
}
type OwnView = View & { marker: string | null; follows: boolean; discard: boolean };

const out = (executed = `${GROUP}:1-9`, more: Partial<View> = {}): View => ({
  ...{ state: "OFFLINE", majority: false, role: "", group: GROUP, members: THREE, view: [] },
  ...{ executed, received: "", purged: "", ended: null },
  ...more,
});
const online = (executed = `${GROUP}:1-9`, more: Partial<View> = {}): View =>
  out(executed, { state: "ONLINE", majority: true, role: "SECONDARY", view: [db(2), db(3)], ...more });
const own = (executed = `${GROUP}:1-9`, more: Partial<OwnView> = {}): OwnView => ({
  ...out(executed),
  ...{ marker: "member", follows: false, discard: false },
  ...more,
});
const ofPair = (more: Partial<View> = {}): View =>
  out("", { state: "PAIR", group: "", members: [], ...more });

const decide = (me: number, mine: OwnView, others: Record<string, View | null>) =>
  python("from foobar_host import group", "group.decide(given['me'], given['own'], given['others'])", {
    me: db(me),
    own: mine,
    others,
  }) as [string, string];

describe("a member that is out of the group", () => {
  test("joins whoever is in one", () => {
    expect(decide(1, own(`${GROUP}:1-7`), { [db(2)]: online(), [db(3)]: null })[0]).toBe("join");
  });

  test("waits while the group still counts its former self", () => {
    const [action, why] = decide(1, own(), { [db(2)]: online("", { view: THREE }), [db(3)]: null });
    expect([action, why]).toEqual(["wait", "until the group has let go of this member's former self"]);
  });

  test("joins nobody who has no majority, and founds nothing beside him", () => {
    const alone = online(undefined, { majority: false, view: THREE });
    expect(decide(1, own(), { [db(2)]: alone, [db(3)]: out() })).toEqual([
      "wait",
      "nobody can be joined yet: db-2 is ONLINE without a majority",
    ]);
  });

  test("with an empty volume goes through the binary logs of a young group and copies an old one", () => {
    const others = (count: number, purged = "") => ({
      [db(2)]: online(`${GROUP}:1-${count}`, { purged, role: "PRIMARY" }),
      [db(3)]: online(`${GROUP}:1-${count}`, { purged }),
    });
    expect(decide(1, own(""), others(1000))[0]).toBe("join");
    // From a reader, so that the writes have their server to themselves.
    expect(decide(1, own(""), others(1001))[0]).toBe(`copy ${db(3)}`);
    expect(decide(1, own(""), others(20, `${GROUP}:1-5`))[0]).toBe(`copy ${db(3)}`);
  });

  test("copies when the others no longer have what it missed, however much it has", () => {
    const donor = online(`${GROUP}:1-5000`, { purged: `${GROUP}:1-4000` });
    expect(decide(1, own(`${GROUP}:1-3000`), { [db(2)]: donor })[0]).toBe(`copy ${db(2)}`);
    expect(decide(1, own(`${GROUP}:1-4000`), { [db(2)]: donor })[0]).toBe("join");
  });

  test("with transactions of its own stays out and names them, until a person gives them up", () => {
    const mine = `${GROUP}:1-9,${PAIR}:1-2`;
    const [action, why] = decide(1, own(mine), { [db(2)]: online() });
    expect(action).toBe("wait");
    expect(why).toMatch(
      new RegExp(`2 transactions that the group has not: ${PAIR}:1-2;.*foobar-group discard`),
    );
    expect(decide(1, own(mine, { discard: true }), { [db(2)]: online() })[0]).toBe(`copy ${db(2)}`);
  });

  test("counts what the others have received as theirs", () => {
    const others = { [db(2)]: online(`${GROUP}:1-7`, { received: `${GROUP}:1-9` }) };
    expect(decide(1, own(), others)[0]).toBe("join");
  });

  test("leaves a group that let it go before it asks to be let in, and applies what it had received", () => {
    expect(decide(1, own("", { state: "ERROR" }), {})[0]).toBe("leave");
    expect(decide(1, own(`${GROUP}:1-5`, { received: `${GROUP}:1-9` }), { [db(2)]: online() })[0]).toBe(
      "settle",
    );
  });

  test("does nothing while it is in", () => {
    for (const state of ["ONLINE", "RECOVERING"]) expect(decide(1, own("", { state }), {})[0]).toBe("none");
  });

  test("stays out of a group that was ended in favour of another, and comes when that is taken back", () => {
    const others = (ended: string | null) => ({
      [db(2)]: online(undefined, { ended, view: [db(2)] }),
      [db(3)]: null,
    });
    expect(decide(1, own(undefined, { ended: db(2) }), others(db(2)))).toEqual([
      "wait",
      "the group was ended: db-2 goes on alone",
    ]);
    expect(decide(1, own(undefined, { ended: db(2) }), others(null))[0]).toBe("join");
  });
});

describe("a group that nobody is in", () => {
  test.each<[string, number, OwnView, Record<string, View | null>, string]>([
    ["all are empty: the lowest name", 1, own(""), { [db(2)]: out(""), [db(3)]: out("") }, "found"],
    ["all are empty: nobody else", 2, own(""), { [db(1)]: out(""), [db(3)]: out("") }, "wait"],
    ["all have the same: the lowest name", 1, own(), { [db(2)]: out(), [db(3)]: out() }, "found"],
    ["one has more", 3, own(`${GROUP}:1-10`), { [db(1)]: out(), [db(2)]: out() }, "found"],
    ["another has more", 1, own(), { [db(2)]: out(), [db(3)]: out(`${GROUP}:1-10`) }, "wait"],
    ["one lost its disk", 2, own(), { [db(1)]: out(""), [db(3)]: out() }, "found"],
    ["one is silent", 1, own(), { [db(2)]: out(), [db(3)]: null }, "wait"],
    ["all others are silent", 1, own(), { [db(2)]: null, [db(3)]: null }, "wait"],
    ["one is coming in", 1, own(), { [db(2)]: out(), [db(3)]: out("", { state: "RECOVERING" }) }, "wait"],
    [
      "one was let go and has not noticed",
      1,
      own(),
      { [db(2)]: out(), [db(3)]: out("", { state: "ERROR" }) },
      "wait",
    ],
    [
      "one still applies",
      1,
      own(),
      { [db(2)]: out(), [db(3)]: out(`${GROUP}:1-3`, { received: `${GROUP}:1-9` }) },
      "wait",
    ],
    [
      "one names other members",
      1,
      own(),
      { [db(2)]: out(), [db(3)]: out("", { members: [...THREE, db(4), db(5)] }) },
      "wait",
    ],
    ["one is of another group", 1, own(), { [db(2)]: out(), [db(3)]: out("", { group: PAIR }) }, "wait"],
    ["one is still of the pair", 1, own(), { [db(2)]: out(), [db(3)]: ofPair() }, "wait"],
    [
      "they have diverged",
      1,
      own(`${GROUP}:1-9,${PAIR}:1`),
      { [db(2)]: out(), [db(3)]: out(`${GROUP}:1-10`) },
      "wait",
    ],
  ])("%s", (_, me, mine, others, action) => {
    expect(decide(me, mine, others)[0]).toBe(action);
  });

  test("is founded by at most one, whatever the members have and whoever answers", () => {
    // Every combination of four states of the data, each member silent or not: who would found?
    const sets = ["", `${GROUP}:1-5`, `${GROUP}:1-9`, `${GROUP}:1-5,${PAIR}:1`];
    const founders = python(
      `from foobar_host import group
import itertools
names = given["names"]
most = 0
founded = 0
for data in itertools.product(given["sets"], repeat=3):
    for silent in itertools.product([False, True], repeat=3):
        views = {n: {**given["view"], "executed": d} for n, d in zip(names, data)}
        who = []
        for me in names:
            own = {**views[me], "marker": "member", "follows": False, "discard": False}
            others = {n: None if silent[names.index(n)] else v for n, v in views.items() if n != me}
            # A member that is silent to the others may still run, on the far side of a partition.
            if group.decide(me, own, others)[0].startswith("found"):
                who.append(me)
        most = max(most, len(who))
        founded += len(who)`,
      "[most, founded]",
      { names: THREE, sets, view: out("") },
    ) as [number, number];
    expect(founders[0]).toBe(1);
    expect(founders[1]).toBeGreaterThan(40);
  });

  test("says who is missing, and what to do when they are gone for good", () => {
    expect(decide(1, own(), { [db(2)]: null, [db(3)]: null })[1]).toBe(
      "want all members to answer before a group is founded, got none from db-2, db-3; start them. If they are gone for good: foobar-group force-found",
    );
  });
});

describe("a pair that becomes a group", () => {
  const primary = own(`${PAIR}:1-9`, { marker: null });

  test("is founded by its primary, whose data nobody else can have, without its future members", () => {
    expect(decide(1, primary, { [db(2)]: ofPair(), [db(3)]: null })[0]).toBe("found-alone");
    expect(decide(1, primary, { [db(2)]: out(""), [db(3)]: out("") })[0]).toBe("found-alone");
  });

  test("is not founded by its replica, nor by an empty member", () => {
    expect(
      decide(2, own(`${PAIR}:1-9`, { marker: null, follows: true }), { [db(1)]: null, [db(3)]: null })[0],
    ).toBe("wait");
    expect(decide(2, own(`${PAIR}:1-9`), { [db(1)]: null, [db(3)]: null })[0]).toBe("wait");
    expect(decide(3, own("", { marker: null }), { [db(1)]: null, [db(2)]: ofPair() })[0]).toBe("wait");
  });

  test("its primary joins when a group lives, and waits beside one that may", () => {
    expect(decide(1, primary, { [db(2)]: online(`${PAIR}:1-9`), [db(3)]: null })[0]).toBe("join");
    expect(decide(1, primary, { [db(2)]: out("", { state: "RECOVERING" }), [db(3)]: null })[0]).toBe("wait");
  });

  test("a member in whose favour the group was ended founds it again alone", () => {
    expect(decide(1, own(undefined, { marker: "ended" }), { [db(2)]: null, [db(3)]: null })[0]).toBe(
      "found-alone",
    );
  });
});

describe("founding by force", () => {
  const problems = (mine: OwnView, others: Record<string, View | null>, without: string[]) =>
    python(
      "from foobar_host import group",
      "group.force_problems(given['me'], given['own'], given['others'], set(given['without']))",
      { me: db(1), own: mine, others, without },
    ) as string[];

  test("is done when the silent members, and only they, are named", () => {
    expect(problems(own(), { [db(2)]: null, [db(3)]: null }, [db(2), db(3)])).toEqual([]);
    expect(problems(own(), { [db(2)]: out(), [db(3)]: null }, [db(3)])).toEqual([]);
    expect(problems(own(), { [db(2)]: null, [db(3)]: null }, [db(2)])[0]).toMatch(
      /^--without: want exactly the members that do not answer \(db-2, db-3\), got db-2/,
    );
  });

  test("is refused while another member is in a group, or has more", () => {
    expect(problems(own(), { [db(2)]: online(), [db(3)]: null }, [db(3)])[0]).toMatch(
      /want it out of any group, got ONLINE/,
    );
    expect(problems(own(), { [db(2)]: out(`${GROUP}:1-12`), [db(3)]: null }, [db(3)])[0]).toMatch(
      new RegExp(`has transactions that this member has not: ${GROUP}:10-12; run this there`),
    );
    expect(
      problems(own(undefined, { state: "ERROR" }), { [db(2)]: null, [db(3)]: null }, [db(2), db(3)])[0],
    ).toMatch(/this member: want it OFFLINE, got ERROR/);
  });
});
