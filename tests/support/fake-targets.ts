import type { TargetHealth } from "../../components/lifecycle/target-waits";

/** A load balancer's view of targets that are all in one state, unless told otherwise. */
export function fakeTargets(state = "unused", more: Partial<TargetHealth> = {}): TargetHealth {
  return {
    state: () => Promise.resolve({ state }),
    anyHealthy: () => Promise.resolve(true),
    deregister: () => Promise.resolve(),
    ...more,
  };
}
