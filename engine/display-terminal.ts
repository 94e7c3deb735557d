import {
  changeLines,
  diagnosticLines,
  isShown,
  mark,
  nameOf,
  outputLines,
  phrase,
  summaryLine,
  titleOf,
} from "./display-text";
import { PolicySection } from "./display-policies";
import type { Command, EngineEvent } from "./events";

interface Row {
  text: string;
  began: number;
  mark: string;
}

const REFRESH_MS = 100;
const COLORS: Record<string, string> = {
  "+": "32",
  "++": "32",
  "~": "33",
  "-": "31",
  "--": "31",
  "+-": "35",
};

/**
 * A terminal: what is finished scrolls up, what runs stands below it, one line each with its elapsed time.
 */
export class TerminalDisplay {
  private readonly rows = new Map<string, Row>();
  private readonly changes = new Map<string, string[]>();
  private readonly policies = new PolicySection();
  private drawn = 0;
  private command: Command = "up";
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly diff: boolean,
  ) {
    this.timer = setInterval(() => this.draw([]), REFRESH_MS);
    this.timer.unref();
  }

  show(event: EngineEvent): void {
    switch (event.type) {
      case "start":
        this.command = event.command;
        return this.draw([bold(titleOf(event))]);
      case "step":
        return this.step(event);
      case "diagnostic": {
        const color = event.severity === "error" ? "31" : event.severity === "warning" ? "33" : "2";
        return this.draw(diagnosticLines(event).map((line) => paint(color, line)));
      }
      case "policy":
        return this.policies.add(event);
      case "outputs":
        return this.draw([...this.policyLines(), ...outputLines(event.outputs)]);
      case "summary":
        return this.draw([...this.policyLines(), bold(summaryLine(event, this.command))]);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.rows.clear();
    this.draw([]);
  }

  private policyLines(): string[] {
    const lines = this.policies.take(this.diff);
    return lines.map(({ text, level }) =>
      level === undefined ? text : paint(level === "mandatory" ? "31" : "33", text),
    );
  }

  private get previewing(): boolean {
    return this.command === "preview";
  }

  private step(event: Extract<EngineEvent, { type: "step" }>): void {
    const key = `${event.op} ${event.urn}`;
    if (event.phase === "end") this.rows.delete(key);
    if (!isShown(event)) return;
    if (event.phase === "begin") {
      this.rows.set(key, {
        text: `${nameOf(event.urn)} ${phrase(event, false)}`,
        began: Date.now(),
        mark: mark(event),
      });
      if (this.diff && event.changes && event.op !== "create-replacement") {
        this.changes.set(key, changeLines(event.changes, event.replaceKeys));
      }
      return;
    }
    if (this.diff && event.changes) this.changes.set(key, changeLines(event.changes));
    if (this.previewing && event.op === "create-replacement") return;
    const line = `${marked(mark(event))} ${nameOf(event.urn)} ${phrase(event, this.previewing)}`;
    const lines = event.error === undefined ? [line] : [paint("31", line)];
    this.draw([...lines, ...(this.changes.get(key) ?? []).map((change) => `        ${change}`)]);
    this.changes.delete(key);
  }

  /** Writes finished lines above the running ones, which are drawn anew. */
  private draw(finished: string[]): void {
    const width = this.out.columns || 80;
    const height = Math.max(3, (this.out.rows || 24) - 2);
    const running = [...this.rows.values()].map((row) => {
      const seconds = ((Date.now() - row.began) / 1000).toFixed(0);
      return `${marked(row.mark)} ${cut(`${row.text} ${seconds}s`, width - 4)}`;
    });
    const more = running.length - height;
    if (more > 0) running.splice(height, running.length, `    and ${more} more`);
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A\r\x1b[J` : "";
    if (up === "" && finished.length === 0 && running.length === 0) return;
    this.out.write(up + [...finished, ...running].map((line) => line + "\n").join(""));
    this.drawn = running.length;
  }
}

function marked(text: string): string {
  return paint(COLORS[text] ?? "0", ` ${text.padEnd(2)}`);
}

function paint(color: string, text: string): string {
  return process.env.NO_COLOR === undefined ? `\x1b[${color}m${text}\x1b[0m` : text;
}

function bold(text: string): string {
  return paint("1", text);
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
