/** Keeps the machine's load balancers as the cloud has them, and learns from them how their targets are. */
import { applyBalancers, backendOf, balancerStates, isUp } from "../../machine/balancer";
import type { Finding, Model } from "../model";
import { findingKey } from "./health";
import { balancerNodes } from "./nodes";
import { forgetDrained } from "./targets";

/** Between two looks at the nodes: well below the shortest interval of a health check. */
const lookMs = 1000;

/** The running load balancers of a cloud. */
export class Balancers {
  /** One thing at a time: processes and their targets are compared and then changed. */
  private turn: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly model: Model,
    private readonly save: () => Promise<void>,
    private readonly log: (line: string) => void,
  ) {}

  /** Resolves when the machine's load balancers are as the cloud was at the call, or later. */
  settle(): Promise<void> {
    const done = this.turn.then(() => applyBalancers(balancerNodes(this.model)));
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Looks at the nodes from now on, starts again what has died, and forgets targets that have drained. */
  watch(): void {
    const look = async (): Promise<void> => {
      if (balancerNodes(this.model).length === 0) return;
      if (forgetDrained(this.model, Date.now())) await this.save();
      await this.settle();
      await this.learn();
    };
    const repeat = (): void => {
      look()
        .catch((error: Error) => this.log(`load balancers: ${error.message}`))
        .finally(() => {
          if (!this.closed) setTimeout(repeat, lookMs);
        });
    };
    repeat();
  }

  /** Looks no more; what runs goes on. */
  close(): void {
    this.closed = true;
  }

  private async learn(): Promise<void> {
    const nodes = balancerNodes(this.model);
    const states = await Promise.all(nodes.map(({ eniId }) => balancerStates(eniId)));
    const nowMs = Date.now();
    const found = new Map<string, Finding>();
    for (const [index, { eniId, groups }] of nodes.entries())
      for (const group of groups)
        for (const { name } of group.targets.filter(({ draining }) => !draining)) {
          const state = states[index].find(
            (one) => one.backend === backendOf(group.id, "up") && one.name === name,
          );
          if (state === undefined) continue;
          const key = findingKey(eniId, group.id, name);
          const before = this.model.findings.get(key);
          const healthy = isUp(state);
          found.set(key, {
            healthy,
            wasHealthy: healthy || (before?.wasHealthy ?? false),
            unhealthySinceMs: healthy ? undefined : (before?.unhealthySinceMs ?? nowMs),
            check: state.check,
            code: state.code,
          });
        }
    this.model.findings.clear();
    for (const [key, finding] of found) this.model.findings.set(key, finding);
  }
}
