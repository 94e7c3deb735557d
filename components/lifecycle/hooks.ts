import * as pulumi from "@pulumi/pulumi";
import { PUBLIC_TTL_SEC } from "../dns";
import type { BalancerMode, Entrance } from "../render";
import type { Signals } from "./signals";
import { checkTerms, REACHED_KEY, type Terms } from "../terms";
import { untilInService, untilOutOfService, type Target, type TargetHealth } from "./target-waits";
import {
  anyReady,
  Lease,
  leaveTier,
  releaseVolume,
  untilAllReady,
  untilReady,
  type Clock,
  type Waiting,
} from "./waits";

export interface HookSettings {
  signals: Signals;
  targets: TargetHealth;
  /** How clients reach the load balancers from now on. */
  entrance: Entrance;
  /** The load balancers in the order in which they are admitted. */
  balancers: string[];
  balancing: BalancerMode;
  /** The databases in the order in which they are replaced. */
  databases: string[];
  readySeconds: number;
  drainSeconds: number;
  /** Everything goes: nobody who leaves is waited for, and nothing is kept serving. */
  teardown: boolean;
  /** @default the machine's time */
  clock?: Clock;
}

/** For a client whose resolver asked a moment before the name changed. */
const LATE_MS = 5000;

/**
 * What the deployment does between its steps, so that a running site stays up. Each hook waits only for what its
 * resource depends on; anything else could not come to pass while the hook holds the only worker.
 *
 * They are registered under fixed names whatever the program contains: a host that is no longer part of it must still
 * be able to leave. They find the host by the name of the resource (`web-1-instance`) and its id by its properties.
 */
export interface SiteHooks {
  /** On a host's record, before it is created or changed: the new host serves. */
  named: pulumi.ResourceHook;
  /** On a host's instance, before it is deleted: it leaves its tier. */
  leaving: pulumi.ResourceHook;
  /** On a database's attachment, after it was created: the member, or at the last one the whole database, serves. */
  attached: pulumi.ResourceHook;
  /** On a database's attachment, before it is deleted: the others serve and the host has let go of the volume. */
  detaching: pulumi.ResourceHook;
  /** On a load balancer's attachment to a target group, after it was created: the target is healthy. */
  inService: pulumi.ResourceHook;
  /** On such an attachment, before it is deleted: the NLB has let go of the target. */
  outOfService: pulumi.ResourceHook;
  /** On the association of the site's elastic IP, before it is deleted: nobody uses the address any more. */
  addressLeft: pulumi.ResourceHook;
  /** On what the hosts agree on, before it is written: no two of them are left without a common language. */
  agreed: pulumi.ResourceHook;
  /** Tells the hooks which instance is behind a host's name from now on. */
  announce(host: string, instanceId: pulumi.Output<string>): void;
}

/** Registers all hooks. Called once, first of all, by the program. */
export function registerHooks(settings: HookSettings): SiteHooks {
  const waiting: Waiting = {
    ...settings,
    clock: settings.clock ?? {
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    warn: (text) => void pulumi.log.warn(text),
  };
  const instances = new Map<string, Promise<string>>();
  const leases = new Map<string, Lease>();
  /** What this deployment gave load balancers' groups. */
  const admitted: { target: Target; standby: boolean }[] = [];
  const leaseOf = (tier: string) => {
    if (!leases.has(tier)) leases.set(tier, new Lease());
    return leases.get(tier)!;
  };
  const hook = (name: string, act: (args: pulumi.ResourceHookArgs) => Promise<void>) =>
    new pulumi.ResourceHook(`foobar-${name}`, act);
  const parting = (name: string, act: (args: pulumi.ResourceHookArgs) => Promise<void>) =>
    hook(name, async (args) => {
      if (!settings.teardown) await act(args);
    });

  return {
    named: hook("named", async (args) => {
      const host = hostOf(args);
      const id = await instances.get(host);
      if (id === undefined)
        throw new Error(`${host}: want its instance announced, got none; report this bug`);
      await untilReady(waiting, host, id);
    }),
    leaving: parting("leaving", async (args) => {
      const host = hostOf(args);
      const tier = property(args.oldInputs, "tags", "Tier");
      // Databases have left with their volume, and a single load balancer's clients with its address.
      const finishes =
        tier === "web" || (tier === "edge" && args.oldInputs?.associatePublicIpAddress !== true);
      if (finishes) await leaveTier(waiting, leaseOf(tier), host, args.id);
      else await waiting.signals.remove([`ready/${args.id}.json`]);
    }),
    attached: hook("attached", async (args) => {
      const host = hostOf(args);
      const place = settings.databases.indexOf(host);
      const last = place === settings.databases.length - 1;
      // When the database is founded its members boot side by side, so only the last one waits, for all.
      if (last) await untilAllReady(waiting, settings.databases);
      else if (await anyReady(waiting, settings.databases.slice(place + 1)))
        await untilReady(waiting, host, property(args.newInputs, "instanceId"));
    }),
    detaching: parting("detaching", (args) => {
      const host = hostOf(args);
      const others = settings.databases.filter((name) => name !== host);
      return releaseVolume(waiting, host, property(args.oldInputs, "instanceId"), others);
    }),
    inService: hook("in-service", async (args) => {
      const place = settings.balancers.findIndex((name) => args.name.endsWith(`-${name}`));
      const target = targetOf(args.newInputs);
      const { targetGroupArn } = target;
      admitted.push({ target, standby: settings.balancing === "active-passive" && place > 0 });
      // Where nobody serves yet, nobody has to be kept serving meanwhile: only the last one waits, for all.
      const last = place === settings.balancers.length - 1;
      if (!last && !(await settings.targets.anyHealthy(targetGroupArn).catch(() => true))) return;
      for (const { target, standby } of admitted)
        if (target.targetGroupArn === targetGroupArn)
          await untilInService(waiting, settings.targets, target, standby);
    }),
    outOfService: parting("out-of-service", (args) =>
      untilOutOfService(waiting, settings.targets, targetOf(args.oldInputs)),
    ),
    addressLeft: parting("address-left", async () => {
      // While it is the entrance it only moves from one host to the next.
      if (settings.entrance !== "elastic-ip") await waiting.clock.sleep(PUBLIC_TTL_SEC * 1000 + LATE_MS);
    }),
    // In a preview, too, where only what was intended last is known.
    agreed: new pulumi.ResourceHook("foobar-agreed", (args) => agree(waiting.signals, args), {
      onDryRun: true,
    }),
    announce: (host, instanceId) => {
      instances.set(host, new Promise((resolve) => instanceId.apply(resolve)));
    },
  };
}

/** Refuses new terms that the hosts of the last deployment, complete or not, could not live with. */
async function agree(signals: Signals, args: pulumi.ResourceHookArgs): Promise<void> {
  const next = JSON.parse(property(args.newInputs, "content")) as Terms;
  const intended = property(args.oldInputs, "content");
  const reached = pulumi.runtime.isDryRun() ? undefined : await signals.read(REACHED_KEY);
  const texts = [...new Set([intended, reached])].filter((text): text is string => Boolean(text));
  const problems = new Set(texts.flatMap((text) => checkTerms(JSON.parse(text) as Terms, next)));
  if (problems.size > 0) throw new Error([...problems].join("\n"));
}

/** The target that an attachment is about. */
function targetOf(inputs: Record<string, unknown> | undefined): Target {
  return {
    targetGroupArn: property(inputs, "targetGroupArn"),
    instanceId: property(inputs, "targetId"),
    port: inputs?.port as number,
  };
}

/** `web-1` of `web-1-instance`: children are named after their component and their role. */
function hostOf(args: pulumi.ResourceHookArgs): string {
  return args.name.replace(/-[a-z]+$/, "");
}

function property(from: Record<string, unknown> | undefined, ...path: string[]): string {
  let value: unknown = from;
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
  return typeof value === "string" ? value : "";
}
