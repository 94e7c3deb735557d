import { AGENT, MYSQL, NGINX, type Mutation } from "./mutation";
import { IMAGES } from "../../support/good-site/plan";

const LOGS = "logs-centralised";
const ALERTS = "alerts-actionable";
const AGENTS = "agent-overhead-budgeted";
const DIVERSE = "diverse-versions";

const drops = (unit: string) => `/etc/systemd/system/${unit}.service.d/foobar.conf`;

/** Logs that nobody finds, alerts that nobody can act on, agents without limits, hosts that are all alike. */
export const operationsMutations: Mutation[] = [
  {
    fault: "a host that sends no logs",
    break: (site) => site.edit("web-1", AGENT, "logs_enabled: true", "logs_enabled: false"),
    caughtBy: LOGS,
  },
  {
    fault: "a host that does not send its journal",
    break: (site) => site.drop("db-2", "/etc/datadog-agent/conf.d/journald.d/conf.yaml"),
    caughtBy: LOGS,
  },
  {
    fault: "an access log that stays in a file of its host",
    break: (site) =>
      site.edit("web-1", NGINX, /access_log syslog:\S+ site;/, "access_log /var/log/nginx/access.log site;"),
    caughtBy: LOGS,
  },
  {
    fault: "logs that are kept for three days",
    break: (site) => site.change("logs-index", { retentionDays: 3 }),
    caughtBy: LOGS,
  },
  { fault: "logs without an archive", break: (site) => site.remove("logs-archive"), caughtBy: LOGS },
  {
    fault: "an alert without a runbook",
    break: (site) =>
      site.change("alert-no-primary", { message: "No database takes writes.\n@ops@foobar.com" }),
    caughtBy: ALERTS,
  },
  {
    fault: "an alert that nobody receives",
    break: (site) =>
      site.change("alert-disk-fills", {
        message: "A disk fills up. Runbook: https://runbooks.foobar.com/disk-fills",
      }),
    caughtBy: ALERTS,
  },
  {
    fault: "an alert that takes silence for good news",
    break: (site) => site.change("alert-host-silent", { onMissingData: undefined }),
    caughtBy: ALERTS,
  },
  {
    fault: "no alert on how fast the error budget burns",
    break: (site) => site.remove("alert-budget-burns-fast", "alert-budget-burns-slowly"),
    caughtBy: ALERTS,
  },
  {
    fault: "thirty alerts more",
    break: (site) => {
      for (let number = 1; number <= 30; number++)
        site.add("datadog:index/monitor:Monitor", `alert-noise-${number}`, {
          name: `CPU of host ${number} is busy`,
          type: "query alert",
          query: `avg(last_5m):avg:system.cpu.user{host:web-${number}} > 80`,
          message: "Look.\nRunbook: https://runbooks.foobar.com/busy\n@ops@foobar.com",
          priority: "5",
          onMissingData: "resolve",
        });
    },
    caughtBy: ALERTS,
  },
  {
    fault: "an agent without limits",
    break: (site) => site.drop("web-2", drops("datadog-agent")),
    caughtBy: AGENTS,
  },
  {
    fault: "an agent that may take half of the host",
    break: (site) => site.edit("lb-1", drops("datadog-agent-process"), "MemoryMax=160M", "MemoryMax=4G"),
    caughtBy: AGENTS,
  },
  {
    fault: "a buffer pool that leaves the agents no memory",
    break: (site) =>
      site.edit("db-3", MYSQL, "innodb_buffer_pool_size = 4096M", "innodb_buffer_pool_size = 7680M"),
    caughtBy: AGENTS,
  },
  {
    fault: "two nginx hosts of one image",
    break: (site) => site.change("web-2-instance", { ami: IMAGES["debian-13"] }),
    caughtBy: DIVERSE,
  },
  {
    fault: "load balancers of one image",
    break: (site) => site.change("lb-2-instance", { ami: IMAGES["debian-13"] }),
    caughtBy: DIVERSE,
  },
];
