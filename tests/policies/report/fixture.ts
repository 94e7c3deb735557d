import type { EngineEvent } from "../../../engine";
import { collect, type StackRun } from "../../../policies/report/collect";
import type { PolicyInfo, StackReport } from "../../../policies/report/model";

const STACK = "urn:pulumi:baseline::foobar::";
export const URNS = {
  stack: `${STACK}pulumi:pulumi:Stack::foobar-baseline`,
  balancer: `${STACK}foobar:edge:LoadBalancer::lb-1`,
  host: `${STACK}foobar:edge:LoadBalancer$foobar:edge:Host::lb-1`,
  instance: `${STACK}foobar:edge:LoadBalancer$foobar:edge:Host$aws:ec2/instance:Instance::lb-1-instance`,
  volume: `${STACK}aws:ebs/volume:Volume::data | <b>`,
};

export const POLICIES: PolicyInfo[] = [
  {
    name: "no-single-point-of-failure",
    description: "Nothing exists once",
    level: "mandatory",
    severity: "critical",
    framework: { name: "AWS Well-Architected Framework", version: "2024-11", reference: "REL10-BP01" },
    tags: ["one-load-balancer"],
    remediationSteps: "Run a second one.",
  },
  {
    name: "encrypted-at-rest",
    description: "Disks are encrypted",
    level: "mandatory",
    severity: "high",
    tags: [],
  },
  { name: "diverse-versions", description: "No two are alike", level: "advisory", severity: "low", tags: [] },
  { name: "waf-in-path", description: "Requests are read", level: "mandatory", severity: "high", tags: [] },
  {
    name: "readiness-gated",
    description: "Hosts are waited for",
    level: "disabled",
    severity: "low",
    tags: [],
  },
  { name: "excepted", description: "A finding that somebody answers for", level: "advisory", tags: [] },
  { name: "exceptions-valid", description: "Exceptions are complete", level: "mandatory", tags: [] },
];

const from = { type: "policy", pack: "foobar", version: "0.1.0" } as const;

export function packEvent(policies = POLICIES): EngineEvent {
  const made = { ...from, kind: "pack", path: "/policies", sdk: "1.21.0" } as const;
  return {
    ...made,
    policies: policies.map((policy) => ({ ...policy, scope: "stack", tags: [...policy.tags] })),
  };
}

/** As the engine tells of `reportViolation(text, urn)`: the SDK puts the policy's description before the text. */
export function violationEvent(
  policy: string,
  text: string,
  urn: string = URNS.stack,
  more: { level?: "mandatory" | "advisory"; sourcePosition?: string } = {},
): EngineEvent {
  const { description = "", severity } = POLICIES.find(({ name }) => name === policy) ?? {};
  const told = { policy, level: "mandatory", severity, urn, description, ...more } as const;
  return { ...from, kind: "violation", message: `${description}\n${text}`, ...told };
}

export function notApplicableEvent(policy: string, reason: string): EngineEvent {
  return { ...from, kind: "not-applicable", policy, reason };
}

/** A preview of the lab's stack with every kind of thing that policies tell. */
export function fullRun(): StackRun {
  return {
    stack: "baseline",
    folder: "lab",
    configuration:
      "# the lab\nconfig:\n  aws:region: us-east-1\n  foobar:policyExceptions:\n    - rule: typo\n",
    sourcePositions: new Map([
      [URNS.balancer, "project:///../index.ts#120,5"],
      [URNS.host, "project:///../components/load-balancer.ts#58,17"],
      [URNS.instance, "project:///../components/host.ts#64,22"],
      [URNS.volume, "project:///../components/volume.ts#7"],
    ]),
    events: [
      packEvent(),
      violationEvent("encrypted-at-rest", "data: kmsKeyId is not set; | `set` <it> [now]", URNS.volume, {
        sourcePosition: "project:///../components/volume.ts#7",
      }),
      violationEvent("tls-ledger", "AWS API: every host → S3:443: verified: https: by curl", URNS.stack, {
        level: "advisory",
      }),
      violationEvent("diverse-versions", "all hosts run nginx 1.26", URNS.stack, { level: "advisory" }),
      violationEvent("no-single-point-of-failure", "without lb-1 clients get no page", URNS.instance, {
        sourcePosition: "project:///../components/host.ts#64,22",
      }),
      violationEvent("no-single-point-of-failure", "lb-1 is alone in its zone", URNS.instance, {
        sourcePosition: "project:///../components/host.ts#64,22",
      }),
      violationEvent(
        "excepted",
        "encrypted-at-rest: lb-1-root is not encrypted (flaw: nothing is) (excepted until 2027-03-31, owner ops@foobar.com: holds nothing (yet))",
        URNS.instance,
        { level: "advisory" },
      ),
      violationEvent("exceptions-valid", "policyExceptions[0].rule: want a rule of this pack"),
      notApplicableEvent("waf-in-path", "no host serves the application"),
      {
        type: "summary",
        result: "failed",
        counts: { create: 0, update: 0, replace: 0, delete: 0, same: 0 },
        seconds: 1,
      },
    ],
    failure: "the run failed; see the messages above",
  };
}

export function cleanRun(): StackRun {
  const run = {
    stack: "dev",
    folder: "",
    configuration: "config:\n",
    sourcePositions: new Map<string, string>(),
  };
  return { ...run, events: [packEvent()] };
}

export function brokenRun(): StackRun {
  const text = "TypeError: <cannot> read `properties`\u001b[0m\n";
  const event: EngineEvent = { type: "diagnostic", severity: "error", urn: "", text };
  return { ...cleanRun(), stack: "prod", events: [packEvent(), event], failure: "the run failed" };
}

/** Findings of every kind, a stack without any, and one that could not be previewed. */
export function reports(): StackReport[] {
  return [fullRun(), cleanRun(), brokenRun()].map(collect);
}

/** On GitHub, with one page. */
export const repository = {
  pages: "https://github.com/foobar/site/blob/0123abc/",
  help: (policy: string) => (policy === "encrypted-at-rest" ? "# encrypted-at-rest\n" : undefined),
};
