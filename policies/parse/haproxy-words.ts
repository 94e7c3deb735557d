import { ConfigError } from "./config-error";

/** A line's words, quotes and escapes resolved. `"${NAME}"` stays as it is written: the boot's environment is not known. */
export interface Line {
  words: string[];
  /** Counted from 1. */
  line: number;
}

const ESCAPES: Record<string, string> = { t: "\t", n: "\n", r: "\r" };

/**
 * The lines that say something, as HAProxy 3.0's configuration manual has it in 2.2 "Quoting and escaping": words end
 * at white space, '…' takes everything as it is, "…" and bare words know \ escapes, # starts a comment outside quotes.
 * A quote ends on its own line.
 */
export function haproxyLines(text: string, path: string): Line[] {
  const lines: Line[] = [];
  text.split("\n").forEach((content, index) => {
    const words = wordsOf(content.replace(/\r$/, ""), path, index + 1);
    if (words.length > 0) lines.push({ words, line: index + 1 });
  });
  return lines;
}

function wordsOf(content: string, path: string, line: number): string[] {
  // Most lines: it is read six times as fast.
  if (!/["'\\]/.test(content)) return content.replace(/#.*$/, "").match(/\S+/g) ?? [];
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < content.length; at++) {
    const char = content[at];
    if (quote === "" && char === "#") break;
    if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === quote) {
      quote = "";
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (char === "\\" && quote !== "'") {
      const { value, length } = escapeAt(content, at, path, line);
      word = (word ?? "") + value;
      at += length - 1;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== "") throw new ConfigError(path, line, `a closing ${quote}`, "the end of the line");
  if (word !== undefined) words.push(word);
  return words;
}

/** What a backslash and the characters after it stand for. Before any other character it is a backslash. */
function escapeAt(
  content: string,
  at: number,
  path: string,
  line: number,
): { value: string; length: number } {
  const next = content[at + 1] ?? "";
  if (next !== "" && " \\#\"'$".includes(next)) return { value: next, length: 2 };
  if (ESCAPES[next]) return { value: ESCAPES[next], length: 2 };
  if (next === "x") {
    const digits = content.slice(at + 2, at + 4);
    if (!/^[0-9a-fA-F]{2}$/.test(digits))
      throw new ConfigError(path, line, "two hexadecimal digits after \\x", digits || "the end of the line");
    return { value: String.fromCharCode(parseInt(digits, 16)), length: 4 };
  }
  return { value: "\\", length: 1 };
}

const UNIT_MS: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a time such as `250ms` or `1h`; a bare number is milliseconds (2.5 "Time format"). */
export function haproxyTimeMs(text: string, path: string, line: number): number {
  const [, digits, unit] = /^(\d+)([a-z]*)$/.exec(text) ?? [];
  const factor = unit === "" ? 1 : UNIT_MS[unit];
  if (digits === undefined || factor === undefined)
    throw new ConfigError(path, line, "a time such as 500ms or 10s", text);
  return Number(digits) * factor;
}
