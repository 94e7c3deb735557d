import * as pulumi from "@pulumi/pulumi";

/** The parts of the site, from its clients inwards. Each has a firewall and subnets of its own. */
export type Tier = "edge" | "web" | "data";

/**
 * The tags of a resource. `Tier` is also what the hook of a leaving host reads, so it is part of the behaviour and
 * not a decoration: see `lifecycle/hooks.ts`.
 */
export function tagsOf(name: string, tier: Tier | "ops"): Record<string, string> {
  return { Name: name, Tier: tier, Site: pulumi.getProject(), Stack: pulumi.getStack() };
}
