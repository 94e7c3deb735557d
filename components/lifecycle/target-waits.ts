import { poll, type Waiting } from "./waits";

/** A network load balancer's view of its targets. */
export interface TargetHealth {
  /** ELBv2's word for the target's state: `initial`, `healthy`, `unhealthy`, `draining` or `unused`, and why. */
  state(target: Target): Promise<{ state: string; reason?: string }>;
  /** Whether the group sends connections to any target. */
  anyHealthy(targetGroupArn: string): Promise<boolean>;
  /** Takes the target out of service: it gets no new connection and keeps those it has. */
  deregister(target: Target): Promise<void>;
}

/** One port of one host behind a target group. */
export interface Target {
  targetGroupArn: string;
  instanceId: string;
  port: number;
}

/** Between two questions. A load balancer looks at its targets every 5 s at best. */
const POLL_MS = 1000;

/**
 * Waits until the load balancer sends connections to the target. A standby says itself that it is not to get any while
 * another one serves: it only has to be looked at.
 * @throws with its last state when that takes longer than a host may take to be ready
 */
export async function untilInService(
  waiting: Waiting,
  targets: TargetHealth,
  target: Target,
  standby = false,
): Promise<void> {
  const enough = standby ? ["healthy", "unhealthy"] : ["healthy"];
  const said = await lacking(waiting, waiting.readySeconds, targets, target, enough);
  if (said === undefined) return;
  throw new Error(
    `${nameOf(target)}: want it healthy within ${waiting.readySeconds} s, got ${said}; see what the host's health check says and whether its firewall lets the load balancer in`,
  );
}

/**
 * Takes the target out of service and waits until the load balancer has let go of it. A target group or a target that
 * is gone has been let go of; one that takes too long is left behind with a warning, as it keeps nobody else.
 */
export async function untilOutOfService(
  waiting: Waiting,
  targets: TargetHealth,
  target: Target,
): Promise<void> {
  await targets.deregister(target);
  const said = await lacking(waiting, waiting.drainSeconds, targets, target, ["unused"]);
  if (said !== undefined)
    waiting.warn(
      `${nameOf(target)}: want it out of service within ${waiting.drainSeconds} s, got ${said}; going on`,
    );
}

/** Looks until the state is enough; what was said last when that takes too long. */
async function lacking(
  waiting: Waiting,
  seconds: number,
  targets: TargetHealth,
  target: Target,
  enough: string[],
): Promise<string | undefined> {
  let said: string | undefined;
  const look = async () => {
    const { state, reason } = await targets.state(target);
    said = reason ? `${state} (${reason})` : state;
    return enough.includes(state) ? state : undefined;
  };
  const { found, lastError } = await poll(waiting, seconds, look, POLL_MS);
  return found === undefined ? (lastError ?? said) : undefined;
}

function nameOf({ instanceId, port }: Target): string {
  return `target ${instanceId}:${port}`;
}
