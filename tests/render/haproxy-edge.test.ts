import { loadBalancerUserData } from "../../components/render";
import { loadBalancer, writtenFiles } from "../support/hosts";

const config = (args = loadBalancer) => writtenFiles(loadBalancerUserData(args))["/etc/haproxy/haproxy.cfg"];
const section = (text: string, head: string) =>
  text.split(/\n(?=\S)/).find((part) => part.startsWith(`${head}\n`)) ?? "";

describe("HAProxy of a load balancer", () => {
  test("takes each web server by name with its weight", () => {
    const servers = section(config(), "backend web").match(/server web.*/g);
    expect(servers).toEqual([
      "server web-1 ipv4@web-1.foobar.internal:8080 weight 100 tcp-ut 2s check",
      "server web-2 ipv4@web-2.foobar.internal:8080 weight 100 tcp-ut 2s check",
      "server web-3 ipv4@web-3.foobar.internal:8080 weight 50 tcp-ut 2s check",
    ]);
  });

  test("repeats reads on another server and never a request that may change something", () => {
    expect(section(config(), "backend web")).toContain("retry-on conn-failure empty-response");
    expect(section(config(), "backend web_writes")).toMatch(/retry-on conn-failure\n/);
    expect(section(config(), "frontend https")).toContain("use_backend web_writes if !METH_GET");
  });

  test("removes what a client says about itself before it adds its own", () => {
    const frontend = section(config(), "frontend https");
    for (const header of ["forwarded", "x-forwarded- -m beg", "x-real-ip", "x-request-id"]) {
      expect(frontend).toContain(`http-request del-header ${header}\n`);
    }
    expect(frontend.indexOf("del-header x-forwarded-")).toBeLessThan(
      frontend.indexOf("set-header X-Forwarded-Proto"),
    );
  });

  test("redirects the bare domain only when there is one", () => {
    expect(config()).toContain("-m str www.foobar.com foobar.com\n");
    const without = config({ ...loadBalancer, apexName: undefined });
    expect(without).toContain("-m str www.foobar.com\n");
    expect(without.match(/redirect prefix/g)).toHaveLength(1);
  });

  test("speaks to nobody but itself on the statistics port", () => {
    expect(section(config(), "frontend stats")).toContain("bind 127.0.0.1:8404");
  });

  test("refuses a weight that HAProxy would not take", () => {
    expect(() => config({ ...loadBalancer, webServers: [{ name: "web-1", weight: 300 }] })).toThrow(
      "webServers web-1 weight: want a whole number from 1 to 256, got 300; change it",
    );
  });

  test("refuses a name that could carry configuration of its own", () => {
    expect(() => config({ ...loadBalancer, webServers: [{ name: "web-1\n  bind :81", weight: 1 }] })).toThrow(
      /webServers: want a host's short name/,
    );
  });
});
