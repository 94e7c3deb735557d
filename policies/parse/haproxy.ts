import { ConfigError } from "./config-error";
import { serverAddress } from "./haproxy-address";
import { Proxy, type ProxyKind } from "./haproxy-proxy";
import { checkReferences } from "./haproxy-references";
import { haproxyLines, type Line } from "./haproxy-words";

export { Options, type Option } from "./haproxy-options";
export { Proxy, type Bind, type ProxyKind, type Server } from "./haproxy-proxy";
export type { Line } from "./haproxy-words";

/** A section as it is written, without what it inherits. */
export interface Section {
  kind: string;
  name?: string;
  /** The `defaults` that it names. */
  from?: string;
  lines: Line[];
  line: number;
}

/** A name, address and port of a `resolvers` or `peers` section. */
export interface NamedAddress {
  name: string;
  address: string;
  port: number;
}

export interface HaproxyConfig {
  path: string;
  sections: Section[];
  global: {
    /** The words after a keyword, of its last line. */
    get(keyword: string): string[] | undefined;
    all(keyword: string): Line[];
  };
  proxies: Proxy[];
  proxy(name: string, kind?: ProxyKind): Proxy | undefined;
  resolvers: { name: string; nameservers: NamedAddress[] }[];
  peers: { name: string; peers: NamedAddress[] }[];
}

/** Kinds of section of HAProxy 3.0 to 3.2, and whether one has a name. */
const KINDS: Record<string, "none" | "optional" | "required"> = {
  global: "none",
  traces: "none",
  defaults: "optional",
  ...Object.fromEntries(
    `frontend backend listen resolvers peers mailers userlist cache program http-errors ring log-forward log-profile
     fcgi-app crt-store acme`
      .split(/\s+/)
      .map((kind) => [kind, "required"]),
  ),
};

const PROXY_KINDS: readonly string[] = ["frontend", "backend", "listen"];
/**
 * `haproxy.cfg`, for HAProxy 3.0 to 3.2: quoting, sections, `defaults` with their names, servers with their
 * `default-server`. No library reads it with line numbers and inheritance. Keywords that are not needed here are kept
 * as lines: HAProxy has hundreds.
 * @throws ConfigError where HAProxy would refuse to start, and at `.if`: what it depends on is not known here.
 */
export function parseHaproxy(text: string, path: string): HaproxyConfig {
  const sections = sectionsOf(haproxyLines(text, path), path);
  const global = sections.filter((section) => section.kind === "global").flatMap((section) => section.lines);
  const inherited = inheritedLines(sections, path);
  const proxies = sections
    .filter((section) => PROXY_KINDS.includes(section.kind))
    .map(
      (section) =>
        new Proxy(
          section.kind as ProxyKind,
          section.name!,
          [...inherited(section), ...section.lines],
          section.line,
          path,
          global,
        ),
    );
  const config: HaproxyConfig = {
    path,
    sections,
    global: {
      get: (keyword) =>
        global
          .filter(({ words }) => words[0] === keyword)
          .at(-1)
          ?.words.slice(1),
      all: (keyword) => global.filter(({ words }) => words[0] === keyword),
    },
    proxies,
    proxy: (name, kind) => proxies.find((proxy) => proxy.name === name && (!kind || proxy.kind === kind)),
    resolvers: named(sections, "resolvers", (section) => ({
      name: section.name!,
      nameservers: addresses(section, "nameserver", path),
    })),
    peers: named(sections, "peers", (section) => ({
      name: section.name!,
      peers: [...addresses(section, "peer", path), ...addresses(section, "server", path)],
    })),
  };
  checkReferences(config);
  return config;
}

function named<T>(sections: Section[], kind: string, read: (section: Section) => T): T[] {
  return sections.filter((section) => section.kind === kind).map(read);
}

function sectionsOf(lines: Line[], path: string): Section[] {
  const sections: Section[] = [];
  for (const line of lines) {
    const [word, name, ...rest] = line.words;
    const naming = KINDS[word];
    if (word.startsWith(".")) {
      conditional(line, path);
    } else if (naming !== undefined && !(word === "cache" && sections.at(-1)?.kind === "global")) {
      if (naming === "required" && name === undefined)
        throw new ConfigError(path, line.line, `a name after ${word}`, "the end of the line");
      const from =
        name === "from" && naming === "optional" ? rest[0] : rest[0] === "from" ? rest[1] : undefined;
      const unnamed = name === undefined || (name === "from" && naming === "optional");
      sections.push({
        kind: word,
        ...(!unnamed && { name }),
        ...(from && { from }),
        lines: [],
        line: line.line,
      });
    } else if (sections.length === 0) {
      throw new ConfigError(path, line.line, "a section such as global or defaults first", word);
    } else {
      sections.at(-1)!.lines.push(line);
    }
  }
  return sections;
}

/** `.if` asks for the version, for features and for the environment; `.alert` stops HAProxy; the others only talk. */
function conditional({ words, line }: Line, path: string): void {
  if ([".notice", ".warning", ".diag"].includes(words[0])) return;
  throw new ConfigError(
    path,
    line,
    "a configuration without conditions, which cannot be decided here",
    words.join(" "),
  );
}

/** What a section takes over: the `defaults` that it names, or the last one before it. */
function inheritedLines(sections: Section[], path: string): (section: Section) => Line[] {
  const lines = new Map<Section, Line[]>();
  const implicit = new Map<Section, Section>();
  const explicit = new Set<Section>();
  const byName = new Map<string, Section>();
  let last: Section | undefined;
  for (const section of sections) {
    const isDefaults = section.kind === "defaults";
    if (!isDefaults && !PROXY_KINDS.includes(section.kind)) continue;
    const parent = section.from === undefined ? (isDefaults ? undefined : last) : byName.get(section.from);
    if (section.from !== undefined) {
      if (!parent)
        throw new ConfigError(path, section.line, "a defaults section declared before", section.from);
      if (!isDefaults) explicit.add(parent);
    } else if (parent) implicit.set(section, parent);
    lines.set(section, parent ? [...(lines.get(parent) ?? []), ...parent.lines] : []);
    if (isDefaults) {
      last = section;
      if (section.name !== undefined) byName.set(section.name, section);
    }
  }
  for (const [section, parent] of implicit)
    if (explicit.has(parent))
      throw new ConfigError(
        path,
        section.line,
        `"from" here too, or a last defaults section that nobody names`,
        `${section.kind} ${section.name} without it after defaults ${parent.name}`,
      );
  return (section) => lines.get(section) ?? [];
}

function addresses(section: Section, keyword: string, path: string): NamedAddress[] {
  return section.lines
    .filter(({ words }) => words[0] === keyword && words[2] !== undefined)
    .map(({ words, line }) => {
      const { host, port = host.startsWith("/") ? 0 : undefined } = serverAddress(words[2], path, line);
      if (port === undefined) throw new ConfigError(path, line, "an address with a port", words[2]);
      return { name: words[1], address: host, port };
    });
}
