/** Throw-away policy packs for the engine's tests. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PolicyEvent, PolicyPackOptions } from "../../engine";
import type { Ran } from "./engine";

const repository = resolve(__dirname, "../..");
const made: TestPack[] = [];

export class TestPack implements PolicyPackOptions {
  readonly path = mkdtempSync(join(tmpdir(), "engine-pack-"));
  config?: string;

  /** @param policies the text between the brackets of `policies: [ ]` */
  constructor(policies: string, name = "rules") {
    made.push(this);
    symlinkSync(join(repository, "node_modules"), join(this.path, "node_modules"));
    this.file("PulumiPolicy.yaml", "runtime: nodejs\n");
    this.file("package.json", JSON.stringify({ name, version: "1.2.3", main: "index.ts" }));
    this.file(
      "index.ts",
      `import * as pulumi from "@pulumi/pulumi";
       import { PolicyPack } from "@pulumi/policy";
       new PolicyPack("${name}", { policies: [${policies}] });`,
    );
  }

  file(name: string, text: string): this {
    writeFileSync(join(this.path, name), text);
    return this;
  }

  /** Gives the pack's policies settings, as \`--policy-pack-config\` does. */
  configure(config: Record<string, unknown>): this {
    this.config = join(this.path, "config.json");
    return this.file("config.json", JSON.stringify(config));
  }
}

export function removePacks(): void {
  for (const { path } of made) rmSync(path, { recursive: true, force: true });
}

/** A resource policy over the test provider's files; `check` may use `args`, `report` and `pulumi`. */
export function fileRule(name: string, check: string, more = ""): string {
  return `{ name: "${name}", description: "About ${name}.", ${more}
    validateResource: (args, report) => { if (args.type !== "files:index:File") return; ${check} } },`;
}

/** A stack policy; `check` may use `args`, `report` and `pulumi`. */
export function stackRule(name: string, check: string, more = ""): string {
  return `{ name: "${name}", description: "About ${name}.", ${more} validateStack: (args, report) => { ${check} } },`;
}

/** What was found wrong, as `level policy resource: message` without the policy's description, sorted. */
export function findings(ran: Ran): string[] {
  return policyEvents(ran, "violation")
    .map(({ level, policy, urn, message, description }) => {
      const text = message.replace(`${description}\n`, "");
      return `${level} ${policy} ${urn.split("::").pop()}: ${text}`;
    })
    .sort();
}

export function policyEvents<Kind extends PolicyEvent["kind"]>(ran: Ran, kind: Kind) {
  return ran.events.filter(
    (event): event is Extract<PolicyEvent, { kind: Kind }> => event.type === "policy" && event.kind === kind,
  );
}
