import { isDefaultProvider } from "./default-providers";
import type { Change, Command, Counts, EngineEvent, Op } from "./events";
import { parseUrn } from "./urn";

/** Marks and verbs of operations: those of `pulumi up`. */
const OPS: Record<Op, { mark: string; doing: string; done: string }> = {
  same: { mark: " ", doing: "checking", done: "unchanged" },
  create: { mark: "+", doing: "creating", done: "created" },
  update: { mark: "~", doing: "updating", done: "updated" },
  replace: { mark: "+-", doing: "replacing", done: "replaced" },
  "create-replacement": { mark: "++", doing: "creating replacement", done: "created replacement" },
  delete: { mark: "-", doing: "deleting", done: "deleted" },
  "delete-replaced": { mark: "--", doing: "deleting original", done: "deleted original" },
  discard: { mark: "-", doing: "forgetting", done: "forgotten" },
  refresh: { mark: " ", doing: "refreshing", done: "refreshed" },
};
const PLANNED: Partial<Record<Op, string>> = {
  create: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "create replacement",
  delete: "delete",
  "delete-replaced": "delete original",
};

type Step = Extract<EngineEvent, { type: "step" }>;

/** Whether people want to see a step: not what stays the same, nor the engine's own providers. */
export function isShown(event: Step): boolean {
  if (event.op === "same" || isDefaultProvider(event.urn)) return false;
  return event.op !== "refresh" || event.phase === "begin" || event.drift !== "none";
}

/** `aws:ec2:Instance web-1`: the type without the module's file, and the name. */
export function nameOf(urn: string): string {
  if (urn === "") return "";
  const { type, name } = parseUrn(urn);
  return `${type.replace(/:([^:/]+)\/[^:]+:/, ":$1:")} ${name}`;
}

export function mark(event: Step): string {
  const drift = event.op === "refresh" && event.phase === "end" ? event.drift : undefined;
  if (drift !== undefined) return OPS[drift === "gone" ? "delete" : "update"].mark;
  return OPS[event.op].mark;
}

/** What is happening: `creating`, `created (1.2s)`, `creating failed`; in a preview `create`. */
export function phrase(event: Step, previewing: boolean): string {
  if (event.phase === "begin") return OPS[event.op].doing;
  if (event.error !== undefined) return `${OPS[event.op].doing} failed`;
  if (event.drift !== undefined) return event.drift === "gone" ? "is gone" : "has changed";
  if (previewing) return PLANNED[event.op] ?? OPS[event.op].done;
  return `${OPS[event.op].done} (${event.seconds.toFixed(1)}s)`;
}

const KIND_MARK: Record<string, string> = { add: "+", delete: "-", update: "~" };
/** Long values (user data, policies) are cut: the whole is in the state. */
const SHOWN_LENGTH = 160;

/** One line for each changed property: `~ size: "small" => "large" [replaces]`. */
export function changeLines(changes: Change[], replaceKeys: string[] = []): string[] {
  return changes.map((change) => {
    const kind = KIND_MARK[change.kind.replace("-replace", "")];
    const top = change.path.split(/[.[]/)[0];
    const replaces =
      change.kind.endsWith("-replace") || replaceKeys.includes(change.path) || replaceKeys.includes(top);
    const values = [
      ...(change.kind.startsWith("add") ? [] : [brief(change.old)]),
      ...(change.kind.startsWith("delete") ? [] : [brief(change.new)]),
    ];
    return `${kind} ${change.path}: ${values.join(" => ")}${replaces ? " [replaces]" : ""}`;
  });
}

function brief(value: unknown): string {
  const text = value === "[secret]" || value === "[unknown]" ? value : (JSON.stringify(value) ?? "<none>");
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

export function outputLines(outputs: Extract<EngineEvent, { type: "outputs" }>["outputs"]): string[] {
  const names = Object.keys(outputs).sort();
  if (names.length === 0) return [];
  const width = Math.max(...names.map((name) => name.length));
  return ["Outputs:", ...names.map((name) => `    ${name.padEnd(width)}: ${brief(outputs[name])}`)];
}

/** The last line: what was done, or would be, or was found. */
export function summaryLine(event: Extract<EngineEvent, { type: "summary" }>, command: Command): string {
  const words: [keyof Counts, Partial<Record<Command, string>>, string][] = [
    ["create", { preview: "to create" }, "created"],
    ["update", { preview: "to update", refresh: "changed" }, "updated"],
    ["replace", { preview: "to replace" }, "replaced"],
    ["delete", { preview: "to delete", refresh: "gone" }, "deleted"],
    ["same", {}, "unchanged"],
  ];
  const parts = words
    .filter(([count]) => event.counts[count] > 0)
    .map(([count, special, done]) => `${event.counts[count]} ${special[command] ?? done}`);
  const result = event.result === "succeeded" ? "" : `${event.result}: `;
  return `${result}${parts.length > 0 ? parts.join(", ") : "no resources"} in ${event.seconds.toFixed(1)}s`;
}

/** The first line: `up shop/dev`. */
export function titleOf(event: Extract<EngineEvent, { type: "start" }>): string {
  return `${event.command} ${event.project}/${event.stack}${event.previewOnly ? " (preview only)" : ""}`;
}

/** A message with the resource it is about; every line of it is kept. */
export function diagnosticLines(event: Extract<EngineEvent, { type: "diagnostic" }>): string[] {
  const about = event.urn === "" ? "" : `${nameOf(event.urn)}: `;
  const severity = event.severity === "info" ? "" : `${event.severity}: `;
  const [first = "", ...rest] = event.text.replace(/\s+$/, "").split("\n");
  return [`${severity}${about}${first}`, ...rest.map((line) => `    ${line}`)];
}
