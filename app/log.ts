/** A value that a log line may carry: plain, so that nothing is logged by accident. */
export type LogValue = string | number | boolean | null | undefined | string[];

/** Writes one event; fields must hold no secret and no text that visitors wrote. */
export type Log = (
  level: "info" | "warning" | "error",
  event: string,
  fields?: Record<string, LogValue>,
) => void;

/**
 * A log that writes one JSON object a line: `time` (ISO 8601, UTC), `level`, `event`, then the fields.
 * JSON escapes line ends, so no field can forge a second line.
 */
export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (level, event, fields = {}) =>
    write(JSON.stringify({ time: now().toISOString(), level, event, ...fields }) + "\n");
}
