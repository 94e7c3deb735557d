import type { HostFile } from "./cloud-init";
import { ConfigError } from "./config-error";

/**
 * A directive of nginx or Apache; with a block it is a section. Read by code of our own: no library on npm keeps line
 * numbers and resolves includes out of user data, which findings need.
 */
export interface Directive {
  name: string;
  args: string[];
  block?: Directive[];
  line: number;
  /** The file that it stands in, which an include may have brought. */
  file: string;
}

export type Files = ReadonlyMap<string, HostFile>;

/** Directives of this name anywhere below, in order. */
export function findDirectives(
  directives: readonly Directive[],
  same: (name: string) => boolean,
  found: Directive[] = [],
): Directive[] {
  for (const directive of directives) {
    if (same(directive.name)) found.push(directive);
    if (directive.block) findDirectives(directive.block, same, found);
  }
  return found;
}

/** What an include may stand inside of; one that includes itself would never end. */
const MAX_DEPTH = 10;

/**
 * The directives of the files that a path or glob means, or undefined when user data carries none of them.
 * @param trail the files that led here, the including one last
 */
export function included(
  pattern: string,
  files: Files,
  trail: readonly string[],
  line: number,
  parse: (text: string, path: string, trail: readonly string[]) => Directive[],
): Directive[] | undefined {
  const matches = matchingFiles(pattern, files);
  if (matches.length === 0) return undefined;
  if (trail.length >= MAX_DEPTH)
    throw new ConfigError(
      trail.at(-1)!,
      line,
      "includes that end",
      `include ${pattern} inside of ${trail.length} others`,
    );
  return matches.flatMap((file) => parse(file.content, file.path, [...trail, file.path]));
}

/** Files that match a shell pattern (glob(7)), sorted by path as the programs read them. */
export function matchingFiles(pattern: string, files: Files): HostFile[] {
  const exact = files.get(pattern);
  if (exact) return [exact];
  if (!/[*?[]/.test(pattern)) return [];
  const expression = globExpression(pattern);
  return [...files.values()]
    .filter(({ path }) => expression.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function globExpression(pattern: string): RegExp {
  const source = pattern.replace(/\[!?[^\]]+\]|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[") && part.length > 1) return part.replace("[!", "[^");
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}

/** A path below a folder, unless it is absolute. */
export function resolved(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder.replace(/\/$/, "")}/${path}`;
}
