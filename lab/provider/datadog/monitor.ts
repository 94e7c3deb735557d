/** Datadog monitors: recorded, after the checks that Datadog makes of every one. */
import type { ResourceType } from "../resource";
import { count, flag, list, number, object, text, type Rule } from "../rules";

const docs = "https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor";
const kinds = [
  "composite",
  "event alert",
  "log alert",
  "metric alert",
  "process alert",
  "query alert",
  "rum alert",
  "service check",
  "synthetics alert",
  "trace-analytics alert",
  "slo alert",
  "event-v2 alert",
  "audit alert",
  "ci-pipelines alert",
  "ci-tests alert",
  "error-tracking alert",
  "database-monitoring alert",
  "network-performance alert",
  "cost alert",
];
const notEmpty: Rule = text({
  required: true,
  check: (value) => (value.trim() === "" ? `want some text, got none; see ${docs}` : undefined),
});
// thresholds are texts in the provider, numbers in the API
const threshold = text({ pattern: /^-?\d+(\.\d+)?$/, want: "a number as text" });

const monitor: ResourceType = {
  token: "datadog:index/monitor:Monitor",
  inputs: {
    name: notEmpty,
    message: notEmpty,
    query: notEmpty,
    type: text({ required: true, replaces: true, oneOf: kinds, link: docs }),
    escalationMessage: text(),
    evaluationDelay: count({ min: 0 }),
    forceDelete: flag(),
    groupRetentionDuration: text(),
    includeTags: flag({ default: true }),
    monitorThresholds: object({
      critical: threshold,
      criticalRecovery: threshold,
      ok: threshold,
      unknown: threshold,
      warning: threshold,
      warningRecovery: threshold,
    }),
    monitorThresholdWindows: object({ recoveryWindow: text(), triggerWindow: text() }),
    newGroupDelay: count({ min: 0 }),
    newHostDelay: count({ min: 0 }),
    noDataTimeframe: count({ min: 0 }),
    notifyAudit: flag(),
    notifyBies: list(text(), { unordered: true }),
    notifyNoData: flag({ default: false }),
    onMissingData: text({
      oneOf: ["show_no_data", "show_and_notify_no_data", "resolve", "default"],
      link: docs,
    }),
    priority: text({ oneOf: ["1", "2", "3", "4", "5"], link: docs }),
    renotifyInterval: count({ min: 0 }),
    renotifyOccurrences: count({ min: 0 }),
    renotifyStatuses: list(text({ oneOf: ["alert", "warn", "no data"] }), { unordered: true }),
    requireFullWindow: flag({ default: true }),
    restrictedRoles: list(text(), { unordered: true }),
    tags: list(text({ max: 200 }), { unordered: true }),
    timeoutH: number(),
    validate: flag(),
  },
  computed: [],
  check: ({ onMissingData, notifyNoData }) =>
    onMissingData !== undefined && notifyNoData === true
      ? [
          {
            property: "onMissingData",
            reason: `onMissingData: want it or notifyNoData, got both; keep one; see ${docs}`,
          },
        ]
      : [],
};

export const types: readonly ResourceType[] = [monitor];
