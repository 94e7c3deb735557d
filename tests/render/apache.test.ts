import { webServerUserData, type WebServerHost } from "../../components/render";
import { hardenedWebServer, webServer, writtenFiles } from "../support/hosts";

const both = (args: WebServerHost) => {
  const written = (server: "nginx" | "apache") => writtenFiles(webServerUserData({ ...args, server }));
  return {
    nginx: written("nginx")["/etc/nginx/nginx.conf"],
    apache: written("apache")["/etc/apache2/apache2.conf"],
    written,
  };
};
const one = (text: string, pattern: RegExp) => pattern.exec(text)?.[1];
const passthrough: WebServerHost = { ...webServer, transports: ["site-tls"] };

describe("Apache of a web server", () => {
  test("has nginx's limits and waits", () => {
    const { nginx, apache } = both(webServer);
    expect(Number(one(apache, /KeepAliveTimeout (\d+)/))).toBe(
      60 * Number(one(nginx, /keepalive_timeout (\d+)m/)),
    );
    expect(one(apache, /MaxKeepAliveRequests (\d+)/)).toBe(one(nginx, /keepalive_requests (\d+)/));
    expect(Number(one(apache, /LimitRequestBody (\d+)/))).toBe(
      2 ** 20 * Number(one(nginx, /client_max_body_size (\d+)m/)),
    );
    expect(one(apache, /header=(\d+)/)).toBe(one(nginx, /client_header_timeout (\d+)s/));
    expect(one(apache, /body=(\d+)/)).toBe(one(nginx, /client_body_timeout (\d+)s/));
    expect(one(apache, /GracefulShutdownTimeout (\d+)/)).toBe(one(nginx, /worker_shutdown_timeout (\d+)s/));
    expect(one(apache, /ProxyPass \/ .*connectiontimeout=(\d+)/)).toBe(
      one(nginx, /proxy_connect_timeout (\d+)s/),
    );
    expect(one(apache, /ProxyPass \/ .* timeout=(\d+)/)).toBe(one(nginx, /proxy_read_timeout (\d+)s/));
    expect(one(apache, /ProxyPass \/readyz .* timeout=(\d+)/)).toBe("5");
  });

  test("never gives the application up for a while, and does not try a request twice", () => {
    const passes = both(webServer).apache.match(/ProxyPass .*/g)!;
    expect(passes).toHaveLength(2);
    for (const pass of passes) expect(pass).toContain(" retry=0 ");
  });

  test("lets in over mutual TLS who has a load balancer's name, and itself from itself", () => {
    const { apache } = both(hardenedWebServer);
    expect(apache).toContain("SSLVerifyClient require\n");
    expect(apache).toContain("SSLProtocol TLSv1.3\n");
    const names = new RegExp(one(apache, /SSL_CLIENT_S_DN_CN} =~ m#(.*)#"/)!);
    expect(names.test("lb-2.foobar.internal")).toBe(true);
    for (const name of ["web-2.foobar.internal", "lb-2.foobar.internal.evil.com", "xlb-2.foobar.internal"])
      expect([name, names.test(name)]).toEqual([name, false]);
    expect(apache).toMatch(
      /<RequireAll>\s+Require ip 127.0.0.1\s+Require expr "%{SSL_CLIENT_S_DN_CN} == 'web-1.foobar.internal'"/,
    );
  });

  test("ends clients' own TLS as nginx does", () => {
    const { nginx, apache } = both(passthrough);
    expect(apache).toContain("RemoteIPProxyProtocol On\n");
    expect(apache).toContain("Protocols h2 http/1.1\n");
    expect(one(apache, /SSLCipherSuite (ECDHE\S+)/)).toBe(one(nginx, /ssl_ciphers (\S+);/));
    expect(one(apache, /Groups (\S+)/)).toBe(one(nginx, /ssl_ecdh_curve (\S+);/));
    expect(one(apache, /Transport-Security "(.*)"/)).toBe(one(nginx, /Transport-Security "(.*)" always/));
    expect(one(apache, /KeepAliveTimeout (35)\n/)).toBe(one(nginx, /keepalive_timeout (\d+)s/));
    const removed = apache.match(/(?<=RequestHeader unset )\S+/g)!;
    const set = nginx.match(/(?<=proxy_set_header )(X-\S+|Forwarded)/g)!;
    expect([...new Set(removed)].sort()).toEqual([...new Set(set)].sort());
  });

  test("takes nginx's place among what a host writes and runs", () => {
    const { written } = both({ ...webServer, transports: ["plain"] });
    expect(written("apache")["/etc/nginx/nginx.conf"]).toBeUndefined();
    expect(written("apache")["/etc/foobar/host.env"]).toContain("FOOBAR_SERVER=apache\n");
    expect(written("apache")["/etc/default/prometheus-apache-exporter"]).toContain(
      "--web.listen-address=127.0.0.1:9117 --scrape_uri=http://127.0.0.1:8081/server-status?auto",
    );
    expect(written("apache")["/etc/default/prometheus-nginx-exporter"]).toBeUndefined();
  });
});
