import { describe as describeDifference, differences } from "./compare";
import { factsOf } from "./normal";
import { breaches } from "./order";
import { Report } from "./report";
import type { Recorded } from "./side";
import type { Call } from "./world";

const URN = "urn:pulumi:dev::test::files:index:File::";
const call = (text: string): Call => {
  const [phase, operation, name, id = ""] = text.split(" ");
  return { phase: phase as Call["phase"], operation, name, id };
};
const record = (name: string, more: object = {}) => ({
  ...{ urn: URN + name, type: "files:index:File", custom: true, id: `${name}-1`, inputs: {}, outputs: {} },
  ...more,
});
const recorded = (more: Partial<Recorded>): Recorded => ({
  ...{ succeeded: true, plan: {}, errors: [], policies: [], state: [], outputs: {}, planned: {}, steps: [] },
  ...{ calls: [], hooks: [], before: [], ...more },
});

describe("a difference is seen", () => {
  test.each<[string, unknown, unknown, string[]]>([
    ["a value", { a: { size: 1 } }, { a: { size: 2 } }, ["a/size: CLI 1, engine 2"]],
    ["something that one side has not", { a: {} }, { a: { b: [] } }, ["a/b: CLI nothing, engine []"]],
    ["a list's order", { a: [1, 2] }, { a: [2, 1] }, ["a/0: CLI 1, engine 2", "a/1: CLI 2, engine 1"]],
    ["a list's length", { a: [1] }, { a: [1, 2] }, ["a: CLI [1], engine [1,2]"]],
    [
      "an operation",
      { plan: { a: ["same"] } },
      { plan: { a: ["update"] } },
      ['plan/a/0: CLI "same", engine "update"'],
    ],
    ["null and nothing", { a: null }, {}, ["a: CLI null, engine nothing"]],
  ])("(%s)", (_what, cli, engine, lines) => {
    expect(differences(cli, engine).map(describeDifference)).toEqual(lines);
  });

  test("but not where there is none, whatever the order of the keys", () => {
    expect(differences({ a: 1, b: { c: [1, { d: 2 }] } }, { b: { c: [1, { d: 2 }] }, a: 1 })).toEqual([]);
  });

  test("and is known only where it is documented, and only that way round", () => {
    const trace = { resources: { a: { stackTrace: ["x"] } } };
    const [kept] = differences(trace, { resources: { a: {} } });
    expect(kept?.known?.reason).toMatch(/stack trace/);
    const [added] = differences({ resources: { a: {} } }, trace);
    expect(added?.known).toBeUndefined();
    const [other] = differences({ resources: { a: { stackTraces: 1 } } }, { resources: { a: {} } });
    expect(other?.known).toBeUndefined();
  });

  test("by the count of what passed and failed", () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line));
    report.compare("the same", differences({ a: 1 }, { a: 1 }));
    report.compare("other", differences({ a: 1 }, { a: 2 }));
    report.check("right", []);
    report.check("wrong", ["b is early"]);
    expect(report.finish()).toBe(false);
    expect(lines).toEqual([
      "ok       the same",
      "differs  other",
      "             a: CLI 1, engine 2",
      "ok       right",
      "differs  wrong",
      "             b is early",
      "2 passed, 2 failed",
    ]);
  });
});

describe("what is different in every run is no difference", () => {
  const side = (id: string, folder: string, time: string) => {
    const calls = [call("begin create a"), call(`end create a ${id}`)];
    const state = [
      record("a", {
        id,
        created: time,
        inputs: { __token: id, path: `${folder}/x` },
        outputs: { computed: `computed-${id}` },
      }),
    ];
    return factsOf(recorded({ state, calls }), calls, folder);
  };

  test("ids, folders, tokens and times", () => {
    expect(side("a-12345678", "/tmp/one", "2026-01-01")).toEqual(
      side("a-87654321", "/tmp/two", "2026-02-02"),
    );
  });

  test("but which generation of a resource it is, is one", () => {
    const calls = ["end create a a-1", "end create a a-2"].map(call);
    const of = (id: string) => factsOf(recorded({ state: [record("a", { id })] }), calls, "/tmp/x");
    expect(differences(of("a-1"), of("a-2"))).toMatchObject([{ cli: "<a 1>", engine: "<a 2>" }]);
  });
});

describe("an order that the dependencies forbid is seen", () => {
  const state = [record("a"), record("b", { dependencies: [`${URN}a`] })];
  test.each<[string, string[], string[]]>([
    ["none", ["begin create a", "end create a", "begin create b", "end create b"], []],
    [
      "a user begun early",
      ["begin create a", "begin create b", "end create a", "end create b"],
      ["b is begun before a, which it needs, is done"],
    ],
    ["none in deletions", ["begin delete b", "end delete b", "begin delete a", "end delete a"], []],
    [
      "what is needed deleted early",
      ["begin delete a", "begin delete b", "end delete a", "end delete b"],
      ["a is deleted before b, which needs it, is gone"],
    ],
  ])("(%s)", (_what, calls, found) => {
    expect(breaches(calls.map(call), state, state)).toEqual(found);
  });
});
