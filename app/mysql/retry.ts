/** Milliseconds between two tries: soon at first, then steadily; a restarted database is noticed within 0.25 s. */
const PAUSES_MS = [25, 50, 100, 250];

/**
 * Errors of a server (by MySQL's number) after which a second try may succeed: 1040 too many connections,
 * 1049 and 1146 a database or table that has not arrived yet, 1053 and 1077 to 1079 shutting down,
 * 1205 lock wait timeout, 1213 deadlock, 1290, 1792 and 1836 read only (a demoted primary), 3032 a server that
 * sends its clients away, 3100 and 3101 (the group is changing, or did not let a transaction through), 3168 and
 * 1317 interrupted, 3169 killed session, 3796 to 3799 (a member that is entering or leaving its group), 4094
 * (the writes are moving to another member).
 */
const PASSING = new Set([
  1040, 1049, 1053, 1077, 1078, 1079, 1146, 1205, 1213, 1290, 1317, 1792, 1836, 3032, 3100, 3101, 3168, 3169,
  3796, 3797, 3798, 3799, 4094,
]);

/** How long something may take altogether. */
export interface Deadline {
  /** Milliseconds left, never negative. */
  left(): number;
}

/** A deadline that many milliseconds from now. */
export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms;
  return { left: () => Math.max(0, end - performance.now()) };
}

/** Whether the same statement may succeed when it is tried again: no answer, or an answer that passes. */
export function isPassing(error: unknown): boolean {
  const { errno, sqlState } = error as { errno?: number; sqlState?: string };
  // Only errors that a server sent have an SQL state; the rest are lost, refused or late connections.
  if (sqlState === undefined) return true;
  return errno !== undefined && PASSING.has(errno);
}

/**
 * Repeats an action while it fails in passing and time is left, so that a short restart of the database is a
 * delay and not an error. Only for actions that may be applied twice: reads, and writes with a unique key.
 *
 * @throws the last error.
 */
export async function repeatWhilePassing<T>(
  deadline: Deadline,
  action: () => Promise<T>,
  onRetry: (error: unknown, attempt: number) => void = () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length) - 1];
      if (!isPassing(error) || deadline.left() <= pause) throw error;
      onRetry(error, attempt);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
