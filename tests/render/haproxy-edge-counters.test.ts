import { loadBalancerUserData, type LoadBalancerHost } from "../../components/render";
import { hardenedBalancer, loadBalancer, writtenFiles } from "../support/hosts";

const config = (args: Partial<LoadBalancerHost>, from = hardenedBalancer) =>
  writtenFiles(loadBalancerUserData({ ...from, ...args }))["/etc/haproxy/haproxy.cfg"];

describe("what load balancers count of their clients", () => {
  test("is shared over TLS in which each verifies the other by name", () => {
    const text = config({});
    expect(text).toContain("    localpeer lb-1\n");
    expect(text).toContain(
      "bind :10000 ssl crt /etc/haproxy/tls/host.pem ca-file /etc/haproxy/tls/ca.pem verify required ssl-min-ver TLSv1.3\n",
    );
    expect(text).toMatch(/default-server ssl crt \S+ ca-file \S+ verify required ssl-min-ver TLSv1.3\n/);
    expect(text).toContain(
      "    server lb-1\n    server lb-2 lb-2.foobar.internal:10000 sni str(lb-2.foobar.internal) verifyhost lb-2.foobar.internal\n",
    );
  });

  test("counts requests by the client's own address, and refuses who has more than the limit", () => {
    const text = config({ rateLimit: { requests: 300, windowSec: 20 } });
    expect(text).toContain("store http_req_rate(20s)\n");
    expect(text).toContain("http-request track-sc0 src table balancers/clients\n");
    expect(text).toContain("deny_status 429 hdr Retry-After 20 if { sc_http_req_rate(0) gt 300 }\n");
    expect(text.indexOf("track-sc0")).toBeLessThan(text.indexOf("known_name"));
  });

  test("counts connections where requests cannot be seen", () => {
    const text = config({ tls: "passthrough" });
    expect(text).toContain("store conn_rate(10s)\n");
    expect(text).toContain("tcp-request session reject if { sc_conn_rate(0) gt 2000 }\n");
    expect(text).not.toContain("http-request track");
  });

  test("stays with a single one, and without a limit there is nothing", () => {
    const text = config({ rateLimit: { requests: 5, windowSec: 1 } }, loadBalancer);
    expect(text).toContain(
      "backend clients\n    stick-table type ipv6 size 100k expire 6s store http_req_rate(1s)\n",
    );
    expect(text).toContain("track-sc0 src table clients\n");
    expect(text).not.toMatch(/peer/);
    expect(config({}, loadBalancer)).not.toMatch(/peer|stick-table|track-sc/);
  });

  test("is shown without a limit when there are several", () => {
    const text = config({ rateLimit: undefined });
    expect(text).toContain("track-sc0 src table balancers/clients\n");
    expect(text).not.toContain("429");
  });
});
