import {
  changeLines,
  diagnosticLines,
  isShown,
  mark,
  nameOf,
  outputLines,
  phrase,
  summaryLine,
} from "./display-text";
import { PolicySection } from "./display-policies";
import type { EngineEvent } from "./events";

/** One plain line for whatever begins, ends or is said: for logs and pipes. */
export class LineDisplay {
  private previewing = false;
  private readonly changes = new Map<string, string[]>();
  private readonly policies = new PolicySection();

  constructor(
    private readonly write: (line: string) => void,
    private readonly diff: boolean,
  ) {}

  show(event: EngineEvent): void {
    switch (event.type) {
      case "start":
        this.previewing = event.command === "preview";
        return this.write(`${event.command} ${event.project}/${event.stack}`);
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
        return this.write(summaryLine(event, this.previewing));
    }
  }

  close(): void {}

  private writePolicies(): void {
    this.policies.take(this.diff).forEach(({ text }) => this.write(text));
  }

  private step(event: Extract<EngineEvent, { type: "step" }>): void {
    if (!isShown(event)) return;
    // What changes is said once for a replacement, and in a preview with the one line that each step gets.
    const inner = event.op === "create-replacement";
    if (event.phase === "begin") {
      const lines = inner || !this.diff ? [] : changeLines(event.changes ?? [], event.replaceKeys);
      if (this.previewing) return void this.changes.set(`${event.op} ${event.urn}`, lines);
      return this.lines(event, lines);
    }
    if (this.previewing && inner) return;
    this.lines(event, this.changes.get(`${event.op} ${event.urn}`) ?? []);
  }

  private lines(event: Extract<EngineEvent, { type: "step" }>, changes: string[]): void {
    this.write(` ${mark(event.op).padEnd(2)} ${nameOf(event.urn)} ${phrase(event, this.previewing)}`);
    changes.forEach((line) => this.write(`        ${line}`));
  }
}
