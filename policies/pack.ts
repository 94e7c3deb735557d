import type { PolicyResource, StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import { FLAWS } from "./flaws";
import { covers, readExceptions, type Exception, type ReadException } from "./exceptions";
import type { RawResource } from "./site/resources";
import type { Finding, Rule, SettingSchema } from "./rule";
import { Site } from "./site/site";
import { ledger } from "./tls/tls-ledger";

/** Rules as policies of the SDK, the policies that tell what became of the exceptions, and the ledger of hops. */
export function policiesOf(rules: readonly Rule[]): StackValidationPolicy[] {
  const ids = rules.map(({ id }) => id);
  return [...rules.map((rule) => policyOf(rule, ids)), ...exceptionPolicies(ids), ledgerPolicy(ids)];
}

/** What the rules of one call share. */
interface Analysis {
  site: Site;
  /** URN for findings about the whole stack. */
  stackUrn: string;
  exceptions: ReadException[];
  used: Set<Exception>;
  /** Rules that ran: an exception for another one is not called unused. */
  ran: Set<string>;
  excepted: { rule: string; urn: string; text: string; exception: Exception }[];
}

let current: Analysis | undefined;

/**
 * The SDK gives every policy a copy of all resources; building the model for each would cost 25 times as much. The
 * policies of one call are run one after another without leaving the event loop's turn, so what one of them made is
 * there for the next, and gone before another call begins.
 */
function analysisOf(args: StackValidationArgs, ids: readonly string[]): Analysis {
  if (current) return current;
  const raws = args.resources as (PolicyResource & RawResource)[];
  current = {
    site: new Site(raws),
    stackUrn: raws.find(({ type }) => type === "pulumi:pulumi:Stack")?.urn ?? "",
    exceptions: stackExceptions(ids),
    used: new Set(),
    ran: new Set(),
    excepted: [],
  };
  setImmediate(() => (current = undefined));
  return current;
}

const today = () => new Date().toISOString().slice(0, 10);

/** Exceptions of the stack's configuration. With the pack alone, as in `pulumi policy analyze --file`, there are none. */
function stackExceptions(rules: readonly string[]): ReadException[] {
  return Object.entries(allConfig())
    .filter(([key]) => /^[^:]+:policyExceptions$/.test(key))
    .flatMap(([where, text]) => readExceptions({ list: parsed(text), where, rules, today: today() }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function policyOf(rule: Rule, ids: readonly string[]): StackValidationPolicy {
  const schema = Object.entries<SettingSchema>(rule.settings ?? {});
  const defaults = Object.fromEntries(schema.map(([name, setting]) => [name, setting.default]));
  return {
    name: rule.id,
    description: rule.title,
    enforcementLevel: rule.level ?? "mandatory",
    severity: rule.severity,
    remediationSteps: rule.fix,
    tags: rule.flaw ? [rule.flaw] : [],
    framework: rule.frameworks[0] && { ...rule.frameworks[0], specification: rule.title },
    configSchema: {
      properties: { ...Object.fromEntries(schema), exceptions: EXCEPTIONS_SCHEMA },
    },
    validateStack: (args, report) => {
      const analysis = analysisOf(args, ids);
      const { exceptions: list, ...settings } = args.getConfig<Record<string, unknown>>();
      const where = `${rule.id}.exceptions`;
      analysis.exceptions.push(...readExceptions({ list, where, rules: ids, today: today(), rule: rule.id }));
      analysis.ran.add(rule.id);
      const verdict = rule.check(analysis.site, { ...defaults, ...settings });
      if ("notApplicable" in verdict) return args.notApplicable(verdict.notApplicable);
      for (const finding of verdict) {
        const urn = finding.resource?.urn ?? analysis.stackUrn;
        const exception = analysis.exceptions
          .map((read) => read.exception)
          .find((one) => one !== undefined && covers(one, rule.id, urn));
        if (!exception) report(textOf(rule, finding), urn || undefined);
        else {
          analysis.used.add(exception);
          analysis.excepted.push({ rule: rule.id, urn, text: textOf(rule, finding), exception });
        }
      }
    },
  };
}

/** What is found, and which of the known flaws it is, in the owner's words. */
function textOf(rule: Rule, { message, flaw = rule.flaw }: Finding): string {
  return flaw === undefined ? message : `${message} (flaw: ${FLAWS[flaw]})`;
}

const EXCEPTIONS_SCHEMA = {
  type: "array" as const,
  items: { type: "object" as const },
  description: "findings that are accepted: {urn, reason, owner, expires}",
};

/** They come last, when every rule has run. */
function exceptionPolicies(ids: readonly string[]): StackValidationPolicy[] {
  const policy = (
    name: string,
    description: string,
    enforcementLevel: "advisory" | "mandatory",
    tell: (analysis: Analysis, report: (message: string, urn?: string) => void) => void,
  ): StackValidationPolicy => ({
    name,
    description,
    enforcementLevel,
    validateStack: (args, report) => tell(analysisOf(args, ids), report),
  });
  return [
    policy("excepted", "A finding that somebody answers for, for a while", "advisory", (analysis, report) => {
      for (const { rule, urn, text, exception } of analysis.excepted) {
        const { expires, owner, reason } = exception;
        report(`${rule}: ${text} (excepted until ${expires}, owner ${owner}: ${reason})`, urn || undefined);
      }
    }),
    policy("exceptions-valid", "Exceptions are complete and not expired", "mandatory", (analysis, report) => {
      for (const { problems } of analysis.exceptions) for (const problem of problems) report(problem);
    }),
    policy("exceptions-used", "Exceptions cover something", "advisory", (analysis, report) => {
      for (const { where, exception } of analysis.exceptions)
        if (exception && analysis.ran.has(exception.rule) && !analysis.used.has(exception))
          report(`${where}: want a finding of ${exception.rule} at ${exception.urn}, got none; remove it`);
    }),
  ];
}

/** What `tls-end-to-end` judges, whole: for whoever wants to see it, so it is off unless configuration turns it on. */
function ledgerPolicy(ids: readonly string[]): StackValidationPolicy {
  return {
    name: "tls-ledger",
    description: "Every hop that the site's bytes travel, and how it is protected",
    enforcementLevel: "disabled",
    validateStack: (args, report) => {
      for (const { purpose, from, to, protection, evidence } of ledger(analysisOf(args, ids).site))
        report(`${purpose}: ${from} → ${to}: ${protection}: ${evidence}`);
    },
  };
}
