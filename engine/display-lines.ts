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

/** One plain line for whatever begins, ends or is said: for logs and pipes. */
export class LineDisplay {
  private command: Command = "up";
  private readonly changes = new Map<string, string[]>();
  private readonly policies = new PolicySection();

  constructor(
    private readonly write: (line: string) => void,
    private readonly diff: boolean,
  ) {}

  show(event: EngineEvent): void {
    switch (event.type) {
      case "start":
        this.command = event.command;
        return this.write(titleOf(event));
      case "step":
        return this.step(event);
      case "diagnostic":
        return diagnosticLines(event).forEach(this.write);
      case "policy":
        return this.policies.add(event);
      case "outputs":
        this.writePolicies();
        return outputLines(event.outputs).forEach(this.write);
      case "summary":
        this.writePolicies();
        return this.write(summaryLine(event, this.command));
    }
  }

  close(): void {}

  private writePolicies(): void {
    this.policies.take(this.diff).forEach(({ text }) => this.write(text));
  }

  private get previewing(): boolean {
    return this.command === "preview";
  }

  private step(event: Extract<EngineEvent, { type: "step" }>): void {
    if (!isShown(event)) return;
    // What changes is said once for a replacement, and in a preview with the one line that each step gets.
    const inner = event.op === "create-replacement";
    // Of what is read, only what has changed is worth a line.
    if (event.op === "refresh") {
      const drifted = event.phase === "end" && this.diff ? changeLines(event.changes ?? []) : [];
      return event.phase === "end" ? this.lines(event, drifted) : undefined;
    }
    if (event.phase === "begin") {
      const lines = inner || !this.diff ? [] : changeLines(event.changes ?? [], event.replaceKeys);
      if (this.previewing) return void this.changes.set(`${event.op} ${event.urn}`, lines);
      return this.lines(event, lines);
    }
    if (this.previewing && inner) return;
    this.lines(event, this.changes.get(`${event.op} ${event.urn}`) ?? []);
  }

  private lines(event: Extract<EngineEvent, { type: "step" }>, changes: string[]): void {
    this.write(` ${mark(event).padEnd(2)} ${nameOf(event.urn)} ${phrase(event, this.previewing)}`);
    changes.forEach((line) => this.write(`        ${line}`));
  }
}
