import type { Alert, Shortcoming } from "../alerts/alert";
import { datadogAlerts } from "../alerts/datadog";
import { prometheusAlerts } from "../alerts/prometheus";
import { ConfigError } from "../parse/config-error";
import { byName } from "../site/order";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

type Settings = { maxAlerts: number };

export const alertsActionable = rule<Settings>({
  id: "alerts-actionable",
  title: "Alerts are few, and each tells somebody what to do",
  why: "Whoever is woken has to know what it means and what to do first. An alert without a receiver, a runbook, a severity or a window is noise, and noise is what the alert that counts drowns in. One whose data has stopped coming stays silent for the wrong reason. A burn rate over a long and a short window fires soon for a large failure, and not at all for a blip.",
  sources: [
    {
      title: "Google SRE Workbook: Alerting on SLOs",
      url: "https://sre.google/workbook/alerting-on-slos/",
    },
    {
      title: "AWS Well-Architected Framework, OPS08-BP04: Create actionable alerts",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_workload_observability_create_alerts.html",
    },
    { title: "Prometheus: alerting practices", url: "https://prometheus.io/docs/practices/alerting/" },
    {
      title: "Datadog: burn rate alerts",
      url: "https://docs.datadoghq.com/service_level_objectives/burn_rate/",
    },
  ],
  fix: "Give each alert a receiver, a runbook link, a severity, a window and a decision about missing data; remove those for which nobody can say what to do; add a burn rate of the objective over two windows.",
  severity: "medium",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "OPS08-BP04" }],
  flaw: "alert-fatigue",
  examples: {
    language: "typescript",
    bad: 'new datadog.Monitor("cpu", {\n  type: "metric alert",\n  query: "avg(last_1m):avg:system.cpu.user{*} > 80",\n  message: "CPU is high",\n});\n',
    good: 'new datadog.Monitor("no-primary", {\n  type: "query alert",\n  query: "min(last_1m):max:haproxy.backend.active.servers{proxy:writes} < 1",\n  message: "No database takes writes. https://runbooks.foobar.com/no-primary @ops@foobar.com",\n  priority: "1",\n  onMissingData: "show_and_notify_no_data",\n});\n',
  },
  proof: "Each alert fires once in the lab, for its reason, and is silent while nothing is wrong.",
  settings: {
    maxAlerts: {
      type: "integer",
      default: 20,
      minimum: 1,
      description: "most alerts of a stack; more of them are noise",
    },
  },
  check(site, { maxAlerts }) {
    if (site.hosts.length === 0) return notApplicable("this stack has no hosts");
    const findings: Finding[] = [];
    const alerts: Alert[] = datadogAlerts(site);
    const shortcomings: Shortcoming[] = [];
    for (const host of byName(site.hosts)) {
      const { userData } = host;
      if (isUnknown(userData)) {
        findings.push(unknown(host.resource, userData, `which alerts ${host.name} has`));
        continue;
      }
      try {
        const found = prometheusAlerts(host);
        alerts.push(...found.alerts);
        shortcomings.push(...found.shortcomings);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        findings.push(unknown(host.resource, error.message, `which alerts ${host.name} has`));
      }
    }
    if (alerts.length === 0)
      return findings.length > 0
        ? findings
        : [
            violation(
              undefined,
              "no alert exists, so nobody is told when the site fails, want a few that can be acted on; add them with a receiver and a runbook",
            ),
          ];
    for (const alert of alerts) findings.push(...judge(alert));
    for (const { resource, message } of shortcomings) findings.push(violation(resource, message));
    if (!alerts.some(({ burnRate }) => burnRate))
      findings.push(
        violation(
          undefined,
          "no alert compares the error budget's burn rate over a long and a short window, want one for the site's objective; add it",
        ),
      );
    if (alerts.length > maxAlerts)
      findings.push(
        violation(
          undefined,
          `there are ${alerts.length} alerts, want at most ${maxAlerts}; remove those for which nobody has to do anything`,
        ),
      );
    return findings;
  },
});

function judge({ name, resource, lacking, unknown: path }: Alert): Finding[] {
  if (path !== undefined) return [unknown(resource, path, `whether alert ${name} can be acted on`)];
  return lacking.length > 0
    ? [
        violation(
          resource,
          `alert ${name} lacks ${lacking.join(", ")}; add what is missing or remove the alert`,
        ),
      ]
    : [];
}
