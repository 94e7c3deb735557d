/** What TLS inside costs: the same web servers behind two load balancers, of which one speaks plain HTTP to them. */
import { webBackends } from "../components/render/haproxy-edge-servers";
import * as cloud from "../lab/cloud/client";
import { namespaces } from "../lab/machine/network";
import { inside } from "../lab/machine/network/namespaces";
import { must } from "../lab/machine/run";
import { siteName, type Lab } from "../tests/support/lab";
import type { Row } from "./row";

const CONFIG = "/etc/haproxy/haproxy.cfg";
const ROUNDS = 6;
const ROUND_SEC = 8;

/** Wants a lab with `tlsAlso: terminate`, so that web servers answer to both. */
export async function measureTlsInside(lab: Lab, row: Row): Promise<void> {
  const before = await lab.run("lb-2", "cat", CONFIG);
  const addresses = { "lb-1": await addressOf("lb-1"), "lb-2": await addressOf("lb-2") };
  const rates: Record<keyof typeof addresses, number[]> = { "lb-1": [], "lb-2": [] };
  await reloadWith("lb-2", plainInside(before));
  try {
    // Round by round, so that whatever else the machine does hits both.
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ["lb-1", "lb-2"] as const) rates[name].push(await requestsPerSec(addresses[name]));
  } finally {
    await reloadWith("lb-2", before);
  }
  const [toTheServers, atTheEdge] = [median(rates["lb-1"]), median(rates["lb-2"])];
  row("requests/s: TLS ends at the load balancer", atTheEdge.toFixed(0));
  const cost = 100 * (1 - toTheServers / atTheEdge);
  row(
    "requests/s: TLS to the web servers, too",
    `${toTheServers.toFixed(0)} (${cost.toFixed(1)} % less)`,
    "8 % less",
  );
}

/** The same configuration with the web servers' plain port. */
function plainInside(config: string): string {
  const [front] = config.split("# What does no harm when it is repeated");
  const servers = [...config.matchAll(/^ {4}server (web-\d+) \S+ weight (\d+) /gm)];
  const weights = new Map(servers.map(([, name, weight]) => [name, Number(weight)]));
  const webServers = [...weights].map(([name, weight]) => ({ name, weight }));
  return front + webBackends({ siteName, webServers, tls: "terminate", domain: "foobar.internal" });
}

async function reloadWith(host: string, config: string): Promise<void> {
  const { code, stderr } = await cloud.exec(
    host,
    ["sh", "-c", `cat > ${CONFIG} && systemctl reload haproxy && sleep 3`],
    { input: `${config.trimEnd()}\n` },
  );
  if (code !== 0) throw new Error(`${host}: want HAProxy to take its configuration, got ${stderr}`);
}

/** The address that leads to this load balancer alone: its zone's. */
async function addressOf(balancer: string): Promise<string> {
  const { nodes } = await cloud.status();
  const node = nodes.find(({ targets }) => targets.some((target) => target.startsWith(`${balancer}:443 `)));
  if (node?.publicAddress === undefined) throw new Error(`${balancer}: want a way to it, got none`);
  return node.publicAddress;
}

/** Eight clients with eight requests at a time each, over HTTP/2, as h2load counts. */
async function requestsPerSec(address: string): Promise<number> {
  const clients = ["-c", "8", "-m", "8", "-D", String(ROUND_SEC), "--warm-up-time=1"];
  const where = [`--connect-to=${address}:443`, `https://${siteName}/`];
  const stdout = await must(inside(namespaces.internet(), ["h2load", ...clients, ...where]));
  const rate = /finished in .*?, ([\d.]+) req\/s/.exec(stdout)?.[1];
  const good = /(\d+) 2xx, 0 3xx, 0 4xx, 0 5xx/.exec(stdout)?.[1];
  if (rate === undefined || good === undefined || good === "0")
    throw new Error(`h2load: want every answer 200, got:\n${stdout}`);
  return Number(rate);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
