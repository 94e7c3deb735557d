/** The project's own program, `lab/` with the stack baseline, through both sides, judged by its own policies. */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildApp } from "../../app/build";
import { Cli } from "./cli";
import { differences } from "./compare";
import { Own } from "./own";
import type { Report } from "./report";
import type { Observed, Stage } from "./side";

const repository = resolve(__dirname, "../..");
const STACK = "baseline";
/** What is no part of the program, or large and the same. */
const LEFT_OUT = new Set(["node_modules", ".git", ".state", "dist", "docs", "tests", "bench"]);

/** @param all also up, refresh and destroy, which needs root and a machine whose lab is down */
export async function compareLab(report: Report, all: boolean): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "conformance-lab-"));
  cpSync(repository, copy, { recursive: true, filter: (source) => !LEFT_OUT.has(basename(source)) });
  symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
  await buildApp(join(copy, "app", "dist"));
  const world = { folder: join(copy, "lab") };
  const policies = join(copy, "policies");
  const packs = existsSync(join(policies, "PulumiPolicy.yaml")) ? [policies] : [];
  const cli = new Cli(
    world,
    STACK,
    packs.flatMap((pack) => ["--policy-pack", pack]),
  );
  const own = new Own(world, { policyPacks: packs.map((path) => ({ path })) }, "foobar", STACK);
  try {
    await cli.init();
    // What the policies refuse has no result: the program is looked at without them first.
    for (const judged of packs.length > 0 ? [false, true] : [false]) {
      const stage = { command: "preview", judged } as const;
      const [theirs, ours] = [await cli.run(stage), await own.run(stage)];
      compareRun(judged ? "preview with policies" : "preview", theirs, ours, report);
      if (judged) continue;
      const found = differences(named(theirs.planned), named(ours.planned), "planned");
      report.compare("the lab: preview: inputs and outputs that it foresees", found);
    }
    // One after the other on the one machine: the lab has one network.
    const stages: Stage[] = all
      ? [{ command: "up" }, { command: "refresh" }, { command: "destroy", runProgram: true }]
      : [];
    const seen: Observed[] = [];
    for (const stage of stages) seen.push(await cli.run(stage));
    for (const [at, stage] of stages.entries())
      compareRun(stage.command, seen[at], await own.run(stage), report);
  } finally {
    cli.remove();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Names that the lab's provider makes up end in seven digits that are others each time. */
function named(planned: Observed["planned"]): unknown {
  return JSON.parse(JSON.stringify(planned).replace(/-[0-9a-f]{7}"/g, '-<new>"'));
}

function compareRun(command: string, theirs: Observed, ours: Observed, report: Report): void {
  for (const part of ["succeeded", "plan"] as const) {
    report.compare(`the lab: ${command}: ${part}`, differences(theirs[part], ours[part], part));
  }
  const failed = [theirs, ours].filter(({ succeeded }) => !succeeded);
  report.check(
    `the lab: ${command}: goes through`,
    failed.flatMap(({ errors }) => errors.map(({ about, text }) => `${about}: ${text}`)),
  );
  const texts = ({ policies }: Observed) => policies.map(({ about, text }) => `${about}: ${text}`).sort();
  report.compare(`the lab: ${command}: policy results`, differences(texts(theirs), texts(ours), "policies"));
}
