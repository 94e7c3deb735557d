import * as pulumi from "@pulumi/pulumi";
import type { StackValidationArgs } from "@pulumi/policy";
import { policiesOf } from "../../policies/pack";
import { rule, violation, notApplicable, type Verdict } from "../../policies/rule";
import type { Site } from "../../policies/site/site";

const stackUrn = "urn:pulumi:dev::foobar::pulumi:pulumi:Stack::foobar-dev";
const urn = "urn:pulumi:dev::foobar::aws:ec2/instance:Instance::web-1";
const raw = (urn: string, type: string) => ({
  ...{ urn, type, name: urn.split("::")[3], props: {} },
  ...{ dependencies: [], propertyDependencies: {} },
});

function make(id: string, check: (site: Site, settings: Record<string, unknown>) => Verdict) {
  return rule({
    ...{ id, title: `${id} holds`, why: "", sources: [], fix: "mend it", severity: "high", frameworks: [] },
    ...{ examples: { language: "text", bad: "", good: "" }, proof: "" },
    settings: { most: { type: "integer", default: 3, description: "" } },
    check,
  });
}

/** Runs every policy as the SDK does: each with resources of its own, one after the other. */
async function run(rules: ReturnType<typeof make>[], config: Record<string, object> = {}) {
  const said: string[] = [];
  for (const policy of policiesOf(rules)) {
    if (policy.enforcementLevel === "disabled") continue;
    const args = {
      resources: [raw(stackUrn, "pulumi:pulumi:Stack"), raw(urn, "aws:ec2/instance:Instance")],
      getConfig: () => config[policy.name] ?? {},
      notApplicable: (reason: string) => {
        throw new Error(reason);
      },
    } as unknown as StackValidationArgs;
    try {
      await policy.validateStack(args, (message, at) =>
        said.push(`${policy.name}: ${message} @ ${at ?? "-"}`),
      );
    } catch (error) {
      said.push(`${policy.name} not applicable: ${(error as Error).message}`);
    }
  }
  // The next call of the SDK comes in another turn of the event loop.
  await new Promise((done) => setImmediate(done));
  return said;
}

const first = make("first", (site) => [violation(site.ofType("aws:ec2/instance:Instance")[0], "bad")]);
const whole = make("whole", () => [violation(undefined, "all bad")]);
const exception = { rule: "first", urn: "*::web-1", reason: "later", owner: "ops", expires: "9999-12-31" };
const configure = (...list: object[]) =>
  pulumi.runtime.setAllConfig({ "foobar:policyExceptions": JSON.stringify(list) });

afterEach(() => pulumi.runtime.setAllConfig({}));

it("reports what a rule found, where it found it", async () => {
  expect(await run([first])).toEqual([`first: bad @ ${urn}`]);
});

it("reports a finding about the whole stack at the stack", async () => {
  expect(await run([whole])).toEqual([`whole: all bad @ ${stackUrn}`]);
});

it("says why a rule is not applicable", async () => {
  expect(await run([make("none", () => notApplicable("no hosts"))])).toEqual([
    "none not applicable: no hosts",
  ]);
});

it("gives a rule its settings, and defaults for those that are not set", async () => {
  const seen: unknown[] = [];
  const looks = make("looks", (_, settings) => (seen.push(settings.most), []));
  await run([looks]);
  await run([looks], { looks: { most: 7 } });
  expect(seen).toEqual([3, 7]);
});

it("builds the model once for all rules of a call, and anew for the next call", async () => {
  const seen = new Set<Site>();
  const looks = ["one", "two"].map((id) => make(id, (site) => (seen.add(site), [])));
  await run(looks);
  expect(seen.size).toBe(1);
  await run(looks);
  expect(seen.size).toBe(2);
});

it("lists an excepted finding with its reason in place of the violation", async () => {
  configure(exception);
  expect(await run([first, whole])).toEqual([
    `whole: all bad @ ${stackUrn}`,
    `excepted: first: bad (excepted until 9999-12-31, owner ops: later) @ ${urn}`,
  ]);
});

it("takes exceptions from the pack's own configuration", async () => {
  const { reason, owner, expires } = exception;
  expect(
    await run([first], { first: { exceptions: [{ urn: exception.urn, reason, owner, expires }] } }),
  ).toEqual([`excepted: first: bad (excepted until 9999-12-31, owner ops: later) @ ${urn}`]);
});

it("keeps the violation and tells an exception that is expired", async () => {
  configure({ ...exception, expires: "2020-01-01" });
  const said = await run([first]);
  expect(said[0]).toBe(`first: bad @ ${urn}`);
  expect(said[1]).toMatch(
    /^exceptions-valid: foobar:policyExceptions\[0\]\.expires: want a day that is not over/,
  );
});

it("tells an exception that covers nothing", async () => {
  configure({ ...exception, urn: "*::web-9" });
  expect(await run([first])).toEqual([
    `first: bad @ ${urn}`,
    "exceptions-used: foobar:policyExceptions[0]: want a finding of first at *::web-9, got none; remove it @ -",
  ]);
});

it("refuses exceptions that are no JSON", async () => {
  pulumi.runtime.setAllConfig({ "foobar:policyExceptions": "soon" });
  expect((await run([whole]))[1]).toMatch(/^exceptions-valid: foobar:policyExceptions: want a list of /);
});
