import { healthChecksSeeTheApplication as rule } from "../../../policies/rules/health-checks-see-the-application";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";

it("finds nothing where checks ask the application and the databases' roles", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody chooses between servers, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("nothing in this stack chooses between servers");
});

const web = "GET /readyz with status 200";
const faults: [string, string, string, string | RegExp, string, string][] = [
  [
    "a bare connection",
    "lb-1",
    HAPROXY,
    "    option httpchk\n",
    "",
    `only connects to server web-1 to check it, want ${web}`,
  ],
  [
    "another page",
    "lb-1",
    HAPROXY,
    "uri /readyz",
    "uri /healthz",
    `checks server web-1 by /healthz, want ${web}`,
  ],
  [
    "any status",
    "lb-1",
    HAPROXY,
    "    http-check expect status 200\n",
    "",
    "takes any status of 2xx or 3xx of server web-1 for well, want http-check expect status 200",
  ],
  [
    "a wrong status",
    "lb-1",
    HAPROXY,
    "expect status 200",
    "expect rstatus 5..",
    "takes rstatus 5.. of server web-1 for well, want http-check expect status 200",
  ],
  [
    "no check",
    "lb-1",
    HAPROXY,
    / check inter 500ms/,
    " no-check inter 500ms",
    `does not check server web-1, want ${web}`,
  ],
];

it.each(faults)("finds %s", (_, host, path, from, to, message) => {
  const site = goodSite().edit(host, path, from, to);
  if (message.startsWith("does not")) site.edit(host, path, / check check-sni \S+/g, "");
  const [found] = messages(rule, site);
  expect(found.replace(/\(.*?\) /, "")).toBe(`lb-1 ${message}`);
});

it("finds a server that tracks one that is not checked", () => {
  const site = goodSite().edit("lb-1", HAPROXY, "track web/web-1", "");
  expect(messages(rule, site)).toEqual([
    expect.stringMatching(/^lb-1 \(.*:\d+\) does not check server web-1, want GET \/readyz with status 200$/),
  ]);
});

it("finds writes that ask for no role", () => {
  const site = goodSite().edit("web-1", HAPROXY, "GET /primary", "GET /replica");
  expect(messages(rule, site)[0]).toMatch(
    /^web-1 \(.*:\d+\) checks server db-1 by \/replica, want GET \/primary with status 200$/,
  );
});

it("finds a role that is asked of MySQL's own port", () => {
  const [found] = messages(rule, goodSite().edit("web-1", HAPROXY, "check port 9200", "check"));
  expect(found.replace(/\(.*?\) /, "")).toBe(
    "web-1 asks port 3306 of server db-1-replica, where MySQL answers no HTTP, want the port of its role",
  );
});

it("finds a web server that answers for the application", () => {
  const nginx = goodSite().edit(
    "web-1",
    "/etc/nginx/nginx.conf",
    "location / {",
    "location = /ready { }\n        location ^~ /readyz { return 200; }\n        location / {",
  );
  // The exact location of the good site goes before any other.
  expect(messages(rule, nginx)).toEqual([]);
  const exact = goodSite().edit(
    "web-1",
    "/etc/nginx/nginx.conf",
    /location = \/readyz \{/,
    "location = /readyz {\n            return 200;",
  );
  expect(messages(rule, exact)).toEqual([
    expect.stringMatching(
      /^web-1 answers \/readyz itself \(\/etc\/nginx\/nginx\.conf:\d+ return 200\), want the application's answer; pass it on$/,
    ),
  ]);
  const apache = goodSite().edit(
    "web-3",
    "/etc/apache2/apache2.conf",
    "    ProxyPass / ",
    "    ProxyPass /readyz !\n    ProxyPass / ",
  );
  expect(messages(rule, apache)).toEqual([
    expect.stringMatching(/^web-3 answers \/readyz itself \(.* ProxyPass \/readyz !\), want /),
  ]);
});

it("finds target groups that see less than HAProxy's answer", () => {
  const health = { protocol: "HTTP", port: "8405", path: "/healthz", matcher: "200" };
  const group = (healthCheck: unknown) => messages(rule, goodSite().change("entrance-443", { healthCheck }));
  expect(group(undefined)).toEqual([
    "target group entrance-443 only connects to its targets to check them (TCP), want an HTTP check that HAProxy answers when it has a web server",
  ]);
  expect(group({ ...health, matcher: "200-499" })).toEqual([
    "target group entrance-443 takes status 200-499 for well, want matcher 200",
  ]);
  expect(group({ ...health, path: "/other" })[0]).toBe(
    "lb-1 has nothing that answers /other on port 8405, want monitor-uri /other with monitor fail if { nbsrv(BACKEND) lt 1 }",
  );
  const blind = goodSite().edit("lb-1", HAPROXY, "    monitor fail if { nbsrv(web) lt 1 }\n", "");
  expect(messages(rule, blind)).toEqual([
    expect.stringMatching(
      /^lb-1 answers \/healthz with 200 whatever becomes of its web servers \(.*:\d+\), want monitor fail /,
    ),
  ]);
});

it("says what it does not know", () => {
  const { findings } = check(rule, goodSite().change("web-3-instance", { userDataBase64: unknownValue }));
  expect(findings).toContainEqual({
    kind: "unknown",
    urn: expect.stringMatching(/::web-3-instance$/) as string,
    message:
      "unknown: userDataBase64; without it nobody can tell what web-3-instance checks and who answers checks there",
  });
});
