import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

const SECONDS: Record<string, number> = {
  ...{ ns: 1e-9, us: 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6 },
  ...{ ms: 1e-3, s: 1, m: 60, h: 3600 },
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/** How long each operation of a resource may take, in seconds; undefined when the program says nothing. */
export function readTimeouts(request: RegisterResourceRequest): Record<string, number> | undefined {
  const asked = request.getCustomtimeouts();
  const texts = {
    create: asked?.getCreate() ?? "",
    update: asked?.getUpdate() ?? "",
    delete: asked?.getDelete() ?? "",
    read: asked?.getRead() ?? "",
  };
  const given = Object.entries(texts).filter(([, text]) => text !== "");
  const seconds = given.map(([step, text]) => [step, secondsOf(step, text)] as const);
  const limits = seconds.filter(([, limit]) => limit !== 0);
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

/** A duration as Go writes it, in seconds: `90s`, `1h30m`, `1.5h`, `0`. @throws Error that names the operation */
function secondsOf(step: string, text: string): number {
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text) as unknown as [string, string, string];
  const parts = [...rest.matchAll(PART)];
  if (rest !== "0" && (rest === "" || parts.map(([part]) => part).join("") !== rest)) {
    throw new Error(`customTimeouts.${step}: want 30s, 5m or 1h30m, got "${text}"`);
  }
  const seconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * SECONDS[unit], 0);
  return sign === "-" ? -seconds : seconds;
}
