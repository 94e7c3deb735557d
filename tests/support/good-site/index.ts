import { addBackups } from "./backups";
import { addEntrance } from "./entrance";
import { Fixture } from "./fixture";
import { addGround } from "./ground";
import { addHosts } from "./hosts";
import { addMonitoring } from "./monitoring";
import { planOf, type GoodSite } from "./plan";
import { addVault, secretsOf } from "./vault";

export type { GoodSite } from "./plan";

/**
 * The hardened www.foobar.com as a stack is after its first preview: nothing exists, ids are unknown, and what is
 * connected shows in the properties' dependencies. Every rule is content with it, also with more hosts
 * and zones; with fewer it is what the rules warn of.
 */
export function goodSite(size: GoodSite = {}): Fixture {
  const stack = new Fixture();
  stack.add("pulumi:pulumi:Stack", "foobar-prod");
  const plan = planOf(size);
  const ground = addGround(stack, plan, secretsOf(plan));
  addVault(ground);
  addEntrance(ground, addHosts(ground));
  addBackups(ground);
  addMonitoring(ground);
  return stack;
}
