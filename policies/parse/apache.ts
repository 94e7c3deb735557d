import { posix } from "node:path";
import { ConfigError } from "./config-error";
import { findDirectives, included, resolved, type Directive, type Files } from "./directives";

export interface ApacheConfig {
  path: string;
  directives: Directive[];
  files: Files;
  /** Directives of this name, whatever its case, anywhere below, in order. @param within @default the whole configuration */
  find: (name: string, within?: readonly Directive[]) => Directive[];
}

/**
 * `apache2.conf` as httpd 2.4 reads it ("Configuration Files" and "Configuration Sections"): one directive a line, a
 * `\` at its end goes on with the next, # begins a comment only where a line begins. `Define`d names are expanded,
 * `Include` and `IncludeOptional` are resolved below ServerRoot; one that user data does not carry stays.
 * @throws ConfigError where httpd would refuse the file's form
 */
export function parseApache(text: string, path: string, files: Files = new Map()): ApacheConfig {
  const reader = new ApacheReader(files, posix.dirname(path));
  const directives = reader.parse(text, path, [path]);
  return {
    path,
    directives,
    files,
    find: (name, within = directives) => findDirectives(within, (other) => sameName(other, name)),
  };
}

export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

class ApacheReader {
  private readonly defined = new Map<string, string>();

  constructor(
    private readonly files: Files,
    private root: string,
  ) {}

  parse(text: string, path: string, trail: readonly string[]): Directive[] {
    const top: Directive[] = [];
    const open: Directive[] = [];
    for (const { content, line } of logicalLines(text)) {
      const into = open.at(-1)?.block ?? top;
      const closing = /^<\/\s*([^\s>]+)\s*>$/.exec(content);
      if (closing) {
        const section = open.pop();
        if (!section || !sameName(section.name, closing[1]))
          throw new ConfigError(
            path,
            line,
            section ? `</${section.name}>` : "a directive or a section",
            content,
          );
      } else if (content.startsWith("<")) {
        if (!content.endsWith(">"))
          throw new ConfigError(path, line, `a ">" at the end of the line`, content);
        const [name, ...args] = this.words(content.slice(1, -1), path, line);
        const section: Directive = { name, args, block: [], line, file: path };
        into.push(section);
        open.push(section);
      } else {
        const [name, ...args] = this.words(content, path, line);
        into.push(...this.directive({ name, args, line, file: path }, trail));
      }
    }
    const left = open.at(-1);
    if (left) throw new ConfigError(path, left.line, `</${left.name}>`, "the end of the file");
    return top;
  }

  private directive(directive: Directive, trail: readonly string[]): Directive[] {
    const { args, line } = directive;
    if (sameName(directive.name, "Define")) this.defined.set(args[0], args[1] ?? "");
    if (sameName(directive.name, "UnDefine")) this.defined.delete(args[0]);
    if (sameName(directive.name, "ServerRoot")) this.root = args[0];
    if (!/^include(optional)?$/i.test(directive.name)) return [directive];
    const pattern = resolved(args[0] ?? "", this.root);
    const parse = (text: string, path: string, inside: readonly string[]) => this.parse(text, path, inside);
    return (
      included(pattern, this.files, trail, line, parse) ??
      included(`${pattern.replace(/\/$/, "")}/*`, this.files, trail, line, parse) ?? [directive]
    );
  }

  private words(content: string, path: string, line: number): string[] {
    return apacheWords(content, path, line).map((word) =>
      word.replace(/\$\{([^}:]+)\}/g, (whole, name: string) => this.defined.get(name) ?? whole),
    );
  }
}

/** Words of a line: "…" and '…' are one, and \ before their quote keeps it (ap_getword_conf). */
export function apacheWords(content: string, path: string, line: number): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < content.length) {
    if (/\s/.test(content[at])) {
      at++;
      continue;
    }
    const quote = content[at] === '"' || content[at] === "'" ? content[at++] : "";
    let word = "";
    for (; at < content.length && (quote === "" ? !/\s/.test(content[at]) : content[at] !== quote); at++) {
      if (quote !== "" && content[at] === "\\" && (content[at + 1] === quote || content[at + 1] === "\\"))
        at++;
      word += content[at];
    }
    if (quote !== "" && content[at++] !== quote)
      throw new ConfigError(path, line, `a closing ${quote}`, "the end of the line");
    words.push(word);
  }
  return words;
}

export function logicalLines(text: string): { content: string; line: number }[] {
  const logical: { content: string; line: number }[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = lines[index].replace(/\r$/, "");
    while (content.endsWith("\\") && !content.endsWith("\\\\") && index + 1 < lines.length)
      content = content.slice(0, -1) + lines[++index].replace(/\r$/, "");
    content = content.trim();
    if (content !== "" && !content.startsWith("#")) logical.push({ content, line });
  }
  return logical;
}
