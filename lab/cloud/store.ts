/** The lab's memory: one JSON file that is always whole, however the daemon ends. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Named properties of a resource. */
export type Properties = Record<string, unknown>;

/** One thing of the cloud. */
export interface Resource {
  id: string;
  /** Service and type, such as `ec2/vpc`. */
  kind: string;
  /** What was asked for. */
  properties: Properties;
  /** What the cloud made of it: addresses, ARNs, made-up ids. */
  attributes: Properties;
  /** A create with the same token gives this resource. */
  clientToken?: string;
  region: string;
  defaultTags: Record<string, string>;
  /** Milliseconds since 1970. */
  createdAtMs: number;
}

interface File {
  version: 1;
  resources: Resource[];
}

/** Reads a store file. Throws when it is there and cannot be read: it is never overwritten then. */
export function readStore(path: string): Resource[] {
  if (!existsSync(path)) return [];
  let file: File;
  try {
    file = JSON.parse(readFileSync(path, "utf8")) as File;
  } catch (error) {
    throw new Error(
      `${path}: want the lab's store as JSON, got ${(error as Error).message}; run \`make down\`, or restore it`,
      { cause: error },
    );
  }
  if (file.version !== 1 || !Array.isArray(file.resources))
    throw new Error(
      `${path}: want a store of version 1, got ${String(file.version)}; run \`make down\` with the lab that wrote it`,
    );
  return file.resources;
}

/** Writes resources to a file, so that a reader finds the old content or the new. */
export class StoreFile {
  private writing: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly content: () => Iterable<Resource>,
  ) {}

  /** Resolves when everything that is in memory now is on disk; calls during a write share the next one. */
  save(): Promise<void> {
    if (this.next !== undefined) return this.next;
    if (this.writing === undefined) return this.start();
    this.next = this.writing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<void> {
    const done = this.write().finally(() => {
      if (this.writing === done) this.writing = undefined;
    });
    this.writing = done;
    return done;
  }

  private async write(): Promise<void> {
    const file: File = { version: 1, resources: [...this.content()] };
    const text = JSON.stringify(file);
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const aside = `${this.path}.new`;
    const handle = await open(aside, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, this.path);
  }
}
