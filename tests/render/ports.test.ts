import { listeningPorts, type Tier } from "../../components/render";
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

  test.each(["lb", "web"] as Tier[])("names every port that HAProxy and nginx of %s bind", (tier) => {
    const files = writtenFiles(allUserData()[`${tier}-1.prometheus`]);
    const text = `${files["/etc/haproxy/haproxy.cfg"]}${files["/etc/nginx/nginx.conf"] ?? ""}`;
    const bound = [...text.matchAll(/^\s*(?:bind|listen)\s+(?:([\d.]+)?:)?(\d+)\b/gm)];
    expect(bound.length).toBeGreaterThan(2);
    for (const [, address, port] of bound) {
      const entry = listeningPorts(tier).find((candidate) => candidate.port === Number(port));
      expect(entry).toBeDefined();
      expect(entry?.from.includes("loopback")).toBe(address === "127.0.0.1");
    }
  });

  test("gives a copy, so that no caller changes the table", () => {
    listeningPorts("lb")[0].from.push("web");
    expect(listeningPorts("lb")[0].from).toEqual(["internet"]);
  });
});
