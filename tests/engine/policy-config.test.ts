import { TestProject } from "../support/engine";
import { fileRule, findings, policyEvents, removePacks, TestPack } from "../support/policy-pack";
import { readPolicyConfig, reconcile, validate } from "../../engine/policy/config";
import type { PackInfo, PolicyConfig } from "../../engine/policy/info";
import { pairPacks } from "../../engine/policy/manifest";

jest.setTimeout(60_000);

const site = new TestProject('new File("a");');
afterAll(() => {
  site.remove();
  removePacks();
});

const SIZED = fileRule(
  "sized",
  "report(JSON.stringify(args.getConfig()));",
  `configSchema: { properties: { max: { type: "integer", default: 3, minimum: 1 }, zones: { type: "array",
     items: { type: "string" } } }, required: ["zones"] },`,
);

describe("a pack's configuration", () => {
  test("gives its policies settings over the defaults, and levels: each its own, or all the same", async () => {
    const rules = SIZED + ["off", "strict", "soft"].map((name) => fileRule(name, 'report("x");')).join("");
    const pack = new TestPack(rules).configure({
      all: "mandatory",
      sized: { enforcementLevel: "advisory", zones: ["a"], more: true },
      off: "disabled",
      soft: { enforcementLevel: "advisory" },
    });
    const ran = await site.preview({ policyPacks: [pack] });
    expect(findings(ran)).toEqual([
      'advisory sized a: {"max":3,"more":true,"zones":["a"]}',
      "advisory soft a: x",
      "mandatory strict a: x",
    ]);
    expect(policyEvents(ran, "pack")[0].policies.map(({ name, level }) => `${name} ${level}`)).toEqual([
      "sized advisory",
      "off disabled",
      "strict mandatory",
      "soft advisory",
    ]);
  });

  test("is refused before anything runs when it does not fit, with every policy and property that does not", async () => {
    const pack = new TestPack(SIZED).configure({ sized: { max: "many" }, size: "mandatory" });
    const ran = await site.up({ policyPacks: [pack] });
    expect(ran.problems).toEqual([
      `policy pack rules@v1.2.3 (${pack.path}): its configuration is not valid (${pack.config})\n` +
        "sized: max: Invalid input: expected number, received string\nsized: zones is required",
    ]);
    expect(site.stateText()).toBe("");
    const named = await site.preview({
      policyPacks: [pack.configure({ sized: { zones: [] }, size: "mandatory" })],
    });
    expect(named.problems).toEqual([
      "policy pack rules: its configuration names policies that it does not have: size",
    ]);
  });
});

const INFO: PackInfo = {
  name: "p",
  version: "1.0.0",
  supportsConfig: true,
  policies: [
    { name: "a", description: "", level: "advisory", scope: "resource", tags: [] },
    { name: "b", description: "", level: "remediate", scope: "resource", tags: [] },
  ],
  schemas: new Map([["a", { properties: { max: { type: "number", default: 3 } }, required: ["min"] }]]),
  initialConfig: new Map([["a", { level: "mandatory", properties: { min: 1 } }]]),
};

test("what the user gives goes before what the pack's code gives, and that before the policies' own", () => {
  const plain = reconcile(INFO, new Map<string, PolicyConfig>()).config;
  expect(plain.get("a")).toEqual({ level: "mandatory", properties: { max: 3, min: 1 } });
  expect(plain.get("b")).toEqual({ level: "remediate", properties: {} });
  const given = new Map<string, PolicyConfig>([
    ["all", { level: "disabled", properties: {} }],
    ["a", { properties: { max: 5 } }],
  ]);
  const { config } = reconcile(INFO, given);
  expect(config.get("a")).toEqual({ level: "disabled", properties: { max: 5, min: 1 } });
  expect(config.get("b")).toEqual({ level: "disabled", properties: {} });
  expect(validate(INFO, config)).toEqual([]);
});

test.each([
  ["[]", /want an object of policies, got \[\]/],
  ["{", /config\.json: want JSON, got /],
  [
    '{"a": "strict"}',
    /config\.json: a: want one of advisory, mandatory, remediate, disabled, or an object .*, got "strict"/,
  ],
  ['{"a": {"enforcementLevel": 7}}', /config\.json: a: want one of .*got \{"enforcementLevel":7\}/],
  ['{"environments": ["x"]}', /config\.json: environments \(ESC\) not supported by this engine yet/],
])("a configuration file that holds %s is refused", (text, error) => {
  const pack = new TestPack("").file("config.json", text);
  expect(() => readPolicyConfig(`${pack.path}/config.json`)).toThrow(error);
});

test("an empty configuration file is no configuration, a missing one is refused", () => {
  const pack = new TestPack("").file("config.json", "\n");
  expect(readPolicyConfig(`${pack.path}/config.json`)).toEqual(new Map());
  expect(() => readPolicyConfig(`${pack.path}/none.json`)).toThrow(/want .*none\.json, got no such file/);
});

test("the command line takes no configuration, or one for each pack", () => {
  expect(pairPacks(["a", "b"], [])).toEqual([{ path: "a" }, { path: "b" }]);
  expect(pairPacks(["a", "b"], ["x", "y"])[1]).toEqual({ path: "b", config: "y" });
  expect(() => pairPacks(["a", "b"], ["x"])).toThrow(
    "--policy-pack-config: want one for each --policy-pack (2), got 1",
  );
});
