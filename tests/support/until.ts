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
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
