import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { ARCHIVE, ASSET, isAsset, isInternalKey, isObject, signature, transformAll } from "./values";
import type { Properties, Value } from "./values";

type AssetValue = { [key: string]: Value };

/** File names that hold an archive themselves; any other path must be a folder. Same list as the CLI's. */
const ARCHIVE_FILES = [".tar", ".tgz", ".tar.gz", ".zip", ".jar"];

/**
 * Adds to every asset and archive the SHA-256 by which the CLI recognizes its content: of the bytes of a
 * text, a file or an archive file; of a tar of everything for folders and collections of assets.
 * @param folder what relative paths are relative to: the program's folder
 * @throws Error when a file cannot be read, and for assets at a URI
 */
export function hashAssets(properties: Properties, folder: string): Properties {
  return transformAll(properties, (part) =>
    isAsset(part) ? { ...contentOf(part), hash: part.hash ?? hashOf(part, folder) } : part,
  );
}

/** Leaves of each asset only its signature and hash: providers diff without reading content. */
export function elideAssets(properties: Properties): Properties {
  return transformAll(properties, (part) =>
    isAsset(part) && part.hash !== undefined ? { ...emptyAsset(part), hash: part.hash } : part,
  );
}

/** Gives assets that came back without their content that of the asset in `inputs` with the same hash. */
export function restoreAssets(properties: Properties, inputs: Properties): Properties {
  const known = new Map<string, AssetValue>();
  transformAll(inputs, (part) => {
    if (isAsset(part) && typeof part.hash === "string") known.set(part.hash, part);
    return part;
  });
  if (known.size === 0) return properties;
  const isEmpty = (part: AssetValue) =>
    [part.text, part.path, part.uri, part.assets].every((content) => content === undefined || content === "");
  return transformAll(properties, (part) =>
    isAsset(part) && isEmpty(part) ? (known.get(part.hash as string) ?? part) : part,
  );
}

/** The SDK's own marks are no part of an asset. */
function contentOf(part: AssetValue): AssetValue {
  return Object.fromEntries(Object.entries(part).filter(([key]) => !isInternalKey(key)));
}

function emptyAsset(part: AssetValue): AssetValue {
  return Object.fromEntries(Object.entries(part).filter(([key]) => key.length === 32));
}

function hashOf(asset: AssetValue, folder: string): string {
  const digest = createHash("sha256");
  if (signature(asset) === ASSET) return digest.update(readAsset(asset, folder)).digest("hex");
  const path = typeof asset.path === "string" && asset.path !== "" ? locate(asset.path, folder) : undefined;
  if (path !== undefined && ARCHIVE_FILES.some((ending) => path.endsWith(ending))) {
    return digest.update(readFileSync(path)).digest("hex");
  }
  const seen = new Set<string>();
  for (const [name, content] of entries(asset, folder)) {
    if (seen.has(name)) continue;
    seen.add(name);
    digest.update(tarHeader(name, content.length)).update(content);
    digest.update(Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return digest.update(Buffer.alloc(1024)).digest("hex");
}

function locate(path: string, folder: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function readAsset(asset: AssetValue, folder: string): Buffer {
  if (typeof asset.path === "string" && asset.path !== "") return readFileSync(locate(asset.path, folder));
  if (typeof asset.uri === "string" && asset.uri !== "") {
    throw new Error(`asset: want a file or text, got uri ${asset.uri}; remote assets are not supported yet`);
  }
  return Buffer.from(typeof asset.text === "string" ? asset.text : "");
}

/** Every file of an archive, by name, in the order that the CLI packs them. */
function* entries(archive: AssetValue, folder: string): Generator<[string, Buffer]> {
  if (typeof archive.path === "string" && archive.path !== "") {
    const root = locate(archive.path, folder);
    if (!statSync(root).isDirectory()) {
      throw new Error(`archive: want a folder or ${ARCHIVE_FILES.join(", ")}, got ${root}`);
    }
    for (const file of walk(root)) yield [relative(root, file), readFileSync(file)];
    return;
  }
  if (typeof archive.uri === "string" && archive.uri !== "") {
    throw new Error(`archive: want files, got uri ${archive.uri}; remote archives are not supported yet`);
  }
  const assets = isObject(archive.assets) ? archive.assets : {};
  for (const name of Object.keys(assets).sort(byBytes)) {
    const asset = assets[name] as AssetValue;
    if (signature(asset) !== ARCHIVE) yield [name, readAsset(asset, folder)];
    else for (const [inner, content] of entries(asset, folder)) yield [join(name, inner), content];
  }
}

function* walk(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort(byBytes)) {
    const path = join(folder, name);
    if (name === ".pulumi") continue;
    const stat = statSync(path);
    // A link to a file is packed as the file; a link to a folder is left out, as the CLI does.
    if (!stat.isDirectory()) yield path;
    else if (isRealFolder(folder, name)) yield* walk(path);
  }
}

function isRealFolder(folder: string, name: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => entry.name === name && entry.isDirectory(),
  );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A USTAR header as Go's archive/tar writes it for a file of mode 0600 and no time. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  const [prefix, base] = splitName(name);
  header.write(base, 0);
  header.write("0000600\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(size.toString(8).padStart(11, "0") + "\0", 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write("0000000\0", 329);
  header.write("0000000\0", 337);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return header;
}

function splitName(name: string): [string, string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  const at = name.lastIndexOf("/", 155);
  const base = name.slice(at + 1);
  if (at <= 0 || Buffer.byteLength(base) > 100 || /[^\x20-\x7e]/.test(name)) {
    throw new Error(`archive: want names of at most 100 bytes below a folder of at most 155, got ${name}`);
  }
  return [name.slice(0, at), base];
}
