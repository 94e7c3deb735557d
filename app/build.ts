import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** Bundles the application into `<folder>/server.js` and `<folder>/app.tar.gz`. */
export async function buildApp(folder = join(__dirname, "dist")): Promise<BuiltApp> {
  const packed = mkdtempSync(join(tmpdir(), "foobar-app-"));
  try {
    await build({
      entryPoints: [join(__dirname, "server.ts")],
      outfile: join(packed, "server.js"),
      // Comments in the output name sources relative to here: no machine's own path may show.
      absWorkingDir: join(__dirname, ".."),
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      minify: true,
      legalComments: "inline",
      logLevel: "warning",
    });
    const { bytes, sha256 } = packFolder(packed);
    mkdirSync(folder, { recursive: true });
    const built = { server: join(folder, "server.js"), archive: join(folder, "app.tar.gz"), sha256 };
    copyFileSync(join(packed, "server.js"), built.server);
    writeFileSync(built.archive, bytes);
    return built;
  } finally {
    rmSync(packed, { recursive: true });
  }
}

if (require.main === module) {
  void buildApp().then(({ archive, sha256 }) => console.log(`${archive} ${sha256}`));
}
