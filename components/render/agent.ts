import type { HostFile } from "./cloud-init";
import {
  APACHE_EXPORTER_PORT,
  HAPROXY_STATS_PORT,
  MYSQLD_EXPORTER_PORT,
  NGINX_EXPORTER_PORT,
  WEB_STATUS_PORT,
  NODE_EXPORTER_PORT,
  type Tier,
} from "./ports";
import type { WebServerProgram } from "./shape";

/** Which monitoring agent a host runs: Datadog's, or exporters for Prometheus. */
export type AgentKind = "datadog" | "prometheus";

/** The configuration files of a host's monitoring agent. */
export function agentFiles(args: {
  kind: AgentKind;
  tier: Tier;
  /** What runs in front of the application of a web server. @default "nginx" */
  server?: WebServerProgram;
  fqdn: string;
  /** Datadog's site, such as `datadoghq.com`; with `datadog` only. */
  datadogSite: string;
}): HostFile[] {
  const { tier, server = "nginx", fqdn, datadogSite } = args;
  return args.kind === "prometheus"
    ? prometheusFiles(tier, server)
    : datadogFiles(tier, server, fqdn, datadogSite);
}

/** Exporters answer on 127.0.0.1: nothing beyond the host reads them unless something on the host passes it on. */
function prometheusFiles(tier: Tier, server: WebServerProgram): HostFile[] {
  const files: HostFile[] = [
    {
      path: "/etc/default/prometheus-node-exporter",
      content: `# Load, memory, disks, network, clock and units: what the site's signals use, and no more.
ARGS="--web.listen-address=127.0.0.1:${NODE_EXPORTER_PORT} --collector.disable-defaults --collector.cpu --collector.diskstats --collector.filesystem --collector.loadavg --collector.meminfo --collector.netdev --collector.netstat --collector.pressure --collector.sockstat --collector.stat --collector.time --collector.timex --collector.uname --collector.vmstat"
`,
    },
  ];
  if (tier === "web") {
    const exporter = {
      nginx: `--web.listen-address=127.0.0.1:${NGINX_EXPORTER_PORT} --nginx.scrape-uri=http://127.0.0.1:${WEB_STATUS_PORT}/stub_status`,
      apache: `--web.listen-address=127.0.0.1:${APACHE_EXPORTER_PORT} --scrape_uri=http://127.0.0.1:${WEB_STATUS_PORT}/server-status?auto`,
    };
    files.push({
      path: `/etc/default/prometheus-${server}-exporter`,
      content: `ARGS="${exporter[server]}"\n`,
    });
  }
  if (tier === "db") {
    files.push({
      path: "/etc/default/prometheus-mysqld-exporter",
      content: `# By the local socket and the Unix account: there is no password.
ARGS="--web.listen-address=127.0.0.1:${MYSQLD_EXPORTER_PORT} --config.my-cnf=/etc/foobar/mysqld-exporter.cnf --collect.info_schema.innodb_metrics --collect.perf_schema.eventsstatements --collect.perf_schema.replication_group_members"
`,
    });
    files.push({
      path: "/etc/foobar/mysqld-exporter.cnf",
      content: `[client]
user = prometheus
socket = /run/mysqld/mysqld.sock
`,
    });
  }
  return files;
}

/** Datadog's Agent. Its key is a secret and no part of this: the boot fetches it into the Agent's environment file. */
function datadogFiles(tier: Tier, server: WebServerProgram, fqdn: string, site: string): HostFile[] {
  const check = (name: string, content: string): HostFile => ({
    path: `/etc/datadog-agent/conf.d/${name}.d/conf.yaml`,
    content,
  });
  const haproxy = check(
    "haproxy",
    `init_config:
instances:
  - use_prometheus: true
    prometheus_url: http://127.0.0.1:${HAPROXY_STATS_PORT}/metrics
`,
  );
  const perTier: Record<Tier, HostFile[]> = {
    lb: [haproxy, check("process", processCheck(["haproxy"]))],
    web: [
      haproxy,
      check(
        server,
        `init_config:
instances:
  - ${server}_status_url: http://127.0.0.1:${WEB_STATUS_PORT}/${{ nginx: "stub_status", apache: "server-status?auto" }[server]}
`,
      ),
      check("process", processCheck([{ nginx: "nginx", apache: "apache2" }[server], "node", "haproxy"])),
    ],
    db: [
      check(
        "mysql",
        `init_config:
instances:
  # Its own host only, by the local socket and the Unix account: there is no password.
  - sock: /run/mysqld/mysqld.sock
    user: dd-agent
    dbm: true
    reported_hostname: ${fqdn}
    options:
      replication: true
      extra_status_metrics: true
      extra_innodb_metrics: true
`,
      ),
      check("process", processCheck(["mysqld"])),
    ],
  };
  return [
    {
      path: "/etc/datadog-agent/datadog.yaml",
      content: `# The key is in /etc/datadog-agent/environment, which is not part of user data.
site: ${site}
hostname: ${fqdn}
tags:
  - tier:${tier}
env: foobar
logs_enabled: true
apm_config:
  enabled: false
process_config:
  process_collection:
    enabled: true
# Nothing but the Agent itself, on this host, may ask it.
bind_host: 127.0.0.1
`,
    },
    { path: "/etc/datadog-agent/system-probe.yaml", content: "network_config:\n  enabled: true\n" },
    check(
      "journald",
      `logs:
  - type: journald
    source: foobar-${tier}
    service: foobar-${tier}
`,
    ),
    check(
      "network",
      `init_config:
instances:
  - collect_connection_state: true
    excluded_interfaces: [lo]
`,
    ),
    ...perTier[tier],
  ];
}

function processCheck(names: string[]): string {
  const instances = names.map(
    (name) => `  - name: ${name}\n    search_string: [${name}]\n    exact_match: true\n`,
  );
  return `init_config:\ninstances:\n${instances.join("")}`;
}
