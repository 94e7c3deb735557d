/** The whole program, run once against mocks. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { mockCloud, type Recording } from "./mocks";

/**
 * Runs it with these settings of `foobar` beside those that every stack needs.
 * @param settings key → value, structures as they are
 */
export async function runProgram(stack: string, settings: Record<string, unknown> = {}): Promise<Recording> {
  const cloud = await mockCloud({ stack });
  const appBundle = join(mkdtempSync(join(tmpdir(), "foobar-program-")), "app.tar.gz");
  writeFileSync(appBundle, "app");
  const all = {
    zones: ["us-east-1a", "us-east-1b", "us-east-1c"],
    images: { debian: "ami-1", ubuntu: "ami-2" },
    protect: true,
    appBundle,
    ...settings,
  };
  const texts = Object.entries(all).map(([key, value]): [string, string] => [
    `foobar:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig({ "aws:region": "us-east-1", ...Object.fromEntries(texts) });
  await import("../../index");
  await cloud.settled();
  return cloud;
}

/** Names of everything that must exist before a resource. */
export function before(cloud: Recording, name: string, seen = new Set<string>()): Set<string> {
  const found = cloud.resources.find((resource) => resource.custom && resource.name === name);
  for (const dependency of found?.dependsOn ?? [])
    if (!seen.has(dependency)) before(cloud, dependency, seen.add(dependency));
  return seen;
}

/** Names of the hooks that any resource has, in order. */
export function boundHooks(cloud: Recording): string[] {
  return [...new Set(cloud.resources.flatMap(({ hooks }) => Object.values(hooks).flat()))].sort();
}
