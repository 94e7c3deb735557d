import { logsCentralised as rule } from "../../../policies/rules/logs-centralised";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const AGENT = "/etc/datadog-agent/datadog.yaml";
const JOURNAL = "/etc/datadog-agent/conf.d/journald.d/conf.yaml";
const HOSTS = ["db-1", "db-2", "db-3", "lb-1", "lb-2", "web-1", "web-2", "web-3"];
const ALL = HOSTS.join(", ");

/** The good site, its agents without their logs part, and a file on every host in its place. */
function shippedBy(path: string, content: string): Fixture {
  const site = goodSite();
  for (const host of HOSTS)
    site.edit(host, AGENT, "logs_enabled: true", "logs_enabled: false").write(host, path, content);
  return site;
}

it("finds nothing where Datadog's Agent sends the journal and an index and an archive keep it", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable without hosts, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:cloudwatch/logGroup:LogGroup", "unused", {});
  expect(check(rule, site).notApplicable).toBe("this stack has no hosts");
});

it("names the hosts whose logs stay, once", () => {
  const site = goodSite();
  for (const host of ["web-1", "web-2"]) site.edit(host, AGENT, "logs_enabled: true", "logs_enabled: false");
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: undefined,
      message:
        "no logs leave web-1, web-2, want all logs of every host in one place; let a program there send the journal over TLS",
      flaw: "no-central-logs",
    },
  ]);
});

it("finds a host that sends some files only", () => {
  const site = goodSite().write(
    "web-1",
    JOURNAL,
    "logs:\n  - type: file\n    path: /var/log/nginx/access.log\n",
  );
  expect(messages(rule, site)).toEqual([
    "web-1: the Datadog Agent sends some files only, want the whole journal; add the journal as a source",
  ]);
});

it.each([
  [
    "logs_config: { logs_no_ssl: true }",
    "sends logs to datadoghq.eu without TLS, want TLS with the certificate checked; turn it on",
  ],
  [
    "skip_ssl_validation: true",
    "does not check whose certificate datadoghq.eu has, want it checked; name the authority and the peer",
  ],
])("finds an Agent with %j", (line, found) => {
  const site = goodSite();
  site.write("lb-1", AGENT, `${site.file("lb-1", AGENT)}${line}\n`);
  expect(messages(rule, site)).toEqual([`lb-1: the Datadog Agent ${found}`]);
});

it.each([
  [
    "web-1",
    "/etc/nginx/nginx.conf",
    /access_log syslog:.*;/,
    "access_log /var/log/nginx/access.log site;",
    "nginx writes /var/log/nginx/access.log",
    "nginx",
  ],
  [
    "web-3",
    "/etc/apache2/apache2.conf",
    /^ErrorLog .*/m,
    "ErrorLog /var/log/apache2/error.log",
    "Apache writes /var/log/apache2/error.log",
    "Apache",
  ],
  [
    "db-1",
    "/etc/mysql/mysql.conf.d/zz-foobar.cnf",
    "; log_sink_syseventlog",
    "",
    "mysqld writes /var/log/mysql/error.log",
    "mysqld",
  ],
  [
    "db-1",
    "/etc/mysql/mysql.conf.d/zz-foobar.cnf",
    "[mysqld]\n",
    "[mysqld]\nslow_query_log = ON\nslow_query_log_file = /var/log/mysql/slow.log\n",
    "mysqld writes /var/log/mysql/slow.log",
    "mysqld",
  ],
])(
  "finds a log of %s that stays in a file, unless files are sent (%#)",
  (host, path, from, to, found, program) => {
    const site = goodSite().edit(host, path, from, to);
    expect(messages(rule, site)).toEqual([
      `${host}: ${found}, which nothing sends away, want every log in the journal or among the files that are sent; let ${program} log to syslog`,
    ]);
    const files = "/etc/datadog-agent/conf.d/files.d/conf.yaml";
    site.write(host, files, "logs:\n  - type: file\n    path: /var/log/*/*.log\n");
    expect(messages(rule, site)).toEqual([]);
  },
);

it("says that nobody can know which logs a server writes that cannot be read", () => {
  expect(messages(rule, goodSite().write("web-1", "/etc/nginx/nginx.conf", "http {"))).toEqual([
    expect.stringMatching(/^unknown: .*; without it nobody can tell whether all logs of web-1 leave it$/),
  ]);
});

it("finds hosts that send to different places", () => {
  const site = goodSite().edit("lb-2", AGENT, "site: datadoghq.eu", "site: datadoghq.com");
  expect(messages(rule, site)).toEqual([
    "logs go to different places: datadoghq.eu (db-1, db-2, db-3, lb-1, web-1, web-2, web-3); datadoghq.com (lb-2), want one for all; send them to the same",
  ]);
});

it("finds a place of which nobody said how long it keeps logs", () => {
  expect(messages(rule, goodSite().remove("logs-index", "logs-archive"))).toEqual([
    `logs of ${ALL} go to datadoghq.eu, which lacks a logs index that says how long it keeps them and an archive; describe it in this stack`,
  ]);
  expect(messages(rule, goodSite().change("logs-index", { retentionDays: 3 }))).toEqual([
    `logs of ${ALL} go to datadoghq.eu, which lacks 30 days of retention, it has 3; describe it in this stack`,
  ]);
});

it("finds what a log host lacks, and nothing when it has it", () => {
  const upload =
    "[Upload]\nURL=https://lb-1.foobar.internal:19532\nTrustedCertificateFile=/etc/foobar/ca.pem\n";
  const site = shippedBy("/etc/systemd/journal-upload.conf", upload);
  expect(messages(rule, site)).toEqual([
    `logs of ${ALL} go to lb-1.foobar.internal, which lacks a time after which logs go (tmpfiles.d or logrotate's maxage) and an archive (a volume that is backed up); describe it in this stack`,
  ]);
  site.write("lb-1", "/etc/tmpfiles.d/logs.conf", "d /var/log/journal/remote 0750 root root 90d\n");
  site.add("aws:ec2/volumeAttachment:VolumeAttachment", "logs-attachment", {
    instanceId: site.ref("lb-1-instance"),
    volumeId: site.add("aws:ebs/volume:Volume", "logs-volume", { encrypted: true }),
  });
  site.change("backup-selection", { resources: ["*"] });
  expect(messages(rule, site)).toEqual([]);
});

it("finds what a log group lacks", () => {
  const site = shippedBy(
    "/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json",
    '{"logs":{"logs_collected":{"files":{"collect_list":[{"file_path":"/var/log/syslog","log_group_name":"site"}]}}}}',
  );
  site.add("aws:cloudwatch/logGroup:LogGroup", "logs", { name: "site" });
  expect(messages(rule, site)).toEqual([
    `logs of ${ALL} go to log group site, which lacks retentionInDays and a key of its own (kmsKeyId) and an archive (a subscription filter); describe it in this stack`,
  ]);
});

it("says what nobody can know", () => {
  expect(messages(rule, goodSite().change("web-1-instance", { userDataBase64: unknownValue }))).toEqual([
    "unknown: userDataBase64; without it nobody can tell where the logs of web-1-instance go",
  ]);
  const site = goodSite();
  expect(messages(rule, site.change("logs-index", { retentionDays: site.ref("slo-pages") }))).toEqual([
    "unknown: retentionDays; without it nobody can tell how datadoghq.eu keeps logs",
  ]);
});
