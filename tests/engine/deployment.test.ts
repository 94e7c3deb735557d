import { project, removeProjects } from "../support/engine";

jest.setTimeout(60_000);

afterAll(removeProjects);

test("a program loads what it needs when it needs it, at the first run and later ones", async () => {
  const site = project(`
    const late = import("node:os").then(({ EOL }) => EOL.length);
    new File("a", { size: late });
  `);
  expect((await site.preview()).problems).toEqual([]);
  expect((await site.up()).problems).toEqual([]);
  expect(site.journal()).toEqual(["create a"]);
});

describe("a program's life", () => {
  const program = (size: number) => `
    const a = new File("a", { size: ${size} });
    const b = new File("b", { from: a.computed });
    export const seen = b.computed;
    export const hidden = a.token;
    export const echo = pulumi.runtime.invoke("files:index:echo", { text: "hello" }, { version: "1.2.3" });
  `;
  const site = project(program(1));

  test("a preview shows what would be created and what only an update can tell, and changes nothing", async () => {
    const ran = await site.preview();
    expect(ran.steps).toEqual(["create a", "create b"]);
    const outputs = ran.events.find((event) => event.type === "outputs");
    expect(outputs).toMatchObject({
      outputs: { seen: "[unknown]", hidden: "[secret]", echo: { text: "hello" } },
    });
    expect(site.stateText()).toBe("");
    expect(site.existing()).toEqual([]);
  });

  test("up creates in the order of the dependencies and gives the outputs", async () => {
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    expect(site.journal()).toEqual(["create a", "create b"]);
    const [, b] = site.records();
    expect(ran.result?.outputs).toMatchObject({ seen: `computed-${b?.id}`, echo: { text: "hello" } });
    expect(ran.result?.counts).toMatchObject({ create: 3, same: 0 });
  });

  test("up again changes nothing, neither in the world nor in the records", async () => {
    const before = site.deployment().resources;
    const ran = await site.up();
    expect(ran.steps).toEqual([]);
    expect(ran.result?.counts).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 3 });
    expect(site.deployment().resources).toEqual(before);
  });

  test("an update shows the changed property with both values, and keeps names made up at creation", async () => {
    const [before] = site.records();
    site.program(program(2));
    const ran = await site.up();
    expect(ran.steps).toEqual(["update a"]);
    const begin = ran.events.find((event) => event.type === "step" && event.op === "update");
    expect(begin).toMatchObject({ changes: [{ path: "size", kind: "update", old: 1, new: 2 }] });
    expect(site.records()[0]).toEqual(before);
  });

  test("what the program no longer has is deleted, and destroy deletes the rest in reverse order", async () => {
    site.program('new File("c"); new File("d", { from: new File("e").computed });');
    const ran = await site.up();
    expect(ran.steps.slice(-2)).toEqual(["delete b", "delete a"]);
    const gone = await site.destroy();
    expect(gone.problems).toEqual([]);
    expect(gone.steps.indexOf("delete d")).toBeLessThan(gone.steps.indexOf("delete e"));
    expect(site.existing()).toEqual([]);
    expect(site.deployment().resources).toEqual([]);
  });
});

describe("replacement", () => {
  const program = (size: number, options: string, inputs = "") => `
    const a = new File("a", { size: ${size}, replaceOn: ["size"] ${inputs} }, { ${options} });
    const b = new File("b", { from: a.computed, replaceOn: ["from"] });
    const c = new File("c", { note: a.computed });
    new File("d", {}, { dependsOn: [a] });
  `;

  test("the new one is created, what needs it follows, and the old one is deleted last", async () => {
    const site = project(program(1, ""));
    await site.up();
    site.program(program(2, ""));
    const planned = await site.preview();
    expect(planned.steps.filter((step) => step.startsWith("replace "))).toEqual(["replace a", "replace b"]);
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    const done = site.journal().slice(4);
    expect(done[0]).toBe("create a");
    expect(done.slice(1, 3).sort()).toEqual(["create b", "update c"]);
    expect(done.slice(3)).toEqual(["delete b", "delete a"]);
    expect(ran.result?.counts).toMatchObject({ replace: 2, update: 1 });
    expect(site.existing()).toEqual(
      site
        .records()
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("with deleteBeforeReplace, what would be replaced with it is deleted first, and nothing else", async () => {
    const site = project(program(1, "deleteBeforeReplace: true"));
    await site.up();
    site.program(program(2, "deleteBeforeReplace: true"));
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    const done = site.journal().slice(4);
    expect(done.slice(0, 3)).toEqual(["delete b", "delete a", "create a"]);
    expect(done.slice(3).sort()).toEqual(["create b", "update c"]);
    expect(site.existing()).toEqual(
      site
        .records()
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("replaceOnChanges replaces, ignoreChanges keeps, deletedWith and retainOnDelete delete nothing, timeouts arrive", async () => {
    const text = (size: number) => `
      const a = new File("a", { size: ${size} }, { replaceOnChanges: ["size"] });
      new File("b", { size: ${size}, tag: ${size} }, { ignoreChanges: ["size"] });
      new File("kept", { size: 1 }, { retainOnDelete: true });
      new File("slow", { size: ${size} }, { customTimeouts: { create: "1m30s", update: "1h", delete: "500ms" } });
      new File("with", { size: 1 }, { deletedWith: a });
    `;
    const site = project(text(1));
    await site.up();
    site.program(text(2));
    const ran = await site.up();
    expect(ran.steps).toContain("replace a");
    expect(ran.steps).toContain("update b");
    const b = site.deployment().resources.find(({ urn }) => urn.endsWith("::b"));
    expect(b?.inputs).toMatchObject({ size: 1, tag: 2 });
    await site.destroy();
    const left = site.existing().map((id) => id.replace(/-[^-]*$/, ""));
    expect(left).toContain("kept");
    expect(left).not.toContain("a");
    expect(site.journal()).not.toContain("delete kept");
    const timed = site
      .journal(4)
      .filter((line) => line.includes(" slow "))
      .map((line) => line.split(" ").pop());
    expect(timed).toEqual(["90s", "3600s", "0.5s"]);
  });

  test("a protected resource is neither replaced nor deleted until it is unprotected", async () => {
    const text = (size: number, protect: boolean) =>
      `new File("a", { size: ${size}, replaceOn: ["size"] }, { protect: ${protect} });`;
    const site = project(text(1, true));
    await site.up();
    const refused = await site.program(text(2, true)).up();
    expect(refused.error?.message).toMatch(/the run failed/);
    expect(refused.problems[0]).toMatch(/unable to replace resource .*protect/s);
    expect((await site.destroy()).problems[0]).toMatch(/cannot be deleted\nbecause it is protected/);
    expect(site.journal()).toEqual(["create a"]);
    const allowed = await site.program(text(2, false)).up();
    expect(allowed.problems).toEqual([]);
    expect(site.journal()).toEqual(["create a", "create a", "delete a"]);
  });
});
