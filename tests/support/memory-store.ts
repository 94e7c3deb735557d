import {
  type AddResult,
  type Draft,
  KeyReusedError,
  type ListQuery,
  type ListResult,
  type Message,
  type MessageStore,
  type ServedBy,
  type StoreState,
} from "../../app/messages";

/** Keeps messages in memory, with a replica that receives them only when it is told to. */
export class MemoryStore implements MessageStore {
  readonly primary: (Message & { key: string })[] = [];
  /** How many messages the replica has; the rest has not arrived yet. */
  replicated = Infinity;
  /** Thrown by the next calls, when set. */
  failure?: Error;
  state: StoreState = {
    read: { ok: true, servedBy: { host: "db-2", role: "replica" }, ms: 1 },
    write: { ok: true, servedBy: { host: "db-1", role: "primary" }, ms: 1 },
  };

  async list({ limit, before = Infinity, seen }: ListQuery): Promise<ListResult> {
    if (this.failure) throw this.failure;
    const replica = this.primary.slice(0, this.replicated);
    const late = seen !== undefined && !replica.some(({ id }) => id === seen);
    const behind = late && !this.primary.some(({ id }) => id === seen);
    const found = (late ? [...this.primary] : replica).filter(({ id }) => id < before).reverse();
    return Promise.resolve({
      messages: found.slice(0, limit),
      next: found.length > limit ? found[limit - 1].id : undefined,
      behind,
      servedBy: servedBy(late),
    });
  }

  async find(id: number): Promise<{ message?: Message; servedBy: ServedBy }> {
    if (this.failure) throw this.failure;
    const message = this.primary.find((candidate) => candidate.id === id);
    return Promise.resolve({ message, servedBy: servedBy(message === undefined) });
  }

  async add(draft: Draft): Promise<AddResult> {
    if (this.failure) throw this.failure;
    const earlier = this.primary.find(({ key }) => key === draft.key);
    if (earlier !== undefined && earlier.text !== draft.text) throw new KeyReusedError();
    const createdAt = new Date("2030-01-02T03:04:05.678Z");
    const message = earlier ?? { id: this.primary.length + 1, ...draft, createdAt };
    if (earlier === undefined) this.primary.push(message);
    return Promise.resolve({ message, repeated: earlier !== undefined, servedBy: servedBy(true) });
  }

  check(): Promise<StoreState> {
    return Promise.resolve(this.state);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function servedBy(primary: boolean): ServedBy {
  return primary ? { host: "db-1", role: "primary" } : { host: "db-2", role: "replica" };
}
