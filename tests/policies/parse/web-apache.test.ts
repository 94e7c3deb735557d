import { parseApache } from "../../../policies/parse/apache";
import { apacheListeners } from "../../../policies/parse/web";

const PATH = "/etc/apache2/apache2.conf";
const listeners = (text: string, others: Record<string, string> = {}) =>
  apacheListeners(
    parseApache(
      text,
      PATH,
      new Map(Object.entries(others).map(([path, content]) => [path, { path, content }])),
    ),
  );
const hostOf = (inside: string, main = "", others: Record<string, string> = {}) =>
  listeners(`Listen 443\n${main}\n<VirtualHost *:443>\n${inside}\n</VirtualHost>`, others)[0];

describe("where Apache listens", () => {
  test("each Listen with its virtual hosts, or with the main server", () => {
    const found = listeners(`Listen 80
<IfModule ssl_module>
Listen 10.0.0.1:443 https
</IfModule>
<IfModule !ssl_module>
Listen 444
</IfModule>
Listen [::1]:81
<VirtualHost _default_:443>
ServerName a
ServerAlias b c
</VirtualHost>
<VirtualHost *:9999>
ServerName never
</VirtualHost>
`);
    expect(found.map(({ address, port, names, line }) => [address, port, names.join(" "), line])).toEqual([
      ["0.0.0.0", 80, "", 1],
      ["10.0.0.1", 443, "a b c", 9],
      ["::1", 81, "", 8],
    ]);
  });

  test("a virtual host that only shows mod_status is one", () => {
    const status = "<Location /server-status>\nSetHandler server-status\n</Location>";
    expect(hostOf(status).statusOnly).toBe(true);
    expect(hostOf(`${status}\nDocumentRoot /var/www`).statusOnly).toBe(false);
    expect(hostOf(`${status}\nProxyPass / http://a:1/`).statusOnly).toBe(false);
    expect(hostOf("ServerName a").statusOnly).toBe(false);
  });

  test("a port that is none is refused", () => {
    expect(() => listeners("Listen foo")).toThrow(
      new Error(`${PATH}:1: want an address and a port from 1 to 65535 after Listen, got foo`),
    );
  });
});

describe("TLS of Apache", () => {
  test("is inherited from the server, and the virtual host's own counts", () => {
    const found = hostOf(
      `SSLEngine on
SSLProtocol -all +TLSv1.3
SSLVerifyClient require
SSLCACertificateFile /ca.pem
Header always set Strict-Transport-Security "max-age=63072000; includeSubDomains"
RemoteIPProxyProtocol On`,
      `SSLProtocol all -SSLv3
SSLCipherSuite A:B
SSLCipherSuite TLSv1.3 C:D
SSLOpenSSLConfCmd Curves X25519:prime256v1
SSLHonorCipherOrder off
SSLSessionTickets off
SSLCertificateFile /s.pem
Protocols h2 http/1.1`,
    );
    expect(found.tls).toEqual({
      protocols: ["TLSv1.3"],
      ciphers: ["A", "B"],
      suites: ["C", "D"],
      curves: ["X25519", "prime256v1"],
      certificate: "/s.pem",
      clientCa: "/ca.pem",
      hstsSeconds: 63_072_000,
      sessionTickets: false,
      serverOrder: false,
    });
    expect(found).toMatchObject({
      server: "apache",
      clientCertificate: "required",
      proxyProtocol: true,
      http2: true,
    });
  });

  test.each([
    ["all -TLSv1 -TLSv1.1", ["TLSv1.2", "TLSv1.3"]],
    ["TLSv1.2", ["TLSv1.2"]],
    ["+TLSv1.2 +TLSv1.3", ["TLSv1.2", "TLSv1.3"]],
    ["all", ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]],
  ])("SSLProtocol %s", (text, protocols) => {
    expect(hostOf(`SSLEngine on\nSSLProtocol ${text}`).tls!.protocols).toEqual(protocols);
  });

  test("is not there without SSLEngine, and asks for no certificate unless it says so", () => {
    expect(hostOf("SSLCertificateFile /s.pem")).toMatchObject({ clientCertificate: "none" });
    expect(hostOf("SSLCertificateFile /s.pem").tls).toBeUndefined();
    expect(hostOf("SSLVerifyClient optional").clientCertificate).toBe("optional");
  });
});

describe("where Apache passes requests on", () => {
  test("balancers are resolved, TLS needs SSLProxyEngine and is verified when it is required", () => {
    const found = hostOf(
      `SSLProxyEngine on
SSLProxyVerify require
ProxyPass /off !
ProxyPass / balancer://app/ timeout=13 connectiontimeout=1
<Location /api>
  ProxyPass http://127.0.0.1:3001/
</Location>`,
      "<Proxy balancer://app>\nBalancerMember https://10.0.0.1:8443 route=a\nBalancerMember https://10.0.0.2\n</Proxy>",
    );
    expect(found.forwardsTo).toEqual([
      { host: "10.0.0.1", port: 8443, tls: true, verify: true, path: "/" },
      { host: "10.0.0.2", port: 443, tls: true, verify: true, path: "/" },
      { host: "127.0.0.1", port: 3001, tls: false, verify: false, path: "/api" },
    ]);
    expect([found.readTimeoutSec, found.connectTimeoutSec]).toEqual([13, 1]);
  });

  test("timeouts are ProxyTimeout, then Timeout, then 60 s", () => {
    expect(hostOf("ProxyPass / http://a:1/").readTimeoutSec).toBe(60);
    expect(hostOf("ProxyPass / http://a:1/", "Timeout 30").readTimeoutSec).toBe(30);
    expect(hostOf("ProxyPass / http://a:1/", "Timeout 30\nProxyTimeout 20").readTimeoutSec).toBe(20);
  });
});

describe("ModSecurity in Apache", () => {
  const crs = "IncludeOptional /usr/share/modsecurity-crs/rules/*.conf";

  test.each([
    ["blocks with its engine on and rules", `SecRuleEngine On\n${crs}`, "blocking"],
    ["only detects", `SecRuleEngine DetectionOnly\n${crs}`, "detecting"],
    ["is off without rules", "SecRuleEngine On", "off"],
    ["is off by default", "", "off"],
    [
      "has nothing to do with what else is included",
      `SecRuleEngine On\n${crs}\nIncludeOptional mods/*.conf`,
      "blocking",
    ],
  ])("%s", (_, inside, want) => {
    expect(hostOf(inside).waf).toBe(want);
    expect(hostOf("", inside).waf).toBe(want);
  });

  test("nobody knows it when user data does not carry what decides", () => {
    expect(() => hostOf("", `SecRuleEngine On\n${crs}\nInclude /etc/modsecurity/modsecurity.conf`)).toThrow(
      new Error(
        `${PATH}:4: want ModSecurity's rules, or SecRuleEngine after them, in user data, got a file that it does not carry, /etc/modsecurity/modsecurity.conf`,
      ),
    );
  });
});
