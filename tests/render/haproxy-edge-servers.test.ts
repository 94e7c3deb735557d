import { loadBalancerUserData, type LoadBalancerHost } from "../../components/render";
import { hardenedBalancer, loadBalancer, writtenFiles } from "../support/hosts";

/** A backend's lines. */
function backend(args: LoadBalancerHost, name: string): string {
  const config = writtenFiles(loadBalancerUserData(args))["/etc/haproxy/haproxy.cfg"];
  return config.split(/\n(?=\S)/).find((part) => part.startsWith(`backend ${name}\n`)) ?? "";
}

describe("the way to the web servers", () => {
  test("ended inside it is plain, and as it was", () => {
    for (const name of ["web", "web_writes"]) {
      expect(backend(loadBalancer, name)).toContain("web-1.foobar.internal:8080 weight 100");
      expect(backend(loadBalancer, name)).not.toContain("ssl");
    }
  });

  test("end to end it shows a certificate and verifies the other's, name included, for requests and checks", () => {
    for (const name of ["web", "web_writes"]) {
      const text = backend(hardenedBalancer, name);
      expect(text).toContain(
        "ssl verify required ca-file /etc/haproxy/tls/ca.pem crt /etc/haproxy/tls/host.pem",
      );
      expect(text).toContain(
        "server web-2 ipv4@web-2.foobar.internal:8443 weight 100 tcp-ut 2s sni str(web-2.foobar.internal) verifyhost web-2.foobar.internal ",
      );
    }
    expect(backend(hardenedBalancer, "web")).toContain("check check-sni web-3.foobar.internal\n");
  });

  test("end to end pages share connections, with HTTP/2 where the server has it; what may change something gets one of its own", () => {
    expect(backend(hardenedBalancer, "web")).toContain("alpn h2,http/1.1 check-alpn http/1.1 ");
    expect(backend(hardenedBalancer, "web")).toContain("http-reuse always\n");
    expect(backend(hardenedBalancer, "web_writes")).toContain("alpn http/1.1 ");
    expect(backend(hardenedBalancer, "web_writes")).toMatch(/http-reuse never\n/);
    expect(backend(hardenedBalancer, "web_writes")).toMatch(/retry-on conn-failure\n/);
  });

  test("passed through, connections go on with the client's address in front, and only unmade ones are tried again", () => {
    const text = backend({ ...hardenedBalancer, tls: "passthrough" }, "web");
    expect(text).toContain("    mode tcp\n");
    expect(text).toContain("default-server send-proxy-v2 ");
    expect(text).toContain(
      "check-ssl verify required ca-file /etc/haproxy/tls/ca.pem verifyhost www.foobar.com",
    );
    expect(text).toContain("server web-1 ipv4@web-1.foobar.internal:8443 weight 100 tcp-ut 2s check\n");
    expect(text).not.toMatch(/retry-on|crt /);
    expect(backend({ ...hardenedBalancer, tls: "passthrough" }, "web_writes")).toBe("");
  });

  test("gives a server that comes back its share little by little", () => {
    for (const args of [loadBalancer, hardenedBalancer])
      for (const name of ["web", "web_writes"]) expect(backend(args, name)).toContain(" slowstart 10s ");
  });
});
