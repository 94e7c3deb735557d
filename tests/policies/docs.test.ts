import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { indexPage, rulePage } from "../../policies/report/rule-page";
import { rule } from "../../policies/rule";

const root = resolve(__dirname, "../..");

/** In a process of its own, since prettier is loaded as an ES module. */
test("each rule has its page, each page its rule, and both say the same", async () => {
  const command = ["--require", "./engine/register.js", "policies/report/write-rule-pages.ts", "--check"];
  const problems = await new Promise<string>((done) => {
    execFile(process.execPath, command, { cwd: root }, (error, _, stderr) => done(error ? stderr : ""));
  });
  expect(problems).toBe("");
}, 60_000);

const sample = rule<{ max_hops: number }>({
  id: "sample",
  title: "Something holds, as in a|b <c>",
  why: "Because *it* matters in some_file, see `a|b`.",
  sources: [{ title: "A manual (part 2)", url: "https://example.com/manual(2)" }],
  fix: "Set it.",
  severity: "high",
  frameworks: [{ name: "CIS Controls", version: "8.1", reference: "13.10" }],
  flaw: "no-waf",
  examples: { language: "nginx", bad: "server {\n}\n", good: "```\n" },
  proof: "The lab tries it.",
  settings: {
    max_hops: { type: "integer", default: 1, minimum: 1, maximum: 64, description: "hops at most" },
  },
  check: () => [],
});

test("a page says everything that the rule says of itself, as text that stays as it is", () => {
  const page = rulePage(sample);
  for (const part of [
    "# sample\n\nSomething holds, as in a|b \\<c>.\n",
    "- Severity: high\n- Level: mandatory: what it finds stops a deployment\n- Known flaw of `baseline`: no web application firewall\n",
    "Because \\*it\\* matters in some_file, see `a|b`.",
    "- [A manual (part 2)](<https://example.com/manual(2)>)",
    "| CIS Controls | 8.1 | 13.10 |",
    "## Bad\n\n```nginx\nserver {\n}\n```\n",
    "## Good\n\n````nginx\n```\n````\n",
    "| max_hops | integer | 1 | at least 1, at most 64 | hops at most |",
    "## How it is proven\n\nThe lab tries it.",
  ])
    expect(page).toContain(part);
});

test("the list of the rules has a line for each, with a link to its page", () => {
  expect(indexPage([sample])).toContain(
    "| [sample](sample.md) | Something holds, as in a\\|b \\<c> | high | mandatory | no web application firewall |",
  );
});
