/** A message on the page. */
export interface Message {
  id: number;
  author: string;
  text: string;
  createdAt: Date;
}

/** A message that somebody wants to add. */
export interface Draft {
  /** 1 to 40 characters, one line. */
  author: string;
  /** 1 to 500 characters; line ends are `\n`. */
  text: string;
  /** Chosen by the client; two requests with one key are one message. See `KEY_PATTERN`. */
  key: string;
}

/** The database that gave an answer: its host name, and what it was at that moment. */
export interface ServedBy {
  host: string;
  role: "primary" | "replica";
}

/** Which messages to list: newest first. */
export interface ListQuery {
  /** At most this many, 1 to 100. */
  limit: number;
  /** Only messages older than this one. */
  before?: number;
  /** A message that the asker knows to exist: an answer without it is too old. */
  seen?: number;
}

/** One page of the list. */
export interface ListResult {
  messages: Message[];
  /** `before` of the next page, when there is one. */
  next?: number;
  /** True when even the primary could not show the message named by `seen`. */
  behind: boolean;
  servedBy: ServedBy;
}

/** What became of a draft. */
export interface AddResult {
  message: Message;
  /** True when an earlier request with the same key had added it. */
  repeated: boolean;
  servedBy: ServedBy;
}

/** One side of the database, as a readiness check found it. */
export type SideState = { ok: true; servedBy: ServedBy; ms: number } | { ok: false; reason: string };

/** Both sides of the database. */
export interface StoreState {
  /** Can a page be served? */
  read: SideState;
  /** Can a message be added? */
  write: SideState;
}

/** Where messages are kept. */
export interface MessageStore {
  list(query: ListQuery): Promise<ListResult>;
  /** The message, or undefined when the primary does not have it either. */
  find(id: number): Promise<{ message?: Message; servedBy: ServedBy }>;
  /** @throws KeyReusedError when the key belongs to a message with another content. */
  add(draft: Draft): Promise<AddResult>;
  /** Never throws and never waits longer than a second or two. */
  check(): Promise<StoreState>;
  close(): Promise<void>;
}

/** The idempotency key of a draft was used before, for something else. */
export class KeyReusedError extends Error {
  constructor() {
    super(
      "idempotency key: want a key of its own for every message, got one used for another; send a new key",
    );
  }
}

/** The database gave no answer within the request's deadline. */
export class StoreUnavailableError extends Error {}
