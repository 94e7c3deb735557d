/** What every resource type has in common, tried on each of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../lab/provider/check";
import { diff } from "../../lab/provider/diff";
import { previewCreate } from "../../lab/provider/operations";
import { everything, invokeFunction, resourceType } from "../../lab/provider/registry";
import type { Rule } from "../../lab/provider/rules";
import { settingsFrom } from "../../lab/provider/settings";
import { UNKNOWN } from "../../lab/provider/values";
import { examples } from "./examples";

const { types } = everything();
const urnOf = (token: string): string => `urn:pulumi:lab::foobar::${token}::thing`;
const checked = (token: string, news: Record<string, unknown>) =>
  check(resourceType(token), urnOf(token), {}, news);
const wrong: Record<Rule["kind"], unknown> = {
  string: 7,
  boolean: "yes",
  number: "many",
  list: "one",
  map: 3,
  object: "x",
  asset: "text",
};

test("every type has an example, and there is no other", () => {
  expect(Object.keys(examples).sort()).toEqual(types.map(({ token }) => token).sort());
});

test("an unknown type and an unknown function are refused by name", () => {
  expect(() => resourceType("aws:rds/instance:Instance")).toThrow(/aws:rds\/instance:Instance/);
  expect(() => resourceType("gcp:compute/instance:Instance")).toThrow(/gcp:compute/);
  expect(() => invokeFunction("aws:ec2/getVpc:getVpc")).toThrow(/aws:ec2\/getVpc:getVpc/);
});

/** Names of a type's arguments, out of the SDK that programs use. */
function sdkInputs(token: string): string[] {
  const [pkg, module, name] = token.split(":");
  const path = module.startsWith("index/") ? module.slice("index/".length) : module;
  const text = readFileSync(join(__dirname, `../../node_modules/@pulumi/${pkg}/${path}.d.ts`), "utf8");
  const start = text.indexOf(`export interface ${name}Args {`);
  const body = text.slice(start, text.indexOf("\n}", start));
  return [...body.matchAll(/^ {4}([a-zA-Z0-9]+)\??:/gm)].map((match) => match[1]);
}

describe.each(types.map((type) => [type.token, type] as const))("%s", (token, type) => {
  const example = examples[token];

  test("takes its example", () => {
    expect(checked(token, example).failures).toEqual([]);
  });

  test("knows only inputs that the SDK has", () => {
    const known = sdkInputs(token);
    expect(known.length).toBeGreaterThan(0);
    expect(Object.keys(type.inputs).filter((name) => !known.includes(name))).toEqual([]);
  });

  test("refuses an input that it does not know, by name", () => {
    const { failures } = checked(token, { ...example, surprise: 1 });
    expect(failures).toEqual([expect.objectContaining({ property: "surprise" })]);
  });

  test("refuses to be without what it needs, and values of another kind", () => {
    for (const [name, rule] of Object.entries(type.inputs)) {
      if (rule.required) {
        const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name));
        expect(checked(token, rest).failures).toContainEqual(expect.objectContaining({ property: name }));
      }
      const { failures } = checked(token, { ...example, [name]: wrong[rule.kind] });
      expect(failures.map(({ property }) => property.split(/[.[]/)[0])).toContain(name);
    }
  });

  test("takes values that are not known yet", () => {
    const unknown = Object.fromEntries(Object.keys(example).map((name) => [name, UNKNOWN]));
    expect(checked(token, unknown).failures).toEqual([]);
  });

  test("is unchanged when nothing changed, and replaced for every input that cannot change", () => {
    const { inputs } = checked(token, example);
    const same = check(type, urnOf(token), inputs, example);
    expect(same.inputs).toEqual(inputs);
    expect(diff(type, {}, inputs, same.inputs).changes).toEqual({});
    for (const [name, rule] of Object.entries(type.inputs))
      if (rule.replaces)
        expect(diff(type, {}, inputs, { ...inputs, [name]: "something else" }).replaces).toEqual([name]);
  });

  test("tells in a preview what it will know, with no lab there", () => {
    const { inputs } = checked(token, example);
    const outputs = previewCreate(type, inputs, { urn: urnOf(token), settings: settingsFrom({}) });
    for (const name of type.computed) expect(outputs).toHaveProperty(name);
    expect(Object.keys(outputs).filter((name) => name.startsWith("__"))).toEqual([]);
  });
});
