/** `make down`: the lab is discarded, as a cloud account that is closed; nothing is drained. */
import { readdirSync, rmSync } from "node:fs";
import { takeLock, type Lock } from "../../engine/lock";
import { stackFiles } from "../../engine/run";
import { down as takeDown } from "../cloud/client";
import { projectDir, stateDir } from "./site";

/**
 * Ends the lab and forgets its stacks. The image cache stays. Harmless when nothing is up.
 * @throws Error that names the deployment which is under way
 */
export async function down(): Promise<void> {
  const startMs = performance.now();
  const stacks = readdirSync(projectDir).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const locks: Lock[] = [];
  try {
    for (const stack of stacks) locks.push(await takeLock(stackFiles({ projectDir, stack }).lock, "down"));
    await takeDown();
    // the stacks' resources are gone with the lab, and so is every secret that their states hold
    rmSync(stateDir, { recursive: true, force: true });
  } finally {
    for (const lock of locks) lock.release();
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`The lab is down (${seconds} s); only the image cache is left.`);
}
