import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseUserData } from "../../../policies/parse/cloud-init";
import { parseNginx } from "../../../policies/parse/nginx";
import { nginxListeners } from "../../../policies/parse/web";

const PATH = "/etc/nginx/nginx.conf";
const listeners = (text: string, others: Record<string, string> = {}) =>
  nginxListeners(
    parseNginx(
      text,
      PATH,
      new Map(Object.entries(others).map(([path, content]) => [path, { path, content }])),
    ),
  );
const serverOf = (inside: string, http = "", others: Record<string, string> = {}) =>
  listeners(`http { ${http}\nserver { ${inside} } }`, others)[0];
const wafOf = (inside: string, others: Record<string, string> = {}, http = "") =>
  serverOf(inside, http, others).waf;

describe("where nginx listens", () => {
  test.each([
    ["listen 443 ssl;", "0.0.0.0", 443],
    ["listen 10.0.0.1:8080;", "10.0.0.1", 8080],
    ["listen 10.0.0.1;", "10.0.0.1", 80],
    ["listen [::]:81;", "::", 81],
    ["listen *:82;", "0.0.0.0", 82],
    ["server_name a b;", "0.0.0.0", 80],
  ])("%s", (text, address, port) => {
    expect(serverOf(text)).toMatchObject({ server: "nginx", file: PATH, address, port });
  });

  test("one listener for each listen, none for a Unix socket", () => {
    expect(
      listeners("http { server { listen 80; listen 81; listen unix:/x; } }").map(({ port }) => port),
    ).toEqual([80, 81]);
  });

  test("knows ssl, http2, PROXY protocol and names", () => {
    const found = serverOf("listen 443 ssl proxy_protocol; http2 on; server_name a b;");
    expect(found).toMatchObject({
      proxyProtocol: true,
      http2: true,
      names: ["a", "b"],
      clientCertificate: "none",
    });
    expect(serverOf("listen 443 ssl http2;").http2).toBe(true);
    expect(serverOf("listen 80;").tls).toBeUndefined();
  });

  test("a port that is none is refused", () => {
    expect(() => serverOf("listen 70000;")).toThrow(
      new Error(`${PATH}:2: want an address and a port from 1 to 65535 after listen, got 70000`),
    );
  });
});

describe("TLS of nginx", () => {
  test("is inherited from http, and the server's own counts", () => {
    const { tls, clientCertificate } = serverOf(
      `listen 443 ssl; ssl_protocols TLSv1.3; ssl_verify_client on; ssl_client_certificate /ca.pem;
       add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;`,
      `ssl_protocols TLSv1.2; ssl_ciphers A:B; ssl_session_tickets off; ssl_certificate /s.pem;
       ssl_ecdh_curve X25519:prime256v1; ssl_conf_command Ciphersuites C:D; ssl_prefer_server_ciphers on;`,
    );
    expect(tls).toEqual({
      protocols: ["TLSv1.3"],
      ciphers: ["A", "B"],
      suites: ["C", "D"],
      curves: ["X25519", "prime256v1"],
      certificate: "/s.pem",
      clientCa: "/ca.pem",
      hstsSeconds: 63_072_000,
      sessionTickets: false,
      serverOrder: true,
    });
    expect(clientCertificate).toBe("required");
  });

  test("has nginx 1.26's defaults", () => {
    expect(serverOf("listen 443 ssl;").tls).toMatchObject({
      protocols: ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
      ciphers: ["HIGH", "!aNULL", "!MD5"],
      sessionTickets: true,
      serverOrder: false,
    });
  });

  test("a header of the location / takes the server's place", () => {
    const server = 'listen 443 ssl; add_header Strict-Transport-Security "max-age=9";';
    expect(serverOf(`${server} location / { add_header X y; }`).tls!.hstsSeconds).toBeUndefined();
    expect(serverOf(`${server} location / { root /x; }`).tls!.hstsSeconds).toBe(9);
  });
});

describe("where nginx passes requests on", () => {
  test("upstreams are resolved, TLS and its verification are inherited, timeouts are those of /", () => {
    const found = serverOf(
      `listen 80; proxy_ssl_verify on; proxy_read_timeout "1m 30s";
       location / { proxy_pass https://app/x; proxy_connect_timeout 500ms; }
       location /api { if ($a) { proxy_pass http://[::1]:3000; } }
       location = /php { fastcgi_pass unix:/run/php.sock; proxy_ssl_verify off; }
       location /off { proxy_pass https://10.0.0.9; proxy_ssl_verify off; }`,
      "upstream app { least_conn; server 10.0.0.1:8443 weight=5; server 10.0.0.2 down; server h backup; }",
    );
    expect(found.forwardsTo).toEqual([
      { host: "10.0.0.1", port: 8443, tls: true, verify: true, path: "/" },
      { host: "h", port: 80, tls: true, verify: true, path: "/" },
      { host: "::1", port: 3000, tls: false, verify: false, path: "/api" },
      { host: "/run/php.sock", port: 0, tls: false, verify: false, path: "/php" },
      { host: "10.0.0.9", port: 443, tls: true, verify: false, path: "/off" },
    ]);
    expect([found.readTimeoutSec, found.connectTimeoutSec]).toEqual([90, 0.5]);
  });

  test("timeouts default to 60 s, and there are none where nothing is passed on", () => {
    expect(serverOf("location / { proxy_pass http://a:1; }")).toMatchObject({
      readTimeoutSec: 60,
      connectTimeoutSec: 60,
    });
    expect(serverOf("location / { root /x; }").readTimeoutSec).toBeUndefined();
    expect(() => serverOf("location / { proxy_pass http://a:1; proxy_read_timeout 5x; }")).toThrow(
      new Error(`${PATH}:2: want a time such as 500ms or 10s after proxy_read_timeout, got 5x`),
    );
  });

  test("streams pass bytes on", () => {
    const [found] = listeners(
      "stream { upstream u { server 10.0.0.1:3306; } server { listen 3306; proxy_pass u; proxy_ssl on; } }",
    );
    expect(found).toMatchObject({
      port: 3306,
      forwardsTo: [{ host: "10.0.0.1", port: 3306, tls: true, verify: false }],
    });
  });
});

describe("ModSecurity in nginx", () => {
  const rules = { "/waf.conf": 'SecRuleEngine On\nSecRule ARGS "@rx x" \\\n  "id:1,deny"\n' };

  test.each([
    ["blocks with its engine on and rules", "modsecurity on; modsecurity_rules_file /waf.conf;", "blocking"],
    ["is off unless it is switched on", "modsecurity_rules_file /waf.conf;", "off"],
    [
      "only detects",
      "modsecurity on; modsecurity_rules 'SecRuleEngine DetectionOnly\nInclude /usr/share/modsecurity-crs/rules/*.conf';",
      "detecting",
    ],
    ["is off without rules", "modsecurity on; modsecurity_rules 'SecRuleEngine On';", "off"],
    [
      "is off with the Core Rule Set's settings and no rules of it",
      "modsecurity on; modsecurity_rules 'SecRuleEngine On\nInclude /etc/modsecurity/crs/crs-setup.conf';",
      "off",
    ],
    [
      "is off with rules that let everything pass",
      "modsecurity on; modsecurity_rules 'SecRuleEngine On\nSecRule ARGS x id:1,pass';",
      "off",
    ],
    [
      "is off with its engine off",
      "modsecurity on; modsecurity_rules_file /waf.conf; modsecurity_rules 'SecRuleEngine Off';",
      "off",
    ],
  ])("%s", (_, inside, want) => {
    expect(wafOf(inside, rules)).toBe(want);
  });

  test("is as strong as at the location that it guards least", () => {
    const both =
      "location / { proxy_pass http://a:1; } location /b { modsecurity off; proxy_pass http://a:1; }";
    expect(wafOf(both, rules, "modsecurity on; modsecurity_rules_file /waf.conf;")).toBe("off");
  });

  test("the distribution's Core Rule Set counts as rules, whoever includes it", () => {
    expect(
      wafOf("modsecurity on; modsecurity_rules_file /m.conf;", {
        "/m.conf":
          "SecRuleEngine On\nInclude /etc/modsecurity/crs/crs-setup.conf\nInclude /usr/share/modsecurity-crs/rules/*.conf\n",
      }),
    ).toBe("blocking");
  });

  test("nobody knows it when user data does not carry what decides", () => {
    expect(() => wafOf("modsecurity on; modsecurity_rules_file /etc/nginx/modsecurity.conf;")).toThrow(
      new Error(
        `${PATH}:2: want ModSecurity's rules, or SecRuleEngine after them, in user data, got a file that it does not carry, /etc/nginx/modsecurity.conf`,
      ),
    );
  });
});

test("today's web host", () => {
  const text = readFileSync(join(__dirname, "../../render/golden/web-1.prometheus.yaml"), "utf8");
  const { files } = parseUserData({ text });
  const found = nginxListeners(parseNginx(files.get(PATH)!.content, PATH, files));
  expect(found).toEqual([
    expect.objectContaining({
      address: "0.0.0.0",
      port: 8080,
      names: ["www.foobar.com"],
      waf: "off",
      readTimeoutSec: 13,
      connectTimeoutSec: 1,
      statusOnly: false,
      forwardsTo: ["/", "/readyz"].map((path) => ({
        host: "127.0.0.1",
        port: 3000,
        tls: false,
        verify: false,
        path,
      })),
    }),
    expect.objectContaining({ address: "127.0.0.1", port: 8081, statusOnly: true, forwardsTo: [] }),
  ]);
});
