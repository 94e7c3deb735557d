import type { PropertyDiff } from "./diff";
import type { PolicyInfo, PolicySeverity } from "./policy/info";
import type { Properties } from "./values";

export type Command = "preview" | "up" | "destroy" | "refresh";

/** What is done to a resource, in the CLI's words. */
export type Op =
  | "same"
  | "create"
  | "update"
  | "replace"
  | "create-replacement"
  | "delete"
  | "delete-replaced"
  | "discard"
  | "refresh";

/** What a refresh found: the resource as recorded, changed outside the program, or not there any more. */
export type Drift = "none" | "changed" | "gone";

export type Severity = "debug" | "info" | "warning" | "error";

/** One changed property with both of its values; secrets and unknowns by name. */
export interface Change extends PropertyDiff {
  path: string;
  old: unknown;
  new: unknown;
}

/**
 * How many resources were (or would be) created, updated and so on. A refresh counts what it found: updated are
 * those that have changed, deleted those that are gone.
 */
export type Counts = Record<"create" | "update" | "replace" | "delete" | "same", number>;

/** What is common to what a policy has to say. */
interface FromPolicy {
  type: "policy";
  /** Name and version of the pack. */
  pack: string;
  version: string;
  policy: string;
  /** `project:///index.ts#12,5`: where the program made the resource; undefined for the engine's own. */
  sourcePosition?: string;
}

/** What policies say; texts and values without secrets. */
export type PolicyEvent =
  | {
      type: "policy";
      kind: "pack";
      pack: string;
      version: string;
      path: string;
      /** Release of the pack's policy SDK. */
      sdk: string;
      policies: PolicyInfo[];
    }
  | (FromPolicy & {
      kind: "violation";
      level: "advisory" | "mandatory";
      severity?: PolicySeverity;
      /** The resource, or the root stack for what is wrong with the whole. */
      urn: string;
      message: string;
      /** The policy's own, which `message` often begins with. */
      description: string;
    })
  | (FromPolicy & { kind: "remediation"; urn: string; description: string; changes: Change[] })
  | (FromPolicy & { kind: "not-applicable"; /** none for stack policies */ urn?: string; reason: string });

/** What a run tells whoever watches it. One JSON line each with `--json`. */
export type EngineEvent =
  | {
      type: "start";
      command: Command;
      project: string;
      stack: string;
      /** only shown */ previewOnly?: boolean;
    }
  | { type: "step"; op: Op; urn: string; phase: "begin"; changes?: Change[]; replaceKeys?: string[] }
  | {
      type: "step";
      op: Op;
      urn: string;
      phase: "end";
      seconds: number;
      error?: string;
      id?: string;
      /** Of a refresh: what it found, and what has changed, from the recorded to the real. */
      drift?: Drift;
      changes?: Change[];
    }
  | { type: "diagnostic"; severity: Severity; urn: string; text: string }
  | PolicyEvent
  | { type: "outputs"; /** secrets masked */ outputs: Properties }
  | { type: "summary"; result: "succeeded" | "failed" | "canceled"; counts: Counts; seconds: number };

export type Listener = (event: EngineEvent) => void;
