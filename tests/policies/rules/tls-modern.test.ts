import { tlsModern as rule } from "../../../policies/rules/tls-modern";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";

it("finds nothing where the guideline is kept", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody ends clients' TLS, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("the stack has no hosts");
});

const GUIDELINE = "take those of Mozilla's guideline 6.0, intermediate";
const faults: [string, string, string][] = [
  [
    "ssl-min-ver TLSv1.2 prefer",
    "ssl-min-ver TLSv1.1 prefer",
    `offers TLSv1.1, want TLSv1.2, TLSv1.3; ${GUIDELINE}`,
  ],
  [
    "ssl-min-ver TLSv1.2 prefer",
    "ssl-max-ver TLSv1.2 prefer",
    `offers TLSv1.2, want TLSv1.3, too; ${GUIDELINE}`,
  ],
  [
    "ssl-default-bind-ciphers ",
    "ssl-default-bind-ciphers AES128-SHA:",
    `offers AES128-SHA, want no cipher that the guideline lacks; ${GUIDELINE}`,
  ],
  [
    "ssl-default-bind-curves X25519MLKEM768:",
    "ssl-default-bind-curves secp521r1:",
    `offers secp521r1, want X25519MLKEM768, X25519, prime256v1, secp384r1; ${GUIDELINE}`,
  ],
  [
    "ssl-default-bind-ciphersuites ",
    "ssl-default-bind-ciphersuites TLS_AES_128_CCM_8_SHA256:",
    `offers TLS_AES_128_CCM_8_SHA256, want TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256; ${GUIDELINE}`,
  ],
  [
    " prefer-client-ciphers",
    "",
    `takes ciphers in its own order, want the client's, which knows what its hardware does fast; ${GUIDELINE}`,
  ],
  [
    "max-age=63072000",
    "max-age=3600",
    "has Strict-Transport-Security for 3600 s, want max-age of at least 63072000; set it without a condition",
  ],
  [
    '"max-age=63072000; includeSubDomains"',
    '"max-age=63072000" if { path_beg /app }',
    "has no Strict-Transport-Security on every answer, want max-age of at least 63072000; set it without a condition",
  ],
  [
    "http-after-response set-header Strict",
    "http-response set-header Strict",
    "has no Strict-Transport-Security on every answer, want max-age of at least 63072000; set it without a condition",
  ],
];

it.each(faults)("finds %j as %j", (from, to, message) => {
  expect(messages(rule, goodSite().edit("lb-1", HAPROXY, from, to))).toEqual([
    expect.stringMatching(/^lb-1 port 443 \(\/etc\/haproxy\/haproxy\.cfg:\d+\) /),
  ]);
  const [found] = messages(rule, goodSite().edit("lb-1", HAPROXY, from, to));
  expect(found.replace(/^.*?\) /, "")).toBe(message);
});

it("finds old protocols inside", () => {
  const site = goodSite()
    .edit(
      "lb-1",
      HAPROXY,
      "ssl-default-server-options ssl-min-ver TLSv1.3",
      "ssl-default-server-options ssl-min-ver TLSv1.0",
    )
    .edit("web-1", "/etc/nginx/nginx.conf", "ssl_protocols TLSv1.3", "ssl_protocols TLSv1.1 TLSv1.3")
    .edit(
      "db-1",
      "/etc/mysql/mysql.conf.d/zz-foobar.cnf",
      /^tls_version = TLSv1.3/m,
      "tls_version = TLSv1.1,TLSv1.3",
    );
  const found = messages(rule, site);
  const inside = "inside, want nothing older than Mozilla's guideline 6.0 has; raise its least protocol";
  expect(found).toContain(`lb-1 server web-1 offers TLSv1.0, TLSv1.1 ${inside}`);
  expect(found).toContain(`web-1 port 8443 offers TLSv1.1 ${inside}`);
  expect(found).toContain(`db-1 MySQL offers TLSv1.1 ${inside}`);
});

it("finds a certificate that lives for too long, and lets authorities live", () => {
  expect(messages(rule, goodSite().change("certificates-site", { validityPeriodHours: 26_280 }))).toEqual([
    "certificates-site is valid for 1095 days, want at most the 366 of Mozilla's guideline 6.0, intermediate; issue it for less",
  ]);
  expect(
    messages(rule, goodSite().change("certificates-site", { validityPeriodHours: unknownValue })),
  ).toEqual(["unknown: validityPeriodHours; without it nobody can tell how long certificates-site is valid"]);
});

it("wants TLS 1.3 alone of the modern profile", () => {
  expect(messages(rule, goodSite(), { profile: "modern" })[0]).toMatch(/ offers TLSv1\.2, want TLSv1\.3; /);
});

it("says what it does not know", () => {
  const { findings } = check(rule, goodSite().change("lb-1-instance", { userDataBase64: unknownValue }));
  expect(findings).toContainEqual({
    kind: "unknown",
    urn: expect.stringMatching(/::lb-1-instance$/) as string,
    message: "unknown: userDataBase64; without it nobody can tell which TLS lb-1-instance offers",
  });
});
