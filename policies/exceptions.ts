/** A finding that somebody answers for, for a while. */
export interface Exception {
  rule: string;
  /** URNs that it covers; `*` stands for anything. Findings about the whole stack have the stack's URN. */
  urn: string;
  /** Why it is accepted. */
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** Last day on which it holds, UTC, `YYYY-MM-DD`. */
  expires: string;
}

/** An exception as it was written, with where, and whatever is wrong with it. */
export interface ReadException {
  /** Such as `policyExceptions[2]`. */
  where: string;
  /** Only when nothing is wrong. */
  exception?: Exception;
  problems: string[];
}

const FIELDS = ["rule", "urn", "reason", "owner", "expires"] as const;

/**
 * Reads a list of exceptions. Each is judged on its own: one that is malformed or expired covers nothing and is told,
 * the others hold.
 * @param rules what there are rules for
 * @param today `YYYY-MM-DD`, UTC
 * @param owner of the list: the rule that it was written under; its members then need not name it
 */
export function readExceptions(args: {
  list: unknown;
  where: string;
  rules: readonly string[];
  today: string;
  rule?: string;
}): ReadException[] {
  const { list, where, rule } = args;
  if (list === undefined) return [];
  if (!Array.isArray(list))
    return [
      {
        where,
        problems: [`${where}: want a list of {${FIELDS.join(", ")}}, got ${shown(list)}; make it one`],
      },
    ];
  return list.map((value: unknown, index) => {
    const at = `${where}[${index}]`;
    const given = value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
    const entry = rule === undefined ? given : { rule, ...given };
    const problems = problemsOf(entry, at, args.rules, args.today);
    return {
      where: at,
      problems,
      exception: problems.length === 0 ? (entry as unknown as Exception) : undefined,
    };
  });
}

function problemsOf(
  entry: Record<string, unknown>,
  at: string,
  rules: readonly string[],
  today: string,
): string[] {
  const problems: string[] = [];
  const say = (field: string, want: string, fix: string) =>
    problems.push(`${at}.${field}: want ${want}, got ${shown(entry[field])}; ${fix}`);
  for (const key of Object.keys(entry))
    if (!(FIELDS as readonly string[]).includes(key))
      problems.push(
        `${at}.${key}: want one of ${FIELDS.join(", ")}, got an unknown field; remove or rename it`,
      );
  const text = (field: (typeof FIELDS)[number]) =>
    typeof entry[field] === "string" && entry[field].trim() !== "" ? entry[field] : undefined;
  if (!rules.includes(text("rule") ?? "")) say("rule", "a rule of this pack", "see docs/rules");
  if (!text("urn")) say("urn", "a URN, with * for anything", "copy it from the finding");
  if (!text("reason")) say("reason", "why it is accepted", "say it");
  if (!text("owner")) say("owner", "who answers for it", "name somebody");
  const expires = text("expires") ?? "";
  if (!isDate(expires)) say("expires", "a day such as 2027-03-31", "say until when it is accepted");
  else if (expires < today)
    problems.push(
      `${at}.expires: want a day that is not over, got ${expires}; mend what ${shown(entry.rule)} found, or agree with ${shown(entry.owner)} on a new one`,
    );
  return problems;
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Whether an exception covers a finding of this rule about this resource. */
export function covers(exception: Exception, rule: string, urn: string): boolean {
  if (exception.rule !== rule) return false;
  const parts = exception.urn.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(urn);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
