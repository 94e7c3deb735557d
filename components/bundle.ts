import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { create } from "tar";

/** A packed folder: what hosts download, and the digest that names it. */
export interface Bundle {
  /** The tar.gz. */
  bytes: Uint8Array;
  /** SHA-256 of `bytes`, 64 hexadecimal digits. */
  sha256: string;
}

/**
 * Packs a folder as tar.gz: the same files give the same bytes on every machine, so the digest can name the
 * object and an unchanged folder never shows up as a change.
 *
 * Paths are relative to `folder` and sorted by their bytes. Kept of a file: its path, its content and whether
 * its owner may execute it (mode 755 or 644). Dropped: owner, times, umask, empty folders. The compressor is
 * plain JavaScript, because zlib's output differs between processors and releases.
 *
 * @throws when the folder is missing, holds no file, or holds something that is neither file nor folder.
 */
export function packFolder(folder: string): Bundle {
  const files = listFiles(folder);
  if (files.length === 0)
    throw new Error(`${folder}: want at least one file, got none; add the files to pack`);
  const archive = create(
    {
      cwd: folder,
      sync: true,
      portable: true,
      noDirRecurse: true,
      noPax: true,
      mtime: new Date(0),
      // Two checkouts of one commit may differ in umask.
      onWriteEntry: (entry) => {
        if (entry.stat) entry.stat.mode = (entry.stat.mode & 0o100) !== 0 ? 0o100755 : 0o100644;
      },
    },
    files,
  ).read();
  if (archive === null) throw new Error(`${folder}: packing gave no bytes`);
  const bytes = gzipSync(archive, { level: 9, mtime: 0 });
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Every file below `folder`, as sorted relative paths with forward slashes. */
function listFiles(folder: string, below = ""): string[] {
  const found: string[] = [];
  for (const name of readdirSync(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) found.push(...listFiles(folder, path));
    else if (stat.isFile()) found.push(path);
    else
      throw new Error(
        `${join(folder, path)}: want a file or a folder, got another kind; remove or replace it`,
      );
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
