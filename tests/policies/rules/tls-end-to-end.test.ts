import { ledger } from "../../../policies/tls/tls-ledger";
import { tlsEndToEnd as rule } from "../../../policies/rules/tls-end-to-end";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";
import { renderedGroup } from "../../support/rendered-group";

const HAPROXY = "/etc/haproxy/haproxy.cfg";
const NGINX = "/etc/nginx/nginx.conf";
const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
const APP = "/etc/foobar/app.env";

it("finds nothing where every hop is verified", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  expect(messages(rule, renderedGroup(goodSite()))).toEqual([]);
});

it("keeps a ledger of every kind of hop, and loopback is none", () => {
  const hops = ledger(goodSite().site);
  expect([...new Set(hops.map(({ purpose }) => purpose))].sort()).toEqual([
    ...["AWS API", "counters", "group", "logs", "metrics", "page", "read", "recovery", "write"],
  ]);
  expect(hops.filter(({ to }) => to.startsWith("127."))).toEqual([]);
  expect(hops.find(({ from, to }) => from === "lb-1" && to === "web-1:8443")).toEqual({
    ...{ purpose: "page", from: "lb-1", to: "web-1:8443", protection: "verified" },
    evidence: expect.stringMatching(
      /^lb-1 \/etc\/haproxy\/haproxy\.cfg:\d+ server web-1 ssl verify required, name web-1\.foobar\.internal$/,
    ) as string,
    resource: expect.objectContaining({}) as unknown,
  });
});

it("is not applicable without hosts, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("the stack has no hosts");
});

it("calls a hop without ssl plain, once for both backends, as the known flaw", () => {
  const site = goodSite().edit(
    "lb-1",
    HAPROXY,
    /default-server ssl verify required ca-file \S+ crt \S+/g,
    "default-server",
  );
  const { findings } = check(rule, site);
  expect(findings).toHaveLength(3);
  expect(findings![0]).toEqual({
    kind: "violation",
    urn: expect.stringMatching(/::lb-1-instance$/) as string,
    message: expect.stringMatching(
      /^page lb-1 → web-1:8443 is plain: lb-1 \/etc\/haproxy\/haproxy\.cfg:\d+ server web-1 without ssl; connect with ssl verify required ca-file …\/ca\.pem verifyhost web-1\.foobar\.internal$/,
    ) as string,
    flaw: "tls-ends-at-load-balancer",
  });
});

/** Mutated field, and the beginning of the one message that it must give. */
const faults: [string, string, string, string | RegExp, string, RegExp][] = [
  [
    "no verification",
    "lb-1",
    HAPROXY,
    "sni str(web-1.foobar.internal) verifyhost",
    "verify none sni str(web-1.foobar.internal) verifyhost",
    /^page lb-1 → web-1:8443 is unverified: .* with verify none; /,
  ],
  [
    "a name that is not checked",
    "lb-1",
    HAPROXY,
    "sni str(web-1.foobar.internal) verifyhost web-1.foobar.internal",
    "",
    /^page lb-1 → web-1:8443 is unverified: .* accepts a certificate of any name; /,
  ],
  [
    "a name that the client chooses",
    "lb-1",
    HAPROXY,
    "sni str(web-1.foobar.internal)",
    "sni req.hdr(host)",
    /^page lb-1 → web-1:8443 is unverified: .* accepts a certificate of any name; /,
  ],
  [
    "the name of another host",
    "lb-1",
    HAPROXY,
    "sni str(web-1.foobar.internal) verifyhost web-1.foobar.internal",
    "verifyhost web-2.foobar.internal",
    /^page lb-1 → web-1:8443 is unverified: .* expects the name web-2\.foobar\.internal; /,
  ],
  [
    "a verifyhost of another host",
    "lb-1",
    HAPROXY,
    "verifyhost web-2.foobar.internal",
    "verifyhost web-1.foobar.internal",
    /^page lb-1 → web-2:8443 is unverified: .* expects the name web-1\.foobar\.internal; /,
  ],
  [
    "another authority on a server line",
    "lb-1",
    HAPROXY,
    "sni str(web-1.foobar.internal) verifyhost",
    "ca-file /etc/ssl/certs/ca-certificates.crt sni str(web-1.foobar.internal) verifyhost",
    /^page lb-1 → web-1:8443 is unverified: .* trusts \/etc\/ssl\/certs\/ca-certificates\.crt, which is not the site's authority; /,
  ],
  [
    "pages in the clear",
    "lb-1",
    HAPROXY,
    "bind :443 accept-proxy ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1",
    "bind :443 accept-proxy",
    /^page client through entrance-balancer → lb-1:443 is plain: .* without ssl; /,
  ],
  [
    "pages on port 80",
    "lb-1",
    HAPROXY,
    "    http-request redirect prefix https://www.foobar.com code 301\n\n",
    "    default_backend web\n\n",
    /^page client through entrance-balancer → lb-1:80 is plain: .* without ssl; /,
  ],
  [
    "an application that trusts another authority",
    "web-1",
    APP,
    "DATABASE_CA_FILE=/etc/foobar/app/ca.pem",
    "DATABASE_CA_FILE=/etc/ssl/certs/ca-certificates.crt",
    /^read web-1 → db-1:3306 is unverified: web-1 \/etc\/foobar\/app\.env DATABASE_CA_FILE is \/etc\/ssl/,
  ],
  [
    "an application that does not know a database",
    "web-1",
    APP,
    ",db-3.foobar.internal",
    "",
    /^read web-1 → db-3:3306 is unverified: .* DATABASE_SERVER_NAMES does not name db-3\.foobar\.internal; /,
  ],
  [
    "a database that takes plain connections",
    "db-2",
    MYSQL,
    "require_secure_transport = ON",
    "require_secure_transport = OFF",
    /^anyone → db-2 is plain: .* require_secure_transport = OFF: connections without TLS are taken, too; /,
  ],
  [
    "a group without TLS",
    "db-2",
    MYSQL,
    "group_replication_ssl_mode = VERIFY_IDENTITY",
    "group_replication_ssl_mode = DISABLED",
    /^group db-2 → db-1:33061 is plain: .* group_replication_ssl_mode = DISABLED; /,
  ],
  [
    "a group that checks no names",
    "db-2",
    MYSQL,
    "group_replication_ssl_mode = VERIFY_IDENTITY",
    "group_replication_ssl_mode = VERIFY_CA",
    /^group db-2 → db-1:33061 is unverified: .* = VERIFY_CA; /,
  ],
  [
    "recovery that verifies nothing",
    "db-2",
    MYSQL,
    "group_replication_recovery_ssl_verify_server_cert = ON",
    "group_replication_recovery_ssl_verify_server_cert = OFF",
    /^recovery db-2 → a member of its group is unverified: /,
  ],
  [
    "recovery in the clear",
    "db-2",
    MYSQL,
    "group_replication_recovery_use_ssl = ON",
    "group_replication_recovery_use_ssl = OFF",
    /^recovery db-2 → a member of its group is plain: /,
  ],
  [
    "a web server that takes plain HTTP",
    "web-1",
    NGINX,
    "listen 8443 ssl default_server",
    "listen 8443 default_server",
    /^page lb-1 → web-1:8443 is plain: web-1 .* takes plain HTTP; /,
  ],
  [
    "a web server that asks for no certificate",
    "web-1",
    NGINX,
    "ssl_verify_client on;",
    "ssl_verify_client off;",
    /^page lb-1 → web-1:8443 is unverified: web-1 .* asks for no client certificate; /,
  ],
  [
    "a web server that trusts clients of another authority",
    "web-1",
    NGINX,
    "/etc/nginx/tls/ca.pem",
    "/etc/nginx/tls/partners.pem",
    /^page lb-1 → web-1:8443 is unverified: web-1 .* trusts clients of \/etc\/nginx\/tls\/partners\.pem, which is not the site's; /,
  ],
  [
    "an agent that does not verify",
    "db-1",
    "/etc/datadog-agent/datadog.yaml",
    "logs_enabled: true",
    "logs_enabled: true\nskip_ssl_validation: true",
    /^metrics db-1 → Datadog is unverified: /,
  ],
  [
    "a script that does not verify",
    "db-1",
    "/usr/local/sbin/foobar-bootstrap",
    "curl -sSf -m 60",
    "curl -k -sSf -m 60",
    /^AWS API db-1 → amazonaws\.com:443 is unverified: .* has -k; /,
  ],
  [
    "peers without TLS",
    "lb-1",
    HAPROXY,
    "default-server ssl crt /etc/haproxy/tls/host.pem ca-file /etc/haproxy/tls/ca.pem verify required\n    server lb-1",
    "server lb-1",
    /^counters lb-1 → lb-2\.foobar\.internal is plain: /,
  ],
];

it.each(faults)("finds %s", (_, host, path, from, to, message) => {
  const found = messages(rule, goodSite().edit(host, path, from, to));
  expect(found[0]).toMatch(message);
  expect(found.length).toBeLessThanOrEqual(6);
});

describe("a primary with replicas, whose source is configured by the boot", () => {
  const HOST = "/etc/foobar/host.env";
  /** The good site's databases without their group. */
  const pair = (settings = "") => {
    const site = goodSite();
    for (const host of ["db-1", "db-2", "db-3"])
      site
        .edit(host, MYSQL, /^loose_group_replication.*\n/gm, "")
        .edit(host, HOST, "FOOBAR_AGENT=datadog\n", `FOOBAR_AGENT=datadog\n${settings}`.trimEnd() + "\n\n");
    return site.edit("db-1", MYSQL, "super_read_only = ON", "super_read_only = OFF");
  };
  const settings = (authority: string, verify: string) =>
    `FOOBAR_SOURCE_SSL_CA=${authority}\nFOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT=${verify}\n`;

  it("is verified when the settings say so", () => {
    const site = pair(settings("/etc/mysql/foobar/ca.pem", "1"));
    expect(messages(rule, site)).toEqual([]);
    expect(
      ledger(site.site).filter(({ purpose }) => ["replication", "clone"].includes(purpose)),
    ).toHaveLength(4);
  });

  it("is unverified without a check of the certificate, or with another authority", () => {
    expect(messages(rule, pair(settings("/etc/mysql/foobar/ca.pem", "0")))).toEqual(
      ["db-2", "db-3"].map(
        (host) =>
          `replication ${host} → db-1:3306 is unverified: ${host} /etc/foobar/host.env FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT=0; set it to 1`,
      ),
    );
    expect(messages(rule, pair(settings("/etc/ssl/other.pem", "1")))[0]).toMatch(
      /^replication db-2 → db-1:3306 is unverified: .* FOOBAR_SOURCE_SSL_CA=\/etc\/ssl\/other\.pem, not the site's authority; /,
    );
    const clone = pair(settings("/etc/mysql/foobar/ca.pem", "1")).edit(
      "db-2",
      MYSQL,
      /^loose_clone_ssl_ca.*\n/m,
      "",
    );
    expect(messages(rule, clone)).toEqual([
      "clone db-2 → db-1:3306 is unverified: db-2 /etc/mysql clone_ssl_ca is not set; set clone_ssl_ca to the site's ca.pem",
    ]);
  });

  it("is unknown when user data does not say", () => {
    expect(messages(rule, pair())[0]).toBe(
      "unknown: db-2: /etc/foobar/host.env lacks FOOBAR_SOURCE_SSL_CA or FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT; without it nobody can tell how replication db-2 → db-1:3306 is protected",
    );
  });
});

it("finds an exporter and counters that others can reach", () => {
  const site = goodSite()
    .write("lb-1", "/etc/default/prometheus-node-exporter", 'ARGS="--web.listen-address=:9100"\n')
    .edit("lb-2", HAPROXY, "bind 127.0.0.1:8404", "bind :8404");
  expect(messages(rule, site)).toEqual([
    expect.stringMatching(/^metrics whoever scrapes → lb-1 is plain: .* listens on :9100; /),
    expect.stringMatching(/^metrics whoever scrapes → lb-2 is plain: .* has statistics without ssl; /),
  ]);
});

it("does not see a balancer that ends TLS itself as the end of the matter", () => {
  const site = goodSite().change("entrance-443-listener", { protocol: "TLS" });
  expect(messages(rule, site)).toEqual([
    expect.stringMatching(/^page entrance-balancer → lb-1 is plain: entrance-443 has protocol TCP, /),
    expect.stringMatching(/^page entrance-balancer → lb-2 is plain: /),
  ]);
});

it("says what it does not know", () => {
  const { findings } = check(rule, goodSite().change("web-2-instance", { userDataBase64: unknownValue }));
  expect(findings).toContainEqual({
    kind: "unknown",
    urn: expect.stringMatching(/::web-2-instance$/) as string,
    message:
      "unknown: web-2-instance: userDataBase64; without it nobody can tell how web-2-instance → anyone is protected",
    flaw: "tls-ends-at-load-balancer",
  });
});
