import "../../support/own-lab";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { runInImage } from "../../../lab/machine/image-run";
import {
  applyNetwork,
  emptyNetwork,
  eniNamespace,
  namespaces,
  renderNftables,
} from "../../../lab/machine/network";
import { inside, liveNamespaces } from "../../../lab/machine/network/namespaces";
import { listen, probe, type Listener, type Probe } from "../../../lab/machine/network/probe";
import { must, run } from "../../../lab/machine/run";
import { teardown } from "../../../lab/machine/teardown";
import { allowAll, tcp, threeTiers } from "../../support/network-model";
import { ownNetwork } from "../../support/own-lab";

jest.setTimeout(60_000);

const [lb, web1, web2, db] = ["eni-lb", "eni-web1", "eni-web2", "eni-db"].map(eniNamespace);
const [vpc, internet, aws] = [namespaces.vpc(), namespaces.internet(), namespaces.aws()];
const addresses: Record<string, string> = {
  lb: "10.20.0.10",
  web1: "10.20.10.11",
  web2: "10.20.10.12",
  db: "10.20.20.21",
};
let listeners: Listener[] = [];
let before: string;

/** Tries one exchange and says what came back, and as whom the other side saw us. */
async function attempt(from: string, to: string, port: number, more: Partial<Probe> = {}): Promise<string> {
  const [{ outcome, seenAs }] = await probe(from, [{ to: addresses[to] ?? to, port, ...more }], 500);
  return seenAs === undefined ? outcome : `${outcome} as ${seenAs}`;
}

beforeAll(async () => {
  before = await must(["sh", "-c", ownNetwork]);
  await teardown();
  await applyNetwork(emptyNetwork());
  await applyNetwork(threeTiers());
  const ports = { tcp: [22, 80, 443, 3306, 8080, 9200], udp: [5005, 5011] };
  listeners = await Promise.all([
    ...[lb, web1, web2, db, internet, aws].map((name) => listen(name, ports)),
    listen(vpc, { tcp: [22, 80] }),
    listen(vpc, { udp: [53], tcp: [53], address: "10.20.0.2" }),
    listen(vpc, { udp: [53], address: "169.254.169.253" }),
  ]);
});

afterAll(async () => {
  await Promise.all(listeners.map((listener) => listener.close()));
  await teardown();
});

// restored after every change: the next test starts from the same network
afterEach(() => applyNetwork(threeTiers()));

describe("packets", () => {
  const matrix: [string, string, string, number, string, Partial<Probe>?][] = [
    ["a client reaches a public address's open port", internet, "198.51.100.10", 443, "open as 203.0.113.10"],
    ["a client does not reach its other ports", internet, "198.51.100.10", 22, "filtered"],
    ["a client does not reach an address that nobody has", internet, "198.51.100.99", 443, "filtered"],
    ["a client does not reach a NAT gateway", internet, "198.51.100.11", 443, "filtered"],
    ["a client does not reach the VPC's metadata side", internet, "203.0.113.1", 80, "filtered"],
    ["a group is let in by reference", lb, "web1", 8080, "open as 10.20.0.10"],
    ["the sender's group decides too", lb, "web1", 9200, "filtered"],
    ["the receiver's group decides too", lb, "web1", 3306, "filtered"],
    ["neighbours in a subnet are filtered", web1, "web2", 8080, "filtered"],
    ["a second group on the receiver counts", web2, "web1", 5005, "open as 10.20.10.12", { protocol: "udp" }],
    ["its port range ends where it ends", web2, "web1", 5011, "filtered", { protocol: "udp" }],
    ["an ACL lets its subnet in", web1, "db", 3306, "open as 10.20.10.11"],
    ["an ACL keeps others out that groups let in", lb, "db", 3306, "filtered"],
    ["an ACL's lower number wins", web2, "db", 3306, "filtered"],
    ["an ACL's unnamed port is closed", web1, "db", 9200, "filtered"],
    ["a host with a public address goes out under it", lb, "192.0.2.10", 443, "open as 198.51.100.10"],
    ["egress is limited to what the group allows", lb, "192.0.2.10", 80, "filtered"],
    [
      "a private host goes out under the NAT gateway's address",
      web1,
      "192.0.2.10",
      443,
      "open as 198.51.100.11",
    ],
    [
      "a private host reaches the site as a client would",
      web1,
      "198.51.100.10",
      443,
      "open as 198.51.100.11",
    ],
    ["a subnet without a route has no way out", db, "192.0.2.10", 443, "filtered"],
    ["metadata needs no group's consent", db, "169.254.169.254", 80, "open as 10.20.20.21"],
    ["nothing else of the VPC answers there", db, "169.254.169.254", 22, "filtered"],
    ["nothing answers on the gateway", web1, "10.20.10.1", 80, "filtered"],
    [
      "DNS answers on the VPC's third address",
      db,
      "10.20.0.2",
      53,
      "open as 10.20.20.21",
      { protocol: "udp" },
    ],
    ["DNS answers there over TCP", db, "10.20.0.2", 53, "open as 10.20.20.21"],
    [
      "DNS answers on the link-local address",
      lb,
      "169.254.169.253",
      53,
      "open as 10.20.0.10",
      { protocol: "udp" },
    ],
  ];
  // named parameters past the row's length would be taken for jest's `done`
  it.each(matrix)("%s", async (...[, from, to, port, expected, more]) => {
    expect(await attempt(from, to, port, more)).toBe(expected);
  });

  it("under another host's address, or nobody's, go nowhere", async () => {
    const fake = ["10.20.0.77", "10.20.10.12"];
    await must(["ip", "-n", lb, "address", "add", `${fake[0]}/32`, "dev", "eth0"]);
    await must(["ip", "-n", lb, "address", "add", `${fake[1]}/32`, "dev", "eth0"]);
    const model = threeTiers();
    model.securityGroups[0].egress.push({
      ipProtocol: "udp",
      fromPort: 5005,
      toPort: 5005,
      cidrIpv4: "10.20.0.0/16",
    });
    await applyNetwork(model);
    const seen = listeners[1].seen;
    seen.length = 0;
    for (const from of fake) await attempt(lb, "web1", 5005, { protocol: "udp", from });
    expect(seen).toEqual([]);
    await attempt(lb, "web1", 5005, { protocol: "udp" });
    expect(seen).toEqual(["udp 5005 10.20.0.10"]);
  });
});

describe("a change of", () => {
  it("an ACL's way out stops replies too, for it knows no connections", async () => {
    const model = threeTiers();
    model.networkAcls[1].egress = [];
    await applyNetwork(model);
    expect(await attempt(web1, "db", 3306)).toBe("filtered");
  });

  it("a group's rules opens and closes a port at once", async () => {
    const model = threeTiers();
    model.securityGroups[0].ingress = [tcp(80, "0.0.0.0/0")];
    await applyNetwork(model);
    expect(await attempt(internet, "198.51.100.10", 80)).toBe("open as 203.0.113.10");
    expect(await attempt(internet, "198.51.100.10", 443)).toBe("filtered");
  });

  it("a route table gives and takes the way out", async () => {
    const model = threeTiers();
    model.networkAcls[1] = { id: "acl-data", ingress: [allowAll()], egress: [allowAll()] };
    model.routeTables[2].routes = [{ destinationCidr: "0.0.0.0/0", natGatewayId: "nat-1" }];
    model.routeTables[1].routes = [];
    await applyNetwork(model);
    expect(await attempt(db, "192.0.2.10", 443)).toBe("open as 198.51.100.11");
    expect(await attempt(web1, "192.0.2.10", 443)).toBe("filtered");
  });

  it("a NAT gateway's address or presence takes its hosts' way out", async () => {
    const model = threeTiers();
    model.addresses.pop();
    await applyNetwork(model);
    expect(await attempt(web1, "192.0.2.10", 443)).toBe("filtered");
    model.natGateways = [];
    await applyNetwork(model);
    expect(await attempt(web1, "192.0.2.10", 443)).toBe("filtered");
    expect(await attempt(web1, "db", 3306)).toBe("open as 10.20.10.11");
  });

  it("the internet gateway cuts public addresses off in both directions", async () => {
    const model = threeTiers();
    delete model.internetGatewayId;
    await applyNetwork(model);
    expect(await attempt(internet, "198.51.100.10", 443)).toBe("filtered");
    expect(await attempt(lb, "192.0.2.10", 443)).toBe("filtered");
  });

  it("nothing keeps an open connection, and moving a public address cuts it", async () => {
    // a server that says something every 50 ms, and a client that counts what it hears
    const talk =
      'require("net").createServer((s)=>{s.on("error",()=>{});setInterval(()=>s.write("."),50)}).listen(4443)';
    const hear =
      'require("net").connect(443,"198.51.100.10").on("data",(d)=>process.stdout.write(d)).on("error",()=>{})';
    await listeners[0].close();
    const start = (name: string, code: string): ReturnType<typeof spawn> => {
      const [program, ...rest] = inside(name, [process.execPath, "-e", code]);
      return spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
    };
    const server = start(lb, talk.replace("4443", "443"));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const client = start(internet, hear);
    let heard = 0;
    client.stdout!.on("data", (data: Buffer) => (heard += data.length));
    const during = async (ms: number): Promise<number> => {
      const from = heard;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return heard - from;
    };
    try {
      await once(client.stdout!, "data");
      await applyNetwork(threeTiers());
      expect(await during(500)).toBeGreaterThan(2);
      const model = threeTiers();
      model.addresses[0].eniId = "eni-web1";
      await applyNetwork(model);
      await during(100); // what was on its way
      expect(await during(500)).toBe(0);
    } finally {
      client.kill("SIGKILL");
      server.kill("SIGKILL");
    }
  });

  it("hosts adds and removes their namespaces", async () => {
    const model = threeTiers();
    model.enis = model.enis.filter(({ id }) => id !== "eni-web2");
    await applyNetwork(model);
    expect(liveNamespaces()).not.toContain(web2);
    await applyNetwork(threeTiers());
    expect(liveNamespaces()).toContain(web2);
    expect(await attempt(web2, "192.0.2.10", 443)).toBe("open as 198.51.100.11");
  });

  it("a model that is wrong changes nothing and says why", async () => {
    const model = threeTiers();
    model.enis[0].privateIp = "10.9.9.9";
    await expect(applyNetwork(model)).rejects.toThrow(
      "eni-lb.privateIp: want an address of 10.20.0.0/24, got 10.9.9.9",
    );
    expect(await attempt(web1, "db", 3306)).toBe("open as 10.20.10.11");
  });
});

it("is accepted by this machine's nft and by the image's", async () => {
  const text = renderNftables(threeTiers());
  const files = { "/tmp/rules": text, "/tmp/empty": renderNftables(emptyNetwork()) };
  const here = await run(["unshare", "--net", "nft", "-c", "-f", "-"], { input: text });
  expect(here).toMatchObject({ code: 0, stderr: "" });
  const there = await runInImage(["sh", "-c", "nft -c -f /tmp/rules && nft -c -f /tmp/empty"], { files });
  expect(there).toMatchObject({ code: 0, stderr: "" });
});

it("never touches the machine's own network", async () => {
  expect(await must(["sh", "-c", ownNetwork])).toBe(before);
});
