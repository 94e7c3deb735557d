/** How targets are, as DescribeTargetHealth tells it, and which nodes of a balancer are in the DNS. */
import type { Finding, Model } from "../model";
import type { Resource } from "../store";
import { groupIdOf, reachableTargets, targetNameOf } from "./nodes";
import { checkOf, listenersOf, nodesOf, unhealthyOf } from "./settings";
import { isDraining } from "./targets";

/** A target's state with the reason, in the words of Elastic Load Balancing's API. */
export interface TargetState {
  state: "initial" | "healthy" | "unhealthy" | "unhealthy.draining" | "draining" | "unused";
  reason?: string;
  description?: string;
}

/** Key of what a node finds at a target of a group. */
export const findingKey = (eniId: unknown, groupId: string, targetName: string): string =>
  `${String(eniId)} ${groupId} ${targetName}`;

const findingOf = (model: Model, node: Resource, group: Resource, target: Resource): Finding | undefined =>
  model.findings.get(findingKey(node.attributes.networkInterfaceId, groupIdOf(group), targetNameOf(target)));

/** The worst first: a target is healthy when every node that may use it finds it so. */
const order = ["unhealthy", "unhealthy.draining", "initial", "healthy"];

/** The state of a registered target. */
export function targetState(
  model: Model,
  group: Resource,
  target: Resource,
  nowMs = Date.now(),
): TargetState {
  if (isDraining(target))
    return {
      state: "draining",
      reason: "Target.DeregistrationInProgress",
      description: "Target deregistration is in progress",
    };
  const balancers = model
    .all("lb/loadBalancer")
    .filter((balancer) => listenersOf(model, balancer).some((one) => one.group === group));
  if (balancers.length === 0)
    return {
      state: "unused",
      reason: "Target.NotInUse",
      description: "Target group is not configured to receive traffic from the load balancer",
    };
  const seen = balancers.flatMap((balancer) =>
    nodesOf(model, balancer)
      .filter((node) => reachableTargets(model, balancer, node, group).includes(target))
      .map((node) => foundState(group, target, findingOf(model, node, group, target), nowMs)),
  );
  if (seen.length === 0)
    return {
      state: "unused",
      reason: "Target.NotInUse",
      description: "Target is in an Availability Zone that is not enabled for the load balancer",
    };
  return seen.reduce((worst, one) => (order.indexOf(one.state) < order.indexOf(worst.state) ? one : worst));
}

function foundState(
  group: Resource,
  target: Resource,
  finding: Finding | undefined,
  nowMs: number,
): TargetState {
  if (finding?.healthy) return { state: "healthy" };
  const { intervalSec, timeoutSec, unhealthy } = checkOf(group);
  const firstVerdictMs = (intervalSec * unhealthy + timeoutSec) * 1000;
  const age = nowMs - (target.attributes.registeredAtMs as number);
  if (finding === undefined || (!finding.wasHealthy && age < firstVerdictMs))
    return finding === undefined
      ? {
          state: "initial",
          reason: "Elb.RegistrationInProgress",
          description: "Target registration is in progress",
        }
      : {
          state: "initial",
          reason: "Elb.InitialHealthChecking",
          description: "Initial health checks in progress",
        };
  const { cut, drainingMs } = unhealthyOf(group);
  const since = finding.unhealthySinceMs ?? nowMs;
  const draining = !cut && finding.wasHealthy && nowMs - since < drainingMs;
  return { state: draining ? "unhealthy.draining" : "unhealthy", ...reasonOf(finding) };
}

function reasonOf({ check, code }: Finding): Pick<TargetState, "reason" | "description"> {
  if (/TOUT$/.test(check)) return { reason: "Target.Timeout", description: "Request timed out" };
  if (check === "L7STS")
    return {
      reason: "Target.ResponseCodeMismatch",
      description: `Health checks failed with these codes: [${code}]`,
    };
  return { reason: "Target.FailedHealthChecks", description: "Health checks failed" };
}

/**
 * Nodes whose addresses the balancer's name has: those with a healthy target in every group that it forwards to, or
 * all when there is none ("Network Load Balancers", DNS).
 */
export function nodesInDns(model: Model, balancer: Resource): Resource[] {
  const nodes = nodesOf(model, balancer);
  const groups = listenersOf(model, balancer).map(({ group }) => group);
  const serving = nodes.filter((node) =>
    groups.every((group) =>
      reachableTargets(model, balancer, node, group).some(
        (target) => !isDraining(target) && findingOf(model, node, group, target)?.healthy === true,
      ),
    ),
  );
  return serving.length > 0 ? serving : nodes;
}
