import { request } from "node:https";
import * as cloud from "../../lab/cloud/client";
import { askSite, sitePort } from "../../lab/commands/site";
import { leftovers } from "../../lab/machine/teardown";
import { connectCommand, connectFrom, verdicts, type Verdict } from "../support/connect";
import { Lab, siteName } from "../support/lab";
import { eventually } from "../support/until";

jest.setTimeout(120_000);

const internet = "foobar-internet";
const hosts = ["lb-1", "web-1", "web-2", "web-3", "db-1", "db-2"];

/**
 * Who may open a TCP connection to what: written out here by hand, and not taken from the firewalls' own table, so that
 * an error in that table shows.
 */
const allowed: Record<string, string[]> = {
  "lb-1": ["web-1:8080", "web-2:8080", "web-3:8080"],
  "web-1": ["db-1:3306", "db-1:9200", "db-2:3306", "db-2:9200"],
  "web-2": ["db-1:3306", "db-1:9200", "db-2:3306", "db-2:9200"],
  "web-3": ["db-1:3306", "db-1:9200", "db-2:3306", "db-2:9200"],
  "db-1": ["db-2:3306", "db-2:9200"],
  "db-2": ["db-1:3306", "db-1:9200"],
};

const lab = new Lab();

beforeAll(() => lab.up());
afterAll(() => lab.down());

/** One request over a new connection to the site's forward. */
function post(path: string, body: unknown): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        ...{ host: "127.0.0.1", port: sitePort, servername: siteName, ca: lab.ca, path, method: "POST" },
        headers: { host: siteName, "content-type": "application/json", accept: "application/json" },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => done({ status: response.statusCode ?? 0, body: text }));
      },
    );
    sent.on("error", fail);
    sent.end(JSON.stringify(body));
  });
}

describe("the page", () => {
  test("answers over HTTPS with a certificate that verifies for the site's name, from the replica", async () => {
    const answer = await askSite({ siteName, ca: lab.ca });
    expect(answer.status).toBe(200);
    expect(answer.servedBy).toMatch(/^web-[123]$/);
    expect(answer.databaseRole).toBe("replica");
    expect(answer.body).toContain("<html");
  });

  test("is refused by a client that expects another name", async () => {
    await expect(askSite({ siteName: "www.example.com", ca: lab.ca })).rejects.toThrow(
      /altname|does not match/i,
    );
  });

  test("shows what was written, read back from the replica", async () => {
    const text = `scenario ${Date.now()}`;
    const written = await post("/messages", { author: "scenario", text });
    expect(written.status).toBe(201);
    await eventually("the message on a page read from the replica", 5000, async () => {
      const page = await askSite({ siteName, ca: lab.ca });
      return page.databaseRole === "replica" && page.body.includes(text) ? page : undefined;
    });
  });
});

describe("the load balancer", () => {
  test("spreads requests by the hosts' capacity, within 2 %", async () => {
    await lab.wholeShares("lb-1");
    const total = 600;
    const served = new Map<string, number>();
    const lanes = Array.from({ length: 10 }, async () => {
      for (let n = 0; n < total / 10; n++) {
        const { servedBy = "nobody" } = await askSite({ siteName, ca: lab.ca, path: "/healthz" });
        served.set(servedBy, (served.get(servedBy) ?? 0) + 1);
      }
    });
    await Promise.all(lanes);
    // t3.small, t3.small, t3.micro: the third has half the capacity
    for (const [host, share] of Object.entries({ "web-1": 0.4, "web-2": 0.4, "web-3": 0.2 })) {
      expect(Math.abs((served.get(host) ?? 0) / total - share)).toBeLessThanOrEqual(0.02);
    }
  });

  test("redirects plain HTTP to HTTPS", async () => {
    const head = await lab.run(
      "lb-1",
      ...["curl", "--silent", "--head", "--header", `Host: ${siteName}`, "http://127.0.0.1/some/page"],
    );
    expect(head).toMatch(/^HTTP\/1\.1 30[18] /);
    expect(head).toMatch(new RegExp(`^location: https://${siteName}/some/page\\s*$`, "im"));
  });
});

describe("the database", () => {
  test("has one primary that takes writes and a replica that refuses them", async () => {
    expect(await lab.sql("db-1", "select @@global.super_read_only")).toBe("0");
    expect(await lab.sql("db-2", "select @@global.super_read_only")).toBe("1");
    await expect(lab.sql("db-2", "create database refused")).rejects.toThrow(/super-read-only|read-only/);
  });

  test("replicates by GTID, over TLS, with semi-synchronous acknowledgement", async () => {
    const status = await lab.sql(
      "db-2",
      "select c.service_state, a.service_state, g.ssl_allowed, g.ssl_verify_server_certificate, g.auto_position " +
        "from performance_schema.replication_connection_status c " +
        "join performance_schema.replication_applier_status a using (channel_name) " +
        "join performance_schema.replication_connection_configuration g using (channel_name)",
    );
    expect(status.split("\t")).toEqual(["ON", "ON", "YES", "YES", "1"]);
    const semiSync = await lab.sql(
      "db-1",
      "select variable_value from performance_schema.global_status where variable_name = 'Rpl_semi_sync_source_status'",
    );
    expect(semiSync).toBe("ON");
  });
});

describe("the firewalls", () => {
  test("let through what the site needs between hosts, and drop every other port of every pair", async () => {
    const { hosts: known } = await cloud.status();
    const addressOf = new Map(known.map((host) => [host.name, host.address]));
    const ports = new Set<string>();
    for (const host of hosts) {
      // every port that anything listens on anywhere, loopback included: a hole would show on any of them
      const listening = await lab.run(host, "ss", "--listening", "--tcp", "--numeric", "--no-header");
      for (const line of listening.split("\n")) ports.add(line.trim().split(/\s+/)[3].replace(/^.*:/, ""));
    }
    expect(ports.size).toBeGreaterThan(5);
    const wrong: string[] = [];
    for (const from of hosts) {
      const targets = hosts
        .filter((to) => to !== from)
        .flatMap((to) =>
          [...ports].map((port) => ({ name: `${to}:${port}`, at: `${addressOf.get(to)}:${port}` })),
        );
      const addresses = targets.map(({ at }) => at);
      const found = verdicts(addresses, await lab.run(from, ...connectCommand(addresses, 1.5)));
      for (const { name, at } of targets) {
        const want: Verdict = allowed[from].includes(name) ? "open" : "dropped";
        if (found.get(at) !== want) wrong.push(`${from} → ${name}: want ${want}, got ${found.get(at)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("show a client on the internet ports 80 and 443 of the load balancer, and nothing else", async () => {
    const { hosts: known } = await cloud.status();
    const candidates = [22, 53, 80, 443, 3000, 3306, 3307, 8080, 8081, 8404, 9100, 9104, 9113, 9200];
    const [address] = await lab.addresses();
    const targets = [address, ...known.map((host) => host.address)].flatMap((target) =>
      candidates.map((port) => `${target}:${port}`),
    );
    const found = await connectFrom(internet, targets, 2);
    const open = [...found].filter(([, verdict]) => verdict !== "dropped").map(([target]) => target);
    expect(open.sort()).toEqual([`${address}:443`, `${address}:80`].sort());
  });
});

describe("the deployment", () => {
  test("changes nothing when nothing changed", async () => {
    const { counts } = await lab.deploy();
    expect(counts).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(counts.same).toBeGreaterThan(100);
  });
});

describe("the lab", () => {
  test("reports every host as healthy, with its services", async () => {
    const { hosts: known } = await cloud.status();
    expect(known.map((host) => [host.name, host.health]).sort()).toEqual(
      hosts.map((name) => [name, "healthy"]).sort(),
    );
    for (const host of known) expect(host.services.length).toBeGreaterThan(0);
  });

  test("leaves nothing behind when it is taken down", async () => {
    await lab.down();
    expect(await leftovers()).toEqual([]);
  });
});
