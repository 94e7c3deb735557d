import type { RawResource } from "../../../policies/site/resources";
import { Site } from "../../../policies/site/site";
import { Reference, resolve, type UserData } from "./values";

export { Reference, unknownValue, UserData } from "./values";

interface Entry {
  type: string;
  name: string;
  props: Readonly<Record<string, unknown>>;
  parent?: string;
  dependsOn: readonly string[];
}

/** A stack's resources as plain data that can be copied cheaply and changed by name. */
export class Fixture {
  private madeSite?: Site;

  constructor(private readonly entries = new Map<string, Entry>()) {}

  copy(): Fixture {
    return new Fixture(new Map(this.entries));
  }

  /** The site as rules see it, made once and again after a change. */
  get site(): Site {
    return (this.madeSite ??= new Site(this.resources));
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  add(
    type: string,
    name: string,
    props: Record<string, unknown> = {},
    options: { parent?: Reference; dependsOn?: Reference[] } = {},
  ): Reference {
    if (this.entries.has(name)) throw new Error(`fixture: ${name} is there already; take another name`);
    const { parent, dependsOn = [] } = options;
    this.put({ type, name, props, parent: parent?.name, dependsOn: dependsOn.map((other) => other.name) });
    return new Reference(name);
  }

  remove(...names: string[]): this {
    for (const name of names) {
      this.entry(name);
      this.entries.delete(name);
    }
    this.madeSite = undefined;
    return this;
  }

  /** A property as it was given, references and all. */
  get(name: string, property: string): unknown {
    return this.entry(name).props[property];
  }

  ref(name: string): Reference {
    return new Reference(this.entry(name).name);
  }

  /** Replaces properties; undefined takes one away. */
  change(name: string, props: Record<string, unknown>): this {
    const entry = this.entry(name);
    const changed = Object.entries({ ...entry.props, ...props }).filter(([, value]) => value !== undefined);
    this.put({ ...entry, props: Object.fromEntries(changed) });
    return this;
  }

  /** Takes an order away: `name` depends on `other` no more. */
  unchain(name: string, other: string): this {
    const entry = this.entry(name);
    if (!entry.dependsOn.includes(other)) throw new Error(`fixture: ${name} does not depend on ${other}`);
    this.put({ ...entry, dependsOn: entry.dependsOn.filter((one) => one !== other) });
    return this;
  }

  /** The text of a file that a host's user data writes. @param host short name, such as `web-1` */
  file(host: string, path: string): string {
    return this.hostFile(host, path).content;
  }

  /** Replaces a text in a file of a host, every time that it is there. @throws when it is not there. */
  edit(host: string, path: string, from: string | RegExp, to: string): this {
    const { content } = this.hostFile(host, path);
    const changed = typeof from === "string" ? content.split(from).join(to) : content.replace(from, to);
    if (changed === content)
      throw new Error(`fixture: want ${String(from)} in ${path} of ${host}, got:\n${content}`);
    return this.write(host, path, changed);
  }

  /** Writes a file of a host, new or in place of what it was. */
  write(host: string, path: string, content: string): this {
    const { userData } = this.hostFile(host);
    const index = userData.files.findIndex((file) => file.path === path);
    const files = [...userData.files];
    if (index < 0) files.push({ path, content });
    else files[index] = { ...files[index], content };
    return this.change(instanceOf(host), { userDataBase64: userData.with(files) });
  }

  /** Takes a file out of a host's user data. */
  drop(host: string, path: string): this {
    const { userData } = this.hostFile(host, path);
    const files = userData.files.filter((file) => file.path !== path);
    return this.change(instanceOf(host), { userDataBase64: userData.with(files) });
  }

  /** What the policy SDK would hand to a stack policy. */
  get resources(): RawResource[] {
    const raws = new Map<string, RawResource & { dependencies: RawResource[] }>();
    const link = (names: readonly string[]) => names.map((name) => raws.get(name)).filter((one) => !!one);
    for (const entry of this.entries.values()) {
      const { name, type } = entry;
      const { props, edges } = resolve(entry.props);
      const parent = entry.parent === undefined ? undefined : raws.get(entry.parent);
      const propertyDependencies = Object.fromEntries(
        Object.entries(edges).map(([property, names]) => [property, link(names)]),
      );
      const all = new Set([...Object.values(edges).flat(), ...entry.dependsOn]);
      const dependencies = link([...all]);
      raws.set(name, {
        ...{ urn: this.urn(entry), type, name, props, parent, dependencies, propertyDependencies },
      });
    }
    return [...raws.values()];
  }

  private urn(entry: Entry): string {
    const types = [entry.type];
    for (let up = entry.parent; up !== undefined; up = this.entry(up).parent)
      types.unshift(this.entry(up).type);
    return `urn:pulumi:prod::foobar::${types.join("$")}::${entry.name}`;
  }

  private put(entry: Entry): void {
    this.entries.set(entry.name, entry);
    this.madeSite = undefined;
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`fixture: no resource ${name}; there are ${this.names.join(", ")}`);
    return entry;
  }

  private hostFile(host: string): { userData: UserData };
  private hostFile(host: string, path: string): { userData: UserData; content: string };
  private hostFile(host: string, path?: string): { userData: UserData; content?: string } {
    const userData = this.entry(instanceOf(host)).props.userDataBase64 as UserData;
    const file = userData.files.find((one) => one.path === path);
    if (path !== undefined && !file) throw new Error(`fixture: no ${path} on ${host}`);
    return { userData, content: file?.content };
  }
}

function instanceOf(host: string): string {
  return `${host}-instance`;
}
