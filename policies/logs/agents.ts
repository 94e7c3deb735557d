import type { Host } from "../site/host";
import { documentOf, fields, list, text } from "./documents";
import type { Shipment } from "./shipment";

/** Datadog's Agent: its logs part is off unless `logs_enabled`, and takes what the integrations' files name. */
export function datadogShipments(host: Host): Shipment[] {
  const agent = documentOf(host, "/etc/datadog-agent/datadog.yaml");
  if (!agent || agent.logs_enabled !== true) return [];
  const sources = host
    .paths(/^\/etc\/datadog-agent\/conf\.d\/(.*\/)?[^/]+\.yaml$/)
    .flatMap((path) => list(documentOf(host, path)?.logs));
  const types = sources.map((source) => fields(source).type);
  if (types.length === 0) return [];
  const logs = fields(agent.logs_config);
  const plain = logs.logs_no_ssl === true || /^http:/.test(text(logs.logs_dd_url) ?? "");
  return [
    {
      program: "the Datadog Agent",
      unit: "datadog-agent.service",
      to: { kind: "datadog", site: text(agent.site) ?? "datadoghq.com" },
      transport: plain ? "plain" : agent.skip_ssl_validation === true ? "unverified" : "verified",
      everything: types.includes("journald") && !filtered(sources),
      files: sources.map((source) => text(fields(source).path)).filter((path) => path !== undefined),
    },
  ];
}

/** A journald source that is told which units to take leaves the others out. */
function filtered(sources: readonly unknown[]): boolean {
  const journals = sources.map(fields).filter(({ type }) => type === "journald");
  const keys = ["include_units", "include_matches", "include_system_units"];
  return journals.every((journal) => keys.some((key) => list(journal[key]).length > 0));
}

/** Amazon's CloudWatch agent: log files only, over HTTPS to AWS. */
export function cloudwatchShipments(host: Host): Shipment[] {
  const files = host
    .paths(/^\/opt\/aws\/amazon-cloudwatch-agent\/etc\/.*\.json$/)
    .map((path) => documentOf(host, path)!)
    .flatMap((agent) =>
      list(fields(fields(fields(agent.logs).logs_collected).files).collect_list).map(fields),
    );
  const groups = [...new Set(files.map((file) => text(file.log_group_name)))].filter(
    (name) => name !== undefined,
  );
  return groups.map((name) => {
    const sent = files
      .filter((file) => file.log_group_name === name)
      .map((file) => text(file.file_path))
      .filter((path) => path !== undefined);
    return {
      program: "the CloudWatch agent",
      unit: "amazon-cloudwatch-agent.service",
      to: { kind: "log-group", name },
      transport: "verified",
      everything: sent.some((path) => /^\/var\/log\/(syslog|messages)$/.test(path)),
      files: sent,
    };
  });
}
