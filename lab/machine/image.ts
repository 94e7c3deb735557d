import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./lock";
import { paths } from "./paths";
import { machineMirrors } from "./mirrors";
import { bareRecipe, preferences, preset, recipe, recipeHash, sourcesList, type Recipe } from "./recipe";
import { must, run } from "./run";

export { recipeHash } from "./recipe";

const buildLock = (): string => join(paths.cache(), "build.lock");

/** A finished image: `root` is a folder that is only ever read (hosts write to overlays). */
export interface Image {
  root: string;
  hash: string;
}

/** The image of a recipe if it is already built. */
export function cachedImage(of: Recipe = recipe): Image | undefined {
  const hash = recipeHash(of);
  const root = join(paths.cache(), `image-${hash}`, "root");
  return existsSync(root) ? { root, hash } : undefined;
}

/**
 * Returns the hosts' image, building it when the cache has none (about a minute; needs the package mirror).
 * Callers at the same time wait for the one that builds. A build that fails or dies leaves the cache as it
 * was. Images of former recipes are removed after a build has succeeded.
 * @param log gets one line per phase, for people who wait.
 */
export async function ensureImage(log: (line: string) => void, of: Recipe = recipe): Promise<Image> {
  const cached = cachedImage(of);
  if (cached !== undefined) return cached;
  await mkdir(paths.cache(), { recursive: true });
  return withLock(
    buildLock(),
    () => log("image: another build is running, waiting"),
    async () => {
      const built = cachedImage(of);
      if (built !== undefined) return built;
      return build(of, log);
    },
  );
}

/** Whether somebody builds an image right now. */
export function isBuilding(): boolean {
  return existsSync(buildLock()) && spawnSync("flock", ["--nonblock", buildLock(), "true"]).status !== 0;
}

async function build(of: Recipe, log: (line: string) => void): Promise<Image> {
  const hash = recipeHash(of);
  const started = Date.now();
  const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const aside = join(paths.cache(), `building-${hash}`);
  await discard(aside);
  const upper = join(aside, "image", "root");
  const merged = join(aside, "merged");
  for (const dir of [upper, merged, join(aside, "empty"), join(aside, "work")])
    await mkdir(dir, { recursive: true });
  const mirrors = await machineMirrors();
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(aside, name), text);
    return join(aside, name);
  };
  const sources = await file("image.list", sourcesList(of, mirrors));
  const pins = await file("pins", preferences(of));
  const presets = await file("presets", preset(of));
  log(
    `image: building Debian ${of.release} with ${of.packages.length} packages (once; kept in ${paths.cache()})`,
  );
  // dpkg syncs after every file; a "volatile" overlay makes those syncs nothing, which halves the build
  const overlay = `lowerdir=${join(aside, "empty")},upperdir=${upper},workdir=${join(aside, "work")},volatile`;
  await must(["mount", "-t", "overlay", `${paths.prefix()}-image`, "-o", overlay, merged]);
  try {
    const phases = phaseReporter((phase) => log(`image: ${phase} (${seconds()})`));
    await must(
      [
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        "--format=directory",
        "--skip=check/empty",
        "--keyring=/usr/share/keyrings",
        `--setup-hook=mkdir -p "$1/etc/apt/preferences.d" "$1/etc/systemd/system-preset"`,
        `--setup-hook=cp ${pins} "$1/etc/apt/preferences.d/foobar"`,
        `--setup-hook=cp ${presets} "$1/etc/systemd/system-preset/00-foobar.preset"`,
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=force-unsafe-io",
        ...of.excluded.map((glob) => `--dpkgopt=path-exclude=${glob}`),
        `--customize-hook=${maskHook("etc/systemd/system", of.maskedUnits)}`,
        `--customize-hook=${maskHook("etc/systemd/system-generators", of.maskedGenerators)}`,
        ...of.finish.map((command) => `--customize-hook=${command}`),
        `--include=${of.packages.join(",")}`,
        of.release,
        merged,
        sources,
      ],
      { onLine: phases },
    );
  } finally {
    await must(["umount", merged]);
  }
  // on disk before it has its name: after a power cut there is a whole image or none
  await must(["sync", "-f", upper]);
  const final = join(paths.cache(), `image-${hash}`);
  await rename(join(aside, "image"), final);
  await discard(aside);
  const present = [recipe, bareRecipe].map((one) => `image-${recipeHash(one)}`);
  for (const other of await readdir(paths.cache())) {
    if (!/^(image|building)-/.test(other) || present.includes(other)) continue;
    if (!(await inUse(join(paths.cache(), other)))) await discard(join(paths.cache(), other));
  }
  log(`image: ready (${seconds()})`);
  return { root: join(final, "root"), hash };
}

/** Shell that makes systemd pass over units or generators. */
function maskHook(dir: string, names: readonly string[]): string {
  return `mkdir -p "$1/${dir}" && cd "$1/${dir}" && for name in ${names.join(" ")}; do ln -sfn /dev/null $name; done`;
}

/** Whether a host stands on this image: one that runs (any lab's), or a stopped one of this lab. */
async function inUse(dir: string): Promise<boolean> {
  if ((await readFile("/proc/self/mountinfo", "utf8")).includes(`${dir}/`)) return true;
  const hosts = join(paths.state(), "hosts");
  const specs = existsSync(hosts) ? (await readdir(hosts)).map((id) => join(hosts, id, "spec.json")) : [];
  const texts = await Promise.all(specs.filter(existsSync).map((file) => readFile(file, "utf8")));
  return texts.some((text) => text.includes(`${dir}/`));
}

/** Removes a build folder, even one whose builder died with the overlay mounted. */
async function discard(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  await run(["umount", "--recursive", "--lazy", join(dir, "merged")]);
  await rm(dir, { recursive: true, force: true });
}

/** Turns mmdebstrap's own progress (`I: downloading packages with apt...`) into one line per phase. */
function phaseReporter(report: (phase: string) => void): (line: string) => void {
  return (line) => {
    const phase =
      /^I: (running apt-get update|downloading packages|installing .*packages|extracting archives|cleaning)/.exec(
        line,
      );
    if (phase !== null) report(phase[1]);
  };
}
