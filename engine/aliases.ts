import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { ResourceState } from "./state";
import { makeUrn, parseReference, parseUrn } from "./urn";

/** What a resource was called before: a whole URN, or what of it was different. */
export type FormerName =
  | { urn: string }
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent: boolean };

/** Reads what a registration says of former names. */
export function readFormerNames(request: RegisterResourceRequest): FormerName[] {
  const whole = request.getAliasurnsList().map((urn) => ({ urn }));
  return [...whole, ...request.getAliasesList().map((alias) => readAlias(alias, request.getAliasspecs()))];
}

function readAlias(alias: Alias, wellSpecified: boolean): FormerName {
  const spec = alias.getSpec();
  if (!spec) return { urn: alias.getUrn() };
  const optional = (text: string) => (text === "" ? undefined : text);
  const parent = optional(spec.getParenturn());
  // SDKs that do not say that they specify aliases well have it the other way round when they name no parent.
  const noParent = parent === undefined && spec.getNoparent() === wellSpecified;
  return {
    name: optional(spec.getName()),
    type: optional(spec.getType()),
    stack: optional(spec.getStack()),
    project: optional(spec.getProject()),
    parent,
    noParent,
  };
}

/** The part of a goal that decides under which URNs its record may be found. */
interface Named {
  type: string;
  name: string;
  parent: string;
  aliases: FormerName[];
}

/** Which records of the state the program now registers under other URNs. */
export class Aliases {
  /** By former URN, the URN that took it over. */
  private readonly successors = new Map<string, string>();
  /** By URN, the former one under which its record was found. */
  private readonly formers = new Map<string, string>();

  constructor(
    private readonly project: string,
    private readonly stack: string,
  ) {}

  /**
   * The record of a resource: under its URN, or under the first of its former ones that there is.
   * @param registered URNs of this run
   * @throws Error when another resource has the same record
   */
  find(
    urn: string,
    named: Named,
    records: Map<string, ResourceState>,
    registered: Set<string>,
  ): ResourceState | undefined {
    const owner = this.successors.get(urn);
    if (owner !== undefined) {
      throw new Error(
        `duplicate resource URN "${urn}" conflicting with alias on resource with URN "${owner}"`,
      );
    }
    const found = [urn, ...this.formerUrns(named)].find((candidate) => records.has(candidate));
    if (found === undefined || found === urn) return records.get(urn);
    const other = registered.has(found) ? urn : this.successors.get(found);
    if (other !== undefined) {
      throw new Error(
        `duplicate resource alias "${found}" applied to resource with URN "${urn}" conflicting with resource ` +
          `with URN "${other}"`,
      );
    }
    this.successors.set(found, urn);
    this.formers.set(urn, found);
    return records.get(found);
  }

  /** The URN that a resource has in this run. */
  current(urn: string): string {
    return this.successors.get(urn) ?? urn;
  }

  /** Whether two references (`<urn>::<id>`) name one provider, before and after it was renamed. */
  isRenamed(before: string | undefined, after: string | undefined): boolean {
    if (!before || !after) return false;
    return this.successors.get(parseReference(before).urn) === parseReference(after).urn;
  }

  /** Its own former URNs, and those that it had below its parent's former one. */
  private formerUrns({ type, name, parent, aliases }: Named): Set<string> {
    const own = aliases.map((alias) => this.expand(alias, type, name, parent));
    const formerParent = this.formers.get(parent);
    if (formerParent === undefined) return new Set(own);
    const below = [{ type, name }, ...own.map(parseUrn)].map((former) =>
      this.inherit(former.type, former.name, parent, formerParent),
    );
    return new Set([...own, ...below]);
  }

  private expand(alias: FormerName, type: string, name: string, parent: string): string {
    if ("urn" in alias) return alias.urn;
    const above = alias.parent === undefined ? parent : (this.formers.get(alias.parent) ?? alias.parent);
    return makeUrn(
      alias.stack ?? this.stack,
      alias.project ?? this.project,
      alias.noParent ? "" : above,
      alias.type ?? type,
      alias.name ?? name,
    );
  }

  /** Many components name their children after themselves: a child's name changes with that of its parent. */
  private inherit(type: string, name: string, parent: string, formerParent: string): string {
    const prefix = parseUrn(parent).name;
    const formerName = name.startsWith(prefix)
      ? parseUrn(formerParent).name + name.slice(prefix.length)
      : name;
    return makeUrn(this.stack, this.project, formerParent, type, formerName);
  }
}
