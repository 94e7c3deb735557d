import { ConfigError } from "./config-error";

/** `KEY=value` lines, as a shell and systemd's `EnvironmentFile=` both read them. */
export function parseEnvironment(text: string, path: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const start = lines[index].trim();
    if (start === "" || start.startsWith("#") || start.startsWith(";")) continue;
    const [, name, rest] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(start) ?? [];
    if (name === undefined) throw new ConfigError(path, line, "NAME=value", start);
    let source = rest;
    let value = valueOf(source);
    while (value === undefined && index + 1 < lines.length) {
      source += `\n${lines[++index]}`;
      value = valueOf(source);
    }
    if (value === undefined) throw new ConfigError(path, line, "a closing quote", "the end of the file");
    variables[name] = value;
  }
  return variables;
}

/** A value with its quotes and escapes resolved; undefined when a quote is open at its end, or a \ is its last. */
function valueOf(source: string): string | undefined {
  let value = "";
  let quote = "";
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (char === quote) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === "\\" && quote !== "'") {
      const next = source[++at];
      if (next === undefined) return undefined;
      if (next === "\n") continue;
      value += quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next;
    } else if (quote === "" && char === "#" && /\s$/.test(value)) break;
    else value += char;
  }
  return quote === "" ? value.trimEnd() : undefined;
}
