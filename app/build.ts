import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { packFolder } from "../components/bundle";

/** What `buildApp` wrote. */
export interface BuiltApp {
  /** The program, one file for Node 20. */
  server: string;
  /** The bundle: tar.gz with server.js at the top, the same bytes on every machine. */
  archive: string;
  /** SHA-256 of the bundle, in hexadecimal. */
  sha256: string;
}

const repository = join(__dirname, "..");
/** What decides over the bundle besides the files that are in it. */
const BUILDERS = [
  __filename,
  join(repository, "components/bundle.ts"),
  join(repository, "package-lock.json"),
];

/**
 * Bundles the application into `<folder>/server.js` and `<folder>/app.tar.gz`; leaves what is there as it is when it was
 * made of the same files.
 */
export async function buildApp(folder = join(__dirname, "dist")): Promise<BuiltApp> {
  const built = { server: join(folder, "server.js"), archive: join(folder, "app.tar.gz") };
  const record = join(folder, "made-of.json");
  const sha256 = unchanged(record, built.archive);
  if (sha256 !== undefined) return { ...built, sha256 };
  const packed = mkdtempSync(join(tmpdir(), "foobar-app-"));
  try {
    const { metafile } = await build({
      entryPoints: [join(__dirname, "server.ts")],
      outfile: join(packed, "server.js"),
      // Comments in the output name sources relative to here: no machine's own path may show.
      absWorkingDir: repository,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      minify: true,
      legalComments: "inline",
      logLevel: "warning",
      metafile: true,
    });
    const bundle = packFolder(packed);
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(packed, "server.js"), built.server);
    writeFileSync(built.archive, bundle.bytes);
    const files = [...Object.keys(metafile.inputs), ...BUILDERS.map((file) => relative(repository, file))];
    const made: MadeOf = { files, digest: digestOf(files), sha256: bundle.sha256 };
    writeFileSync(record, JSON.stringify(made));
    return { ...built, sha256: bundle.sha256 };
  } finally {
    rmSync(packed, { recursive: true });
  }
}

/** Of what a bundle was made. */
interface MadeOf {
  /** Relative to the repository. */
  files: string[];
  /** Of their names and contents. */
  digest: string;
  /** Of the bundle. */
  sha256: string;
}

/** The digest of the bundle that is there; undefined when there is none, or anything about it has changed since. */
function unchanged(record: string, archive: string): string | undefined {
  try {
    const { files, digest, sha256 } = JSON.parse(readFileSync(record, "utf8")) as MadeOf;
    const same = createHash("sha256").update(readFileSync(archive)).digest("hex") === sha256;
    return same && digestOf(files) === digest ? sha256 : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(repository, file)))
      .update("\0");
  return hash.digest("hex");
}

if (require.main === module) {
  void buildApp().then(({ archive, sha256 }) => console.log(`${archive} ${sha256}`));
}
