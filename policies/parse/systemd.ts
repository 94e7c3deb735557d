import { ConfigError } from "./config-error";

export interface Unit {
  /** The last value; undefined when there is none, or when it was emptied. */
  get(section: string, key: string): string | undefined;
  /** Every value in order; an empty assignment takes those before it away. */
  all(section: string, key: string): string[];
}

/** A unit file, as systemd.syntax(7) has it: `#` and `;` begin comment lines, also inside of a value that goes on with `\`. */
export function parseUnit(text: string, path: string): Unit {
  const values = new Map<string, string[]>();
  const id = (section: string, key: string) => `${section}\n${key}`;
  let section: string | undefined;
  for (const { content, line } of logicalLines(text)) {
    const header = /^\[([^\][]+)\]$/.exec(content);
    if (header) {
      section = header[1];
      continue;
    }
    const equals = content.indexOf("=");
    if (equals < 1) throw new ConfigError(path, line, "[Section] or Key=value", content);
    if (section === undefined) throw new ConfigError(path, line, "a [Section] first", content);
    const key = id(section, content.slice(0, equals).trimEnd());
    const value = content.slice(equals + 1).trimStart();
    if (value === "") values.set(key, []);
    else values.set(key, [...(values.get(key) ?? []), value]);
  }
  return {
    get: (wanted, key) => values.get(id(wanted, key))?.at(-1),
    all: (wanted, key) => values.get(id(wanted, key)) ?? [],
  };
}

function logicalLines(text: string): { content: string; line: number }[] {
  const logical: { content: string; line: number }[] = [];
  let open = false;
  text.split("\n").forEach((raw, index) => {
    const trimmed = raw.trim();
    if (/^[#;]/.test(trimmed)) return;
    const goesOn = /\\$/.test(trimmed);
    const content = goesOn ? trimmed.slice(0, -1) : trimmed;
    if (open) logical.at(-1)!.content = `${logical.at(-1)!.content.trimEnd()} ${content}`.trim();
    else if (content !== "") logical.push({ content, line: index + 1 });
    open = goesOn;
  });
  return logical;
}
