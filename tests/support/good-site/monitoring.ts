import type { Reference } from "./fixture";
import type { Ground } from "./plan";

interface Alert {
  title: string;
  type: "query alert" | "service check" | "slo alert" | "log alert";
  /** A burn rate's names its objective, which is there before the rest of the site. */
  query: string | Reference;
  critical: string;
  /** 1, somebody is called, to 5. */
  priority: string;
  meaning: string;
}

const SCOPE = "env:foobar";
const RESPONSES = (code: string) =>
  `sum:haproxy.frontend.http.responses.total{${SCOPE},tier:lb,proxy:https${code}}.as_count()`;

/** Few alerts, each with an owner, a runbook and what silence means; logs in one place with an archive. */
export function addMonitoring({ stack, bucket, key }: Ground): void {
  const objective = stack.add("datadog:index/serviceLevelObjective:ServiceLevelObjective", "slo-pages", {
    name: "Pages are answered",
    type: "metric",
    query: {
      numerator: `${RESPONSES("")} - ${RESPONSES(",code:5xx")}`,
      denominator: RESPONSES(""),
    },
    thresholds: [{ timeframe: "30d", target: 99.9, warning: 99.95 }],
    timeframe: "30d",
    targetThreshold: 99.9,
  });
  for (const [key, alert] of Object.entries(alerts(objective)))
    stack.add("datadog:index/monitor:Monitor", `alert-${key}`, {
      name: `[foobar prod] ${alert.title}`,
      type: alert.type,
      query: alert.query,
      message: `${alert.meaning}\n\nOwner: site operations\nRunbook: https://runbooks.foobar.com/${key}\n@ops@foobar.com`,
      priority: alert.priority,
      monitorThresholds: { critical: alert.critical },
      // A burn rate has no such setting: its objective counts what was not measured.
      ...(alert.type === "slo alert" ? {} : { onMissingData: "show_and_notify_no_data" }),
      newGroupDelay: 300,
      renotifyInterval: 60,
      tags: ["project:foobar", "stack:prod"],
    });
  const index = stack.add("datadog:index/logsIndex:LogsIndex", "logs-index", {
    name: "foobar-prod",
    filters: [{ query: SCOPE }],
    retentionDays: 30,
    disableDailyLimit: true,
  });
  stack.add("datadog:index/logsIndexOrder:LogsIndexOrder", "logs-order", {
    name: "foobar",
    indexes: [index],
  });
  stack.add("datadog:index/logsArchive:LogsArchive", "logs-archive", {
    name: "foobar-prod",
    query: SCOPE,
    includeTags: true,
    s3Archive: {
      bucket: bucket.known("foobar-prod-123456789012"),
      path: "logs",
      accountId: "123456789012",
      roleName: "foobar-prod-logs",
      encryptionType: "SSE_KMS",
      encryptionKey: key,
    },
  });
}

function alerts(objective: Reference): Record<string, Alert> {
  const burnRate = (long: string, short: string, limit: string) =>
    objective.known(
      `burn_rate("8c1f0d5e7a9b").over("30d").long_window("${long}").short_window("${short}") > ${limit}`,
    );
  return {
    "host-silent": {
      title: "{{host.name}} is silent",
      type: "service check",
      query: `"datadog.agent.up".over("${SCOPE}").by("host").last(3).count_by_status()`,
      critical: "2",
      priority: "2",
      meaning: "Its Agent reports no more: the host is down, cut off, or the Agent is.",
    },
    "budget-burns-fast": {
      title: "The error budget burns 14 times too fast",
      type: "slo alert",
      query: burnRate("1h", "5m", "14.4"),
      critical: "14.4",
      priority: "1",
      meaning: "Over 1 h and over 5 min, requests fail so often that the month's budget is gone in two days.",
    },
    "budget-burns-slowly": {
      title: "The error budget burns 6 times too fast",
      type: "slo alert",
      query: burnRate("6h", "30m", "6"),
      critical: "6",
      priority: "2",
      meaning:
        "Over 6 h and over 30 min, requests fail so often that the month's budget is gone in five days.",
    },
    "no-primary": {
      title: "No database takes writes",
      type: "query alert",
      query: `min(last_1m):max:haproxy.backend.active.servers{${SCOPE},tier:web,proxy:writes} < 1`,
      critical: "1",
      priority: "1",
      meaning: "No member of the group is its primary: the majority is lost, or nobody can reach it.",
    },
    "disk-fills": {
      title: "{{device.name}} of {{host.name}} fills up",
      type: "query alert",
      query: `min(last_15m):max:system.disk.in_use{${SCOPE}} by {host,device} > 0.9`,
      critical: "0.9",
      priority: "2",
      meaning: "A full disk stops the database or the logs.",
    },
    "logins-fail": {
      title: "Many logins fail on {{host.name}}",
      type: "log alert",
      query: `logs("${SCOPE} service:sshd @evt.outcome:failure").index("foobar-prod").rollup("count").by("host").last("5m") > 20`,
      critical: "20",
      priority: "3",
      meaning: "Somebody tries passwords or keys.",
    },
  };
}
