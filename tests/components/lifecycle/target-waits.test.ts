import {
  untilInService,
  untilOutOfService,
  type Target,
  type TargetHealth,
} from "../../../components/lifecycle/target-waits";
import { FakeClock, MemorySignals } from "../../support/memory-signals";

const target: Target = { targetGroupArn: "arn:group", instanceId: "i-1", port: 443 };

/** A load balancer that says these states one after another, the last one for ever. */
class Balancer implements TargetHealth {
  readonly deregistered: Target[] = [];
  constructor(private readonly states: (string | Error)[]) {}
  state(): Promise<{ state: string; reason?: string }> {
    const now = this.states.length > 1 ? this.states.shift()! : this.states[0];
    return now instanceof Error ? Promise.reject(now) : Promise.resolve({ state: now, reason: "checks" });
  }
  anyHealthy(): Promise<boolean> {
    return Promise.resolve(this.states.includes("healthy"));
  }
  deregister(which: Target): Promise<void> {
    this.deregistered.push(which);
    return Promise.resolve();
  }
}

const waiting = (warnings: string[] = []) => ({
  ...{ signals: new MemorySignals(), clock: new FakeClock(), readySeconds: 20, drainSeconds: 10 },
  warn: (text: string) => void warnings.push(text),
});

test("a new target is in service when the load balancer calls it healthy", async () => {
  const clocked = waiting();
  await untilInService(
    clocked,
    new Balancer(["initial", "initial", new Error("timeout"), "healthy"]),
    target,
  );
  expect(clocked.clock.now()).toBe(3000);
});

test("a target that stays unhealthy ends the deployment with the load balancer's reason", async () => {
  await expect(untilInService(waiting(), new Balancer(["initial", "unhealthy"]), target)).rejects.toThrow(
    "target i-1:443: want it healthy within 20 s, got unhealthy (checks); see what the host's health check says",
  );
});

test("a standby is in service when the load balancer has looked at it, whatever it says", async () => {
  const clocked = waiting();
  await untilInService(clocked, new Balancer(["initial", "initial", "unhealthy"]), target, true);
  expect(clocked.clock.now()).toBe(2000);
});

test("a target leaves when the load balancer has let go of it, and is asked to do so first", async () => {
  const balancer = new Balancer(["draining", "draining", "unused"]);
  const warnings: string[] = [];
  await untilOutOfService(waiting(warnings), balancer, target);
  expect(balancer.deregistered).toEqual([target]);
  expect(warnings).toEqual([]);
});

test("a target that drains for too long is left behind with a warning", async () => {
  const warnings: string[] = [];
  await untilOutOfService(waiting(warnings), new Balancer(["draining"]), target);
  expect(warnings).toEqual([
    "target i-1:443: want it out of service within 10 s, got draining (checks); going on",
  ]);
});
