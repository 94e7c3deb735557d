/** Which instances a target group has: what is attached, less what was deregistered. */
import type { Model } from "../model";
import { Refusal } from "../refusal";
import type { Resource } from "../store";

const docs = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html";

/** One target of a group, by instance and port. */
export interface TargetKey {
  id: string;
  /** @default the group's port */
  port?: number;
}

const idOf = (group: Resource, { id, port }: TargetKey): string =>
  `${group.id} ${id}:${port ?? (group.properties.port as number)}`;

/** Every target of a group, those that are draining included. */
export const targetsOf = (model: Model, group: Resource): Resource[] =>
  model.all("lb/target", { targetGroupArn: group.id });

/** Whether it keeps the connections that it has and gets no new one. */
export const isDraining = (target: Resource): boolean => target.attributes.deregisteredAtMs !== undefined;

/** Throws InvalidTarget for what AWS refuses. */
export function refuseTarget(model: Model, group: Resource, { id }: TargetKey): void {
  const instance = model.get("ec2/instance", id);
  if (instance?.attributes.vpcId !== group.properties.vpcId)
    throw new Refusal(
      "InvalidTarget",
      `targetId: want an instance of ${String(group.properties.vpcId)}, got ${id}${instance === undefined ? ", which is not there" : " of another VPC"}; use one of the group's VPC`,
      docs,
    );
}

/** Makes an instance a target; one that is draining is taken back. */
export function register(model: Model, group: Resource, key: TargetKey): void {
  const id = idOf(group, key);
  const known = model.get("lb/target", id);
  if (known !== undefined && !isDraining(known)) return;
  model.add({
    id,
    kind: "lb/target",
    properties: {
      targetGroupArn: group.id,
      targetId: key.id,
      port: key.port ?? group.properties.port,
    },
    attributes: { registeredAtMs: Date.now() },
    region: group.region,
    defaultTags: {},
    createdAtMs: Date.now(),
  });
}

/** Begins to drain a target; without a port, all that the instance has in the group. Harmless when there is none. */
export function deregister(model: Model, group: Resource, { id, port }: TargetKey): void {
  for (const target of targetsOf(model, group))
    if (
      target.properties.targetId === id &&
      (port === undefined || target.properties.port === port) &&
      !isDraining(target)
    )
      target.attributes.deregisteredAtMs = Date.now();
}

/** Forgets targets whose time to drain is over. Tells whether there were any. */
export function forgetDrained(model: Model, nowMs: number): boolean {
  const over = model.all("lb/target").filter((target) => {
    const group = model.get("lb/targetGroup", target.properties.targetGroupArn);
    const delaySec = Number(group?.properties.deregistrationDelay ?? 300);
    const since = target.attributes.deregisteredAtMs as number | undefined;
    return group === undefined || (since !== undefined && nowMs >= since + delaySec * 1000);
  });
  for (const target of over) model.remove(target);
  return over.length > 0;
}
