import type { EngineEvent } from "../events";
import type { RunOptions } from "../run";

/**
 * Plans a whole update before anything of it is done. Its steps and outputs are not told, because the update tells
 * them again; what policies say is.
 * @param preview the planning run
 * @throws what the planning run throws, after having told why nothing was changed
 */
export async function rehearse(
  options: RunOptions,
  preview: (options: RunOptions) => Promise<unknown>,
): Promise<void> {
  let violations = 0;
  const onEvent = (event: EngineEvent) => {
    if (event.type === "policy" && event.kind === "violation" && event.level === "mandatory") violations++;
    if (event.type === "step" || event.type === "outputs") return;
    if (event.type === "diagnostic" && event.severity === "info") return;
    options.onEvent?.(event);
  };
  try {
    await preview({ ...options, onEvent });
  } catch (error) {
    if (violations > 0) {
      const found = violations === 1 ? "a violation" : `${violations} violations`;
      const text = `nothing was changed, because of ${found} of mandatory policies; mend what they name`;
      options.onEvent?.({ type: "diagnostic", severity: "error", urn: "", text });
    }
    throw error;
  }
}
