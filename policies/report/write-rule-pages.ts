/**
 * Writes docs/rules from the rules themselves (`make docs`).
 *
 *   node --require ./engine/register.js policies/report/write-rule-pages.ts [--check]
 *
 * With --check nothing is written: it names every page that is not what its rule says, and exits with 1.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { RULES } from "../rules";
import { indexPage, rulePage } from "./rule-page";

const folder = resolve(__dirname, "../../docs/rules");

async function main(check: boolean): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const pages = new Map([
    ["README.md", indexPage(RULES)],
    ...RULES.map((rule) => [`${rule.id}.md`, rulePage(rule)] as const),
  ]);
  const problems: string[] = [];
  for (const [name, page] of pages) {
    const path = join(folder, name);
    const wanted = await format(page, { ...(await resolveConfig(path)), parser: "markdown" });
    if (textOf(path) === wanted) continue;
    problems.push(`docs/rules/${name}: is not what the rule says; run make docs`);
    if (!check) writeFileSync(path, wanted);
  }
  for (const name of readdirSync(folder)) {
    if (pages.has(name)) continue;
    problems.push(`docs/rules/${name}: want a page of a rule, got none of that name; run make docs`);
    if (!check) rmSync(join(folder, name));
  }
  if (check && problems.length > 0) {
    console.error(problems.join("\n"));
    process.exitCode = 1;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

void main(process.argv.includes("--check"));
