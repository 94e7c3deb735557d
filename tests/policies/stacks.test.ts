import { join } from "node:path";
import { buildApp } from "../../app/build";
import { preview, RunFailed, type EngineEvent } from "../../engine";
import { FLAWS, type FlawId } from "../../policies/flaws";

const repository = join(__dirname, "../..");

type Violation = Extract<EngineEvent, { type: "policy"; kind: "violation" }>;

/** What the pack says of a stack's preview. */
async function judge(stack: string, projectDir: string) {
  const events: EngineEvent[] = [];
  const options = {
    projectDir,
    stack,
    display: "none" as const,
    policyPacks: [{ path: join(repository, "policies") }],
  };
  try {
    await preview({ ...options, onEvent: (event) => events.push(event) });
  } catch (error) {
    // A violation fails the preview, after every one has been told.
    if (!(error instanceof RunFailed)) throw error;
  }
  const policies = events.filter((event) => event.type === "policy");
  const violations = policies.filter((event): event is Violation => event.kind === "violation");
  return {
    violations,
    notApplicable: policies.flatMap((event) => (event.kind === "not-applicable" ? [event.policy] : [])),
    findings: violations.filter(({ policy }) => !policy.startsWith("exceptions-")).map(findingOf),
  };
}

/** An accepted finding is told under `excepted`, with its rule in front. */
function findingOf({ policy, message, description }: Violation) {
  const text = message.slice(description.length).trim();
  const rule = policy === "excepted" ? text.slice(0, text.indexOf(":")) : policy;
  const words = /\(flaw: ([^)]*)\)/.exec(text)?.[1];
  const flaw = (Object.keys(FLAWS) as FlawId[]).find((id) => FLAWS[id] === words);
  return { rule, flaw, text };
}

/** The known flaws, and the rules that find each. */
const ALL: Record<FlawId, string[]> = {
  "single-firewalls": ["firewall-enforced-twice"],
  "one-load-balancer": ["no-single-point-of-failure"],
  "tls-ends-at-load-balancer": ["tls-end-to-end"],
  "one-writable-database": ["database-writes-fail-over", "no-single-point-of-failure"],
  "no-waf": ["waf-in-path"],
  "not-encrypted-at-rest": ["encrypted-at-rest"],
  "no-central-logs": ["logs-centralised"],
  "alert-fatigue": ["alerts-actionable"],
  "agents-unaccounted": ["agent-overhead-budgeted"],
  "identical-components": ["diverse-versions"],
};
/** What the hardened shape has an answer to. */
const ANSWERED: FlawId[] = ["one-load-balancer", "tls-ends-at-load-balancer", "one-writable-database"];
const STACKS = {
  baseline: {
    projectDir: join(repository, "lab"),
    flaws: ALL,
    lacks: [
      "backups-restorable",
      "draining-keeps-connections",
      "nlb-checks-speak-tls-of-targets",
      "proxy-protocol-on-both-sides",
      "zones-of-load-balancer-have-targets",
    ],
  },
  dev: {
    projectDir: repository,
    flaws: Object.fromEntries(Object.entries(ALL).filter(([flaw]) => !ANSWERED.includes(flaw as FlawId))),
    lacks: ["backups-restorable"],
  },
};

const judgements = new Map<string, ReturnType<typeof judge>>();
const judged = (stack: string) => judgements.get(stack)!;

beforeAll(async () => {
  await buildApp();
  for (const [stack, { projectDir }] of Object.entries(STACKS)) {
    judgements.set(stack, judge(stack, projectDir));
    await judged(stack);
  }
}, 180_000);

describe.each(Object.entries(STACKS))("on %s", (stack, { flaws, lacks }) => {
  it("each known flaw that it has is found by its rules, and nothing else is found", async () => {
    const { findings } = await judged(stack);
    const found: Partial<Record<string, string[]>> = {};
    for (const { rule, flaw, text } of findings) (found[flaw ?? `none: ${text}`] ??= []).push(rule);
    expect(
      Object.fromEntries(Object.entries(found).map(([flaw, rules]) => [flaw, [...new Set(rules)].sort()])),
    ).toEqual(flaws);
  });

  it("nothing that decides a verdict is unknown in a preview", async () => {
    const { findings } = await judged(stack);
    expect(findings.filter(({ text }) => /unknown: /.test(text))).toEqual([]);
  });

  it("only rules about what the stack does not have are not applicable", async () => {
    const { notApplicable } = await judged(stack);
    expect(notApplicable.sort()).toEqual(lacks);
  });

  it("every accepted flaw has an exception that is used", async () => {
    const { violations } = await judged(stack);
    expect(violations.filter(({ policy }) => policy === "exceptions-used")).toEqual([]);
  });
});
