import { once } from "node:events";
import { TestProject } from "../support/engine";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

jest.setTimeout(120_000);

const projects: TestProject[] = [];
function project(program: string): TestProject {
  const made = new TestProject(program);
  projects.push(made);
  return made;
}
afterAll(() => projects.forEach((made) => made.remove()));

/** Numbers that look random and are the same in every run of the test. */
function sequence(seed: number): () => number {
  let state = seed;
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

const text = (generation: number) => `
  const all = [0, 1, 2, 3, 4, 5].map((n) => new File("r" + n, { generation: n % 2 ? ${generation} : 0, size: ${generation},
    delayMs: 15, replaceOn: ["generation"] }, { deleteBeforeReplace: n === 3 }));
  const user = new File("user", { from: all[3].computed, delayMs: 15, replaceOn: ["from"] });
  new File("last", { from: user.computed, other: all[1].computed });
`;

test("killed again and again at any moment, the next run goes on: nothing orphaned, nothing made twice", async () => {
  const random = sequence(20261121);
  const site = project(text(0));
  let sideEffects = 0;
  for (let round = 0; round < 7; round++) {
    site.program(text(Math.floor(round / 2)));
    const engine = site.spawn(round === 5 ? "destroy" : "up", "--no-diff");
    const before = site.journal().length;
    // After a few side effects, and then at any moment within the next step.
    const enough = before + Math.floor(random() * 5);
    const over = once(engine, "exit");
    await Promise.race([until("side effects", () => site.journal().length > enough), over]);
    await new Promise((done) => setTimeout(done, random() * 40));
    engine.kill("SIGKILL");
    await over;
    sideEffects += site.journal().length - before;
  }
  const end = await site.program(text(9)).up();
  expect(end.problems).toEqual([]);
  expect(sideEffects).toBeGreaterThan(10);
  const { resources, pending_operations } = site.deployment();
  expect(pending_operations ?? []).toEqual([]);
  expect(resources.filter((resource) => resource.delete)).toEqual([]);
  expect(site.records()).toHaveLength(8);
  expect(site.existing()).toEqual(
    site
      .records()
      .map(({ id }) => id)
      .sort(),
  );
  const again = await site.up();
  expect(again.steps).toEqual([]);
  expect((await site.destroy()).problems).toEqual([]);
  expect(site.existing()).toEqual([]);
});

test("an interrupted creation is found again although the program has changed meanwhile", async () => {
  const site = project('new File("a", { delayMs: 1500 });');
  const engine = site.spawn("up");
  await until("a is made", () => site.existing().length === 1);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  expect(site.deployment().pending_operations).toMatchObject([{ type: "creating" }]);
  const [made] = site.existing();
  const next = await site.program('new File("b");').up();
  expect(next.problems).toEqual([]);
  expect(next.steps).toEqual(["create b", "delete a"]);
  expect(site.existing()).not.toContain(made);
  expect(site.journal()).toEqual(["create a", "create b", "delete a"]);
});

test("while one works on a stack, another is refused and told who; Ctrl-C finishes the running step and no more", async () => {
  const site = project(`
    const slow = new File("slow", { delayMs: 700 });
    new File("next", { from: slow.computed });
  `);
  const engine = site.spawn("up");
  const exit = once(engine, "exit");
  let output = "";
  engine.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until("slow is being made", () => output.includes("slow creating"));
  const other = await site.up();
  expect(other.problems[0]).toMatch(
    new RegExp(`"up -s dev" \\(pid ${engine.pid} on .*\\) works on this stack`),
  );
  engine.kill("SIGINT");
  const [code] = (await exit) as [number | null];
  expect(code).toBe(130);
  expect(output).toMatch(/canceled: 2 created/);
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
