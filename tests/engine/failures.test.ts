import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { Value } from "google-protobuf/google/protobuf/struct_pb";
import { readGoal } from "../../engine/goal";
import { project, removeProjects } from "../support/engine";

jest.setTimeout(60_000);

afterAll(removeProjects);

/** A hook of each type that notes its run; `broken` fails. */
const HOOKS = `
  import { appendFileSync, existsSync } from "node:fs";
  const note = (kind: string) => new pulumi.ResourceHook(kind, (args) => {
    appendFileSync("hooks.log", kind + " " + args.name + "\\n");
    if (kind === "beforeUpdate" && existsSync("broken")) throw new Error("not ready");
  });
  const kinds = ["beforeCreate", "afterCreate", "beforeUpdate", "afterUpdate", "beforeDelete", "afterDelete"];
  const hooks = Object.fromEntries(kinds.map((kind) => [kind, [note(kind)]])) as pulumi.ResourceHookBinding;
`;

describe("a failing step", () => {
  test("lets running steps finish, starts no other, keeps the state, and the mended program goes on", async () => {
    const text = (fail: string) => `
      new File("slow", { delayMs: 2500 });
      const bad = new File("bad", { delayMs: 20 ${fail} });
      new File("after", { from: bad.computed });
      setTimeout(() => new File("late"), 2000); // long after the failure, on a busy machine too
    `;
    const site = project(text(', fail: "no room left"'));
    const ran = await site.up();
    expect(ran.error?.message).toMatch(/the run failed/);
    expect(ran.problems).toEqual(["no room left"]);
    expect(site.journal()).toEqual(["create slow"]);
    expect(site.records().map(({ name }) => name)).toEqual(["slow"]);
    expect(site.deployment().pending_operations ?? []).toEqual([]);
    const mended = await site.program(text("")).up();
    expect(mended.problems).toEqual([]);
    expect(site.journal().sort()).toEqual(["create after", "create bad", "create late", "create slow"]);
  });

  test("a resource that was made but is not in order is kept, and finished by the next run", async () => {
    const site = project('new File("a", { initError: "did not boot" });');
    const ran = await site.up();
    expect(ran.problems[0]).toMatch(/did not boot/);
    expect(site.deployment().resources.at(-1)).toMatchObject({ initErrors: ["did not boot"] });
    const again = await site.program('new File("a", {});').up();
    expect(again.steps).toEqual(["update a"]);
    expect(site.deployment().resources.at(-1)?.initErrors).toBeUndefined();
    expect(site.journal()).toEqual(["create a", "update a"]);
  });

  test("an error in the program or in a check ends the run with its own words", async () => {
    const site = project('new File("a", {}); throw new Error("out of ideas");');
    const thrown = await site.up();
    expect(thrown.problems).toHaveLength(1);
    expect(thrown.problems[0]).toMatch(/Error: out of ideas\n +at .*index\.ts:12:/);
    const checked = await site.program('new File("a", { invalid: 7 });').up();
    expect(checked.problems).toHaveLength(1);
    expect(checked.problems[0]).toMatch(/property invalid value 7 has a problem: not a valid property/);
    // What the failed programs did not mention is not taken for unwanted.
    expect(site.journal().filter((line) => line.startsWith("delete"))).toEqual([]);
  });

  test("one of two hundred ends the run with one message that names it, and the next run makes the rest", async () => {
    const text = (fail: string) => `
      for (let n = 0; n < 200; n++) new File("f" + n, { delayMs: 20, ...(n === 100 ? { ${fail} } : {}) });
    `;
    const site = project(text('fail: "no room left"'));
    const ran = await site.up();
    const said = ran.events.filter((event) => event.type === "diagnostic");
    expect(said).toEqual([
      {
        type: "diagnostic",
        severity: "error",
        urn: expect.stringMatching(/::f100$/) as string,
        text: "no room left",
      },
    ]);
    expect(ran.events.at(-1)).toMatchObject({ type: "summary", result: "failed" });
    const made = site.existing().length;
    expect(made).toBeLessThan(200);
    expect(site.records()).toHaveLength(made);
    const mended = await site.program(text("")).up();
    expect(mended.problems).toEqual([]);
    expect(mended.result?.counts).toMatchObject({ create: 200 - made });
    expect(site.existing()).toHaveLength(200);
  });

  test("a failed update or deletion leaves the record as it was, and the next run does it again", async () => {
    const site = project('new File("a", { size: 1, failDelete: "still in use" });');
    await site.up();
    const before = site.deployment().resources.at(-1);
    const updated = await site.program('new File("a", { size: 2, fail: "read-only" });').up();
    expect(updated.problems).toEqual(["read-only"]);
    expect(site.deployment().resources.at(-1)).toEqual(before);
    const deleted = await site.program("").up();
    expect(deleted.problems).toEqual(["still in use"]);
    expect(site.deployment().resources.at(-1)).toEqual(before);
    expect(site.deployment().pending_operations ?? []).toEqual([]);
    const mended = await site.program('new File("a", { size: 2 });').up();
    expect(mended.steps).toEqual(["update a"]);
    expect(site.journal()).toEqual(["create a", "update a"]);
  });
});

describe("what the engine does not speak", () => {
  test.each([
    ["reading existing resources (Resource.get)", 'new File("a", {}, { id: "z" })'],
    ["StackReference", 'new pulumi.StackReference("organization/test/other")'],
    ["error hooks", 'new File("a", {}, { hooks: { onError: [new pulumi.ErrorHook("e", () => false)] } })'],
    ["transforms", 'pulumi.runtime.registerResourceTransform(() => undefined); new File("a")'],
    ["calls of resource methods", 'pulumi.runtime.call("files:index:File/open", {}); new File("a")'],
  ])("%s: named in the one message there is, with nothing changed", async (feature, statement) => {
    const site = project(`${statement};`);
    const ran = await site.up();
    expect(ran.error?.message).toMatch(/the run failed/);
    expect(ran.problems).toHaveLength(1);
    expect(ran.problems[0]).toContain(
      `${feature} not supported by this engine yet; use the Pulumi CLI for it`,
    );
    expect(site.journal()).toEqual([]);
  });

  test.each<[string, (request: RegisterResourceRequest) => unknown]>([
    ["import", (request) => request.setImportid("z")],
    ["remote components", (request) => request.setRemote(true)],
    ["transforms", (request) => request.addTransforms(new Callback())],
    ["parameterized packages", (request) => request.setPackageref("z")],
    ["replaceWith", (request) => request.addReplaceWith("z")],
    ["replacementTrigger", (request) => request.setReplacementTrigger(Value.fromJavaScript("z"))],
    ["envVarMappings", (request) => request.getEnvvarmappingsMap().set("A", "B")],
    ["dynamic providers", (request) => request.setType("pulumi-nodejs:dynamic:Resource")],
  ])("%s: a registration that asks for it is refused", (feature, ask) => {
    const request = new RegisterResourceRequest().setType("files:index:File").setName("a").setCustom(true);
    expect(() => readGoal(request, "/", "/")).not.toThrow();
    ask(request);
    expect(() => readGoal(request, "/", "/")).toThrow(`${feature} not supported by this engine yet`);
  });

  test.each([
    ["policy packs (plugins.analyzers)", { plugins: { analyzers: [{ name: "p", path: "p" }] } }],
    ["stackConfigDir", { stackConfigDir: "stacks" }],
  ])("%s in Pulumi.yaml is refused before anything starts", async (feature, settings) => {
    const site = project('new File("a");');
    const file = join(site.folder, "Pulumi.yaml");
    writeFileSync(
      file,
      JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...settings }),
    );
    const ran = await site.up();
    expect(ran.problems).toEqual([
      `${file}: ${feature} not supported by this engine yet; use the Pulumi CLI for it`,
    ]);
    expect(ran.events).toEqual([]);
  });

  test("commands and options of the CLI that it lacks are named, and where they are to be had", async () => {
    const engine = project("").spawn("up", "--target", "a");
    let said = "";
    engine.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    expect(await once(engine, "close")).toEqual([1, null]);
    expect(said).toMatch(
      /unknown option '--target' \(not supported by this engine; use the Pulumi CLI for it\)/,
    );
  });
});

describe("hooks", () => {
  const text = (size: number) => `${HOOKS}
    const host = new File("host", { size: ${size}, replaceOn: ["size"] }, { hooks });
    new File("record", { host: host.computed }, { hooks });
  `;

  test("run around each step; a failing one moves nothing, and the next up ends both old generations", async () => {
    const site = project(text(1));
    const first = await site.up();
    expect(first.problems).toEqual([]);
    expect(site.hooks()).toEqual([
      ...["beforeCreate host", "afterCreate host", "beforeCreate record", "afterCreate record"],
    ]);
    expect(site.deployment().resources.at(-1)?.resourceHooks).toMatchObject({
      BeforeDelete: ["beforeDelete"],
    });

    // The new host never becomes ready: the record stays on the old one, which stays.
    writeFileSync(join(site.folder, "broken"), "");
    const failed = await site.program(text(2)).up();
    expect(failed.problems).toEqual(['before hook "beforeUpdate" failed: not ready']);
    expect(site.journal().slice(2)).toEqual(["create host"]);
    expect(site.records().filter(({ name }) => name === "host")).toHaveLength(2);

    // Mended by a third generation: traffic moves once, then both earlier ones go, each through its hook.
    writeFileSync(join(site.folder, "hooks.log"), "");
    rmSync(join(site.folder, "broken"));
    const mended = await site.program(text(3)).up();
    expect(mended.problems).toEqual([]);
    expect(site.journal().slice(3)).toEqual(["create host", "update record", "delete host", "delete host"]);
    expect(site.hooks().slice(0, 4)).toEqual([
      ...["beforeCreate host", "afterCreate host", "beforeUpdate record", "afterUpdate record"],
    ]);
    expect(site.hooks().slice(4).sort()).toEqual([
      ...["afterDelete host", "afterDelete host", "beforeDelete host", "beforeDelete host"],
    ]);
    expect(site.existing()).toEqual(
      site
        .records()
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("destroy needs the program for them, and says so", async () => {
    const site = project(`${HOOKS} new File("a", {}, { hooks });`);
    await site.up();
    const refused = await site.destroy();
    expect(refused.problems[0]).toMatch(/hook "beforeDelete" was not registered; .*--run-program/);
    expect(site.existing()).toHaveLength(1);
    const ran = await site.destroy({ runProgram: true });
    expect(ran.problems).toEqual([]);
    expect(site.hooks().slice(2)).toEqual(["beforeDelete a", "afterDelete a"]);
    expect(site.existing()).toEqual([]);
  });
});

describe("secrets", () => {
  test("are opened from the settings, never at rest or on display in the clear, and stay the same text", async () => {
    const { Crypter } = await import("../../engine/secrets");
    const crypter = await Crypter.create("pass");
    const site = project(`
      const secret = new pulumi.Config().requireSecret("password");
      const a = new File("a", { secret, list: pulumi.secret(["xyzzy-1"]) });
      export const leaked = secret;
      export const derived = a.token;
      export const plain = "open";
    `);
    const password = { secure: crypter.encrypt("xyzzy-2") };
    site.configure({ "test:password": password }, { encryptionsalt: crypter.salt });
    const ran = await site.up();
    expect(ran.problems).toEqual([]);
    expect(ran.result?.outputs).toMatchObject({ leaked: "xyzzy-2", plain: "open" });
    expect(site.stateText()).not.toMatch(/xyzzy|secret of/);
    expect(JSON.stringify(ran.events)).not.toMatch(/xyzzy|secret of/);
    expect(readFileSync(join(site.files, `${site.existing()[0]}.json`), "utf8")).toContain("xyzzy-2");
    const before = site.deployment();
    await site.up();
    expect(site.deployment().resources).toEqual(before.resources);
    const wrong = await site.up({ configPassphrase: "guess" });
    expect(wrong.problems[0]).toMatch(/passphrase: it does not open this stack's secrets/);
  });
});

describe("a state that is not this stack's", () => {
  test.each([
    ["not JSON", "{ half", /want JSON/],
    ["another version", '{"version": 9, "deployment": {}}', /version 3 or 4, got version 9/],
    ["an unknown feature", '{"version": 4, "features": ["views"], "deployment": {}}', /got views/],
    [
      "another project's",
      JSON.stringify({
        version: 3,
        deployment: { resources: [{ urn: "urn:pulumi:dev::other::a:b:c::d", type: "a:b:c", custom: false }] },
      }),
      /want resources of test\/dev, got other\/dev/,
    ],
  ])("(%s) is refused and left as it is", async (_what, content, message) => {
    const site = project('new File("a");');
    mkdirSync(join(site.folder, ".state"));
    writeFileSync(site.stateFile, content);
    for (const command of [() => site.up(), () => site.preview(), () => site.destroy()]) {
      expect((await command()).problems[0]).toMatch(message);
    }
    expect(site.stateText()).toBe(content);
    expect(site.journal()).toEqual([]);
  });
});
