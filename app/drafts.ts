import type { Draft } from "./messages";

/** Longest author and text, in characters (Unicode code points). */
export const AUTHOR_MAX = 40;
export const TEXT_MAX = 500;

/** Name shown for people who give none. */
const NOBODY = "anonymous";

/** An idempotency key: 8 to 64 letters, digits, `-` and `_`; a UUID is one. */
export const KEY_PATTERN = /^[A-Za-z0-9_-]{8,64}$/;

/** What is wrong with one field of a request. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** What text has no use for: control characters, marks that reorder what a reader sees, half characters. */
const UNWANTED = /(?![\t\n])[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * Checks what somebody sent for a new message.
 *
 * `author` may be missing or empty; `text` is required. Spaces around both are dropped, and line ends become
 * `\n`. A field that is not known is a problem too: a misspelt one would be lost in silence.
 *
 * @returns the draft without its key, or every problem.
 */
export function checkDraft(input: Record<string, unknown>): Omit<Draft, "key"> | FieldProblem[] {
  const problems: FieldProblem[] = [];
  const author = checkText("author", input.author, AUTHOR_MAX, problems) || NOBODY;
  const text = checkText("text", input.text, TEXT_MAX, problems);
  if (author.includes("\n")) problems.push({ field: "author", message: "want one line, got several" });
  if (text === "" && !problems.some((problem) => problem.field === "text")) {
    problems.push({ field: "text", message: `want 1 to ${TEXT_MAX} characters, got none` });
  }
  for (const field of Object.keys(input)) {
    if (field !== "author" && field !== "text") {
      problems.push({ field, message: "want only author and text, got this field" });
    }
  }
  return problems.length > 0 ? problems : { author, text };
}

function checkText(field: string, value: unknown, max: number, problems: FieldProblem[]): string {
  if (value === undefined) return "";
  if (typeof value !== "string") {
    problems.push({ field, message: `want text, got ${value === null ? "null" : typeof value}` });
    return "";
  }
  const text = value.replace(/\r\n?/g, "\n").trim();
  const length = [...text].length;
  if (length > max) problems.push({ field, message: `want at most ${max} characters, got ${length}` });
  if (UNWANTED.test(text)) {
    problems.push({ field, message: "want plain text, got control characters" });
  }
  return text;
}
