import type { FlawId } from "./flaws";
import { isUnknown, type Resource, type Unknown } from "./site/resources";
import type { Site } from "./site/site";

/** What a rule found: something wrong, or something that it could not see, which is no pass either. */
export interface Finding {
  kind: "violation" | "unknown";
  /** What it is about; none when it is about the whole stack. */
  resource?: Resource;
  /** What is wrong and what to do, in one sentence that names the value. Lower case, no final period. */
  message: string;
  /** The known flaw that it is. @default the rule's */
  flaw?: FlawId;
}

/** A verdict that is none: what the rule is about does not exist in this stack. */
export interface NotApplicable {
  notApplicable: string;
}

export type Verdict = Finding[] | NotApplicable;

export type RuleSettings = Record<string, unknown>;

/** One property of a rule's configuration, as JSON schema; numbers carry their unit in the name. */
export interface SettingSchema {
  type: "integer" | "number" | "string" | "boolean" | "array";
  default: unknown;
  description: string;
  minimum?: number;
  maximum?: number;
  items?: { type: "string" };
}

/** A published control that the rule checks. */
export interface Framework {
  /** Such as `AWS Well-Architected Framework`. */
  name: string;
  version: string;
  /** The control's own number, such as `REL10-BP01`. */
  reference: string;
}

/** A rule of the pack. Its documentation page is made from it. */
export interface Rule<Settings extends RuleSettings = RuleSettings> {
  /** The file's name. */
  id: string;
  /** What must be true, as one sentence without a final period. */
  title: string;
  /** Why, in a few sentences. */
  why: string;
  /** Where that is written. */
  sources: readonly { title: string; url: string }[];
  /** How to mend it. */
  fix: string;
  severity: "low" | "medium" | "high" | "critical";
  /** `mandatory` stops a deployment. @default "mandatory" */
  level?: "mandatory" | "advisory";
  frameworks: readonly Framework[];
  /** The known flaw that its findings are, unless one says otherwise. */
  flaw?: FlawId;
  /** Short configuration, as it would stand in a file of that language. */
  examples: { language: string; bad: string; good: string };
  /** How the running site shows that the verdict is right. */
  proof: string;
  settings?: { readonly [Name in keyof Settings]: SettingSchema };
  check(site: Site, settings: Settings): Verdict;
}

/** Makes a rule; exists so that its settings are typed by their schema's defaults. */
export function rule<Settings extends RuleSettings = RuleSettings>(definition: Rule<Settings>): Rule {
  return definition;
}

export function violation(resource: Resource | undefined, message: string, flaw?: FlawId): Finding {
  return { kind: "violation", resource, message, flaw };
}

/** @param needed what the rule wanted to know, such as `which cipher suites it takes` */
export function unknown(resource: Resource | undefined, value: Unknown | string, needed: string): Finding {
  const what = isUnknown(value) ? value.path : value;
  return { kind: "unknown", resource, message: `unknown: ${what}; without it nobody can tell ${needed}` };
}

export function notApplicable(reason: string): NotApplicable {
  return { notApplicable: reason };
}
