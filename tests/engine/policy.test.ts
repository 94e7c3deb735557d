import { Crypter } from "../../engine/secrets";
import { project, removeProjects } from "../support/engine";
import { fileRule, findings, policyEvents, removePacks, stackRule, TestPack } from "../support/policy-pack";

jest.setTimeout(60_000);

afterAll(() => {
  removeProjects();
  removePacks();
});

const OPEN = fileRule(
  "closed",
  'if (args.props.open) report("it is open");',
  'enforcementLevel: "mandatory", severity: "high",',
);

describe("a mandatory policy", () => {
  test("fails a preview after all of it, and stops up before anything changes", async () => {
    const site = project('new File("a", { open: true }); new File("b"); new File("c", { open: true });');
    const policyPacks = [new TestPack(OPEN)];
    const previewed = await site.preview({ policyPacks });
    expect(previewed.error?.message).toMatch(/the run failed/);
    expect(findings(previewed)).toEqual(["mandatory closed a: it is open", "mandatory closed c: it is open"]);
    expect(previewed.steps.sort()).toEqual(["create a", "create b", "create c"]);
    expect(policyEvents(previewed, "violation")[0]).toMatchObject({
      pack: "rules",
      version: "1.2.3",
      severity: "high",
      message: "About closed.\nit is open",
      sourcePosition: expect.stringMatching(/^project:\/\/\/index\.ts#12,\d+$/) as string,
    });

    const ran = await site.up({ policyPacks });
    expect(findings(ran)).toEqual(findings(previewed));
    expect(ran.problems).toEqual([
      "nothing was changed, because of 2 violations of mandatory policies; mend what they name",
    ]);
    expect(ran.steps).toEqual([]);
    expect(site.journal()).toEqual([]);
    expect(site.stateText()).toBe("");

    const mended = await site.program('new File("a"); new File("b");').up({ policyPacks });
    expect(mended.error).toBeUndefined();
    expect(site.journal().sort()).toEqual(["create a", "create b"]);
  });

  test("that only an update can judge stops it at the resource, and the rest is kept", async () => {
    const pack = new TestPack(
      fileRule(
        "token",
        'if (args.props.from === "computed-a") report("no");',
        'enforcementLevel: "mandatory",',
      ),
    );
    const site = project('const a = new File("a", { name: "a" }); new File("b", { from: a.computed });');
    const ran = await site.up({ policyPacks: [pack] });
    expect(findings(ran)).toEqual([
      "advisory token b: can't run policy 'token' from policy pack 'rules@v1.2.3' during preview: " +
        "string value at .from can't be known during preview",
      "mandatory token b: no",
    ]);
    expect(ran.problems).toEqual(["nothing was done to it, because it violates mandatory policies: token"]);
    expect(site.journal()).toEqual(["create a"]);
    expect(site.records().map(({ name }) => name)).toEqual(["a"]);
  });

  test("over the whole stack is judged again by what the update made", async () => {
    const rule = stackRule(
      "names",
      `const known = args.resources.filter((r) => r.type === "files:index:File" && !pulumi.runtime.isDryRun());
       for (const file of known) if (file.props.computed === "computed-a") report("not a", file.urn);
       report("of the whole");`,
    );
    const site = project('new File("a", { name: "a" });');
    const ran = await site.up({
      policyPacks: [new TestPack(rule).configure({ names: "mandatory" })],
    });
    expect(findings(ran)).toEqual(["mandatory names test-dev: of the whole"]);
    expect(site.journal()).toEqual([]);
    const known = rule.replace('report("of the whole");', "");
    const policyPacks = [new TestPack(known).configure({ names: "mandatory" })];
    const made = await site.up({ policyPacks });
    expect(findings(made)).toEqual(["mandatory names a: not a"]);
    expect(made.error?.message).toMatch(/the run failed/);
    expect(site.records()).toHaveLength(1);
  });
});

describe("what policies see", () => {
  test("is every resource: inputs with type, name, options and provider; for the stack outputs with their edges", async () => {
    const pack = new TestPack(
      `{ name: "see", description: "", validateResource: (args, report) => report(
           [args.type, args.name, Object.keys(args.props).sort(), args.opts.protect, args.opts.parent?.split("::").pop(),
            args.provider?.name].join(" ")) },` +
        stackRule(
          "graph",
          `for (const r of args.resources) report(
             [r.type, r.name, Object.keys(r.props).sort(), r.parent?.name, r.dependencies.map((d) => d.name),
              Object.entries(r.propertyDependencies).map(([k, v]) => k + "<" + v[0].name)].join(" "), r.urn);`,
        ),
    );
    const site = project(`
      class Group extends pulumi.ComponentResource {
        constructor(name: string) {
          super("demo:index:Group", name, { kind: "k" });
          const a = new File("a", { size: 1 }, { parent: this, protect: true });
          new File("b", { from: a.computed }, { parent: this });
          this.registerOutputs({ two: 2 });
        }
      }
      new Group("g");
      export const out = "o";
    `);
    const ran = await site.preview({ policyPacks: [pack] });
    expect(ran.error).toBeUndefined();
    const said = (policy: string) =>
      policyEvents(ran, "violation")
        .filter((event) => event.policy === policy)
        .map(({ message }) => message.trim().replace("About graph.\n", ""))
        .sort();
    expect(said("see")).toEqual([
      "demo:index:Group g kind false test-dev",
      "files:index:File a name,size true g default_1_2_3",
      "files:index:File b from,name false g default_1_2_3",
      "pulumi:providers:files default_1_2_3 folder,version false",
      "pulumi:pulumi:Stack test-dev  false",
    ]);
    expect(said("graph")).toEqual([
      "demo:index:Group g two test-dev",
      "files:index:File a computed,name,path,size,token g",
      "files:index:File b computed,from,name,path,token g a from<a",
      "pulumi:providers:files default_1_2_3 folder,version",
      "pulumi:pulumi:Stack test-dev out",
    ]);
  });

  test("is the stack too: its names and settings, and whether it is a preview", async () => {
    const pack = new TestPack(
      stackRule(
        "where",
        `report([pulumi.getStack(), pulumi.getProject(), pulumi.getOrganization(), new pulumi.Config().require("size"),
           pulumi.runtime.isDryRun()].join(" "));`,
      ),
    );
    const site = project("");
    site.configure({ "test:size": 3 });
    const ran = await site.up({ policyPacks: [pack] });
    expect(findings(ran)).toEqual([
      "advisory where test-dev: dev test organization 3 false",
      "advisory where test-dev: dev test organization 3 true",
    ]);
  });

  test("may be secret, and is not told: neither of resources nor of settings", async () => {
    const leak = 'report("has " + args.props.password + " and " + new pulumi.Config().get("key"));';
    const site = project('new File("a", { password: pulumi.secret("hunter22") });');
    const crypter = await Crypter.create("pass");
    site.configure({ "test:key": { secure: crypter.encrypt("letmein1") } }, { encryptionsalt: crypter.salt });
    const ran = await site.preview({ policyPacks: [new TestPack(fileRule("leak", leak))] });
    expect(findings(ran)).toEqual(["advisory leak a: has [secret] and [secret]"]);
    expect(JSON.stringify(ran.events)).not.toMatch(/hunter22|letmein1/);
  });

  test("may be unknown in a preview: then the policy is advisory, and says what it would have to know", async () => {
    const check = 'if (args.props.from) report("x");';
    const site = project('const a = new File("a"); new File("b", { from: a.computed });');
    const rule = fileRule("from", check, 'enforcementLevel: "mandatory",');
    const ran = await site.preview({ policyPacks: [new TestPack(rule)] });
    expect(ran.error).toBeUndefined();
    expect(findings(ran)).toEqual([
      "advisory from b: can't run policy 'from' from policy pack 'rules@v1.2.3' during preview: " +
        "string value at .from can't be known during preview",
    ]);
  });
});

describe("policies that do not apply", () => {
  test("say why: for stacks always, for resources when they have a reason of their own", async () => {
    const pack = new TestPack(
      stackRule("balancer", 'args.notApplicable("no load balancer");') +
        stackRule("silent", "args.notApplicable();") +
        fileRule("small", 'args.notApplicable("too small");') +
        fileRule("quiet", "args.notApplicable();"),
    );
    const ran = await project('new File("a");').preview({ policyPacks: [pack] });
    expect(
      policyEvents(ran, "not-applicable").map(({ policy, reason, urn }) => [policy, reason, urn]),
    ).toEqual([
      ["small", "too small", "urn:pulumi:dev::test::files:index:File::a"],
      ["balancer", "no load balancer", undefined],
      ["silent", "", undefined],
    ]);
    expect(findings(ran)).toEqual([]);
  });
});

test("several packs run side by side, and each says what it has found", async () => {
  const policyPacks = [
    new TestPack(fileRule("one", 'report("1");'), "first"),
    new TestPack(
      fileRule("two", 'report("2");') + stackRule("count", "report(String(args.resources.length));"),
      "second",
    ),
  ];
  const ran = await project('new File("a");').preview({ policyPacks });
  expect(
    policyEvents(ran, "pack").map(({ pack, policies }) => [pack, policies.map(({ name }) => name)]),
  ).toEqual([
    ["first", ["one"]],
    ["second", ["two", "count"]],
  ]);
  expect(findings(ran)).toEqual(["advisory count test-dev: 3", "advisory one a: 1", "advisory two a: 2"]);
  expect(ran.result?.sourcePositions.get("urn:pulumi:dev::test::files:index:File::a")).toMatch(
    /index\.ts#12,/,
  );
});
