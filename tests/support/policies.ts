import type { FlawId } from "../../policies/flaws";
import type { RawResource } from "../../policies/site/resources";
import type { Finding, Rule, RuleSettings } from "../../policies/rule";
import { Site } from "../../policies/site/site";
import { Fixture } from "./good-site/fixture";

export { Fixture, Reference, unknownValue, UserData } from "./good-site/fixture";
export { goodSite, type GoodSite } from "./good-site";

export interface Found {
  kind: Finding["kind"];
  /** None when it is about the whole stack. */
  urn?: string;
  message: string;
  flaw?: FlawId;
}

export type Checked =
  { findings: Found[]; notApplicable?: undefined } | { notApplicable: string; findings?: undefined };

/**
 * What a rule says about a stack.
 * @param settings in place of the rule's defaults
 */
export function check(
  rule: Rule,
  stack: Fixture | readonly RawResource[],
  settings: RuleSettings = {},
): Checked {
  const site = stack instanceof Fixture ? stack.site : new Site(stack);
  const defaults = Object.fromEntries(
    Object.entries(rule.settings ?? {}).map(([name, schema]) => [name, schema.default]),
  );
  const verdict = rule.check(site, { ...defaults, ...settings });
  if (!Array.isArray(verdict)) return { notApplicable: verdict.notApplicable };
  return {
    findings: verdict.map(({ kind, resource, message, flaw = rule.flaw }) => ({
      ...{ kind, urn: resource?.urn, message, flaw },
    })),
  };
}

/** The messages of a rule's findings, in its order. None when it is not applicable. */
export function messages(
  rule: Rule,
  stack: Fixture | readonly RawResource[],
  settings?: RuleSettings,
): string[] {
  return (check(rule, stack, settings).findings ?? []).map(({ message }) => message);
}
