/** The pages of docs/rules, as Markdown that is not formatted yet. They say what the rules say of themselves. */
import { FLAWS } from "../flaws";
import type { Rule, SettingSchema } from "../rule";

const LEVELS = {
  mandatory: "mandatory: what it finds stops a deployment",
  advisory: "advisory: what it finds is told, and stops nothing",
};

/** The page of one rule. */
export function rulePage(rule: Rule): string {
  const { id, title, why, sources, fix, severity, level = "mandatory", frameworks, flaw, proof } = rule;
  const { language, bad, good } = rule.examples;
  return [
    `<!-- Written by \`make docs\` from policies/rules/${id}.ts: change it there. -->`,
    `# ${id}`,
    `${text(title)}.`,
    `- Severity: ${severity}\n- Level: ${LEVELS[level]}` +
      (flaw === undefined ? "" : `\n- Known flaw of \`baseline\`: ${text(FLAWS[flaw])}`),
    "## Why",
    text(why),
    `Sources:\n\n${sources.map((source) => `- [${text(source.title)}](<${source.url}>)`).join("\n")}`,
    ...(frameworks.length > 0
      ? [
          "Controls:",
          table(
            ["framework", "version", "control"],
            frameworks.map(({ name, version, reference }) => [name, version, reference]),
          ),
        ]
      : []),
    "## Bad",
    fenced(bad, language),
    "## Good",
    fenced(good, language),
    "## How to fix it",
    text(fix),
    ...settingsOf(Object.entries<SettingSchema>(rule.settings ?? {})),
    "## How it is proven",
    text(proof),
  ].join("\n\n");
}

/** The list of all rules. */
export function indexPage(rules: readonly Rule[]): string {
  const cells = rules.map(({ id, title, severity, level = "mandatory", flaw }) => [
    `[${id}](${id}.md)`,
    text(title),
    severity,
    level,
    flaw === undefined ? "" : text(FLAWS[flaw]),
  ]);
  return [
    "<!-- Written by `make docs` from policies/rules: change it there. -->",
    "# Rules",
    "What the policies check, and the known flaw of the stack `baseline` that their findings are, where it is one. " +
      "How to run them is in [policies.md](../policies.md).",
    rows(["rule", "what must be true", "severity", "level", "known flaw"], cells),
  ].join("\n\n");
}

function settingsOf(settings: [string, SettingSchema][]): string[] {
  if (settings.length === 0) return [];
  const limits = ({ minimum, maximum }: SettingSchema) =>
    [minimum === undefined ? "" : `at least ${minimum}`, maximum === undefined ? "" : `at most ${maximum}`]
      .filter(Boolean)
      .join(", ");
  return [
    "## Settings",
    table(
      ["setting", "type", "default", "limits", "meaning"],
      settings.map(([name, setting]) => [
        name,
        setting.items ? `${setting.type} of ${setting.items.type}` : setting.type,
        JSON.stringify(setting.default),
        limits(setting),
        setting.description,
      ]),
    ),
  ];
}

function table(head: string[], body: string[][]): string {
  return rows(
    head,
    body.map((cells) => cells.map((cell) => text(cell))),
  );
}

function rows(head: string[], body: string[][]): string {
  const row = (cells: string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return [head, head.map(() => "---"), ...body].map(row).join("\n");
}

/** Sentences of a rule are plain text, but for `code`, which they mean as such. */
function text(sentence: string): string {
  return sentence
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\<*[\]~]|\b_|_\b/g, "\\$&")))
    .join("");
}

/** A fence longer than any in the code. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code.trimEnd()}\n${fence}`;
}
