/** The cloud's load balancers as the nodes that the machine runs. */
import type { BalancerGroup, BalancerNode } from "../../machine/balancer";
import type { Model } from "../model";
import type { Resource } from "../store";
import { checkOf, checkPortOf, crossesZones, listenersOf, nodesOf, unhealthyOf } from "./settings";
import { isDraining, targetsOf } from "./targets";

/** Seconds that a TCP connection may be silent ("Connection idle timeout" of Network Load Balancers). */
const defaultIdleSec = 350;

/** A group's name on a node: the end of its ARN. */
export const groupIdOf = (group: Resource): string => group.id.split("/").at(-1)!;

/** A target's name on a node. */
export const targetNameOf = ({ properties }: Resource): string =>
  `${String(properties.targetId)}-${String(properties.port)}`;

/** Targets that a node may use: those of its zone, or all. Instances that are gone are nobody's targets. */
export function reachableTargets(
  model: Model,
  balancer: Resource,
  node: Resource,
  group: Resource,
): Resource[] {
  return targetsOf(model, group).filter(({ properties }) => {
    const instance = model.get("ec2/instance", properties.targetId);
    const near = instance?.attributes.availabilityZone === node.attributes.availabilityZone;
    return instance !== undefined && (near || crossesZones(balancer, group));
  });
}

function nodeGroup(
  model: Model,
  balancer: Resource,
  node: Resource,
  group: Resource,
  idleSec: number,
): BalancerGroup {
  return {
    id: groupIdOf(group),
    idleSec,
    proxyProtocol: group.properties.proxyProtocolV2 === true,
    cutUnhealthy: unhealthyOf(group).cut,
    cutForgotten: group.properties.connectionTermination === true,
    check: checkOf(group),
    targets: reachableTargets(model, balancer, node, group).map((target) => {
      const port = target.properties.port as number;
      return {
        name: targetNameOf(target),
        address: model.get("ec2/instance", target.properties.targetId)!.attributes.privateIp as string,
        port,
        checkPort: checkPortOf(group, port),
        draining: isDraining(target),
      };
    }),
  };
}

/** What the machine has to run. Pure. */
export function balancerNodes(model: Model): BalancerNode[] {
  return model.all("lb/loadBalancer").flatMap((balancer) => {
    const listeners = listenersOf(model, balancer);
    const groups = new Map<Resource, number>();
    for (const { listener, group } of listeners) {
      const idleSec = (listener.properties.tcpIdleTimeoutSeconds as number | undefined) ?? defaultIdleSec;
      groups.set(group, Math.max(groups.get(group) ?? 0, idleSec));
    }
    return nodesOf(model, balancer).map((node) => ({
      eniId: node.attributes.networkInterfaceId as string,
      listeners: listeners.map(({ listener, group }) => ({
        port: listener.properties.port as number,
        groupId: groupIdOf(group),
      })),
      groups: [...groups].map(([group, idleSec]) => nodeGroup(model, balancer, node, group, idleSec)),
    }));
  });
}
