import { differences } from "./compare";
import { translator } from "./made-up";
import type { ResourceState } from "../../engine/state";

const disk = (name: string, id: string, more: object = {}): ResourceState => ({
  ...{ urn: `urn:${name}`, type: "aws:disk", custom: true, id, propertyDependencies: { size: [] } },
  ...{
    inputs: { size: 1, token: `token-${id}` },
    outputs: { size: 1, arn: `arn:${id}`, made: "2026-01-01T00:00:00Z" },
  },
  ...more,
});
const mount = (of: string): ResourceState => ({
  ...{ urn: "urn:mount", type: "aws:mount", custom: true, id: `mount-of-${of}` },
  ...{ inputs: { disk: of }, outputs: {}, propertyDependencies: { disk: ["urn:a"] } },
});
const found = (theirs: ResourceState[], ours: ResourceState[]) => {
  const translate = translator(theirs, ours);
  return differences(translate.theirs(theirs), translate.ours(ours)).map(({ path }) => path);
};

test("what a cloud makes up is no difference, wherever it stands", () => {
  const side = (a: string, made: string) => [
    disk("a", a, { outputs: { size: 1, arn: `arn:${a}`, made, key: { secret: `-----\n${a}` } } }),
    mount(a),
    disk("b", `other-${a}`, {
      inputs: { text: JSON.stringify({ key: `-----\n${a}` }) },
      propertyDependencies: { text: [] },
    }),
  ];
  expect(found(side("disk-1111", "2026-01-01T00:00:00Z"), side("disk-2222", "2027-01-01T00:00:00Z"))).toEqual(
    [],
  );
});

test.each<[string, ResourceState[], ResourceState[], string[]]>([
  [
    "one that stands where another belongs",
    [disk("a", "disk-1111"), disk("b", "disk-2222"), mount("disk-1111")],
    [disk("a", "disk-3333"), disk("b", "disk-4444"), mount("disk-4444")],
    ["/2/inputs/disk"],
  ],
  [
    "one for two resources",
    [disk("a", "disk-1111"), disk("b", "disk-2222")],
    [disk("a", "disk-3333"), disk("b", "disk-3333")],
    ["/1/id", "/1/inputs/token", "/1/outputs/arn"],
  ],
  [
    "what one side lacks",
    [disk("a", "disk-1111", { outputs: { size: 1, version: "" } })],
    [disk("a", "disk-2222", { outputs: { size: 1, version: "version-1" } })],
    ["/0/outputs/version"],
  ],
  [
    "what the program gives",
    [disk("a", "disk-1111", { inputs: { size: "gigantic" } })],
    [disk("a", "disk-2222", { inputs: { size: "enormous" } })],
    ["/0/inputs/size"],
  ],
])("but %s is one", (_what, theirs, ours, paths) => {
  expect(found(theirs, ours)).toEqual(paths);
});
