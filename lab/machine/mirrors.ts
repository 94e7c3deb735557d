import { must } from "./run";
import { parseMirrors, type Mirrors } from "./recipe";

/** Where this machine's apt has its packages from. Throws when it knows no Debian archive. */
export async function machineMirrors(): Promise<Mirrors> {
  const format = "$(REPO_URI)|$(ORIGIN)|$(LABEL)";
  return parseMirrors(await must(["apt-get", "indextargets", "--format", format, "Created-By: Packages"]));
}
