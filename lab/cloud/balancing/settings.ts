/** Settings of target groups with the defaults of Elastic Load Balancing's API filled in. */
import type { Model } from "../model";
import type { Resource } from "../store";
import type { BalancerCheck } from "../../machine/balancer";

interface GivenCheck {
  protocol?: BalancerCheck["protocol"];
  port?: string;
  path?: string;
  matcher?: string;
  interval?: number;
  timeout?: number;
  healthyThreshold?: number;
  unhealthyThreshold?: number;
}

/** How a group checks its targets. */
export function checkOf({ properties }: Resource): BalancerCheck {
  const given = (properties.healthCheck ?? {}) as GivenCheck;
  const protocol = given.protocol ?? "TCP";
  return {
    protocol,
    path: given.path ?? "/",
    matcher: given.matcher ?? "200-399",
    intervalSec: given.interval ?? 30,
    timeoutSec: given.timeout ?? (protocol === "HTTP" ? 6 : 10),
    healthy: given.healthyThreshold ?? 5,
    unhealthy: given.unhealthyThreshold ?? 2,
  };
}

/** The port on which a target is checked. */
export function checkPortOf({ properties }: Resource, targetPort: number): number {
  const { port = "traffic-port" } = (properties.healthCheck ?? {}) as GivenCheck;
  return port === "traffic-port" ? targetPort : Number(port);
}

/** What happens to the connections of a target that turns unhealthy: they are cut, unless the group says otherwise. */
export function unhealthyOf({ properties }: Resource): { cut: boolean; drainingMs: number } {
  const [state] =
    (properties.targetHealthStates as
      { enableUnhealthyConnectionTermination: boolean; unhealthyDrainingInterval?: number }[] | undefined) ??
    [];
  return {
    cut: state?.enableUnhealthyConnectionTermination ?? true,
    drainingMs: (state?.unhealthyDrainingInterval ?? 0) * 1000,
  };
}

/** Whether a balancer's nodes use a group's targets in all zones. The group's word goes before the balancer's. */
export function crossesZones(balancer: Resource, group: Resource): boolean {
  const own = group.properties.loadBalancingCrossZoneEnabled ?? "use_load_balancer_configuration";
  if (own !== "use_load_balancer_configuration") return own === "true";
  return balancer.properties.enableCrossZoneLoadBalancing === true;
}

/** The listeners of a balancer with the groups that they forward to. */
export function listenersOf(model: Model, balancer: Resource): { listener: Resource; group: Resource }[] {
  return model.all("lb/listener", { loadBalancerArn: balancer.id }).flatMap((listener) => {
    const [action] = listener.properties.defaultActions as { targetGroupArn: string }[];
    const group = model.get("lb/targetGroup", action.targetGroupArn);
    return group === undefined ? [] : [{ listener, group }];
  });
}

/** A balancer's nodes, one per zone. */
export const nodesOf = (model: Model, balancer: Resource): Resource[] =>
  model.all("lb/node", { loadBalancerArn: balancer.id });
