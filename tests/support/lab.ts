/** The one lab of a scenario: brings a stack up with changed settings, runs commands on its hosts, takes it away. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { buildApp } from "../../app/build";
import * as engine from "../../engine";
import * as cloud from "../../lab/cloud/client";
import { ensureMoto } from "../../lab/cloud/moto";
import { ensureImage } from "../../lab/machine/image";
import { waitForSite } from "../../lab/commands/site";
import { eventually } from "./until";

const repository = resolve(__dirname, "../..");

export const siteName = "www.foobar.com";

/** One scenario's lab: its own project folder, so that settings can be changed without touching the real stack file. */
export class Lab {
  /** Holds Pulumi.yaml, the stack's file and its state; also the place for a scenario's own files. */
  readonly projectDir: string;
  ca = "";

  constructor(readonly stack: string = "baseline") {
    // beside lab/, whose project file names the program by a relative path
    this.projectDir = mkdtempSync(join(repository, "lab-scenario-"));
    const project = parse(readFileSync(join(repository, "lab/Pulumi.yaml"), "utf8")) as {
      plugins: { providers: { path: string }[] };
    };
    for (const plugin of project.plugins.providers) plugin.path = join("../lab", plugin.path);
    writeFileSync(join(this.projectDir, "Pulumi.yaml"), stringify(project));
    const stackFile = `Pulumi.${stack}.yaml`;
    cpSync(join(repository, "lab", stackFile), join(this.projectDir, stackFile));
  }

  /** Sets stack settings by their full keys, as `pulumi config set` would; they hold from the next `up` on. */
  configure(settings: Record<string, unknown>): void {
    const file = join(this.projectDir, `Pulumi.${this.stack}.yaml`);
    const stackFile = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    Object.assign(stackFile.config, settings);
    writeFileSync(file, stringify(stackFile));
  }

  /**
   * Deploys a copy of the program in which one text of one file is another: the way to a mistake that the program's
   * own checks would not let through. Without an argument, the program itself again.
   */
  alterProgram(mistake?: { file: string; text: string; instead: string }): void {
    const copy = join(this.projectDir, "program");
    rmSync(copy, { recursive: true, force: true });
    this.useProgram(mistake ? "program" : "..");
    if (!mistake) return;
    for (const part of [
      "index.ts",
      "config.ts",
      "config",
      "components",
      "host",
      "tsconfig.json",
      "package.json",
    ])
      cpSync(join(repository, part), join(copy, part), { recursive: true });
    const file = join(copy, mistake.file);
    const before = readFileSync(file, "utf8");
    if (!before.includes(mistake.text))
      throw new Error(`${mistake.file}: want "${mistake.text}" in it, got none`);
    writeFileSync(file, before.replace(mistake.text, mistake.instead));
    this.configure({ "foobar:appBundle": join(repository, "app/dist/app.tar.gz") });
  }

  private useProgram(folder: string): void {
    const file = join(this.projectDir, "Pulumi.yaml");
    const project = parse(readFileSync(file, "utf8")) as { main: string };
    project.main = folder;
    writeFileSync(file, stringify(project));
  }

  /** What the machine must have before hosts can boot; quick when it is there. */
  async prepare(): Promise<void> {
    const say = (line: string): void => console.error(line);
    await Promise.all([ensureImage(say), ensureMoto(say), buildApp()]);
    await cloud.ensureDaemon();
  }

  /** Deploys. Throws when that fails, with the messages of the failed steps. */
  async deploy(): Promise<engine.RunResult> {
    const messages: string[] = [];
    const onEvent = (event: engine.EngineEvent): void => {
      if (event.type === "diagnostic" && event.severity === "error") messages.push(event.text);
      if (event.type === "step" && event.phase === "end" && event.error) messages.push(event.error);
    };
    try {
      return await engine.up({ projectDir: this.projectDir, stack: this.stack, display: "none", onEvent });
    } catch (error) {
      throw new Error([(error as Error).message, ...messages].join("\n"), { cause: error });
    }
  }

  /** Deploys, and waits until a page out of the database answers over verified HTTPS. Throws when either fails. */
  async up(): Promise<engine.RunResult> {
    await this.prepare();
    const result = await this.deploy();
    this.ca = engine.textOutput(result.outputs, "caCertificate");
    await waitForSite({ siteName, ca: this.ca, deadlineSec: 60 });
    return result;
  }

  /** The addresses that the site's name has in public now. */
  async addresses(): Promise<string[]> {
    return cloud.siteAddresses();
  }

  /** Waits until the site's name has as many addresses as load balancers serve. */
  async addressesAre(count: number, deadlineMs: number): Promise<void> {
    await eventually(`${count} addresses in DNS`, deadlineMs, async () =>
      (await this.addresses()).length === count ? true : undefined,
    );
  }

  /** Waits until a load balancer gives web servers their whole share, to which HAProxy leads them in 10 s. */
  async wholeShares(balancer: string): Promise<void> {
    await eventually(`whole shares on ${balancer}`, 20_000, async () => {
      const table = await this.run(
        balancer,
        "sh",
        "-c",
        "echo 'show stat web 4 -1' | socat - /run/haproxy/admin.sock",
      );
      const [head, ...rows] = table
        .replace(/^# /, "")
        .split("\n")
        .map((line) => line.split(","));
      const [given, told] = [head.indexOf("weight"), head.indexOf("uweight")];
      return rows.every((row) => Number(row[given]) === Number(row[told])) ? true : undefined;
    });
  }

  /** Takes the lab away, whatever state it is in. */
  async down(): Promise<void> {
    await cloud.down();
    rmSync(this.projectDir, { recursive: true, force: true });
  }

  /** Standard output of a command on a host; throws with its standard error when it fails. */
  async run(host: string, ...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await cloud.exec(host, argv);
    if (code !== 0) throw new Error(`${host}: ${argv.join(" ")}: exit code ${code}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Rows of a query, as root over the host's own socket. */
  async sql(host: string, query: string): Promise<string> {
    return this.run(host, "mysql", "--batch", "--skip-column-names", "--execute", query);
  }
}
