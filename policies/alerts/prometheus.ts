import type { Host } from "../site/host";
import { documentOf, fields, list, text } from "../logs/documents";
import type { Alert, Shortcoming } from "./alert";

type Fields = Readonly<Record<string, unknown>>;

const FILES = /^\/etc\/(prometheus|alertmanager)\/.*\.ya?ml$/;
/** A range such as `[5m]` (Prometheus documentation, "Querying basics"). */
const RANGE = /\[(\d+[smhdwy])+(:[^\]]*)?\]/g;

/** Alerting rules in the files of a host, and what its Alertmanager makes of them. @throws ConfigError */
export function prometheusAlerts(host: Host): { alerts: Alert[]; shortcomings: Shortcoming[] } {
  const documents = host.paths(FILES).map((path) => documentOf(host, path) ?? {});
  const rules = documents
    .flatMap((document) => list(document.groups))
    .flatMap((group) => list(fields(group).rules))
    .map(fields)
    .filter((rule) => rule.alert !== undefined);
  const alerts = rules.map((rule) => alertOf(host, rule));
  if (alerts.length === 0) return { alerts, shortcomings: [] };
  const manager = documents.find((document) => document.route !== undefined);
  const messages = manager ? managerFaults(manager) : ["no Alertmanager passes its alerts on"];
  if (!rules.some((rule) => /\babsent(_over_time)?\(|\bup\b/.test(text(rule.expr) ?? "")))
    messages.push("no alert fires when data is missing (absent, up)");
  return {
    alerts,
    shortcomings: messages.map((message) => ({
      resource: host.resource,
      message: `${host.name}: ${message}; add it`,
    })),
  };
}

function alertOf(host: Host, rule: Fields): Alert {
  const expression = text(rule.expr) ?? "";
  const windows = new Set([...expression.matchAll(RANGE)].map(([window]) => window));
  const lacking: string[] = [];
  const runbook = text(fields(rule.annotations).runbook_url) ?? "";
  if (!runbook.startsWith("https://")) lacking.push("a link to its runbook (annotation runbook_url)");
  if (text(fields(rule.labels).severity) === undefined) lacking.push("a severity");
  if (rule.for === undefined && windows.size === 0)
    lacking.push("a window (for, or a range in its expression)");
  return {
    name: `${text(rule.alert)} on ${host.name}`,
    resource: host.resource,
    lacking,
    burnRate: windows.size >= 2 && /\band\b/.test(expression),
  };
}

/** Who is told, once for what belongs together, and not of consequences when the cause is told. */
function managerFaults(manager: Fields): string[] {
  const faults: string[] = [];
  const route = fields(manager.route);
  const receiver = list(manager.receivers)
    .map(fields)
    .find((one) => one.name === route.receiver);
  const tells = Object.entries(receiver ?? {}).some(
    ([key, value]) => key.endsWith("_configs") && list(value).length > 0,
  );
  if (!tells) faults.push(`Alertmanager's receiver ${text(route.receiver) ?? "none"} tells nobody`);
  if (list(route.group_by).length === 0) faults.push("Alertmanager groups nothing (group_by)");
  if (list(manager.inhibit_rules).length === 0) faults.push("Alertmanager inhibits nothing (inhibit_rules)");
  return faults;
}
