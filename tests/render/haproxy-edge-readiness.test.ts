import { loadBalancerUserData, type LoadBalancerHost } from "../../components/render";
import { hardenedBalancer, loadBalancer, writtenFiles } from "../support/hosts";

const config = (args: Partial<LoadBalancerHost> = {}) =>
  writtenFiles(loadBalancerUserData({ ...hardenedBalancer, ...args }))["/etc/haproxy/haproxy.cfg"];

describe("what a load balancer tells the network load balancer", () => {
  test("depends on its web servers and on whether it was asked to leave", () => {
    expect(config()).toContain("bind :8405 accept-proxy\n");
    expect(config()).toContain("monitor-uri /healthz\n");
    expect(config()).toContain("monitor fail if { nbsrv(web) lt 1 }\n");
    expect(config()).toContain("monitor fail if { nbsrv(leaving) lt 1 }\n");
    expect(config()).toContain("backend leaving\n    server not_yet 127.0.0.1:8405\n");
  });

  test("of a standby depends on those before it, whichever place it has", () => {
    const standby = (name: string) =>
      config({ name, mode: "active-passive", balancers: ["lb-1", "lb-2", "lb-3"] });
    expect(standby("lb-3")).toContain("monitor fail if { nbsrv(before) gt 0 }\n");
    expect(standby("lb-3")).toMatch(
      /server lb-1 lb-1.foobar.internal:8405 check check-send-proxy\n +server lb-2 lb-2.foobar.internal:8405 check/,
    );
    expect(standby("lb-2")).not.toContain("server lb-3 lb-3.foobar.internal:8405");
    expect(standby("lb-1")).not.toContain("(before)");
    expect(config({ name: "lb-2" })).not.toContain("nbsrv(before)");
  });

  test("comes with clients' addresses on every port that it reaches, and nobody else's", () => {
    const binds = (text: string) =>
      text.match(/bind :.*/g)!.map((bind) => bind.split(" ").slice(1, 3).join(" "));
    expect(binds(config())).toEqual([
      ":10000 ssl",
      ":8405 accept-proxy",
      ":80 accept-proxy",
      ":443 accept-proxy",
    ]);
    const own = writtenFiles(loadBalancerUserData(loadBalancer))["/etc/haproxy/haproxy.cfg"];
    expect(own).not.toMatch(/accept-proxy|8405/);
  });
});
