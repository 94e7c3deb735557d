import { checkMonitoring, Monitoring } from "../../components/monitoring";
import { mockCloud } from "../support/mocks";

test("with Prometheus nothing exists outside the hosts", async () => {
  const cloud = await mockCloud();
  new Monitoring("monitoring", { agent: "prometheus", webServers: 3 });
  await cloud.settled();
  expect(cloud.children("monitoring")).toEqual([]);
});

test("with Datadog there are the first four monitors, each for its receiver and this stack's hosts alone", async () => {
  const cloud = await mockCloud();
  new Monitoring("monitoring", { agent: "datadog", receiver: "@ops@foobar.com", webServers: 3 });
  await cloud.settled();
  expect(cloud.children("monitoring")).toEqual([
    "datadog:index/monitor:Monitor monitoring-error-rate",
    "datadog:index/monitor:Monitor monitoring-host-silent",
    "datadog:index/monitor:Monitor monitoring-replica-behind",
    "datadog:index/monitor:Monitor monitoring-site-down",
  ]);
  for (const { inputs } of cloud.ofType("datadog:index/monitor:Monitor")) {
    expect(inputs.message).toMatch(/\n\n@ops@foobar\.com$/);
    expect(inputs.query).toContain("env:test");
    // Datadog refuses a monitor whose threshold is not the one in its query.
    const threshold = (inputs.monitorThresholds as { critical: string }).critical;
    if (inputs.type === "query alert") expect(inputs.query).toMatch(new RegExp(`[<>] ${threshold}$`));
  }
  expect(cloud.named("monitoring-host-silent").inputs).toMatchObject({
    notifyNoData: true,
    noDataTimeframe: 3,
  });
});

test("refuses Datadog without a receiver", async () => {
  const message = "receiver: want a Datadog handle such as @ops@foobar.com, got nothing; set it";
  expect(checkMonitoring({ agent: "datadog", webServers: 3 })).toEqual([message]);
  const cloud = await mockCloud();
  expect(() => new Monitoring("monitoring", { agent: "datadog", webServers: 3 })).toThrow(
    `monitoring: ${message}`,
  );
  await cloud.settled();
});
