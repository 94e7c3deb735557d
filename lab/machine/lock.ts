import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Runs `work` while holding an exclusive flock(2) on `file`. The lock is held by a child that ends with its
 * standard input, so it goes away with this process, however that dies.
 * @param waiting called once when somebody else holds the lock.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const child = spawn("flock", [file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  const patience = setTimeout(waiting, 200);
  try {
    const held = await Promise.race([once(child.stdout, "data").then(() => true), exited.then(() => false)]);
    clearTimeout(patience);
    if (!held)
      throw new Error(`${file}: want a lock on it, got an error from flock; is its file system writable?`);
    return await work();
  } finally {
    clearTimeout(patience);
    child.stdin.end();
    await exited;
  }
}
