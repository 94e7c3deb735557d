/**
 * What can happen to the lab's machines, on purpose: each fault is made from outside a host and taken back from
 * outside, as whoever pulls a plug would. Cutting power is `powerOff` of the client.
 */
import { hostByName } from "./client";
import { request } from "./socket";
import { freezeGroups } from "../machine/cgroups";
import { cutLinks } from "../machine/network/cut";
import { hostLink } from "../machine/network/names";

interface Instance {
  id: string;
  attributes: { primaryNetworkInterfaceId: string; availabilityZone: string };
  tags?: { Name?: string };
}

const instances = async (): Promise<Instance[]> => (await request("GET", "/hosts")) as Instance[];

/** Stops a host's time: it answers nothing, closes nothing, and does not know. */
export async function freeze(name: string): Promise<void> {
  freezeGroups((await hostByName(name)).id, true);
}

/** Lets a frozen host go on. */
export async function thaw(name: string): Promise<void> {
  freezeGroups((await hostByName(name)).id, false);
}

/** Pulls the network cables of these hosts and of no others; none: all are plugged in. */
export async function cutOff(...names: string[]): Promise<void> {
  const wanted = await Promise.all(names.map(async (name) => (await hostByName(name)).id));
  const found = (await instances()).filter(({ id }) => wanted.includes(id));
  await cutLinks(found.map(({ attributes }) => hostLink(attributes.primaryNetworkInterfaceId)));
}

/** Names of the hosts in a zone. */
export async function hostsIn(zone: string): Promise<string[]> {
  const found = (await instances()).filter(({ attributes }) => attributes.availabilityZone === zone);
  return found.map(({ id, tags }) => tags?.Name ?? id).sort();
}
