import { parseDocument, type LineCounter } from "yaml";

/** Reads YAML as PyYAML does: version 1.1, in which 0644 is octal, and of a key that stands twice the last counts. */
export function readYaml(text: string, lineCounter?: LineCounter) {
  return parseDocument(text, { version: "1.1", uniqueKeys: false, lineCounter, prettyErrors: false });
}

/** A line at the left edge that is no plain key, comment, item of a list, or nothing. */
const ODD_LINE = /\n(?![a-z][a-z_]*:[ \n]|[ #\n]|- |$)/;
const LIST = /^[a-z_]+:\n(?=( *)- )/;

/**
 * A `#cloud-config` read entry by entry, its lists item by item, and each text once: hosts have most of theirs in
 * common, and YAML is most of what it takes to read a host.
 * @returns undefined when only the whole document can tell, such as where something is wrong
 */
export function readEntries(text: string): Record<string, unknown> | undefined {
  if (ODD_LINE.test(text)) return undefined;
  const config: Record<string, unknown> = {};
  try {
    for (const part of partsOf(text, /\n(?=[a-z])/)) {
      const entry = readEntry(part) ?? {};
      if (typeof entry !== "object" || Array.isArray(entry)) return undefined;
      Object.assign(config, entry);
    }
  } catch {
    return undefined;
  }
  return config;
}

function readEntry(text: string): unknown {
  const head = LIST.exec(text);
  if (!head) return readOnce(text);
  const items = partsOf(text.slice(head[0].length), new RegExp(`\\n(?=${head[1]}- )`));
  return { [text.slice(0, text.indexOf(":"))]: items.flatMap(readOnce) };
}

/** Cuts behind the ends of lines that match. */
function partsOf(text: string, end: RegExp): string[] {
  return text.split(end).map((part, index, { length }) => (index < length - 1 ? `${part}\n` : part));
}

const read = new Map<string, unknown>();

function readOnce(text: string): unknown {
  if (!read.has(text)) {
    const document = readYaml(text);
    if (document.errors.length > 0) throw document.errors[0];
    read.set(text, document.toJS());
  }
  return read.get(text);
}
