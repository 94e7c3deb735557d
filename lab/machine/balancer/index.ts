import { groupCommands, isUp, parseStates, type ServerState } from "./commands";
import { backendOf, renderBalancer } from "./config";
import { ask } from "./control";
import type { BalancerNode } from "./model";
import { adminSocket, knownNodes, startBalancer, stopBalancer, structureOf } from "./process";

export { isUp, type ServerState } from "./commands";
export { backendOf } from "./config";
export type { BalancerCheck, BalancerGroup, BalancerNode, BalancerTarget } from "./model";

/**
 * Makes the machine's load balancers these and no others, each in the namespace of its interface, which must be
 * there. Targets come and go without a trace on other connections; other changes start a process beside the old
 * one, which keeps the connections that it has. Costs some milliseconds when nothing has changed.
 */
export async function applyBalancers(nodes: readonly BalancerNode[]): Promise<void> {
  const gone = knownNodes().filter((eniId) => !nodes.some((node) => node.eniId === eniId));
  await Promise.all([...gone.map(stopBalancer), ...nodes.map(applyNode)]);
}

/** What a node thinks of its targets; nothing when it does not answer. */
export async function balancerStates(eniId: string): Promise<ServerState[]> {
  const csv = await ask(adminSocket(eniId), ["show stat -1 4 -1"]).catch(() => "");
  return parseStates(csv);
}

async function applyNode(node: BalancerNode): Promise<void> {
  // HAProxy does not start without anything to listen on
  if (node.listeners.length === 0) return stopBalancer(node.eniId);
  const structure = JSON.stringify({
    ...node,
    groups: node.groups.map((group) => ({ ...group, targets: [] })),
  });
  if (structureOf(node.eniId) !== structure) {
    const before = await balancerStates(node.eniId);
    const healthy = node.groups.flatMap(({ id }) =>
      before
        .filter((state) => state.backend === backendOf(id, "up") && isUp(state))
        .map(({ name }) => `${id}/${name}`),
    );
    await startBalancer(node.eniId, renderBalancer(node, new Set(healthy)), structure);
  }
  const states = await balancerStates(node.eniId);
  const said = await ask(
    adminSocket(node.eniId),
    node.groups.flatMap((group) => groupCommands(group, states)),
  );
  const refused = said.split("\n").find((line) => line !== "" && !harmless.test(line));
  if (refused !== undefined)
    throw new Error(`load balancer ${node.eniId}: want HAProxy to agree, got: ${refused.trim()}`);
}

/** Answers to commands that did what they should, or that will be repeated. */
const harmless = /^New server registered|^Server deleted|still has connections/;
