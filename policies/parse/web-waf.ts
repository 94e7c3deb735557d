import { apacheWords, logicalLines, sameName } from "./apache";
import { ConfigError } from "./config-error";
import { included, type Directive, type Files } from "./directives";
import type { NginxConfig } from "./nginx";
import { nearest, type Scopes } from "./nginx-locations";
import type { Waf } from "./web";

/** Files of the OWASP Core Rule Set where packages put them: their presence is enough, their rules are not user data. */
const CORE_RULES = /(?:crs|coreruleset|owasp)[^/]*(?:\/|\.load$|\.conf$)/i;

/** The Core Rule Set's settings, and where its users write theirs: no rules that find anything. */
const CORE_SETTINGS = /(?:crs-setup|EXCLUSION-RULES)[^/]*$/i;

/** Actions that stop a request; a rule without one takes note (reference manual, "Disruptive actions"). */
const DISRUPTIVE = /\b(?:deny|block|drop|redirect|proxy)\b/;

/**
 * What ModSecurity's own directives, in order, make of a request. Its engine is off until a directive says otherwise.
 * @throws ConfigError when a file that user data does not carry may decide it
 */
export function modSecurity(directives: readonly Directive[]): Waf {
  let engine: string | undefined = "off";
  let rules = false;
  let missing: Directive | undefined;
  for (const directive of directives) {
    const { name, args } = directive;
    if (sameName(name, "SecRuleEngine")) engine = (args[0] ?? "").toLowerCase();
    else if (sameName(name, "SecRemoteRules")) rules = true;
    else if (sameName(name, "SecRule")) rules ||= DISRUPTIVE.test(args[2] ?? "");
    else if (!/^include(optional)?$/i.test(name) || CORE_SETTINGS.test(args[0] ?? "")) continue;
    else if (CORE_RULES.test(args[0] ?? "")) rules = true;
    else {
      missing = directive;
      engine = undefined;
    }
  }
  if (missing && (engine === undefined || (engine !== "off" && !rules)))
    throw new ConfigError(
      missing.file,
      missing.line,
      "ModSecurity's rules, or SecRuleEngine after them, in user data",
      `a file that it does not carry, ${missing.args[0]}`,
    );
  if (!rules) return "off";
  if (engine === "on") return "blocking";
  return engine === "detectiononly" ? "detecting" : "off";
}

/** ModSecurity-nginx: `modsecurity`, and rules from files and from directives (its README, "Usage"). */
export function nginxWaf(scopes: Scopes, config: NginxConfig): Waf {
  if (nearest(scopes, "modsecurity")[0]?.args[0] !== "on") return "off";
  // Rules of outer scopes are merged in, outermost first.
  const directives = [...scopes]
    .reverse()
    .flatMap((scope) => scope)
    .filter(({ name }) =>
      ["modsecurity_rules_file", "modsecurity_rules", "modsecurity_rules_remote"].includes(name),
    )
    .flatMap((directive) => rulesOf(directive, config.files));
  return modSecurity(directives);
}

function rulesOf(directive: Directive, files: Files): Directive[] {
  const { name, args, file, line } = directive;
  if (name === "modsecurity_rules") return parseRules(args[0] ?? "", file, [file], files);
  if (name === "modsecurity_rules_remote") return [{ ...directive, name: "SecRemoteRules" }];
  const include = { name: "Include", args: [args[0] ?? ""], file, line };
  return resolveInclude(include, [file], files);
}

function resolveInclude(directive: Directive, trail: readonly string[], files: Files): Directive[] {
  const read = (text: string, path: string, inside: readonly string[]) =>
    parseRules(text, path, inside, files);
  const pattern = directive.args[0];
  const content = included(pattern, files, trail, directive.line, read);
  // The name stays, too: it tells that the rules are the Core Rule Set's.
  return content ? [...(CORE_RULES.test(pattern) ? [directive] : []), ...content] : [directive];
}

function parseRules(text: string, path: string, trail: readonly string[], files: Files): Directive[] {
  return logicalLines(text).flatMap(({ content, line }) => {
    const [name, ...args] = apacheWords(content, path, line);
    const directive = { name, args, line, file: path };
    return sameName(name, "Include") ? resolveInclude(directive, trail, files) : [directive];
  });
}
