/** The machine's package mirrors, as hosts find them in the lab's internet. */
import { existsSync, rmSync } from "node:fs";
import { until } from "../../machine/process";
import { ensureDaemon } from "../client";
import { files } from "../files";
import { logTail, runs, startDetached } from "../processes";
import { scriptCommand } from "../script";

/** How long apt may take to tell where the machine has its packages from. */
const startMs = 30_000;

/** Starts what carries connections from the lab's internet to the machine's mirrors, unless it runs. */
export async function ensureMirrors(): Promise<void> {
  await ensureDaemon();
  if (!runs("mirrors")) rmSync(files.mirrorNames(), { force: true });
  startDetached("mirrors", scriptCommand("mirrors/relay.ts"), {
    env: { NODE_OPTIONS: "" },
  });
  const done = (): boolean => existsSync(files.mirrorNames()) || !runs("mirrors");
  if (!(await until(done, startMs, 25)) || !runs("mirrors"))
    throw new Error(`package mirrors: want them in the lab's internet, got:\n${logTail("mirrors")}`);
}
