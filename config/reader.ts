/** What a stack's configuration is read from. */
export interface Settings {
  stack: string;
  /** All settings as Pulumi holds them: full key, text. */
  values: Record<string, string>;
  isSecret(key: string): boolean;
  /** Whether this is a preview, in which no credential is needed yet. */
  preview: boolean;
  /** Folder that relative paths start from. */
  root: string;
}

/** Reads single settings and collects what is wrong with them, so that every problem is told at once. */
export class Reader {
  /** Each begins with the full key. */
  readonly problems: string[] = [];
  /** What may be missing for now. */
  readonly warnings: string[] = [];

  constructor(readonly settings: Settings) {}

  /** Adds a problem: the key, what it should be, what it is in words, and what to do. */
  say(key: string, want: string, got: string, fix: string): void {
    this.problems.push(`${key.includes(":") ? key : `foobar:${key}`}: want ${want}, got ${got}; ${fix}`);
  }

  /** Adds a problem about a value, which is quoted. */
  wrong(key: string, want: string, value: unknown, fix: string): void {
    this.say(key, want, quote(value), fix);
  }

  /** A setting of the project as it is written, or nothing. */
  given(key: string): string | undefined {
    return this.settings.values[`foobar:${key}`];
  }

  matching(key: string, otherwise: string, pattern: RegExp, want: string): string {
    const value = this.given(key) ?? otherwise;
    if (!pattern.test(value)) this.wrong(key, want, value === "" ? undefined : value, "set it to one");
    return value;
  }

  choice<T extends string>(key: string, otherwise: T, choices: readonly T[]): T {
    const value = (this.given(key) ?? otherwise) as T;
    if (choices.includes(value)) return value;
    this.wrong(key, choices.join(" or "), value, "choose one of them");
    return otherwise;
  }

  flag(key: string, otherwise: boolean): boolean {
    return this.choice(key, otherwise ? "true" : "false", ["true", "false"]) === "true";
  }

  whole(key: string, otherwise: number, least: number, most: number, unit: string): number {
    const value = Number(this.given(key) ?? otherwise);
    if (!Number.isInteger(value) || value < least || value > most)
      this.wrong(
        key,
        `a whole number of ${unit} from ${least} to ${most}`,
        this.given(key) ?? "",
        "change it",
      );
    return value;
  }

  /** A list or a map; text that is neither is handed on as it is, to be refused by whoever reads it. */
  structure(key: string, otherwise: unknown): unknown {
    const value = this.given(key);
    if (value === undefined) return otherwise;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }

  instanceType(key: string, value: unknown): string {
    if (typeof value === "string" && /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(value)) return value;
    this.wrong(key, "an instance type such as t3.small", value, "set it to one");
    return "";
  }
}

/** A value as it may stand in a message. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}
