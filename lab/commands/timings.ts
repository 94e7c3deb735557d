/** Where the time of a command went, as the breakdown that `up` prints. */
export class Timings {
  private readonly startMs = performance.now();
  private readonly rows: { title: string; fromSec: number; toSec: number }[] = [];

  private nowSec(): number {
    return (performance.now() - this.startMs) / 1000;
  }

  /** Runs `work` and notes when it began and ended, also when it fails. */
  async measure<T>(title: string, work: () => Promise<T>): Promise<T> {
    const fromSec = this.nowSec();
    try {
      return await work();
    } finally {
      this.rows.push({ title, fromSec, toSec: this.nowSec() });
    }
  }

  /** One line a step, in the order of their beginnings; steps that ran side by side overlap. */
  lines(): string[] {
    const width = Math.max(...this.rows.map((row) => row.title.length));
    const seconds = (value: number): string => value.toFixed(1).padStart(6);
    return [...this.rows]
      .sort((a, b) => a.fromSec - b.fromSec)
      .map(
        (row) =>
          `  ${row.title.padEnd(width)} ${seconds(row.toSec - row.fromSec)} s  (${seconds(row.fromSec)} → ${seconds(row.toSec)})`,
      );
  }

  /** Seconds since the command began, and the same rows for programs. */
  toJSON(): { totalSec: number; steps: { title: string; fromSec: number; toSec: number }[] } {
    return { totalSec: this.nowSec(), steps: this.rows };
  }
}
