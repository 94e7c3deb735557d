/** `make down`: the lab is discarded, as a cloud account that is closed; nothing is drained. */
import { rmSync } from "node:fs";
import { down as takeDown } from "../cloud/client";
import { stateDir } from "./site";

/** Ends the lab and forgets its stacks. The image cache stays. Harmless when nothing is up. */
export async function down(): Promise<void> {
  const startMs = performance.now();
  await takeDown();
  // the stacks' resources are gone with the lab, and so is every secret that their states hold
  rmSync(stateDir, { recursive: true, force: true });
  console.log(
    `The lab is down (${((performance.now() - startMs) / 1000).toFixed(1)} s); only the image cache is left.`,
  );
}
