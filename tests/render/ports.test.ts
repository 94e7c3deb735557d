import { listeningPorts, type PortShape, type Tier } from "../../components/render";
import { allUserData, writtenFiles } from "../support/hosts";

describe("listeningPorts", () => {
  test("opens to the internet the site's two ports and nothing else", () => {
    const open = (["lb", "web", "db"] as Tier[]).flatMap((tier) =>
      listeningPorts(tier)
        .filter((entry) => entry.from.includes("internet"))
        .map((entry) => `${tier} ${entry.port}`),
    );
    expect(open).toEqual(["lb 80", "lb 443"]);
  });

  test("lets each tier reach the next one only", () => {
    const peers = (tier: Tier) => new Set(listeningPorts(tier).flatMap((entry) => entry.from));
    expect(peers("web")).toEqual(new Set(["lb", "loopback"]));
    expect(peers("db")).toEqual(new Set(["web", "db", "loopback"]));
  });

  const behind = { entrance: "network-load-balancer", balancers: 2 } as const;
  const plain: PortShape = {
    entrance: "elastic-ip",
    balancers: 1,
    transports: ["plain"],
    servers: ["nginx"],
  };
  test.each<[string, Tier, PortShape]>([
    ["lb-1.prometheus", "lb", plain],
    ["lb-1.end-to-end", "lb", { ...plain, ...behind }],
    ["lb-2.standby", "lb", { ...plain, ...behind }],
    ["lb-1.passthrough", "lb", { ...plain, ...behind }],
    ["web-1.prometheus", "web", plain],
    ["web-1.end-to-end", "web", { ...plain, transports: ["mutual-tls"] }],
    ["web-1.passthrough", "web", { ...plain, transports: ["site-tls"] }],
    ["web-1.changing", "web", { ...plain, transports: ["plain", "mutual-tls"] }],
    ["web-2.apache", "web", { ...plain, servers: ["apache"] }],
    ["web-2.apache-end-to-end", "web", { ...plain, servers: ["apache"], transports: ["mutual-tls"] }],
    ["web-2.apache-passthrough", "web", { ...plain, servers: ["apache"], transports: ["site-tls"] }],
  ])("are those that HAProxy, nginx and Apache of %s bind, and no others", (name, tier, shape) => {
    const files = writtenFiles(allUserData()[name]);
    const texts = ["/etc/haproxy/haproxy.cfg", "/etc/nginx/nginx.conf", "/etc/apache2/apache2.conf"].map(
      (path) => files[path] ?? "",
    );
    const bound = [...texts.join("").matchAll(/^\s*(?:bind|listen)\s+(?:([\d.]+)?:)?(\d+)\b/gim)];
    const ports = listeningPorts(tier, shape);
    for (const [, address, port] of bound) {
      const entry = ports.find((candidate) => candidate.port === Number(port));
      expect([port, entry?.from.includes("loopback")]).toEqual([port, address === "127.0.0.1"]);
    }
    const open = ports.filter(({ from }) => !from.includes("loopback")).map(({ port }) => String(port));
    expect(bound.map(([, , port]) => port)).toEqual(expect.arrayContaining(open));
  });

  test("lets clients in through the network load balancer alone when there is one", () => {
    const peers = listeningPorts("lb", { ...plain, ...behind }).filter(({ from }) => from[0] !== "loopback");
    expect(Object.fromEntries(peers.map(({ port, from }) => [port, from]))).toEqual({
      80: ["entrance"],
      443: ["entrance"],
      8405: ["entrance", "lb"],
      10000: ["lb"],
    });
  });

  test("knows each kind of exporter once", () => {
    const ports = listeningPorts("web", { ...plain, servers: ["nginx", "apache", "nginx"] });
    expect(ports.map(({ port }) => port).slice(-2)).toEqual([9113, 9117]);
  });

  test("gives a copy, so that no caller changes the table", () => {
    listeningPorts("lb")[0].from.push("web");
    expect(listeningPorts("lb")[0].from).toEqual(["internet"]);
  });
});
