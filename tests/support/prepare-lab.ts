import { ensureMoto } from "../../lab/cloud/moto";
import { ensureImage } from "../../lab/machine/image";

/** Before the lab's tests: what takes a minute on a fresh machine, and must not count against one test's time. */
export default async function prepareLab(): Promise<void> {
  const say = (line: string): void => console.error(line);
  await Promise.all([ensureImage(say), ensureMoto(say)]);
}
