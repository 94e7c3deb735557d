import type { Signals } from "../../components/lifecycle/signals";
import type { Clock } from "../../components/lifecycle/waits";

/** A bucket in memory. What happens when a key is written is up to `onWrite`: that is where tests play the host. */
export class MemorySignals implements Signals {
  readonly objects = new Map<string, string>();
  /** `write KEY` and `remove KEY`, in order. */
  readonly log: string[] = [];
  onWrite: (key: string, text: string) => void = () => undefined;
  /** Thrown by the next read. */
  failure: Error | undefined;

  async read(key: string): Promise<string | undefined> {
    const failure = this.failure;
    this.failure = undefined;
    if (failure) throw failure;
    return Promise.resolve(this.objects.get(key));
  }
  async write(key: string, text: string): Promise<void> {
    this.objects.set(key, text);
    this.log.push(`write ${key}`);
    this.onWrite(key, text);
    return Promise.resolve();
  }
  async list(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.objects.keys()].filter((key) => key.startsWith(prefix)));
  }
  async remove(keys: string[]): Promise<void> {
    for (const key of keys) if (this.objects.delete(key)) this.log.push(`remove ${key}`);
    return Promise.resolve();
  }
  /** What a host does at the end of its boot. */
  report(id: string, host: string, status: "ready" | "failed" = "ready", log = ""): void {
    this.objects.set(`ready/${id}.json`, JSON.stringify({ status, host, log }));
  }
  /** Answers every request to drain. */
  answerDrains(status: "drained" | "refused", reason = ""): void {
    this.onWrite = (key, request) => {
      if (key.startsWith("drain/"))
        this.objects.set(
          `drained/${key.slice("drain/".length)}.json`,
          JSON.stringify({ status, reason, request }),
        );
    };
  }
}

/** Time that passes only when somebody sleeps; `at` is what happens meanwhile. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly events: { time: number; act: () => void }[] = [];

  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.time += ms;
    for (const event of this.events.splice(0)) {
      if (event.time <= this.time) event.act();
      else this.events.push(event);
    }
    // Others get their turn, as they would.
    await new Promise((resolve) => setImmediate(resolve));
  }
  at(seconds: number, act: () => void): void {
    this.events.push({ time: seconds * 1000, act });
  }
}
