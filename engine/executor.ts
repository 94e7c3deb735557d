/** Thrown into whatever waits for a place after the run has failed or been broken off. */
export class Stopped extends Error {
  constructor() {
    super("not started, because the run has stopped");
  }
}

/**
 * Runs chains of steps, at most `parallel` at a time. After a failure or a cancellation, chains that have
 * begun finish their current step; nothing else starts.
 */
export class Executor {
  private running = 0;
  private readonly waiting: { start: () => void; refuse: (error: Error) => void }[] = [];
  private idle: (() => void)[] = [];
  private stopped = false;

  constructor(private readonly parallel: number) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  /** Runs steps in order as one chain. @throws Stopped when it did not start or was cut short */
  async run(steps: (() => Promise<void>)[]): Promise<void> {
    await this.enter();
    try {
      for (const step of steps) {
        if (this.stopped) throw new Stopped();
        await step();
      }
    } finally {
      this.leave();
    }
  }

  /** Starts nothing more. */
  stop(): void {
    this.stopped = true;
    for (const waiter of this.waiting.splice(0)) waiter.refuse(new Stopped());
  }

  /** Resolves when nothing runs. */
  settled(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((done) => this.idle.push(done));
  }

  private enter(): Promise<void> {
    if (this.stopped) return Promise.reject(new Stopped());
    if (this.running < this.parallel) {
      this.running++;
      return Promise.resolve();
    }
    return new Promise((start, refuse) => this.waiting.push({ start, refuse }));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) return next.start();
    this.running--;
    if (this.running === 0) this.idle.splice(0).forEach((done) => done());
  }
}

/** Lets one at a time in, in order of asking. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
