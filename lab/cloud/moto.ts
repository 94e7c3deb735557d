/** The lab's AWS API: moto, in a Python environment of its own under the cache folder. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../machine/lock";
import { namespaces, wellKnown } from "../machine/network";
import { paths } from "../machine/paths";
import { must } from "../machine/run";
import { ensureCloudCa } from "./ca";
import { files } from "./files";
import { logTail, runs, startDetached } from "./processes";

const requirements = join(__dirname, "requirements.txt");
const server = join(__dirname, "moto_server.py");

/** The environment for the present requirements; another Python or another list makes another one. */
function environment(): string {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  return join(paths.cache(), `moto-${hash}`);
}

/**
 * Installs moto, pinned, unless the cache has it (about half a minute; needs the Python package index, python3 and
 * python3-venv). An installation that fails or dies leaves the cache as it was. Callers at the same time wait.
 * @param log gets one line per phase, for people who wait.
 */
export async function ensureMoto(log: (line: string) => void): Promise<string> {
  const home = environment();
  if (existsSync(home)) return home;
  await mkdir(paths.cache(), { recursive: true });
  return withLock(
    join(paths.cache(), "moto.lock"),
    () => log("AWS API: another installation is running, waiting"),
    async () => {
      if (existsSync(home)) return home;
      log("AWS API: installing moto");
      const aside = `${home}.new`;
      await rm(aside, { recursive: true, force: true });
      await must(["python3", "-m", "venv", aside]);
      await must([
        join(aside, "bin", "python"),
        "-m",
        "pip",
        "--require-virtualenv",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
        requirements,
      ]);
      await rename(aside, home);
      for (const name of await readdir(paths.cache()))
        if (name.startsWith("moto-") && join(paths.cache(), name) !== home)
          await rm(join(paths.cache(), name), { recursive: true, force: true });
      return home;
    },
  );
}

/**
 * Starts the API in its namespace, unless it runs; resolves when it serves. Throws when it is not installed: the
 * caller may be in a namespace from which no package index can be reached.
 */
export async function startMoto(): Promise<void> {
  if (runs("moto")) return;
  const home = environment();
  if (!existsSync(home)) throw new Error(`AWS API: want moto in ${home}, got nothing; run \`make up\``);
  await ensureCloudCa();
  // python -m: the scripts of an environment that was moved into place name its old path
  startDetached(
    "moto",
    [
      "nsenter",
      `--net=/run/netns/${namespaces.aws()}`,
      "--",
      join(home, "bin", "python"),
      server,
      wellKnown.aws,
      files.awsCertificate(),
      files.awsKey(),
      files.targetApi(),
    ],
    {
      env: { MOTO_ACCOUNT_ID: "123456789012", PYTHONDONTWRITEBYTECODE: "1" },
    },
  );
  const deadline = Date.now() + 20_000;
  while (!/^serving$/m.test(logTail("moto"))) {
    if (!runs("moto") || Date.now() > deadline)
      throw new Error(`AWS API: want moto to serve within 20 s, got:\n${logTail("moto")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
