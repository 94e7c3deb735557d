import type { PropertyDiff } from "./diff";
import type { Properties } from "./values";

/** What is done to a resource, in the CLI's words. */
export type Op =
  "same" | "create" | "update" | "replace" | "create-replacement" | "delete" | "delete-replaced" | "discard";

export type Severity = "debug" | "info" | "warning" | "error";

/** One changed property with both of its values; secrets and unknowns by name. */
export interface Change extends PropertyDiff {
  path: string;
  old: unknown;
  new: unknown;
}

/** How many resources were (or would be) created, updated and so on. */
export type Counts = Record<"create" | "update" | "replace" | "delete" | "same", number>;

/** What a run tells whoever watches it. One JSON line each with `--json`. */
export type EngineEvent =
  | { type: "start"; command: "preview" | "up" | "destroy"; project: string; stack: string }
  | { type: "step"; op: Op; urn: string; phase: "begin"; changes?: Change[]; replaceKeys?: string[] }
  | { type: "step"; op: Op; urn: string; phase: "end"; seconds: number; error?: string; id?: string }
  | { type: "diagnostic"; severity: Severity; urn: string; text: string }
  | { type: "outputs"; /** secrets masked */ outputs: Properties }
  | { type: "summary"; result: "succeeded" | "failed" | "canceled"; counts: Counts; seconds: number };

export type Listener = (event: EngineEvent) => void;
