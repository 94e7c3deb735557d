import { alertsActionable as rule } from "../../../policies/rules/alerts-actionable";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const MONITOR = "datadog:index/monitor:Monitor";
const burnRates = ["alert-budget-burns-fast", "alert-budget-burns-slowly"];

/** The good site with the alerts of a Prometheus on lb-1 in place of Datadog's. */
function withPrometheus(): Fixture {
  const site = goodSite();
  site.remove(...site.names.filter((name) => name.startsWith("alert-")));
  return site
    .write(
      "lb-1",
      "/etc/prometheus/rules.yml",
      `groups:
  - name: site
    rules:
      - alert: BudgetBurnsFast
        expr: rate(errors[1h]) > 0.014 and rate(errors[5m]) > 0.014
        labels: { severity: page }
        annotations: { runbook_url: "https://runbooks.foobar.com/budget" }
      - alert: HostSilent
        expr: up == 0
        for: 2m
        labels: { severity: ticket }
        annotations: { runbook_url: "https://runbooks.foobar.com/host-silent" }
`,
    )
    .write(
      "lb-1",
      "/etc/prometheus/alertmanager.yml",
      `route: { receiver: operations, group_by: [alertname] }
receivers: [{ name: operations, webhook_configs: [{ url: "https://pager.foobar.com/" }] }]
inhibit_rules: [{ source_matchers: [alertname = HostSilent], target_matchers: [severity = ticket] }]
`,
    );
}

it("finds nothing where alerts are few and each can be acted on", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  expect(messages(rule, withPrometheus())).toEqual([]);
});

it("is not applicable without hosts, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:cloudwatch/dashboard:Dashboard", "other", {});
  expect(check(rule, site).notApplicable).toBe("this stack has no hosts");
});

it("finds a site of which nobody is told anything", () => {
  const site = goodSite();
  site.remove(...site.names.filter((name) => name.startsWith("alert-")));
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: undefined,
      message:
        "no alert exists, so nobody is told when the site fails, want a few that can be acted on; add them with a receiver and a runbook",
      flaw: "alert-fatigue",
    },
  ]);
});

it.each([
  [{ message: "Nobody. https://runbooks.foobar.com/" }, "somebody who is told (an @handle in its message)"],
  [{ message: "No runbook. @ops@foobar.com" }, "a link to its runbook"],
  [{ priority: undefined }, "a priority"],
  [{ onMissingData: undefined }, "a decision about missing data (onMissingData or notifyNoData)"],
  [{ onMissingData: "default" }, "a decision about missing data (onMissingData or notifyNoData)"],
  [{ query: "max:haproxy.backend.active.servers{*} < 1" }, "a window"],
  [{ draftStatus: "draft" }, "its publication: a draft tells nobody"],
])("finds an alert with %j", (change, lacking) => {
  expect(check(rule, goodSite().change("alert-no-primary", change)).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::alert-no-primary$/) as string,
      message: `alert alert-no-primary lacks ${lacking}; add what is missing or remove the alert`,
      flaw: "alert-fatigue",
    },
  ]);
});

it("finds that no alert watches the error budget in two windows", () => {
  expect(messages(rule, goodSite().remove(...burnRates))).toEqual([
    "no alert compares the error budget's burn rate over a long and a short window, want one for the site's objective; add it",
  ]);
});

it("finds a burn rate with one window", () => {
  const site = goodSite().change(burnRates[0], {
    query: 'burn_rate("8c").over("30d").long_window("1h") > 14.4',
  });
  expect(messages(rule, site)).toEqual([
    "alert alert-budget-burns-fast lacks a long and a short window of its burn rate; add what is missing or remove the alert",
  ]);
});

it("finds that there are too many", () => {
  const site = goodSite();
  const one = Object.fromEntries(
    ["type", "query", "message", "priority", "onMissingData"].map((key) => [
      key,
      site.get("alert-disk-fills", key),
    ]),
  );
  for (let index = 0; index < 15; index++) site.add(MONITOR, `more-${index}`, one);
  expect(messages(rule, site)).toEqual([
    "there are 21 alerts, want at most 20; remove those for which nobody has to do anything",
  ]);
  expect(messages(rule, site, { maxAlerts: 21 })).toEqual([]);
});

it.each([
  [
    "/etc/prometheus/rules.yml",
    'runbook_url: "https://runbooks.foobar.com/budget"',
    "summary: x",
    [
      "alert BudgetBurnsFast on lb-1 lacks a link to its runbook (annotation runbook_url); add what is missing or remove the alert",
    ],
  ],
  [
    "/etc/prometheus/rules.yml",
    "severity: page",
    "team: web",
    ["alert BudgetBurnsFast on lb-1 lacks a severity; add what is missing or remove the alert"],
  ],
  [
    "/etc/prometheus/rules.yml",
    "        for: 2m\n",
    "",
    [
      "alert HostSilent on lb-1 lacks a window (for, or a range in its expression); add what is missing or remove the alert",
    ],
  ],
  [
    "/etc/prometheus/rules.yml",
    "up == 0",
    "load > 9",
    ["lb-1: no alert fires when data is missing (absent, up); add it"],
  ],
  [
    "/etc/prometheus/alertmanager.yml",
    "name: operations",
    "name: nobody",
    ["lb-1: Alertmanager's receiver operations tells nobody; add it"],
  ],
  [
    "/etc/prometheus/alertmanager.yml",
    ", group_by: [alertname]",
    "",
    ["lb-1: Alertmanager groups nothing (group_by); add it"],
  ],
])("reads Prometheus's alerts: %s with %j as %j", (path, from, to, found) => {
  expect(messages(rule, withPrometheus().edit("lb-1", path, from, to))).toEqual(found);
});

it("says what nobody can know", () => {
  expect(messages(rule, goodSite().change("alert-no-primary", { message: unknownValue }))).toEqual([
    "unknown: message; without it nobody can tell whether alert alert-no-primary can be acted on",
  ]);
  expect(messages(rule, goodSite().write("lb-1", "/etc/prometheus/rules.yml", "groups: ["))[0]).toMatch(
    /^unknown: \/etc\/prometheus\/rules.yml:1: want YAML or JSON, got .*; without it nobody can tell which alerts lb-1 has$/,
  );
});
