import { pairPacks, type CommandOptions } from "../../engine";

/** What `up` and `preview` take on the command line. */
export interface DeployOptions {
  stack: string;
  json: boolean;
  policyPack?: string[];
  policyPackConfig?: string[];
}

/** The same for the engine. Throws when there are not as many configurations as policy packs. */
export function engineOptions(options: DeployOptions) {
  return {
    stack: options.stack,
    display: options.json ? "json" : "auto",
    policyPacks: pairPacks(options.policyPack ?? [], options.policyPackConfig ?? []),
  } satisfies Partial<CommandOptions>;
}
