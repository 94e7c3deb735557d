import { ConfigError } from "./config-error";

/** A word, a brace, a comma, or the end of a statement (`;` or the end of a line). */
export interface Token {
  text: string;
  kind: "word" | "string" | "{" | "}" | "," | ";";
  line: number;
}

/** The tokens of a ruleset, as nft(8) has it: # begins a comment, a \ at a line's end goes on with the next. */
export function nftTokens(text: string, path: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const char = text[at];
    if (char === "\\" && /^\\[ \t]*\n/.test(text.slice(at, at + 80))) {
      at = text.indexOf("\n", at) + 1;
      line++;
    } else if (char === "\n") {
      tokens.push({ text: ";", kind: ";", line });
      line++;
      at++;
    } else if (/\s/.test(char)) {
      at++;
    } else if (char === "#") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (char === "{" || char === "}" || char === "," || char === ";") {
      tokens.push({ text: char, kind: char, line });
      at++;
    } else if (char === '"') {
      const end = text.indexOf('"', at + 1);
      const content = end < 0 ? "\n" : text.slice(at + 1, end);
      if (content.includes("\n")) throw new ConfigError(path, line, 'a closing "', "the end of the line");
      tokens.push({ text: content, kind: "string", line });
      at = end + 1;
    } else {
      const start = at;
      while (at < text.length && !/[\s{},;"#]/.test(text[at])) at++;
      tokens.push({ text: text.slice(start, at), kind: "word", line });
    }
  }
  return tokens;
}
