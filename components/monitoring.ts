import * as datadog from "@pulumi/datadog";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "./refuse";

export interface MonitoringArgs {
  /** Which service the hosts' agents work for. `prometheus`: exporters only, nothing exists outside the hosts. */
  agent: "datadog" | "prometheus";
  /** Who gets alerts, as Datadog names them: `@ops@foobar.com`. Needed by `datadog`. */
  receiver?: string;
  /** How many servers the load balancer should find; for texts. */
  webServers: number;
}

interface Alert {
  title: string;
  type: "query alert" | "service check";
  query: string;
  critical: number;
  /** What the reader is to know and to do first. */
  message: string;
  /** Minutes without data until that is an alert itself. @default missing data is none */
  silentAfter?: number;
}

/**
 * The first alerts: a host is silent, the site is down, the replica is behind, too many requests fail. With
 * `datadog` they are Datadog monitors; names of metrics are those of the Agent's HAProxy (Prometheus mode) and MySQL
 * integrations.
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:Monitoring", name, args, opts);
    refuse(this, name, checkMonitoring(args));
    if (args.agent === "datadog")
      for (const [key, alert] of Object.entries(alertsOf(args.webServers)))
        new datadog.Monitor(
          `${name}-${key}`,
          {
            name: `[${pulumi.getProject()} ${pulumi.getStack()}] ${alert.title}`,
            type: alert.type,
            query: alert.query,
            message: `${alert.message}\n\n${args.receiver}`,
            monitorThresholds:
              alert.type === "service check"
                ? { critical: String(alert.critical), ok: "1" }
                : { critical: String(alert.critical) },
            ...(alert.silentAfter === undefined
              ? {}
              : { notifyNoData: true, noDataTimeframe: alert.silentAfter }),
            // A host that is just being replaced is no news.
            newGroupDelay: 300,
            tags: [`project:${pulumi.getProject()}`, `stack:${pulumi.getStack()}`],
          },
          { parent: this },
        );
    this.registerOutputs({});
  }
}

function alertsOf(webServers: number): Record<string, Alert> {
  const scope = `env:${pulumi.getStack()}`;
  const responses = (code: string) =>
    `sum:haproxy.frontend.http.responses.total{${scope},tier:lb,proxy:https${code}}.as_count()`;
  return {
    "host-silent": {
      title: "{{host.name}} is silent",
      type: "service check",
      // Two missed reports of the Agent, which come every 15 seconds, and the no-data window below.
      query: `"datadog.agent.up".over("${scope}").by("host").last(3).count_by_status()`,
      critical: 2,
      silentAfter: 3,
      message: "Its Agent reports no more: the host is down, cut off, or the Agent is.",
    },
    "site-down": {
      title: "The site is down",
      type: "query alert",
      query: `max(last_2m):max:haproxy.backend.active.servers{${scope},tier:lb,proxy:web} < 1`,
      critical: 1,
      silentAfter: 3,
      message: `The load balancer finds none of its ${webServers} web servers ready, or says nothing itself.`,
    },
    "replica-behind": {
      title: "The replica is behind",
      type: "query alert",
      query: `min(last_5m):max:mysql.replication.seconds_behind_source{${scope},tier:db} > 30`,
      critical: 30,
      message:
        "Reads from {{host.name}} are older than 30 seconds and a failure of the primary would lose more.",
    },
    "error-rate": {
      title: "More than 1 % of requests fail",
      type: "query alert",
      query: `sum(last_5m):100 * ${responses(",code:5xx")} / ${responses("")} > 1`,
      critical: 1,
      message: "Clients got 5xx answers for more than one request in a hundred over five minutes.",
    },
  };
}

/** Every problem of the monitoring's arguments. */
export function checkMonitoring(args: MonitoringArgs): string[] {
  if (args.agent === "datadog" && !args.receiver?.startsWith("@"))
    return [
      `receiver: want a Datadog handle such as @ops@foobar.com, got ${args.receiver ?? "nothing"}; set it`,
    ];
  return [];
}
