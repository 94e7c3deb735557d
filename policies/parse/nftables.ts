import { posix } from "node:path";
import { ConfigError } from "./config-error";
import { matchingFiles, resolved, type Files } from "./directives";
import type { Chain, NftSet, Ruleset, Table } from "./nftables-ruleset";
import { nftTokens, type Token } from "./nftables-words";

export { acceptedPorts } from "./nftables-ports";
export type { Chain, NftRule, NftSet, Ruleset, Table } from "./nftables-ruleset";

const FAMILIES = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];
const DEFAULT_FAMILY = "ip";
const INCLUDE_FOLDER = "/etc";
const MAX_DEPTH = 16;
/** Objects of a table that no rule of the policies asks for. */
const OTHER_OBJECTS = ["flowtable", "counter", "quota", "limit", "secmark", "synproxy", "ct", "tunnel"];

/**
 * An nftables ruleset file, as `nft -f` reads it (nft(8)): tables, chains, sets, `define`, `include`, and the commands
 * `add`, `create`, `insert`, `delete`, `destroy`, `flush`. What the kernel would say to a rule's words is not checked.
 * No library reads it without nft itself, which asks the kernel.
 * @throws ConfigError on what has not the form of a ruleset, and on a variable that is not defined
 */
export function parseNftables(text: string, path: string, files: Files = new Map()): Ruleset {
  const reader = new NftReader(files);
  reader.file(text, path, 1);
  return { tables: reader.tables };
}

class NftReader {
  tables: Table[] = [];
  private readonly variables = new Map<string, Token[]>();
  private tokens: Token[] = [];
  private at = 0;
  private path = "";

  constructor(private readonly files: Files) {}

  file(text: string, path: string, depth: number): void {
    const outer = { tokens: this.tokens, at: this.at, path: this.path };
    Object.assign(this, { tokens: nftTokens(text, path), at: 0, path });
    for (let token = this.next(); token !== undefined; token = this.next())
      if (token.kind !== ";") this.command(token, depth);
    Object.assign(this, outer);
  }

  private next(): Token | undefined {
    return this.tokens[this.at++];
  }

  private fail(want: string, token: Token | undefined): never {
    const line = token?.line ?? this.tokens.at(-1)?.line ?? 1;
    const got =
      token === undefined
        ? "the end of the file"
        : token.kind === ";"
          ? "the end of the statement"
          : token.text;
    throw new ConfigError(this.path, line, want, got);
  }

  private command(first: Token, depth: number): void {
    switch (first.text) {
      case "include":
        return this.include(depth);
      case "define":
      case "redefine":
        return this.define();
      case "undefine":
        this.variables.delete(this.word("a name"));
        return;
      case "flush":
      case "delete":
      case "destroy":
      case "reset":
        return this.remove(first);
      case "table":
        return this.table();
      case "add":
      case "create":
      case "insert":
      case "replace":
        return this.add(first, this.word("table, chain, rule, set or element"));
      case "chain":
      case "rule":
      case "set":
      case "map":
      case "element":
        return this.add(first, first.text);
      default:
        this.fail("a table or a command", first);
    }
  }

  private word(want: string): string {
    const token = this.next();
    if (token === undefined || (token.kind !== "word" && token.kind !== "string")) this.fail(want, token);
    return token.text;
  }

  private include(depth: number): void {
    const line = this.tokens[this.at]?.line ?? 1;
    const pattern = resolved(this.word("a path after include"), INCLUDE_FOLDER);
    if (depth >= MAX_DEPTH)
      throw new ConfigError(
        this.path,
        line,
        "includes that end",
        `include ${pattern} inside of ${depth} others`,
      );
    const files = matchingFiles(posix.normalize(pattern), this.files);
    if (files.length === 0 && !/[*?[]/.test(pattern))
      throw new ConfigError(this.path, line, "an include that user data carries", pattern);
    for (const file of files) this.file(file.content, file.path, depth + 1);
  }

  private define(): void {
    const name = this.word("a name after define");
    const equals = this.next();
    if (equals?.text !== "=") this.fail(`"=" after ${name}`, equals);
    this.variables.set(name, this.statement());
  }

  /** Tokens up to the end of the statement, braces and all, variables expanded. */
  private statement(): Token[] {
    const tokens: Token[] = [];
    let open = 0;
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || (open === 0 && (token.kind === ";" || token.kind === "}"))) break;
      this.at++;
      if (token.kind === "{") open++;
      if (token.kind === "}") open--;
      if (token.kind === ";") continue;
      if (token.kind === "word" && token.text.startsWith("$")) tokens.push(...this.variable(token));
      else tokens.push(token);
    }
    if (open > 0) this.fail(`"}"`, undefined);
    return tokens;
  }

  private variable(token: Token): Token[] {
    const value = this.variables.get(token.text.slice(1));
    if (value === undefined) this.fail("a variable that is defined", token);
    return value.map((one) => ({ ...one, line: token.line }));
  }

  private familyAndName(): [string, string] {
    const first = this.word("a table");
    if (!FAMILIES.includes(first)) return [DEFAULT_FAMILY, first];
    return [first, this.word("a table's name")];
  }

  private tableOf(family: string, name: string): Table {
    let table = this.tables.find((other) => other.family === family && other.name === name);
    if (!table) this.tables.push((table = { family, name, chains: [], sets: [] }));
    return table;
  }

  private remove(command: Token): void {
    const words = this.statement().map(({ text }) => text);
    const [what, ...rest] = words;
    const [family, name, object] = FAMILIES.includes(rest[0]) ? rest : [DEFAULT_FAMILY, ...rest];
    const isTable = (table: Table) => table.family === family && table.name === name;
    if (command.text === "flush" && what === "ruleset")
      this.tables = rest.length > 0 ? this.tables.filter((table) => table.family !== family) : [];
    else if (what === "table" && command.text !== "flush")
      this.tables = this.tables.filter((table) => !isTable(table));
    else if (what === "table")
      this.tables.filter(isTable).forEach((table) => table.chains.forEach((c) => (c.rules = [])));
    else if (what === "chain") {
      for (const table of this.tables.filter(isTable)) {
        if (command.text === "flush")
          table.chains.filter((c) => c.name === object).forEach((c) => (c.rules = []));
        else table.chains = table.chains.filter((c) => c.name !== object);
      }
    } else if (what === "set" || what === "element" || what === "rule")
      throw new ConfigError(
        this.path,
        command.line,
        "rules and sets as they will be",
        `${command.text} ${words.join(" ")}`,
      );
  }

  private add(command: Token, what: string): void {
    if (what === "table") return this.table();
    const [family, tableName] = this.familyAndName();
    const table = this.tables.find((other) => other.family === family && other.name === tableName);
    if (!table) this.fail("a table that is declared", { ...command, text: `${family} ${tableName}` });
    if (what === "chain") return this.chain(table);
    if (what === "set" || what === "map") return this.set(table);
    const name = this.word(`a name after ${what}`);
    if (what === "element") {
      this.setOf(table, name).elements.push(...elements(this.statement()));
    } else if (what === "rule") {
      const rule = { words: this.statement().map(({ text }) => text), line: command.line };
      const chain = table.chains.find((other) => other.name === name);
      if (!chain) this.fail("a chain that is declared", { ...command, text: name });
      if (command.text === "insert") chain.rules.unshift(rule);
      else if (command.text === "replace") this.fail("rules as they will be", command);
      else chain.rules.push(rule);
    } else if (OTHER_OBJECTS.includes(what)) this.statement();
    else this.fail("table, chain, rule, set or element", { ...command, text: what });
  }

  private chainOf(table: Table, name: string): Chain {
    let chain = table.chains.find((other) => other.name === name);
    if (!chain) table.chains.push((chain = { name, rules: [], table }));
    return chain;
  }

  private setOf(table: Table, name: string): NftSet {
    let set = table.sets.find((other) => other.name === name);
    if (!set) table.sets.push((set = { name, elements: [] }));
    return set;
  }

  private opens(): boolean {
    if (this.tokens[this.at]?.kind !== "{") return false;
    this.at++;
    return true;
  }

  /** Calls `read` at the first token of every statement up to the closing brace. */
  private body(read: (first: Token) => void): void {
    for (;;) {
      const token = this.next();
      if (token === undefined) this.fail(`"}"`, undefined);
      if (token.kind === "}") return;
      if (token.kind !== ";") read(token);
    }
  }

  private table(): void {
    const table = this.tableOf(...this.familyAndName());
    if (!this.opens()) return;
    this.body((first) => {
      if (first.text === "chain") this.chain(table);
      else if (first.text === "set" || first.text === "map") this.set(table);
      else if (first.text === "define" || first.text === "redefine") this.define();
      else if ([...OTHER_OBJECTS, "flags", "comment"].includes(first.text)) this.statement();
      else this.fail("a chain or a set", first);
    });
  }

  private chain(table: Table): void {
    const chain = this.chainOf(table, this.word("a name after chain"));
    if (!this.opens()) return;
    this.body((first) => {
      this.at--;
      const line = first.line;
      const words = this.statement().map(({ text }) => text);
      if (words[0] === "type" && words.includes("hook")) baseChain(chain, words);
      else if (words[0] === "policy") chain.policy = this.policy(words[1], first);
      else if (words[0] !== "comment" && words[0] !== "devices") chain.rules.push({ words, line });
    });
    if (chain.hook !== undefined) chain.policy ??= "accept";
  }

  private policy(text: string | undefined, token: Token): "accept" | "drop" {
    if (text !== "accept" && text !== "drop")
      this.fail("policy accept or policy drop", { ...token, text: `policy ${text}` });
    return text;
  }

  private set(table: Table): void {
    const set = this.setOf(table, this.word("a name after set"));
    if (!this.opens()) return;
    this.body(() => {
      this.at--;
      const tokens = this.statement();
      if (tokens[0].text === "elements") set.elements.push(...elements(tokens));
    });
  }
}

/** `type filter hook input priority filter - 5` */
function baseChain(chain: Chain, words: string[]): void {
  chain.type = words[1];
  chain.hook = words[words.indexOf("hook") + 1];
  chain.priority = words.slice(words.indexOf("priority") + 1).join(" ");
}

/** What stands between the braces, one string an element; an element of a map is `key : value`. */
function elements(tokens: Token[]): string[] {
  const inner = tokens
    .slice(tokens.findIndex(({ kind }) => kind === "{") + 1)
    .filter(({ kind }) => kind !== "}" && kind !== "{");
  const all: string[][] = [[]];
  for (const { kind, text } of inner) {
    if (kind === ",") all.push([]);
    else all.at(-1)!.push(text);
  }
  return all.filter((words) => words.length > 0).map((words) => words.join(" "));
}
