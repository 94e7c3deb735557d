/** States that move from one side to the other: whoever takes one over has nothing to change. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Cli } from "./cli";
import type { Own } from "./own";
import type { Report } from "./report";

/** @param heir an engine whose state is still to come */
export async function moveToEngine(what: string, cli: Cli, heir: Own, report: Report): Promise<void> {
  mkdirSync(dirname(heir.stateFile), { recursive: true });
  writeFileSync(heir.stateFile, await cli.export());
  for (const command of ["preview", "up"] as const) {
    const { succeeded, plan, errors } = await heir.run({ command });
    const changed = Object.entries(plan).filter(([, ops]) => ops.some((op) => op !== "same"));
    const wrong = changed.map(([urn, ops]) => `${ops.join(" ")} ${urn}`);
    report.check(
      `${what}: stack export, then the engine's ${command}`,
      succeeded ? wrong : errors.map(({ text }) => text),
    );
  }
}

/** @param heir a CLI whose stack is still to come; it is removed afterwards */
export async function moveToCli(what: string, own: Own, heir: Cli, report: Report): Promise<void> {
  try {
    await heir.init();
    await heir.import(own.stateFile);
    const wrong = await heir.expectNoChanges();
    report.check(
      `${what}: the engine's state, stack import, preview --expect-no-changes`,
      wrong ? [wrong] : [],
    );
  } finally {
    heir.remove();
  }
}
