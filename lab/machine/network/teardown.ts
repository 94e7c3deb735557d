import { rm } from "node:fs/promises";
import { join } from "node:path";
import { paths } from "../paths";
import { removeNamespaces } from "./apply";
import { namespaceFiles } from "./namespaces";

/** Removes every namespace of the lab, with all links, routes and filters in them. What runs inside must have ended. */
export async function teardownNetwork(): Promise<void> {
  const names = namespaceFiles();
  await removeNamespaces(names);
  // a file that a crash left without a namespace behind it
  for (const name of namespaceFiles()) await rm(join("/run/netns", name), { force: true });
  await rm(join(paths.state(), "network.json"), { force: true });
}
