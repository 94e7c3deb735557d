import { existsSync, readFileSync } from "node:fs";
import { files } from "../files";

/** The address that a mirror's name has in the lab; undefined for other names, and while no host wants packages. */
export function mirrorAddress(name: string): string | undefined {
  if (!existsSync(files.mirrorNames())) return undefined;
  return (JSON.parse(readFileSync(files.mirrorNames(), "utf8")) as Record<string, string>)[name];
}
