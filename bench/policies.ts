/** What the policies cost: the pack's start, a preview with all rules, and rules over sites of up to 1,000 web hosts. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { Children } from "../engine/children";
import { Analyzer } from "../engine/policy/analyzer";
import { stackRequest, type Reviewed } from "../engine/policy/request";
import { UNKNOWN, type Properties, type Value } from "../engine/values";
import { isUnknown, Resource, type RawResource } from "../policies/site/resources";
import { goodSite } from "../tests/support/policies";
import { PeakMemory } from "./memory";

const root = resolve(__dirname, "..");

type Row = (figure: string, measured: string, wanted?: string) => void;

export async function measurePolicies(stack: string, row: Row): Promise<void> {
  const { seconds, mib } = await previewWithRules(stack);
  row("preview with all rules", `${seconds.toFixed(1)} s, ${mib.toFixed(0)} MiB`, "4 s, 600 MB");
  const children = new Children();
  try {
    const began = performance.now();
    const pack = await startPack(children);
    row("  the pack's own start", `${((performance.now() - began) / 1000).toFixed(2)} s`, "0.7 s");
    for (const webServers of [3, 30, 300, 1000]) {
      const { resources, found, seconds: took } = await judge(pack, webServers);
      const wanted = webServers === 1000 ? "30 s with the preview" : undefined;
      row(
        `  all rules, ${webServers} web hosts (${resources} resources, ${found} findings)`,
        `${took.toFixed(2)} s`,
        wanted,
      );
    }
  } finally {
    await children.stop();
  }
}

/** As `make preview` with the pack, from the start of the process; memory of it and all that it starts, together. */
async function previewWithRules(stack: string): Promise<{ seconds: number; mib: number }> {
  const began = performance.now();
  const args = [
    "--import",
    "tsx",
    "lab/cli.ts",
    "preview",
    "--stack",
    stack,
    "--policy-pack",
    "policies",
    "--json",
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const memory = new PeakMemory(child.pid!);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  const mib = memory.stop();
  if (code !== 0) throw new Error(`preview: want exit code 0, got ${code}`);
  return { seconds: (performance.now() - began) / 1000, mib };
}

function startPack(children: Children): Promise<Analyzer> {
  const stack = {
    project: "foobar",
    stack: "prod",
    config: new Map(),
    preview: true,
    engineAddress: "127.0.0.1:1",
  };
  return Analyzer.start({ path: join(root, "policies") }, stack, children, (line) => console.error(line));
}

/** One call of the pack, as at the end of a preview. */
async function judge(pack: Analyzer, webServers: number) {
  const reviewed = goodSite({ webServers }).resources.map(asReviewed);
  const request = stackRequest(reviewed);
  const began = performance.now();
  const response = await pack.analyzeStack(request);
  const found = response.getDiagnosticsList().length;
  return { resources: reviewed.length, found, seconds: (performance.now() - began) / 1000 };
}

function asReviewed(raw: RawResource): Reviewed {
  const { urn, type, parent, dependencies, propertyDependencies, props } = raw;
  const resource = new Resource(raw);
  const properties: Properties = Object.fromEntries(
    Object.keys(props).map((name) => [name, asValue(resource.get(name))]),
  );
  const urns = (list: readonly RawResource[]) => list.map((one) => one.urn);
  return {
    properties,
    state: {
      ...{ urn, type, parent: parent?.urn, custom: type.startsWith("aws:"), inputs: {}, outputs: {} },
      dependencies: urns(dependencies),
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([name, list]) => [name, urns(list)]),
      ),
    },
  };
}

function asValue(value: unknown): Value {
  if (isUnknown(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(asValue);
  if (value === null || typeof value !== "object") return value as Value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asValue(member)]));
}
