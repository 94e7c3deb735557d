import { agentsOf, type Agent, type Limits } from "../site/agents";
import { capacityOf, type Capacity } from "../traffic/capacities";
import type { Host } from "../site/host";
import { byName } from "../site/order";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

type Settings = { maxMemoryPercent: number; maxCpuPercent: number; systemMemoryMiB: number };

export const agentOverheadBudgeted = rule<Settings>({
  id: "agent-overhead-budgeted",
  title: "What agents may cost a host is limited, within a budget, and counted in its size",
  why: "Every agent is a program beside the one that the host is for. One that grows, because of a leak or of a burst of logs, takes memory and CPU from the site at its busiest moment. Limits that nobody counted are as bad: agents and a database that was given the rest of the memory do not fit, and the kernel decides who goes.",
  sources: [
    {
      title: "systemd.resource-control(5)",
      url: "https://man7.org/linux/man-pages/man5/systemd.resource-control.5.html",
    },
    {
      title: "Google SRE Book: handling overload",
      url: "https://sre.google/sre-book/handling-overload/",
    },
  ],
  fix: "Write a drop-in with MemoryMax and CPUQuota for each agent's unit into the host's user data; lower the limits, or the buffer pool, or take a larger host when they do not fit.",
  severity: "medium",
  frameworks: [{ name: "NIST SP 800-53", version: "Rev. 5", reference: "SC-6" }],
  flaw: "agents-unaccounted",
  examples: {
    language: "ini",
    bad: "# no drop-in for prometheus-node-exporter.service\n",
    good: "# /etc/systemd/system/prometheus-node-exporter.service.d/limits.conf\n[Service]\nMemoryMax=64M\nCPUQuota=10%\n",
  },
  proof:
    "The lab measures what the agents of every host take while the site is under load, and compares it with these limits.",
  settings: {
    maxMemoryPercent: {
      type: "number",
      default: 10,
      minimum: 0,
      maximum: 100,
      description: "largest share of a host's memory that all its agents together may take",
    },
    maxCpuPercent: {
      type: "number",
      default: 15,
      minimum: 0,
      maximum: 100,
      description: "largest share of a host's CPUs that all its agents together may take",
    },
    systemMemoryMiB: {
      type: "integer",
      default: 256,
      minimum: 0,
      description: "what the system and MySQL's other buffers take beside the buffer pool and the agents",
    },
  },
  check(site, settings) {
    const findings: Finding[] = [];
    let agents = 0;
    for (const host of byName(site.hosts)) {
      const found = agentsOf(host);
      if (isUnknown(found)) {
        findings.push(unknown(host.resource, found, `what the agents of ${host.name} may cost`));
        continue;
      }
      agents += found.length;
      if (found.length > 0) findings.push(...judge(host, found, settings));
    }
    return agents === 0 && findings.length === 0
      ? notApplicable("no host of this stack runs an agent")
      : findings;
  },
});

function judge(host: Host, agents: readonly Agent[], settings: Settings): Finding[] {
  const unlimited = agents.flatMap((agent) => {
    const lacking = lackingOf(agent);
    return lacking.length > 0 ? [`${agent.unit} (${lacking.join(", ")})`] : [];
  });
  if (unlimited.length > 0)
    return [
      violation(
        host.resource,
        `${host.name}: its user data sets no limit to ${unlimited.join(", ")}, want MemoryMax and CPUQuota for every agent; add a drop-in for each`,
      ),
    ];
  const capacity = capacityOf(host);
  if (isUnknown(capacity))
    return [unknown(host.resource, capacity, `whether the agents of ${host.name} fit their budget`)];
  return overdrawn(host, sum(agents), capacity, settings);
}

/** An agent counts as limited by its slice, too. */
function lackingOf({ limits, slice }: Agent): string[] {
  const within = (key: keyof Limits) => limits[key] !== undefined || slice?.limits[key] !== undefined;
  return [...(within("memoryMiB") ? [] : ["MemoryMax"]), ...(within("cpuPercent") ? [] : ["CPUQuota"])];
}

/** A slice with a limit counts once, for all that is in it. */
function sum(agents: readonly Agent[]): Required<Limits> {
  const total = (key: keyof Limits) => {
    const shared = new Map<string, number>();
    let alone = 0;
    for (const { limits, slice } of agents) {
      const limit = slice?.limits[key];
      if (slice && limit !== undefined) shared.set(slice.name, limit);
      else alone += limits[key] ?? 0;
    }
    return [...shared.values()].reduce((a, b) => a + b, alone);
  };
  return { memoryMiB: total("memoryMiB"), cpuPercent: total("cpuPercent") };
}

function overdrawn(host: Host, agents: Required<Limits>, capacity: Capacity, settings: Settings): Finding[] {
  const messages: string[] = [];
  const { memoryMiB, vcpus } = capacity;
  const memoryShare = (100 * agents.memoryMiB) / memoryMiB;
  const cpuShare = agents.cpuPercent / vcpus;
  if (memoryShare > settings.maxMemoryPercent)
    messages.push(
      `${host.name}: its agents may take ${round(agents.memoryMiB)} of ${memoryMiB} MiB (${round(memoryShare)} %), want at most ${settings.maxMemoryPercent} %; lower their MemoryMax or take a larger host`,
    );
  if (cpuShare > settings.maxCpuPercent)
    messages.push(
      `${host.name}: its agents may take ${round(cpuShare)} % of ${vcpus} CPUs, want at most ${settings.maxCpuPercent} %; lower their CPUQuota or take a larger host`,
    );
  const { mysql } = host;
  if (mysql && !isUnknown(mysql)) {
    const poolMiB = (mysql.bytes("innodb_buffer_pool_size") ?? 0) / 1024 ** 2;
    const needed = poolMiB + agents.memoryMiB + settings.systemMemoryMiB;
    if (needed > memoryMiB)
      messages.push(
        `${host.name}: innodb_buffer_pool_size ${round(poolMiB)} MiB, agents ${round(agents.memoryMiB)} MiB and the system ${settings.systemMemoryMiB} MiB make ${round(needed)} MiB, want at most the host's ${memoryMiB} MiB; lower innodb_buffer_pool_size`,
      );
  }
  return messages.map((message) => violation(host.resource, message));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
