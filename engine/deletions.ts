import { Stopped, type Executor } from "./executor";
import { deletionOrder } from "./graph";
import { ResourceProblem } from "./planner";
import type { ResourceState } from "./state";
import type { DeleteStep, Steps } from "./steps";

/**
 * Deletes records, users before what they use, as many at a time as the executor lets through.
 * @param records every record of the state, dependencies first
 * @throws ResourceProblem for the first that could not be deleted; what it uses stays
 */
export async function deleteInOrder(
  left: DeleteStep[],
  records: ResourceState[],
  executor: Executor,
  steps: Steps,
): Promise<void> {
  const order = deletionOrder(
    records,
    left.map((step) => step.old),
  );
  left.forEach((step) => steps.deleting.add(step.old.urn));
  const done = new Map<ResourceState, Promise<void>>();
  const remove = (step: DeleteStep): Promise<void> => {
    const running = done.get(step.old);
    if (running) return running;
    const before = left.filter((other) => order.get(step.old)?.has(other.old)).map(remove);
    const work = Promise.all(before)
      .then(() => executor.run([() => steps.apply(step)]))
      .catch((error: Error) => {
        throw error instanceof Stopped ? error : new ResourceProblem(step.old.urn, error.message);
      });
    done.set(step.old, work);
    return work;
  };
  await Promise.all(left.map(remove));
}
