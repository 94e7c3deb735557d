/**
 * Measures the lab on this machine and prints the figures: nothing here is asserted, because a figure depends on
 * the machine. Wants no lab to be up, since it brings one up and takes it down.
 *
 *   node --require ./engine/register.js bench/run.ts [STACK]
 */
import { cpus, totalmem } from "node:os";
import Table from "cli-table3";
import { outputs } from "../engine";
import { siteAddresses, status } from "../lab/cloud/client";
import { ensureMoto } from "../lab/cloud/moto";
import { projectDir } from "../lab/commands/site";
import { ensureImage } from "../lab/machine/image";
import { namespaces } from "../lab/machine/network";
import { Lab } from "../tests/support/lab";
import { type LoadOptions, type LoadReport, runLoad } from "../tests/support/load";
import { eventsIn, runLab, slowestSteps } from "./deployment";
import { measureLosses } from "./losses";
import { hostMemoryMiB } from "./memory";
import { measurePolicies } from "./policies";
import { measureTlsInside } from "./tls-inside";

const stack = process.argv[2] ?? "lab";

/** What is wanted of each shape. */
const wanted =
  stack === "baseline"
    ? { up: "20 s", preview: "3 s", memory: "2048 MiB" }
    : { up: "30 s", preview: "4 s", memory: "3584 MiB" };

/** Seconds of load for each figure of throughput. */
const loadSec = 10;

/** Connections at once in the measurements of throughput. */
const lanes = 32;

const table = new Table({ head: ["figure", "measured", "wanted"], style: { head: [], border: [] } });
const row = (figure: string, measured: string, wanted = ""): void =>
  void table.push([figure, measured, wanted]);
const sec = (value: number): string => `${value.toFixed(1)} s`;
const say = (line: string): void => console.error(line);

async function measurePreview(): Promise<void> {
  say("preview …");
  const { seconds } = await runLab("preview", "--stack", stack, "--json");
  row("preview of the whole program", sec(seconds), wanted.preview);
}

async function measureUp(): Promise<void> {
  say("up …");
  const { seconds, lines } = await runLab("up", "--stack", stack, "--json");
  row("up, warm image, to the first verified page", sec(seconds), wanted.up);
  const events = eventsIn(lines);
  const site = events.find((event) => event.type === "site");
  for (const { title, fromSec, toSec } of site?.timings.steps ?? []) {
    row(`  ${title}`, `${sec(toSec - fromSec)} (${sec(fromSec)} → ${sec(toSec)})`);
  }
  for (const step of slowestSteps(events, 8)) row(`    ${step.name}`, sec(step.seconds));
}

async function measureMemory(): Promise<void> {
  const { hosts } = await status();
  const sizes = hosts.map((host) => ({ name: host.name, mib: hostMemoryMiB(host.id) }));
  const total = sizes.reduce((sum, { mib }) => sum + mib, 0);
  row(`memory of ${hosts.length} hosts (PSS)`, `${total.toFixed(0)} MiB`, wanted.memory);
  for (const { name, mib } of sizes) row(`  ${name}`, `${mib.toFixed(0)} MiB`);
}

/** Load from the internet through the load balancer; client, hosts and databases share this machine's processors. */
async function measureLoad(): Promise<void> {
  const found = (await outputs({ projectDir, stack })) as Record<"url" | "caCertificate", string>;
  const site: LoadOptions = {
    addresses: await siteAddresses(),
    siteName: new URL(found.url).hostname,
    ca: found.caCertificate,
    namespace: namespaces.internet(),
    perSec: 0,
    lanes,
    seconds: loadSec,
  };
  const kinds: [string, Partial<LoadOptions>][] = [
    ["application alone (/healthz), kept connections", { path: "/healthz", connections: "kept" }],
    ["page out of the database (/), kept connections", { connections: "kept" }],
    ["page out of the database (/), new connections", {}],
    ["one write in ten, kept connections", { connections: "kept", writeEvery: 10 }],
  ];
  for (const [title, changes] of kinds) {
    say(`load: ${title} …`);
    const report = await runLoad({ ...site, ...changes });
    row(`requests/s: ${title}`, describe(report));
  }
}

/** What only the hardened site has, in a lab whose web servers also speak plain HTTP. */
async function measureHardened(): Promise<void> {
  const lab = new Lab(stack);
  try {
    say("up, with both ways to the web servers …");
    lab.configure({ "foobar:tlsAlso": "terminate" });
    await lab.up();
    say("TLS inside …");
    await measureTlsInside(lab, row);
    await measureLosses(lab, row, say);
  } finally {
    await lab.down();
  }
}

function describe(report: LoadReport): string {
  const waits = `median ${report.medianMs.toFixed(0)}, p99 ${report.p99Ms.toFixed(0)}, longest ${report.longestMs.toFixed(0)} ms`;
  const hosts = Object.entries(report.perHost)
    .sort()
    .map(([host, count]) => `${host} ${((100 * count) / report.ok).toFixed(1)} %`);
  return `${report.requestsPerSec.toFixed(0)} (${waits}; ${report.failed} failed)\n${hosts.join(", ")}`;
}

async function main(): Promise<void> {
  const { hosts } = await status();
  if (hosts.length > 0) {
    throw new Error(
      `bench: want no lab, got one with ${hosts.length} hosts; end it with \`make down\` first`,
    );
  }
  say("image …");
  await Promise.all([ensureImage(say), ensureMoto(say)]);
  await measurePreview();
  say("policies …");
  await measurePolicies(stack, row);
  try {
    await measureUp();
    await measureMemory();
    await measureLoad();
  } finally {
    say("down …");
    const { seconds } = await runLab("down");
    row("down", sec(seconds), "8 s");
  }
  if (stack !== "baseline") await measureHardened();
  console.log(
    `${cpus().length} processors, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`,
  );
  console.log(table.toString());
}

main().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
