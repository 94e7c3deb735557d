import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ReadEntry, list } from "tar";
import { packFolder } from "../../components/bundle";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bundle-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The same three files, written the way two different machines might have them. */
function fill(into: string, order: string[], modes: Record<string, number>, mtime: number): void {
  mkdirSync(join(into, "bin"), { recursive: true });
  for (const path of order) {
    writeFileSync(join(into, path), `content of ${path}\n`);
    chmodSync(join(into, path), modes[path] ?? 0o644);
    utimesSync(join(into, path), mtime, mtime);
  }
}

function entriesOf(bytes: Uint8Array): ReadEntry[] {
  const found: ReadEntry[] = [];
  const parser = list({ sync: true, onReadEntry: (entry) => found.push(entry) });
  parser.end(gunzipSync(bytes));
  return found;
}

test("the same files give the same bytes whatever their order, times and umask", () => {
  const one = join(folder, "one");
  const two = join(folder, "two");
  fill(one, ["a.txt", "bin/run", "Z.txt"], { "bin/run": 0o755 }, 1_000_000);
  fill(two, ["Z.txt", "bin/run", "a.txt"], { "bin/run": 0o700, "a.txt": 0o600 }, 1_700_000_000);
  expect(packFolder(two).sha256).toBe(packFolder(one).sha256);
});

test("these bytes never change: a new digest would replace every host", () => {
  fill(folder, ["a.txt", "bin/run"], { "bin/run": 0o755 }, 1);
  expect(packFolder(folder).sha256).toBe("8cc506a7ff5a976588d3a28bfde5ff6d071ba63028337d9f2349885997285016");
});

test("paths, modes and content survive, owners and times do not", () => {
  fill(folder, ["a.txt", "bin/run"], { "bin/run": 0o755 }, 1_700_000_000);
  const entries = entriesOf(packFolder(folder).bytes);
  expect(entries.map((e) => [e.path, e.mode, e.mtime?.getTime(), e.uid ?? 0, e.size])).toEqual([
    ["a.txt", 0o644, 0, 0, 17],
    ["bin/run", 0o755, 0, 0, 19],
  ]);
});

test("a changed byte or a changed exec bit changes the digest", () => {
  fill(folder, ["a.txt", "bin/run"], {}, 1);
  const before = packFolder(folder).sha256;
  chmodSync(join(folder, "bin/run"), 0o755);
  const executable = packFolder(folder).sha256;
  writeFileSync(join(folder, "a.txt"), "other\n");
  expect(new Set([before, executable, packFolder(folder).sha256]).size).toBe(3);
});

test("a symbolic link is refused, by name", () => {
  fill(folder, ["a.txt"], {}, 1);
  symlinkSync("a.txt", join(folder, "link"));
  expect(() => packFolder(folder)).toThrow(/link: want a file or a folder, got another kind/);
});

test("an empty folder is refused, by name", () => {
  expect(() => packFolder(folder)).toThrow(`${folder}: want at least one file, got none`);
});
