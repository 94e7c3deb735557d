import type { Waiting } from "./waits";

/** A network load balancer's view of its targets. */
export interface TargetHealth {
  /** ELBv2's word for the target's state: `initial`, `healthy`, `unhealthy`, `draining` or `unused`, and why. */
  state(target: Target): Promise<{ state: string; reason?: string }>;
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
  const last = await look(waiting, waiting.readySeconds, targets, target, ({ state }) =>
    enough.includes(state),
  );
  if (last.found) return;
  throw new Error(
    `${nameOf(target)}: want it healthy within ${waiting.readySeconds} s, got ${last.said}; see what the host's health check says and whether its firewall lets the load balancer in`,
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
  const last = await look(waiting, waiting.drainSeconds, targets, target, ({ state }) => state === "unused");
  if (!last.found)
    waiting.warn(
      `${nameOf(target)}: want it out of service within ${waiting.drainSeconds} s, got ${last.said}; going on`,
    );
}

async function look(
  waiting: Waiting,
  seconds: number,
  targets: TargetHealth,
  target: Target,
  enough: (health: { state: string }) => boolean,
): Promise<{ found: boolean; said: string }> {
  const deadline = waiting.clock.now() + seconds * 1000;
  for (;;) {
    let said: string;
    try {
      const health = await targets.state(target);
      if (enough(health)) return { found: true, said: health.state };
      said = health.reason ? `${health.state} (${health.reason})` : health.state;
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    if (waiting.clock.now() >= deadline) return { found: false, said };
    await waiting.clock.sleep(POLL_MS);
  }
}

function nameOf({ instanceId, port }: Target): string {
  return `target ${instanceId}:${port}`;
}
