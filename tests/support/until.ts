/**
 * Repeats `check` until it passes.
 *
 * @param ms longest wait, in milliseconds. @default 10000
 * @throws the last failure of `check`, when the time is over.
 */
export async function until<T>(check: () => T | Promise<T>, ms = 10_000): Promise<T> {
  for (const deadline = Date.now() + ms; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}

/** Lets things go their way for a while. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks every 100 ms until there is something. @throws after `deadlineMs`, saying what was waited for */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await pause(100);
  }
}
