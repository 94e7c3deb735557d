import { writeFileSync } from "node:fs";
import { project, removeProjects, TestProject } from "../support/engine";

jest.setTimeout(180_000);

afterAll(removeProjects);

/** A component that names its children after itself. */
const SITE = `
  class Site extends pulumi.ComponentResource {
    readonly page: File;
    constructor(name: string, type = "test:index:Site", opts?: pulumi.ComponentResourceOptions) {
      super(type, name, {}, opts);
      this.page = new File(name + "-page", { text: "hello" }, { parent: this });
      new File("log", { of: this.page.computed }, { parent: this, dependsOn: [this.page] });
    }
  }
`;

/** Every URN that the state mentions, in whatever part of a record. */
function urnsIn(site: TestProject): string[] {
  const all = site.stateText().match(/urn:pulumi:[^"]*/g) ?? [];
  return [...new Set(all.map((urn) => urn.replace(/::[0-9a-f-]{36}$/, "")))];
}

/** Programs of one stack, one after the other: none after the first may change anything. */
async function changeless(...programs: string[]): Promise<TestProject> {
  const site = project(programs[0]);
  expect((await site.up()).problems).toEqual([]);
  const before = site.journal();
  const ids = () => site.deployment().resources.map(({ id }) => id);
  const records = ids();
  for (const program of programs.slice(1)) {
    site.program(program);
    expect((await site.preview()).steps).toEqual([]);
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    expect(ran.steps).toEqual([]);
    expect(ran.result?.counts).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  }
  expect(site.journal()).toEqual(before);
  expect(ids().sort()).toEqual(records.sort());
  const known = site.deployment().resources.map(({ urn }) => urn);
  expect(urnsIn(site).sort()).toEqual(known.sort());
  expect(site.stateText()).not.toContain('"aliases"');
  return site;
}

describe("a resource that was called otherwise keeps its state, with nothing to change", () => {
  test.each([
    ["name", `new File("b", { size: 1 }, { aliases: [{ name: "a" }] });`],
    ["URN", `new File("b", { size: 1 }, { aliases: ["urn:pulumi:dev::test::files:index:File::a"] });`],
    [
      "name, among several of which most never were",
      `new File("b", { size: 1 }, { aliases: [{ name: "x" }, { name: "y", type: "a:b:C" }, { name: "a" }] });`,
    ],
    [
      "parent",
      `const top = new pulumi.ComponentResource("test:index:Top", "top");
       new File("a", { size: 1 }, { parent: top, aliases: [{ parent: pulumi.rootStackResource }] });`,
    ],
    [
      "parent, which it did not have",
      `const top = new pulumi.ComponentResource("test:index:Top", "top");
       new File("a", { size: 1 }, { parent: top, aliases: [{ parent: undefined }] });`,
    ],
  ])("by its %s", async (_what, program) => {
    const site = project('new File("a", { size: 1 });');
    await site.up();
    const [before] = site.records();
    site.program(program);
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    expect(ran.steps.filter((step) => step !== "create top")).toEqual([]);
    expect(site.records()).toEqual([{ ...before, name: program.includes('"b"') ? "b" : "a" }]);
    expect(site.journal()).toEqual(["create a"]);
  });

  test("by its type", async () => {
    const site = await changeless(
      'class Old extends pulumi.CustomResource {}; new Old("files:index:Old", "a", { size: 1 }, { version: "1.2.3" });',
      'new File("a", { size: 1 }, { aliases: [{ type: "files:index:Old" }] });',
    );
    expect(site.records()).toMatchObject([{ name: "a" }]);
  });

  test("by stack and project, when its record came from there", async () => {
    const site = project('new File("a", { size: 1 });');
    await site.up();
    const moved = site
      .stateText()
      .replace("dev::test::files:index:File::a", "was::other::files:index:File::a");
    writeFileSync(site.stateFile, moved);
    const program = 'new File("a", { size: 1 }, { aliases: [{ stack: "was", project: "other" }] });';
    const ran = await site.program(program).up();
    expect(ran.problems).toEqual([]);
    expect(ran.steps).toEqual([]);
    expect(site.stateText()).not.toContain("was::other");
  });
});

describe("what else refers to it follows", () => {
  test("children with their parent, their names too when they begin with its name, over several renames", async () => {
    await changeless(
      `${SITE} new Site("one");`,
      `${SITE} new Site("two", "test:index:Site", { aliases: [{ name: "one" }] });`,
      `${SITE} new Site("three", "test:web:Site", { aliases: [{ name: "two", type: "test:index:Site" }] });`,
      `${SITE} new Site("three", "test:web:Site");`,
    );
  });

  test("children that had another name under a parent that had another type", async () => {
    const child = (opts: string) => `new File("c", { size: 1 }, ${opts});`;
    await changeless(
      `const p = new pulumi.ComponentResource("test:index:P", "p"); new File("old", { size: 1 }, { parent: p });`,
      `const p = new pulumi.ComponentResource("test:web:P", "p", {}, { aliases: [{ type: "test:index:P" }] });
       ${child('{ parent: p, aliases: [{ name: "old" }] }')}`,
    );
  });

  test("dependencies, deletedWith and the provider", async () => {
    const text = (suffix: string, alias: (name: string) => string) => `
      class Files extends pulumi.ProviderResource {
        constructor(name: string, opts?: pulumi.ResourceOptions) {
          super("files", name, { folder: new pulumi.Config("files").require("folder") }, opts);
        }
      }
      const provider = new Files("explicit${suffix}", { ${alias("explicit")} });
      const a = new File("a${suffix}", { size: 1 }, { provider, ${alias("a")} });
      new File("b", { from: a.computed }, { provider, deletedWith: a, dependsOn: [a] });
    `;
    await changeless(
      text("", () => ""),
      text("-new", (name) => `aliases: [{ name: "${name}" }]`),
      text("-new", () => ""),
    );
  });

  test("also in records that a failed run did not reach", async () => {
    const site = project('const a = new File("a"); new File("b", { from: a.computed });');
    await site.up();
    site.program(`
      const a = new File("a2", {}, { aliases: [{ name: "a" }] });
      new File("bad", { fail: "no room" }, { dependsOn: [a] });
    `);
    expect((await site.up()).problems).toEqual(["no room"]);
    expect(urnsIn(site).filter((urn) => urn.endsWith("::a"))).toEqual([]);
    const mended = await site
      .program('const a = new File("a2", {}); new File("b", { from: a.computed });')
      .up();
    expect(mended.problems).toEqual([]);
    expect(mended.steps).toEqual([]);
  });

  test("in a replacement, whose old resource is deleted under the new name, after what needs it", async () => {
    const site = project(`
      const a = new File("a", { size: 1, replaceOn: ["size"] });
      new File("b", { from: a.computed, replaceOn: ["from"] });
      new File("gone", { from: a.computed });
    `);
    await site.up();
    site.program(`
      const a = new File("a2", { size: 2, replaceOn: ["size"] }, { aliases: [{ name: "a" }] });
      new File("b", { from: a.computed, replaceOn: ["from"] });
    `);
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    expect(ran.steps).toContain("replace a2");
    const deletes = site.journal().filter((line) => line.startsWith("delete"));
    expect(deletes.slice(0, 2).sort()).toEqual(["delete b", "delete gone"]);
    expect(deletes).toHaveLength(3);
    expect(urnsIn(site).filter((urn) => urn.endsWith("::a"))).toEqual([]);
  });

  test("in a deletion before a replacement, which takes along what needs it under its former name", async () => {
    const text = (a: string, size: number, alias: string) => `
      const a = new File("${a}", { size: ${size}, replaceOn: ["size"] }, { deleteBeforeReplace: true, ${alias} });
      new File("b${alias ? "2" : ""}", { from: a.computed, replaceOn: ["from"] }, { ${alias.replace('"a"', '"b"')} });
    `;
    const site = project(text("a", 1, ""));
    await site.up();
    const ran = await site.program(text("a2", 2, 'aliases: [{ name: "a" }]')).up();
    expect(ran.problems).toEqual([]);
    expect(site.journal().slice(2)).toEqual(["delete b", "delete a", "create a2", "create b2"]);
    expect(site.existing()).toHaveLength(2);
  });
});

describe("two resources that claim one record are refused", () => {
  test.each([
    [
      "both by alias",
      `new File("b", {}, { aliases: [{ name: "a" }] }); new File("c", {}, { aliases: [{ name: "a" }] });`,
      /duplicate resource alias ".*::a" applied to resource with URN ".*::[bc]" conflicting with .* URN ".*::[bc]"/,
    ],
    [
      "one by alias, then one by name",
      `const b = new File("b", {}, { aliases: [{ name: "a" }] }); new File("a", {}, { dependsOn: [b] });`,
      /duplicate resource URN ".*::a" conflicting with alias on resource with URN ".*::b"/,
    ],
    [
      "one by name, then one by alias",
      `const a = new File("a", {}); new File("b", {}, { aliases: [{ name: "a" }], dependsOn: [a] });`,
      /duplicate resource alias ".*::a" applied to resource with URN ".*::b" conflicting with .* URN ".*::b"/,
    ],
  ])("(%s)", async (_what, program, message) => {
    const site = project('new File("a");');
    await site.up();
    const before = site.records();
    for (const run of [() => site.preview(), () => site.up()]) {
      site.program(program);
      const ran = await run();
      expect(ran.problems).toHaveLength(1);
      expect(ran.problems[0]).toMatch(message);
    }
    expect(site.records().map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(site.journal()).toEqual(["create a"]);
  });
});
