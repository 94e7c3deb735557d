/** The project's own program, `lab/` with the stack baseline, through both sides, judged by its own policies. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildApp } from "../../app/build";
import { Cli } from "./cli";
import { differences } from "./compare";
import { compareRunning } from "./lab-running";
import { moveToCli, moveToEngine } from "./move";
import { Own } from "./own";
import type { Report } from "./report";
import type { Observed } from "./side";

const repository = resolve(__dirname, "../..");
const STACK = "baseline";
/** What is no part of the program, or large and the same. */
const LEFT_OUT = new Set(["node_modules", ".git", ".state", "dist", "docs", "tests", "bench"]);

/** @param all also up, refresh, preview and destroy, which needs root and a machine whose lab is down */
export async function compareLab(report: Report, all: boolean): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "conformance-lab-"));
  cpSync(repository, copy, { recursive: true, filter: (source) => !LEFT_OUT.has(basename(source)) });
  symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
  await buildApp(join(copy, "app", "dist"));
  const world = { folder: join(copy, "lab") };
  const pack = join(copy, "policies");
  const newCli = () => new Cli(world, STACK, ["--policy-pack", pack]);
  const newOwn = (stateDir?: string) =>
    new Own(world, { policyPacks: [{ path: pack }], stateDir }, "foobar", STACK);
  const [cli, own] = [newCli(), newOwn()];
  try {
    await cli.init();
    // What the policies refuse has no result: the program is looked at without them first.
    for (const judged of [false, true]) {
      const stage = { command: "preview", judged } as const;
      const [theirs, ours] = [await cli.run(stage), await own.run(stage)];
      comparePreview(judged ? "preview with policies" : "preview", theirs, ours, report);
      if (judged) continue;
      const found = differences(named(theirs.planned), named(ours.planned), "planned");
      report.compare("the lab: preview: inputs and outputs that it foresees", found);
    }
    if (!all) return;
    const what = "the running lab";
    const heir = newOwn(join(copy, ".moved"));
    const there = async () => {
      await moveToEngine(what, cli, heir, report);
      await moveToCli(`${what}: after the move`, heir, newCli(), report);
    };
    const turns = [
      { side: cli, move: there },
      { side: own, move: () => moveToCli(what, own, newCli(), report) },
    ] as const;
    await compareRunning([...turns], cli, report);
  } finally {
    cli.remove();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Names that the lab's provider makes up end in seven digits that are others each time. */
function named(planned: Observed["planned"]): unknown {
  return JSON.parse(JSON.stringify(planned).replace(/-[0-9a-f]{7}"/g, '-<new>"'));
}

function comparePreview(command: string, theirs: Observed, ours: Observed, report: Report): void {
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
