/** One program through both sides, every command compared, and the state moved across in both directions. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Cli } from "./cli";
import { differences, isEmpty } from "./compare";
import { moveToCli, moveToEngine } from "./move";
import { factsOf, type Facts } from "./normal";
import { breaches } from "./order";
import { Own } from "./own";
import type { Program } from "./programs";
import type { Report } from "./report";
import type { Recorded, Side, Stage } from "./side";
import { World } from "./world";

/** A side in its world, with all it has been seen doing. */
class Actor<S extends Side = Side> {
  private before: Recorded["before"] = [];

  constructor(
    readonly side: S,
    readonly world: World,
  ) {}

  async act(stage: Stage): Promise<{ facts: Facts; breaches: string[] }> {
    if (stage.program !== undefined) this.world.program(stage.program);
    for (const [name, change] of Object.entries(stage.tamper ?? {})) this.world.tamper(name, change);
    const [calls, hooks] = [this.world.calls().length, this.world.hooks().length];
    const observed = await this.side.run(stage);
    const all = this.world.calls();
    const seen: Recorded = {
      ...observed,
      calls: all.slice(calls),
      hooks: this.world.hooks().slice(hooks),
      before: this.before,
    };
    const order = breaches(seen.calls, this.before, seen.state);
    this.before = seen.state;
    return { facts: factsOf(seen, all, this.world.folder), breaches: order };
  }
}

const PARTS: [keyof Facts, string][] = [
  ["succeeded", "result"],
  ["plan", "plan"],
  ["errors", "resources that errors are about"],
  ["policies", "policy results"],
  ["outputs", "outputs"],
  ["planned", "inputs and outputs that it foresees"],
  ["resources", "resources: URNs, inputs, outputs, options"],
  ["effects", "side effects"],
  ["hooks", "hooks that ran"],
];

/** @param provider folder of the built test provider */
export async function runProgram(program: Program, provider: string, report: Report): Promise<void> {
  const pack = program.pack === undefined ? undefined : writePack(program.pack);
  const cliWorld = new World(provider);
  const ownWorld = new World(provider);
  const cli = new Actor(new Cli(cliWorld, "dev", pack ? ["--policy-pack", pack] : []), cliWorld);
  const own = new Actor(new Own(ownWorld, pack ? { policyPacks: [{ path: pack }] } : {}), ownWorld);
  try {
    await cli.side.init();
    for (const [at, stage] of program.stages.entries()) {
      const what = `${program.name}: ${at + 1} ${stage.command}${stage.refresh ? " --refresh" : ""}`;
      const [theirs, ours] = await Promise.all([cli.act(stage), own.act(stage)]);
      for (const [part, name] of PARTS) {
        if (isEmpty(theirs.facts[part]) && isEmpty(ours.facts[part])) continue;
        // A preview that is refused foresees nothing that counts.
        if (part === "planned" && !theirs.facts.succeeded) continue;
        const found = differences(theirs.facts[part], ours.facts[part], part);
        report.compare(`${what}: ${name}`, found);
      }
      report.compare(`${what}: order of dependencies`, differences(theirs.breaches, ours.breaches, "order"));
      report.check(`${what}: no breach of it`, ours.breaches);
      if (stage.moved) await move(program.name, cli, own, report);
    }
  } finally {
    cli.side.remove();
    [cliWorld, ownWorld].forEach((world) => world.remove());
    if (pack) rmSync(pack, { recursive: true, force: true });
  }
}

/** The CLI's state to the engine, the engine's to the CLI: neither has anything to change, or does anything. */
async function move(name: string, cli: Actor<Cli>, own: Actor<Own>, report: Report): Promise<void> {
  const effects = cli.world.calls().length;
  const stateDir = join(cli.world.folder, ".moved");
  await moveToEngine(name, cli.side, new Own(cli.world, { stateDir }), report);
  const calls = cli.world
    .calls()
    .slice(effects)
    .filter(({ operation }) => operation !== "read");
  report.check(
    `${name}: stack export, then the engine: no side effect`,
    calls.map((call) => JSON.stringify(call)),
  );
  await moveToCli(name, own.side, new Cli(own.world), report);
}

function writePack(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "conformance-pack-"));
  writeFileSync(
    join(folder, "PulumiPolicy.yaml"),
    "runtime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "conformance-pack", version: "1.0.0", main: "index.js" }),
  );
  writeFileSync(join(folder, "index.js"), text);
  symlinkSync(resolve(__dirname, "../../node_modules"), join(folder, "node_modules"));
  return folder;
}
