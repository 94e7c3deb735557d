/** What the policies cost: the pack's start, and previews with all rules, up to 1,000 web hosts. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { Children } from "../engine/children";
import { Analyzer } from "../engine/policy/analyzer";
import { PeakMemory } from "./memory";
import type { Row } from "./row";

const root = resolve(__dirname, "..");

export async function measurePolicies(stack: string, row: Row): Promise<void> {
  const whole = await preview([
    "lab/cli.ts",
    "preview",
    "--stack",
    stack,
    "--policy-pack",
    "policies",
    "--json",
  ]);
  row("preview with all rules", described(whole), "4 s, 600 MB");
  row("  the pack's own start", `${(await packStart()).toFixed(2)} s`, "0.7 s");
  for (const webServers of [3, 30, 300, 1000]) {
    const args = ["engine/cli.ts", "preview", "-C", "bench/good-site", "-s", "bench", "--json"];
    const [without, withRules] = [
      await preview(args, webServers),
      await preview([...args, "--policy-pack", "policies"], webServers),
    ];
    const measured = `${described(withRules)} (${without.seconds.toFixed(1)} s without rules)`;
    row(
      `  the hardened site with ${webServers} web hosts`,
      measured,
      webServers === 1000 ? "30 s" : undefined,
    );
  }
}

interface Previewed {
  /** From the start of the process to its end. */
  seconds: number;
  /** Of it and all that it starts, together, at its peak. */
  mib: number;
}

function described({ seconds, mib }: Previewed): string {
  return `${seconds.toFixed(1)} s, ${mib.toFixed(0)} MiB`;
}

async function preview(args: string[], webServers = 0): Promise<Previewed> {
  const began = performance.now();
  const child = spawn(process.execPath, ["--require", "./engine/register.js", ...args], {
    cwd: root,
    env: { ...process.env, WEB_SERVERS: String(webServers) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const memory = new PeakMemory(child.pid!);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  const mib = memory.stop();
  if (code !== 0) throw new Error(`${args.join(" ")}: want exit code 0, got ${code}`);
  return { seconds: (performance.now() - began) / 1000, mib };
}

/** Seconds until the pack has told what policies it has. */
async function packStart(): Promise<number> {
  const children = new Children();
  const context = {
    ...{ project: "foobar", stack: "bench", config: new Map<string, never>() },
    ...{ preview: true, engineAddress: "127.0.0.1:1" },
  };
  const began = performance.now();
  try {
    await Analyzer.start({ path: join(root, "policies") }, context, children, (line) => console.error(line));
    return (performance.now() - began) / 1000;
  } finally {
    await children.stop();
  }
}
