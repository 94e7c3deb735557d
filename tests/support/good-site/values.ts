import { gzipSync } from "node:zlib";
import type { HostFile } from "../../../components/render/cloud-init";

/** A property that a preview does not know: reading it throws, as it does in the policy SDK's proxies. */
export const unknownValue = Symbol("unknown");

/** Another resource as the value of a property: in a preview an id that nobody knows yet, and an edge. */
export class Reference {
  constructor(
    readonly name: string,
    /** What the property is when it is known already, such as a bucket's name. */
    readonly value: unknown = unknownValue,
  ) {}

  /** The edge to this resource, with a value that a preview knows. */
  known(value: unknown): Reference {
    return new Reference(this.name, value);
  }
}

/** What a host is told, before it is compressed. */
export class UserData {
  private encoded?: string;

  constructor(
    readonly hostname: string,
    readonly fqdn: string,
    readonly files: readonly HostFile[],
    readonly commands: string[][],
  ) {}

  with(files: readonly HostFile[]): UserData {
    return new UserData(this.hostname, this.fqdn, files, this.commands);
  }

  get base64(): string {
    return (this.encoded ??= gzipSync(this.text).toString("base64"));
  }

  /** As `cloudConfig` writes it, and much faster: a thousand hosts are described in a test. */
  private get text(): string {
    const files = this.files.map(({ path, content, mode = "0644" }) => {
      const lines = content.replace(/\n$/, "").replace(/^(?=.)/gm, "      ");
      return `  - path: ${path}\n    permissions: "${mode}"\n    content: |\n${lines}\n`;
    });
    const commands = this.commands.map((command) => `  - ${JSON.stringify(command)}\n`);
    return `#cloud-config
hostname: ${this.hostname}
fqdn: ${this.fqdn}
package_update: false
package_upgrade: false
write_files:
${files.join("")}runcmd:
${commands.join("")}`;
  }
}

interface Resolved {
  /** Reading an unknown one throws. */
  props: Record<string, unknown>;
  edges: Record<string, string[]>;
}

/** Copies of a fixture share what they have in common. */
const resolved = new WeakMap<object, Resolved>();

/** What the policy SDK would give for properties in a preview, and the names of what each was made of. */
export function resolve(given: Readonly<Record<string, unknown>>): Resolved {
  const known = resolved.get(given);
  if (known) return known;
  const edges: Record<string, string[]> = {};
  const props: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(given)) {
    const found: string[] = [];
    props[property] = plain(value, found);
    if (found.length > 0) edges[property] = found;
  }
  const made = { props: throwing(props) as Record<string, unknown>, edges };
  resolved.set(given, made);
  return made;
}

/** A value with its references taken out, which are collected. */
function plain(value: unknown, found: string[]): unknown {
  if (value instanceof Reference) {
    found.push(value.name);
    return plain(value.value, found);
  }
  if (value instanceof UserData) return value.base64;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((member) => plain(member, found));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, found)]));
}

/** The same data, but reading a member that is unknown throws. */
function throwing(value: object): object {
  return new Proxy(value, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (member === unknownValue) throw new Error(`${String(key)} is not known during preview`);
      return member !== null && typeof member === "object" ? throwing(member) : member;
    },
  });
}
