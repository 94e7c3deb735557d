import { agentOverheadBudgeted as rule } from "../../../policies/rules/agent-overhead-budgeted";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
const dropIn = (unit: string) => `/etc/systemd/system/${unit}.service.d/foobar.conf`;

it("finds nothing where limits are set, fit the budget and leave room for the database", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where no host runs an agent, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("no host of this stack runs an agent");
});

it("finds an agent that user data does not limit", () => {
  expect(check(rule, goodSite().drop("web-1", dropIn("datadog-agent"))).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-1-instance$/) as string,
      message:
        "web-1: its user data sets no limit to datadog-agent.service (MemoryMax, CPUQuota), want MemoryMax and CPUQuota for every agent; add a drop-in for each",
      flaw: "agents-unaccounted",
    },
  ]);
});

it.each([
  ["CPUQuota=10%\n", "", "CPUQuota"],
  ["CPUQuota=10%", "CPUQuota=10%\nCPUQuota=", "CPUQuota"],
  ["MemoryMax=320M", "MemoryMax=infinity", "MemoryMax"],
])("finds a limit that is not one: %j as %j", (from, to, lacking) => {
  expect(messages(rule, goodSite().edit("lb-1", dropIn("datadog-agent"), from, to))).toEqual([
    `lb-1: its user data sets no limit to datadog-agent.service (${lacking}), want MemoryMax and CPUQuota for every agent; add a drop-in for each`,
  ]);
});

it("finds an exporter and a log shipper, too", () => {
  const site = goodSite()
    .write("lb-1", "/etc/default/prometheus-node-exporter", 'ARGS=""\n')
    .write("lb-1", "/etc/systemd/journal-upload.conf", "[Upload]\nURL=https://log-1.foobar.internal\n");
  expect(messages(rule, site)).toEqual([
    "lb-1: its user data sets no limit to prometheus-node-exporter.service (MemoryMax, CPUQuota), systemd-journal-upload.service (MemoryMax, CPUQuota), want MemoryMax and CPUQuota for every agent; add a drop-in for each",
  ]);
});

it("finds agents that may take more than their share", () => {
  const memory = goodSite().edit("lb-1", dropIn("datadog-agent"), "MemoryMax=320M", "MemoryMax=1G");
  expect(messages(rule, memory)).toEqual([
    "lb-1: its agents may take 1440 of 8192 MiB (17.6 %), want at most 10 %; lower their MemoryMax or take a larger host",
  ]);
  const cpu = goodSite().edit("lb-1", dropIn("datadog-agent"), "CPUQuota=10%", "CPUQuota=50%");
  expect(messages(rule, cpu)).toEqual([
    "lb-1: its agents may take 35 % of 2 CPUs, want at most 15 %; lower their CPUQuota or take a larger host",
  ]);
  expect(messages(rule, cpu, { maxCpuPercent: 40 })).toEqual([]);
});

it("counts a slice once for all agents in it", () => {
  const site = goodSite().write(
    "lb-1",
    "/etc/systemd/system/agents.slice",
    "[Slice]\nMemoryMax=512M\nCPUQuota=20%\n",
  );
  for (const unit of ["datadog-agent", "datadog-agent-process", "datadog-agent-sysprobe"])
    site.write("lb-1", dropIn(unit), "[Service]\nSlice=agents.slice\n");
  expect(messages(rule, site)).toEqual([]);
  site.edit("lb-1", "/etc/systemd/system/agents.slice", "512M", "2G");
  expect(messages(rule, site)).toEqual([
    "lb-1: its agents may take 2048 of 8192 MiB (25 %), want at most 10 %; lower their MemoryMax or take a larger host",
  ]);
});

it("takes a drop-in for all units of a prefix", () => {
  const site = goodSite().write(
    "lb-1",
    "/etc/systemd/system/datadog-.service.d/all.conf",
    "[Service]\nMemoryMax=200M\nCPUQuota=5%\n",
  );
  for (const unit of ["datadog-agent", "datadog-agent-process", "datadog-agent-sysprobe"])
    site.drop("lb-1", dropIn(unit));
  expect(messages(rule, site)).toEqual([]);
});

it("finds a buffer pool that leaves no room for the agents", () => {
  const site = goodSite().edit(
    "db-1",
    MYSQL,
    "innodb_buffer_pool_size = 4096M",
    "innodb_buffer_pool_size = 7424M",
  );
  expect(messages(rule, site)).toEqual([
    "db-1: innodb_buffer_pool_size 7424 MiB, agents 736 MiB and the system 256 MiB make 8416 MiB, want at most the host's 8192 MiB; lower innodb_buffer_pool_size",
  ]);
});

it("says what nobody can know", () => {
  expect(messages(rule, goodSite().change("web-1-instance", { userDataBase64: unknownValue }))).toEqual([
    "unknown: userDataBase64; without it nobody can tell what the agents of web-1-instance may cost",
  ]);
  expect(messages(rule, goodSite().change("web-1-instance", { instanceType: unknownValue }))).toEqual([
    "unknown: instanceType; without it nobody can tell whether the agents of web-1 fit their budget",
  ]);
});
