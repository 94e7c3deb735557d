import { isUnknown, Unknown } from "../site/resources";

/** One statement of an IAM policy, with single values made lists. */
export interface Statement {
  sid?: string;
  allow: boolean;
  actions: string[];
  /** Everything but these. */
  notActions: string[];
  resources: string[];
  notResources: string[];
  /** Principals by kind, such as `Service`; `*` alone is the kind `*`. */
  principals: Record<string, string[]>;
  /** Condition keys with their values, whatever the operator. */
  conditions: Record<string, string[]>;
}

/** A policy's statements ("Grammar of the IAM JSON policy language", IAM user guide). */
export function statementsOf(policy: unknown, path: string): Statement[] | Unknown {
  if (isUnknown(policy)) return policy;
  let document: unknown = policy;
  if (typeof policy === "string")
    try {
      document = JSON.parse(policy);
    } catch {
      return new Unknown(`${path}: want JSON, got ${JSON.stringify(policy.slice(0, 40))}`);
    }
  const { Statement } = (document ?? {}) as Record<string, unknown>;
  if (Statement === undefined) return [];
  return (Array.isArray(Statement) ? Statement : [Statement]).map((entry: unknown) =>
    statement(entry as Record<string, unknown>),
  );
}

function statement(entry: Record<string, unknown>): Statement {
  const principal = entry.Principal;
  const conditions: Record<string, string[]> = {};
  for (const block of Object.values((entry.Condition ?? {}) as Record<string, Record<string, unknown>>))
    for (const [key, value] of Object.entries(block)) (conditions[key] ??= []).push(...listed(value));
  return {
    ...(typeof entry.Sid === "string" && { sid: entry.Sid }),
    allow: entry.Effect === "Allow",
    actions: listed(entry.Action),
    notActions: listed(entry.NotAction),
    resources: listed(entry.Resource),
    notResources: listed(entry.NotResource),
    principals:
      principal !== null && typeof principal === "object"
        ? Object.fromEntries(Object.entries(principal).map(([kind, value]) => [kind, listed(value)]))
        : { "*": listed(principal) },
    conditions,
  };
}

function listed(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Whether a pattern of IAM, with `*` and `?`, takes in a text. Actions are compared without case. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text.toLowerCase());
}

/** Whether a resource of a policy is all of its kind: `*`, or an ARN whose last part begins with a wildcard. */
export function isEverything(resource: string): boolean {
  const parts = resource.split(":");
  if (parts.length < 6 || parts[2] === "*") return /^[*?]/.test(parts.at(-1) ?? "") || parts[2] === "*";
  const rest = parts.slice(5).join(":");
  // In Amazon S3 what comes before the slash is the bucket, elsewhere it is the kind of thing.
  const id = parts[2] === "s3" ? rest : rest.replace(/^[A-Za-z-]+[:/]/, "");
  return /^[*?]/.test(id);
}
