import { once } from "node:events";
import type { EngineEvent } from "../../engine";
import { project, removeProjects, TestProject } from "../support/engine";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

jest.setTimeout(120_000);

afterAll(removeProjects);

/** Random numbers; a failure is repeated with the seed that was printed. */
function sequence(): () => number {
  let state = Number(process.env.ENGINE_TEST_SEED ?? Date.now() % 4294967296);
  process.stderr.write(`ENGINE_TEST_SEED=${state}\n`);
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

const until = async (what: string, condition: () => boolean) => {
  const deadline = Date.now() + 40_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
};

/** Resources that are replaced in both orders, updated and kept, and some that follow. */
const text = (generation: number) => `
  const all = [0, 1, 2, 3, 4, 5].map((n) => new File("r" + n, { generation: n % 2 ? ${generation} : 0, size: ${generation},
    delayMs: 15, replaceOn: ["generation"] }, { deleteBeforeReplace: n === 3 }));
  const user = new File("user", { from: all[3].computed, delayMs: 15, replaceOn: ["from"] });
  new File("last", { from: user.computed, other: all[1].computed, note: pulumi.secret("quiet") });
`;

/** What a stack's state says and its side effects are, without what differs from run to run. */
function outcome(site: TestProject) {
  const ids = site.records().map(({ name, id }) => [id, `<id of ${name}>`] as const);
  const plain = (resource: object) => {
    const facts = { ...resource, id: undefined, created: undefined, modified: undefined };
    let json = JSON.stringify(facts).replaceAll(site.folder, "<project>");
    for (const [id, name] of ids) json = json.replaceAll(id, name);
    return json
      .replace(/"(__token|ciphertext)":"[^"]*"/g, '"$1":"…"')
      .replace(/(::default\w*::)[0-9a-f-]{36}/g, "$1<id>");
  };
  return {
    resources: site.deployment().resources.map(plain).sort(),
    pending: site.deployment().pending_operations ?? [],
    // An interrupted update is made again, which does no harm.
    effects: site
      .journal()
      .filter((line) => !line.startsWith("update"))
      .sort(),
  };
}

test("killed again and again at any moment, it ends where an undisturbed run ends: nothing made twice, nothing orphaned", async () => {
  const random = sequence();
  const [killed, calm] = [project(""), project("")];
  let kills = 0;
  for (const [command, generation] of [
    ["up", 0],
    ["up", 1],
    ["destroy", 1],
  ] as const) {
    killed.program(text(generation));
    calm.program(text(generation));
    for (let over = false; !over;) {
      const engine = killed.spawn(command, "--no-diff");
      const exit = once(engine, "exit");
      if (kills % 4 < 3) {
        // After a few side effects, and then at any moment within the next steps.
        const enough = killed.journal().length + Math.floor(random() * 4);
        await until("side effects", () => killed.journal().length > enough || engine.exitCode !== null);
        await new Promise((done) => setTimeout(done, random() * 40));
        engine.kill("SIGKILL");
      }
      const [code] = (await exit) as [number | null];
      over = code === 0;
      if (code === null || kills % 4 === 3) kills++;
    }
    expect((await calm[command]()).problems).toEqual([]);
    expect(outcome(killed)).toEqual(outcome(calm));
    expect(killed.existing()).toEqual(
      killed
        .records()
        .map(({ id }) => id)
        .sort(),
    );
  }
  expect(kills).toBeGreaterThan(3);
  expect(killed.existing()).toEqual([]);
});

test("an interrupted creation is found again although the program has changed meanwhile", async () => {
  const site = project('new File("a", { delayMs: 1500 });');
  const engine = site.spawn("up");
  await until("a is made", () => site.existing().length === 1);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  expect(site.deployment().pending_operations).toMatchObject([{ type: "creating" }]);
  // The lock of the dead process is taken over.
  const lock = join(site.folder, ".state", "dev.lock");
  expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: engine.pid });
  const [made] = site.existing();
  const next = await site.program('new File("b");').up();
  expect(next.problems).toEqual([]);
  expect(next.steps).toEqual(["create b", "delete a"]);
  expect(existsSync(lock)).toBe(false);
  expect(site.existing()).not.toContain(made);
  expect(site.journal()).toEqual(["create a", "create b", "delete a"]);
});

test("while one works on a stack, another is refused and told who; Ctrl-C finishes the running step and no more", async () => {
  const site = project(`
    const slow = new File("slow", { delayMs: 700 });
    new File("next", { from: slow.computed });
  `);
  const engine = site.spawn("up", "--json");
  const exit = once(engine, "close");
  let output = "";
  engine.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until("slow is being made", () => output.includes('::slow","phase":"begin"'));
  const other = await site.up();
  expect(other.problems[0]).toMatch(
    new RegExp(`"up -s dev" \\(pid ${engine.pid} on .*\\) works on this stack`),
  );
  engine.kill("SIGINT");
  const [code] = (await exit) as [number | null];
  expect(code).toBe(130);
  const events = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EngineEvent);
  expect(events[0]).toEqual({ type: "start", command: "up", project: "test", stack: "dev" });
  expect(events.at(-1)).toMatchObject({ type: "summary", result: "canceled", counts: { create: 2 } });
  expect(site.records().map(({ name }) => name)).toEqual(["slow"]);
  expect(site.deployment().pending_operations ?? []).toEqual([]);
  expect(existsSync(join(site.folder, ".state", "dev.lock"))).toBe(false);

  // A second one stops at once; what was begun is on record.
  site.program('new File("slow", { delayMs: 60000 });');
  const stuck = site.spawn("up");
  const stopped = once(stuck, "exit");
  await until("it is being updated", () => site.stateText().includes('"updating"'));
  stuck.kill("SIGTERM");
  await new Promise((done) => setTimeout(done, 100));
  stuck.kill("SIGTERM");
  expect((await stopped)[0]).toBe(130);
  const lock = join(site.folder, ".state", "dev.lock");
  if (existsSync(lock)) expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: stuck.pid });
  const repeated = await site.program('new File("slow", { delayMs: 0 });').up();
  expect(repeated.steps).toContain("update slow");
});
