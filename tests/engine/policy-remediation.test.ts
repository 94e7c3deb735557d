import { readFileSync } from "node:fs";
import { join } from "node:path";
import { project, removeProjects, TestProject } from "../support/engine";
import { fileRule, findings, policyEvents, removePacks, TestPack } from "../support/policy-pack";

jest.setTimeout(60_000);

afterAll(() => {
  removeProjects();
  removePacks();
});

/** A policy that mends the test provider's files; `mend` may change `props`. */
function remedy(name: string, mend: string, level = "remediate"): string {
  return `{ name: "${name}", description: "Mends.", enforcementLevel: "${level}", remediateResource: (args) => {
    if (args.type !== "files:index:File") return; const props = args.props; ${mend} return props; } },`;
}

function created(site: TestProject, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(site.files, `${name}.json`), "utf8")) as Record<string, unknown>;
}

describe("a remediation", () => {
  test("changes what is created and what later policies see, and says what it changed", async () => {
    const site = project('new File("a", { name: "a", open: true, tags: { x: "1" } });');
    const pack = new TestPack(
      remedy("shut", "props.open = false; props.tags.y = '2';") +
        remedy("count", "props.tags.seen = props.open === false ? 'shut' : 'open';") +
        remedy("off", "props.open = true;", "disabled") +
        fileRule("closed", 'report("open is " + args.props.open);'),
    );
    const ran = await site.up({ policyPacks: [pack] });
    expect(ran.error).toBeUndefined();
    expect(created(site, "a")).toMatchObject({ open: false, tags: { x: "1", y: "2", seen: "shut" } });
    expect(new Set(findings(ran))).toEqual(new Set(["advisory closed a: open is false"]));
    const [shut] = policyEvents(ran, "remediation");
    expect(shut).toMatchObject({
      pack: "rules",
      policy: "shut",
      urn: expect.stringMatching(/::a$/) as string,
    });
    expect(shut.changes).toEqual([
      expect.objectContaining({ path: "open", kind: "update", old: true, new: false }),
      expect.objectContaining({ path: "tags.y", kind: "add", new: "2" }),
    ]);
    const again = await site.up({ policyPacks: [pack] });
    expect(again.steps).toEqual([]);
  });

  test("keeps secrets, and shows none", async () => {
    const site = project('new File("a", { name: "a", password: pulumi.secret("hunter22"), open: true });');
    const rule = remedy("shut", 'return { ...props, open: false, password: props.password + "!" };');
    const ran = await site.up({ policyPacks: [new TestPack(rule)] });
    expect(ran.error).toBeUndefined();
    expect(JSON.stringify(ran.events)).not.toContain("hunter22");
    expect(site.stateText()).not.toContain("hunter22");
    expect(created(site, "a").password).toMatchObject({ value: "hunter22!" });
  });

  test("is made again on what a replacement is checked anew with", async () => {
    const program = (size: number) => `new File("a", { size: ${size}, open: true, replaceOn: ["size"] });`;
    const policyPacks = [new TestPack(remedy("shut", "props.open = false;"))];
    const site = project(program(1));
    await site.up({ policyPacks });
    const ran = await site.program(program(2)).up({ policyPacks });
    expect(ran.steps).toContain("create-replacement a");
    const [id] = site.existing();
    expect(created(site, id)).toMatchObject({ size: 2, open: false });
  });

  test("that needs what a preview cannot know is made by the update", async () => {
    const site = project('const a = new File("a"); new File("b", { name: "b", from: a.computed });');
    const rule = remedy("shout", "if (props.from) props.from = String(props.from).toUpperCase();");
    const ran = await site.up({ policyPacks: [new TestPack(rule)] });
    expect(findings(ran)).toEqual([
      "advisory shout b: can't run remediation 'shout' from policy pack 'rules@v1.2.3' during preview: " +
        "string value at .from can't be known during preview",
    ]);
    expect(created(site, "b").from).toMatch(/^COMPUTED-A-/);
  });
});
