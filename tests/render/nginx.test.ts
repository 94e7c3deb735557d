import { webServerUserData, type WebServerHost } from "../../components/render";
import { hardenedWebServer, webServer, writtenFiles } from "../support/hosts";

const config = (args: WebServerHost) => writtenFiles(webServerUserData(args))["/etc/nginx/nginx.conf"];
const passthrough: WebServerHost = { ...webServer, transports: ["site-tls"] };

describe("nginx of a web server", () => {
  test("lets in over mutual TLS who has a load balancer's name, and itself from itself", () => {
    const text = config(hardenedWebServer);
    expect(text).toContain("listen 8443 ssl default_server;\n");
    expect(text).toContain("ssl_verify_client on;\n");
    expect(text).toContain("ssl_protocols TLSv1.3;\n");
    const known = [...text.matchAll(/^ +"(~?)(.*)" 1;$/gm)];
    const isKnown = (who: string) =>
      known.some(([, pattern, value]) => (pattern ? new RegExp(value).test(who) : value === who));
    expect(isKnown("10.0.0.5 CN=lb-12.foobar.internal")).toBe(true);
    expect(isKnown("127.0.0.1 CN=web-1.foobar.internal")).toBe(true);
    for (const who of [
      "10.0.16.5 CN=web-1.foobar.internal",
      "10.0.0.5 CN=db-1.foobar.internal",
      "10.0.0.5 CN=lb-1.foobar.internal.evil.com",
      "10.0.0.5 CN=lb-1xfoobar.internal",
      "10.0.0.5 O=x,CN=lb-1.foobar.internal",
    ])
      expect([who, isKnown(who)]).toEqual([who, false]);
    expect(text).toContain("if ($is_known = 0) {\n            return 403;");
  });

  test("ends clients' own TLS by the guideline, and believes nothing that they say of themselves", () => {
    const text = config(passthrough);
    expect(text).toContain("listen 8443 ssl proxy_protocol;\n");
    expect(text).toContain("ssl_protocols TLSv1.2 TLSv1.3;\n");
    expect(text).toContain('add_header Strict-Transport-Security "max-age=63072000" always;\n');
    expect(text).toContain("proxy_set_header X-Forwarded-For $proxy_protocol_addr;\n");
    for (const name of ["Forwarded", "X-Real-IP", "X-Forwarded-Host"])
      expect(text).toContain(`proxy_set_header ${name} "";\n`);
    expect(text).not.toContain("ssl_verify_client");
  });

  test("serves one name there, redirects the bare domain, and hides its readiness from clients", () => {
    const text = config(passthrough);
    expect(text).toMatch(/server_name foobar\.com;[^}]*return 301 https:\/\/www\.foobar\.com\$request_uri;/);
    expect(text).toMatch(/proxy_protocol default_server;[^}]*return 421;/);
    expect(text).toMatch(/location = \/readyz \{[^}]*if \(\$proxy_protocol_addr\) \{\s+return 404;/);
    expect(config({ ...passthrough, apexName: undefined })).not.toContain("301");
  });

  test("speaks both ways while one replaces the other", () => {
    const text = config({ ...webServer, transports: ["plain", "mutual-tls"] });
    expect(text).toContain("listen 8080 default_server;\n");
    expect(text).toContain("listen 8443 ssl default_server;\n");
  });
});
