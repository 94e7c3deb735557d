/** What a URN says: `urn:pulumi:<stack>::<project>::<parent types$>type::name`. */
export interface UrnParts {
  stack: string;
  project: string;
  /** Types of the ancestors and the resource, joined by `$`. */
  qualifiedType: string;
  type: string;
  name: string;
}

const PREFIX = "urn:pulumi:";
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** Splits a URN. @throws Error when it is none */
export function parseUrn(urn: string): UrnParts {
  const [stack, project, qualifiedType, ...name] = urn.startsWith(PREFIX)
    ? urn.slice(PREFIX.length).split("::")
    : [];
  if (!stack || !project || !qualifiedType || name.length === 0) {
    throw new Error(`urn: want ${PREFIX}<stack>::<project>::<type>::<name>, got "${urn}"`);
  }
  const type = qualifiedType.split("$").pop() as string;
  return { stack, project, qualifiedType, type, name: name.join("::") };
}

/** The URN of a resource; the root stack's type is no part of its children's. */
export function makeUrn(stack: string, project: string, parent: string, type: string, name: string): string {
  const parentType = parent === "" ? "" : parseUrn(parent).qualifiedType;
  const qualified = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `${PREFIX}${stack}::${project}::${qualified}::${name}`;
}

const PROVIDER_PREFIX = "pulumi:providers:";

export function isProviderType(type: string): boolean {
  return type.startsWith(PROVIDER_PREFIX);
}

/** The package that serves a type: of `aws:ec2/vpc:Vpc` it is `aws`, of `pulumi:providers:aws` too. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(PROVIDER_PREFIX.length) : type.split(":")[0];
}

export function providerType(pkg: string): string {
  return PROVIDER_PREFIX + pkg;
}

/** Splits `<urn>::<id>`, the form in which a resource names its provider. */
export function parseReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  if (at < 0) throw new Error(`provider reference: want <urn>::<id>, got "${reference}"`);
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}
