import { setImmediate } from "node:timers/promises";
import { withoutDanglingReferences, withoutFormerUrns } from "./references";
import type { Crypter } from "./secrets";
import { renderState, writeAtomically, type Operation, type OperationType } from "./state";
import type { ResourceState, Snapshot } from "./state";

/**
 * The stack's state while it changes: what was there (`base`), what this run made of it, and what it has
 * begun but not finished. Every change reaches the file before the run goes on.
 */
export class Journal {
  /** Resources of this run, in the order in which they came to be. */
  private readonly current: ResourceState[] = [];
  /** Resources that have been superseded or are gone. */
  private readonly done = new Set<ResourceState>();
  private readonly operations = new Set<Operation>();
  /** The write that lasts, or is over. */
  private last: Promise<void> = Promise.resolve();
  /** The write that has not begun. */
  private next: Promise<void> | undefined;
  /** Whether records may refer to others that a refresh found gone. */
  private dangling = false;

  /**
   * @param file where to write; undefined in a preview, which writes nothing
   */
  constructor(
    readonly base: Snapshot,
    private readonly file: string | undefined,
    private readonly crypter: () => Promise<Crypter>,
  ) {
    base.operations.forEach((operation) => this.operations.add(operation));
  }

  /** Records that a change is about to be made, before it is made. */
  async begin(type: OperationType, resource: ResourceState): Promise<Operation> {
    // A copy: the resource's own record changes while the operation runs.
    const operation = { type, resource: { ...resource } };
    this.operations.add(operation);
    await this.save();
    return operation;
  }

  /** Forgets an operation without a result: it changed nothing. */
  drop(operation: Operation): void {
    this.operations.delete(operation);
  }

  /** What earlier runs began and did not finish. */
  interrupted(): Operation[] {
    return this.base.operations.filter((operation) => this.operations.has(operation));
  }

  /** Puts a new record into the state, in place of `old` when that is given. */
  add(resource: ResourceState, old?: ResourceState): void {
    this.current.push(resource);
    if (old) this.done.add(old);
  }

  remove(resource: ResourceState): void {
    this.done.add(resource);
  }

  isGone(resource: ResourceState): boolean {
    return this.done.has(resource);
  }

  /** Takes over what a refresh has found: `now`, or nothing any more. The record keeps its place. */
  refresh(old: ResourceState, now: ResourceState | undefined): void {
    const { resources } = this.base;
    resources.splice(resources.indexOf(old), 1, ...(now ? [now] : []));
    this.dangling ||= now === undefined;
  }

  /** Takes references to what a refresh found gone out of all records; the file never has them. */
  mendReferences(): void {
    const { resources } = this.base;
    if (this.dangling) resources.splice(0, resources.length, ...withoutDanglingReferences(resources));
    this.dangling = false;
  }

  /** Everything there is now, dependencies first. */
  snapshot(): Snapshot {
    const resources = [...this.current, ...this.base.resources].filter(
      (resource) => !this.done.has(resource),
    );
    return { resources, operations: [...this.operations] };
  }

  /** What goes into the file: names and references as they are now. */
  private written(): Snapshot {
    const { resources, operations } = this.snapshot();
    const named = withoutFormerUrns(resources);
    return { resources: this.dangling ? withoutDanglingReferences(named) : named, operations };
  }

  /** Writes the state. Calls made before the writing starts share one write, those while it lasts the next one. */
  save(): Promise<void> {
    if (this.file === undefined) return Promise.resolve();
    if (this.next) return this.next;
    const next = this.write(this.file, this.last);
    this.next = next;
    this.last = next.catch(() => undefined);
    return next;
  }

  private async write(file: string, last: Promise<void>): Promise<void> {
    const [crypter] = await Promise.all([this.crypter(), last]);
    await setImmediate();
    this.next = undefined;
    try {
      await writeAtomically(file, renderState(this.written(), crypter));
    } catch (error) {
      throw new Error(`state ${file}: could not be written: ${(error as Error).message}`, { cause: error });
    }
  }
}
