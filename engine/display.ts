import type { EngineEvent } from "./events";
import { LineDisplay } from "./display-lines";
import { TerminalDisplay } from "./display-terminal";

export type DisplayKind = "auto" | "plain" | "json" | "none";

/** Shows events as they come. */
export interface Display {
  show(event: EngineEvent): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

/** @param diff show changed properties with their old and new values */
export function createDisplay(
  kind: DisplayKind,
  diff: boolean,
  out: NodeJS.WriteStream = process.stdout,
): Display {
  if (kind === "none") return { show: () => undefined, close: () => undefined };
  if (kind === "json") {
    return { show: (event) => void out.write(JSON.stringify(event) + "\n"), close: () => undefined };
  }
  const terminal = kind === "auto" && out.isTTY && process.env.TERM !== "dumb";
  return terminal
    ? new TerminalDisplay(out, diff)
    : new LineDisplay((line) => void out.write(line + "\n"), diff);
}
