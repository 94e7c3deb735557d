/** What a rule reads of a resource: properties through one accessor that never throws, and edges to other resources. */

/** A value that a preview cannot know yet. A rule that needs it has no verdict, which is never a pass. */
export class Unknown {
  /** Tells it from a configuration, which has a path too. */
  readonly unknown = true;

  /** @param path where it is, such as `metadataOptions.httpTokens` */
  constructor(readonly path: string) {}
}

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** A resource as `@pulumi/policy` hands it to stack policies. Reading an unknown property of `props` throws. */
export interface RawResource {
  urn: string;
  type: string;
  name: string;
  props: Record<string, unknown>;
  parent?: RawResource;
  dependencies: readonly RawResource[];
  propertyDependencies: Readonly<Record<string, readonly RawResource[]>>;
}

/** A resource of the stack, with what it refers to. */
export class Resource {
  parent?: Resource;
  dependencies: Resource[] = [];
  private references: Record<string, Resource[]> = {};
  private readonly read = new Map<string, unknown>();

  constructor(private readonly raw: RawResource) {}

  get urn(): string {
    return this.raw.urn;
  }

  /** Type token, such as `aws:ec2/instance:Instance`. */
  get type(): string {
    return this.raw.type;
  }

  get name(): string {
    return this.raw.name;
  }

  /**
   * A property as plain data. What is not known yet is `Unknown`, alone or somewhere inside an object or a list; what
   * is not set is undefined.
   */
  get(property: string): unknown {
    if (!this.read.has(property)) this.read.set(property, plainMember(this.raw.props, property, property));
    return this.read.get(property);
  }

  /** A property below others: `at("metadataOptions", "httpTokens")`. Unknown as soon as one on the way is. */
  at(...path: string[]): unknown {
    let value = this.get(path[0]);
    for (const key of path.slice(1)) {
      if (isUnknown(value)) return value;
      if (value === null || typeof value !== "object") return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return value;
  }

  /**
   * The resources that a property was made of, of this type when one is given. Known in a preview too, when ids are
   * not; a list's members are merged.
   */
  refs(property: string, type?: string): Resource[] {
    const all = this.references[property] ?? [];
    return type === undefined ? all : all.filter((resource) => resource.type === type);
  }

  /** Connects the resources of one stack with each other. */
  static connect(raws: readonly RawResource[]): Resource[] {
    const made = new Map(raws.map((raw) => [raw.urn, new Resource(raw)]));
    const find = (raw: RawResource) => made.get(raw.urn);
    const known = (list: readonly RawResource[]) => list.map(find).filter((one) => one !== undefined);
    for (const resource of made.values()) {
      resource.parent = resource.raw.parent && find(resource.raw.parent);
      resource.dependencies = known(resource.raw.dependencies);
      resource.references = Object.fromEntries(
        Object.entries(resource.raw.propertyDependencies).map(([property, list]) => [property, known(list)]),
      );
    }
    return [...made.values()];
  }
}

/** Reading a member of plain data can fail for one reason only: the policy SDK throws where the value is unknown. */
function plainMember(holder: object, key: string | number, path: string): unknown {
  let value: unknown;
  try {
    value = (holder as Record<string | number, unknown>)[key];
  } catch {
    return new Unknown(path);
  }
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => plainMember(value, index, `${path}[${index}]`));
  return Object.fromEntries(
    Object.keys(value).map((name) => [name, plainMember(value, name, `${path}.${name}`)]),
  );
}

/** The first unknown inside a value, if there is one. */
export function unknownIn(value: unknown): Unknown | undefined {
  if (isUnknown(value)) return value;
  if (value === null || typeof value !== "object") return undefined;
  for (const member of Object.values(value)) {
    const found = unknownIn(member);
    if (found) return found;
  }
  return undefined;
}
