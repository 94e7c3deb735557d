import { posix } from "node:path";
import { ConfigError } from "./config-error";
import { findDirectives, included, resolved, type Directive, type Files } from "./directives";

export type { Directive } from "./directives";

export interface NginxConfig {
  path: string;
  directives: Directive[];
  /** What user data carries. */
  files: Files;
  /** Directives of this name anywhere below, in order. @param within @default the whole configuration */
  find: (name: string, within?: readonly Directive[]) => Directive[];
}

interface Token {
  text: string;
  /** `;`, `{` and `}` that stand for themselves, and words. */
  kind: "word" | ";" | "{" | "}";
  line: number;
}

/**
 * `nginx.conf` as nginx 1.26 reads it (ngx_conf_file.c): words with quotes and escapes, blocks, comments, `include`
 * with globs, relative to the folder of the main file. An include of a file that user data does not carry stays as
 * a directive.
 * @throws ConfigError where nginx would refuse the file's form
 */
export function parseNginx(text: string, path: string, files: Files = new Map()): NginxConfig {
  const directives = parseFile(text, path, [path], posix.dirname(path), files);
  return {
    path,
    directives,
    files,
    find: (name, within = directives) => findDirectives(within, (other) => other === name),
  };
}

function parseFile(
  text: string,
  path: string,
  trail: readonly string[],
  root: string,
  files: Files,
): Directive[] {
  const tokens = tokensOf(text, path);
  let at = 0;
  const end = () => text.split("\n").length;

  const block = (outer: Token | undefined): Directive[] => {
    const directives: Directive[] = [];
    for (;;) {
      const first = tokens[at++];
      if (first === undefined) {
        if (outer)
          throw new ConfigError(path, end(), `"}" for the "{" of line ${outer.line}`, "the end of the file");
        return directives;
      }
      if (first.kind === "}") {
        if (!outer) throw new ConfigError(path, first.line, `a directive or the end of the file`, `"}"`);
        return directives;
      }
      if (first.kind !== "word") throw new ConfigError(path, first.line, "a directive", `"${first.text}"`);
      directives.push(...statement(first));
    }
  };

  const statement = (first: Token): Directive[] => {
    const args: string[] = [];
    while (tokens[at]?.kind === "word") args.push(tokens[at++].text);
    const last = tokens[at++];
    const directive = { name: first.text, args, line: first.line, file: path };
    if (last?.kind === "{") return [{ ...directive, block: block(last) }];
    if (last?.kind !== ";")
      throw new ConfigError(
        path,
        first.line,
        `";" or "{" after ${first.text}`,
        last ? `"}"` : "the end of the file",
      );
    if (first.text !== "include") return [directive];
    const content = included(resolved(args[0] ?? "", root), files, trail, first.line, (inner, name, inside) =>
      parseFile(inner, name, inside, root, files),
    );
    return content ?? [directive];
  };

  return block(undefined);
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
/** A `{` after `$` belongs to a variable, such as `${scheme}`. */
const BARE = /(?:\\[\s\S]|\$\{|[^\s;{\\])+/y;
const QUOTED = { '"': /"((?:\\[\s\S]|[^"\\])*)"/y, "'": /'((?:\\[\s\S]|[^'\\])*)'/y };

function tokensOf(text: string, path: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match) at = expression.lastIndex;
    return match;
  };
  const countLines = (passed: string) => (line += passed.split("\n").length - 1);
  for (;;) {
    countLines(take(SPACE)?.[0] ?? "");
    const char = text[at];
    if (char === undefined) return tokens;
    if (char === ";" || char === "{" || char === "}") {
      tokens.push({ text: char, kind: char, line });
      at++;
      continue;
    }
    const quoted = char === '"' || char === "'";
    const word = take(quoted ? QUOTED[char] : BARE);
    if (!word)
      throw new ConfigError(path, line, quoted ? `a closing ${char}` : "a word", "the end of the file");
    tokens.push({ text: unescaped(quoted ? word[1] : word[0]), kind: "word", line });
    countLines(word[0]);
    const next = text[at];
    if (quoted && next !== undefined && !/[\s;{)]/.test(next))
      throw new ConfigError(path, line, `white space, ";" or "{" after a closing ${char}`, next);
  }
}

const ESCAPES: Record<string, string> = { t: "\t", r: "\r", n: "\n", '"': '"', "'": "'", "\\": "\\" };

/** Before any other character a \ stays: regular expressions have it. */
function unescaped(word: string): string {
  return word.replace(/\\([\s\S])/g, (whole, char: string) => ESCAPES[char] ?? whole);
}
