import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project, removeProjects, TestProject } from "../support/engine";

jest.setTimeout(180_000);

afterAll(removeProjects);

const record = (site: TestProject, name: string) =>
  site.deployment().resources.find(({ urn }) => urn.endsWith(`::${name}`));

describe("what has changed outside the program", () => {
  const program = `
    const a = new File("a", { size: 1, tags: { colour: "blue" } }, { protect: true });
    new File("b", { from: a.computed });
    new pulumi.ComponentResource("test:index:Group", "group");
    export const from = a.computed;
  `;
  const site = project(program);
  beforeAll(async () => {
    expect((await site.up()).problems).toEqual([]);
    site.tamper("a", { size: 2, tags: { colour: "red" } });
  });

  test("is shown with both values by a preview, which changes nothing and needs no lock", async () => {
    const before = site.stateText();
    writeFileSync(join(site.folder, ".state", "dev.lock"), "{}");
    const ran = await site.refresh({ previewOnly: true });
    expect(ran.problems).toEqual([]);
    expect(ran.drift).toEqual(["changed a"]);
    const found = ran.events.find(
      (event) => event.type === "step" && event.phase === "end" && event.drift === "changed",
    );
    expect(found).toMatchObject({
      changes: [
        { path: "size", kind: "update", old: 1, new: 2 },
        { path: "tags", kind: "update", old: { colour: "blue" }, new: { colour: "red" } },
      ],
    });
    expect(ran.events[0]).toMatchObject({ type: "start", command: "refresh", previewOnly: true });
    expect(ran.result?.counts).toEqual({ create: 0, update: 1, replace: 0, delete: 0, same: 3 });
    expect(site.stateText()).toBe(before);
    rmSync(join(site.folder, ".state", "dev.lock"));
  });

  test("is taken over with inputs, outputs and time, of protected resources too; the rest keeps its record", async () => {
    const [before, other] = [record(site, "a"), record(site, "b")];
    const ran = await site.refresh();
    expect(ran.problems).toEqual([]);
    expect(ran.drift).toEqual(["changed a"]);
    const now = record(site, "a");
    expect(now).toMatchObject({
      inputs: { size: 2 },
      outputs: { size: 2, tags: { colour: "red" } },
      protect: true,
    });
    expect(now?.modified).not.toBe(before?.modified);
    expect(now?.created).toBe(before?.created);
    expect(record(site, "b")).toEqual(other);
    // Neither the program nor any change had a part in it.
    expect(site.journal()).toEqual(["create a", "create b"]);
    expect(ran.result?.outputs).toMatchObject({ from: expect.stringMatching(/^computed-a/) as string });
    expect(existsSync(join(site.folder, ".state", "dev.lock"))).toBe(false);
  });

  test("is undone by the next up, and after that there is nothing to find", async () => {
    expect((await site.up()).steps).toEqual(["update a"]);
    const before = site.deployment().resources;
    expect((await site.refresh()).drift).toEqual([]);
    expect(site.deployment().resources).toEqual(before);
  });

  test("is found by up and preview themselves when they are asked to refresh", async () => {
    site.tamper("a", { size: 3 });
    expect((await site.up()).steps).toEqual([]);
    const planned = await site.preview({ refresh: true });
    expect([planned.drift, planned.steps]).toEqual([["changed a"], ["update a"]]);
    expect(record(site, "a")?.inputs).toMatchObject({ size: 1 });
    const ran = await site.up({ refresh: true });
    expect([ran.drift, ran.steps]).toEqual([["changed a"], ["update a"]]);
    // What was read is no change of this run.
    expect(ran.result?.counts).toMatchObject({ update: 1, delete: 0 });
    expect(record(site, "a")?.inputs).toMatchObject({ size: 1 });
  });

  test("is always looked for when Pulumi.yaml says so", async () => {
    const file = join(site.folder, "Pulumi.yaml");
    const settings = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...settings, options: { refresh: "always" } }));
    site.tamper("a", { size: 4 });
    expect((await site.preview()).drift).toEqual(["changed a"]);
    expect((await site.preview({ refresh: false })).drift).toEqual([]);
  });
});

test("a provider that tells no inputs leaves them as they are, and what it tells of outputs is kept", async () => {
  const site = project('new File("a", { size: 1, silentRead: true });');
  await site.up();
  site.tamper("a", { size: 2, silentRead: true });
  const ran = await site.refresh();
  expect(ran.drift).toEqual([]);
  expect(record(site, "a")).toMatchObject({ inputs: { size: 1 }, outputs: { size: 2 } });
});

test("changes that the program ignores are taken over, but are none", async () => {
  const site = project('new File("a", { size: 1 }, { ignoreChanges: ["size"] });');
  await site.up();
  site.tamper("a", { size: 2 });
  expect((await site.refresh()).drift).toEqual([]);
  expect(record(site, "a")).toMatchObject({ inputs: { size: 2 }, outputs: { size: 2 } });
  expect((await site.up()).steps).toEqual([]);
});

test("what is gone leaves the state with every reference to it, and is made again by the next up", async () => {
  const text = `
    const a = new File("a", { size: 1 });
    const b = new File("b", { from: a.computed }, { deletedWith: a });
    new File("c", { from: b.computed }, { parent: a, dependsOn: [a, b] });
  `;
  const site = project(text);
  await site.up();
  const b = record(site, "b");
  site.tamper("a", undefined);
  const ran = await site.refresh();
  expect(ran.problems).toEqual([]);
  expect(ran.drift).toEqual(["gone a"]);
  expect(ran.result?.counts).toMatchObject({ delete: 1, update: 0 });
  expect(site.records().map(({ name }) => name)).toEqual(["b", "c"]);
  expect(site.stateText()).not.toMatch(/File::a"/);
  expect(record(site, "b")).toMatchObject({
    inputs: { from: expect.stringMatching(/^computed-a/) as string },
  });
  expect(record(site, "c")?.dependencies).toEqual([b?.urn]);
  const next = await site.up();
  expect(next.problems).toEqual([]);
  expect(next.steps).toContain("create a");
  expect(site.existing()).toHaveLength(3);
});

test("one that cannot be read is named and keeps its record; the others are read, and up goes no further", async () => {
  const site = project(`
    new File("a", { failRead: "access denied" });
    for (const name of ["b", "c", "d", "e"]) new File(name, { size: 1 });
    new File("later", { size: 1 });
  `);
  await site.up();
  ["b", "c", "d", "e"].forEach((name) => site.tamper(name, { size: 2 }));
  const ran = await site.refresh({ parallel: 1 });
  expect(ran.error?.message).toMatch(/the run failed/);
  expect(ran.problems).toEqual(["access denied"]);
  expect(ran.drift.sort()).toEqual(["changed b", "changed c", "changed d", "changed e"]);
  expect(record(site, "a")).toBeDefined();
  expect(record(site, "e")?.inputs).toMatchObject({ size: 2 });
  const up = await site.up({ refresh: true });
  expect(up.problems).toEqual(["access denied"]);
  expect(up.steps).toEqual([]);
});

test("one that is not in order is told of and recorded, and the next up puts it in order", async () => {
  const site = project('new File("a", { size: 1 });');
  await site.up();
  site.tamper("a", { unhealthy: "does not boot" });
  const ran = await site.refresh();
  expect(ran.error).toBeUndefined();
  expect(ran.problems).toEqual([expect.stringMatching(/not in order: "does not boot"/)]);
  expect(record(site, "a")).toMatchObject({ initErrors: ['"does not boot"'] });
  expect((await site.up()).steps).toEqual(["update a"]);
});

test("reads come in the order of the state, several at a time, secrets stay closed, and their timeout arrives", async () => {
  const site = project(`
    const first = new File("first", { delayMs: 50, password: pulumi.secret("xyzzy") }, { customTimeouts: { read: "1m" } as pulumi.CustomTimeouts });
    for (let n = 0; n < 8; n++) new File("f" + n, { delayMs: 50, from: first.computed });
  `);
  await site.up();
  site.tamper("first", { size: 9 });
  const ran = await site.refresh({ parallel: 8 });
  expect(ran.drift).toEqual(["changed first"]);
  expect(site.reads()[0]).toMatch(/^first /);
  expect(site.reads()).toHaveLength(9);
  const running = ran.events.flatMap((event) =>
    event.type === "step" && event.urn.includes("File::f") ? [event.phase] : [],
  );
  expect(running.slice(0, 8)).toEqual(Array(8).fill("begin"));
  expect(site.stateText()).not.toContain("xyzzy");
  expect(JSON.stringify(ran.events)).not.toContain("xyzzy");
});

test("killed at any moment it leaves a whole state, and the next one does the rest", async () => {
  const names = Array.from({ length: 12 }, (_, n) => `f${n}`);
  const site = project(`
    let last: pulumi.Resource | undefined;
    for (const name of ${JSON.stringify(names)}) last = new File(name, { size: 1, delayMs: 120 }, { dependsOn: last });
  `);
  await site.up({ parallel: 12 });
  names.forEach((name, n) => site.tamper(name, n % 4 === 3 ? undefined : { size: 2 }));
  for (let kill = 1; kill <= 3; kill++) {
    const enough = site.reads().length + 2;
    const engine = site.spawn("refresh", "--parallel", "2");
    const exit = once(engine, "exit");
    while (site.reads().length < enough && engine.exitCode === null)
      await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 60 * kill));
    engine.kill("SIGKILL");
    await exit;
    const urns = new Set(site.deployment().resources.map(({ urn }) => urn));
    for (const { dependencies = [] } of site.deployment().resources) {
      dependencies.forEach((urn) => expect(urns).toContain(urn));
    }
  }
  const ran = await site.refresh();
  expect(ran.problems).toEqual([]);
  expect(site.records().map(({ name }) => name)).toEqual(names.filter((_, n) => n % 4 !== 3));
  for (const { type, inputs } of site.deployment().resources) {
    if (type === "files:index:File") expect(inputs).toMatchObject({ size: 2 });
  }
});

describe("after a killed run", () => {
  const started = async (site: TestProject, kind: string) => {
    const engine = site.spawn("up");
    while (!site.stateText().includes(`"${kind}"`)) await new Promise((done) => setTimeout(done, 5));
    engine.kill("SIGKILL");
    await once(engine, "exit");
  };

  test("a refresh finishes an interrupted creation, and drops an interrupted update, whose outcome it has read", async () => {
    const site = project('new File("a", { size: 1 });');
    await site.up();
    site.program('new File("a", { size: 2, delayMs: 700 });');
    await started(site, "updating");
    const ran = await site.refresh();
    expect(ran.problems).toEqual([]);
    expect(site.deployment().pending_operations ?? []).toEqual([]);
    site.program('new File("a", { size: 1 }); new File("b", { delayMs: 700 });');
    await started(site, "creating");
    expect((await site.refresh()).problems).toEqual([]);
    expect(
      site
        .records()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["a", "b"]);
    expect(site.deployment().pending_operations ?? []).toEqual([]);
    expect(site.existing()).toHaveLength(2);
  });
});

test("the command line shows what was found, and says in its last line how much", async () => {
  const site = project('new File("a", { size: 1 }); new File("b");');
  await site.up();
  site.tamper("a", { size: 2 });
  site.tamper("b", undefined);
  const engine = site.spawn("refresh", "--preview-only");
  let text = "";
  engine.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(engine, "close");
  const lines = text.trim().split("\n");
  expect(lines[0]).toBe("refresh test/dev (preview only)");
  expect(lines).toContain(" ~  files:index:File a has changed");
  expect(lines).toContain("        ~ size: 1 => 2");
  expect(lines).toContain(" -  files:index:File b is gone");
  expect(lines.at(-1)).toMatch(/^1 changed, 1 gone, 1 unchanged in /);
});
