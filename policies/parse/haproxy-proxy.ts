import { ConfigError } from "./config-error";
import { bindEndpoints, serverAddress } from "./haproxy-address";
import {
  BIND_OPTIONS,
  Options,
  optionsFrom,
  SERVER_OPTIONS,
  TLS_DEFAULT_OPTIONS,
  type OptionTable,
  type Option,
} from "./haproxy-options";
import { haproxyTimeMs, type Line } from "./haproxy-words";

export type ProxyKind = "frontend" | "backend" | "listen";

/** One address and port that a proxy listens on. */
export interface Bind {
  /** `0.0.0.0` when the line names none; a path for a Unix socket. */
  address: string;
  /** 0 for a Unix socket. */
  port: number;
  ssl: boolean;
  options: Options;
  line: number;
}

/** A server that a proxy connects to. */
export interface Server {
  name: string;
  host: string;
  /** None: the port that the client connected to. */
  port?: number;
  /** With those of `default-server`; for TLS also with the defaults of `global`, `verify` among them. */
  options: Options;
  /** 0 to 256. @default 1 */
  weight: number;
  backup: boolean;
  line: number;
}

const CHECKS =
  "httpchk tcp-check mysql-check pgsql-check redis-check ldap-check smtpchk ssl-hello-chk spop-check external-check".split(
    " ",
  );

/** Of these an `option` replaces the others: a proxy has one kind of health check and one way with connections. */
const EXCLUSIVE = [CHECKS, ["httpclose", "http-server-close", "http-keep-alive"]];

const TIMEOUTS =
  "check client client-fin client-hs connect handshake http-keep-alive http-request queue server server-fin tarpit tunnel".split(
    " ",
  );

/** A `frontend`, `backend` or `listen` with everything that it inherits from its `defaults`. */
export class Proxy {
  readonly mode: "http" | "tcp";
  readonly binds: Bind[] = [];
  readonly servers: Server[] = [];
  /** By name, such as `connect` or `http-keep-alive`, ms. A timeout that is not here is unlimited, or another's. */
  readonly timeoutsMs: Record<string, number> = {};
  /** Where requests go: in order those with a condition, at last the default, which has none. */
  readonly uses: { backend: string; condition?: string; line: number }[] = [];
  private readonly options = new Map<string, string[]>();

  /**
   * @param lines inherited ones first
   * @param global the lines of `global`, for the defaults of TLS
   */
  constructor(
    readonly kind: ProxyKind,
    readonly name: string,
    readonly lines: Line[],
    /** Where the section begins. */
    readonly line: number,
    private readonly path: string,
    private readonly global: readonly Line[],
  ) {
    this.mode = this.readMode();
    let defaults = new Options();
    for (const one of lines) {
      const [keyword, ...args] = one.words;
      if (keyword === "bind") this.addBinds(args, one.line);
      else if (keyword === "default-server")
        defaults = defaults.with(optionsFrom(args, 0, SERVER_OPTIONS, path, one.line));
      else if (keyword === "server") this.servers.push(this.readServer(args, one.line, defaults));
      else if (keyword === "server-template") this.addTemplate(args, one.line, defaults);
      else if (keyword === "timeout") this.addTimeout(args, one.line);
      else if (keyword === "option") this.addOption(args, one.line);
      else if (keyword === "no" || keyword === "default") this.takeBack(keyword, args, one.line);
    }
    this.addUses();
  }

  /** Whether `option NAME` is on; `no option NAME` takes an inherited one away. */
  hasOption(name: string): boolean {
    return this.options.has(name);
  }

  /** What stands after `option NAME`; undefined when it is off. */
  optionArgs(name: string): string[] | undefined {
    return this.options.get(name);
  }

  /** The lines that begin with these words: `all("http-check")`, `all("http-response set-header")`. */
  all(keyword: string): Line[] {
    const wanted = keyword.split(" ");
    return this.lines.filter(({ words }) => wanted.every((word, index) => words[index] === word));
  }

  private readMode(): "http" | "tcp" {
    const last = this.all("mode").at(-1);
    const mode = last ? last.words.slice(1).join(" ") : "tcp";
    if (mode === "http" || mode === "tcp") return mode;
    throw new ConfigError(this.path, last!.line, "mode http or mode tcp", `mode ${mode}`.trim());
  }

  private addBinds(args: string[], line: number): void {
    if (args[0] === undefined)
      throw new ConfigError(this.path, line, "an address after bind", "the end of the line");
    const own = optionsFrom(args, 1, BIND_OPTIONS, this.path, line);
    const ssl = own.some((option) => option.name === "ssl");
    const options = new Options([...(ssl ? this.tlsDefaults("bind") : []), ...own]);
    for (const { address, port } of bindEndpoints(args[0], this.path, line))
      this.binds.push({ address, port, ssl, options, line });
  }

  private readServer(args: string[], line: number, defaults: Options): Server {
    const [name, address] = args;
    if (address === undefined)
      throw new ConfigError(
        this.path,
        line,
        "a name and an address after server",
        args.join(" ") || "nothing",
      );
    if (this.servers.some((other) => other.name === name))
      throw new ConfigError(this.path, line, `a name that ${this.name} has not given yet`, name);
    const own = defaults.with(optionsFrom(args, 2, SERVER_OPTIONS, this.path, line));
    const options = own.has("ssl") ? new Options([...this.tlsDefaults("server"), ...own.entries]) : own;
    const weight = options.has("weight") ? Number(options.get("weight")) : 1;
    if (!(Number.isInteger(weight) && weight >= 0 && weight <= 256))
      throw new ConfigError(this.path, line, "a weight from 0 to 256", String(options.get("weight")));
    return {
      name,
      ...serverAddress(address, this.path, line),
      options,
      weight,
      backup: options.has("backup"),
      line,
    };
  }

  /** `server-template web 1-3 name:80` is web1, web2 and web3, each at one address of the name. */
  private addTemplate(args: string[], line: number, defaults: Options): void {
    const [prefix, range, ...rest] = args;
    const [, low, high] = /^(?:(\d+)-)?(\d+)$/.exec(range ?? "") ?? [];
    if (high === undefined || rest.length === 0)
      throw new ConfigError(
        this.path,
        line,
        "a prefix, a number or range, and an address",
        args.join(" ") || "nothing",
      );
    if (Number(low ?? 1) > Number(high))
      throw new ConfigError(this.path, line, "a range from low to high", range);
    for (let number = Number(low ?? 1); number <= Number(high); number++)
      this.servers.push(this.readServer([`${prefix}${number}`, ...rest], line, defaults));
  }

  private addTimeout(args: string[], line: number): void {
    const [name, value, extra] = args;
    if (value === undefined)
      throw new ConfigError(
        this.path,
        line,
        "a name and a time after timeout",
        name ?? "the end of the line",
      );
    if (!TIMEOUTS.includes(name))
      throw new ConfigError(this.path, line, `one of ${TIMEOUTS.join(", ")}`, name);
    if (extra !== undefined) throw new ConfigError(this.path, line, "the end of the line", extra);
    this.timeoutsMs[name] = haproxyTimeMs(value, this.path, line);
  }

  private addOption(args: string[], line: number): void {
    const [name, ...rest] = args;
    if (name === undefined)
      throw new ConfigError(this.path, line, "a name after option", "the end of the line");
    for (const group of EXCLUSIVE)
      if (group.includes(name)) for (const other of group) this.options.delete(other);
    this.options.set(name, rest);
  }

  /** `no option NAME`; of health checks none can be taken back, only another one chosen. */
  private takeBack(keyword: string, [what, name]: string[], line: number): void {
    if (what === "log" && keyword === "no") return;
    if (what !== "option" || name === undefined || CHECKS.includes(name))
      throw new ConfigError(
        this.path,
        line,
        `an option that ${keyword} can stand before`,
        name ?? what ?? "nothing",
      );
    this.options.delete(name);
  }

  private addUses(): void {
    const use = (line: Line) => {
      if (line.words[1] === undefined)
        throw new ConfigError(
          this.path,
          line.line,
          `a backend after ${line.words[0]}`,
          "the end of the line",
        );
      const condition = line.words.slice(2).join(" ");
      this.uses.push({ backend: line.words[1], ...(condition && { condition }), line: line.line });
    };
    this.all("use_backend").forEach(use);
    this.all("default_backend").slice(-1).forEach(use);
  }

  /** What `global` says for every TLS line of a kind: `ssl-default-bind-ciphers` is `ciphers` of each bind. */
  private tlsDefaults(kind: "bind" | "server"): Option[] {
    const prefix = `ssl-default-${kind}-`;
    const options: Option[] = kind === "server" ? [{ name: "verify", value: "required" }] : [];
    for (const { words, line } of this.global) {
      if (kind === "server" && words[0] === "ssl-server-verify")
        options.push({ name: "verify", value: words[1] });
      if (!words[0].startsWith(prefix)) continue;
      const name = words[0].slice(prefix.length);
      if (name === "options")
        options.push(...optionsFrom(words, 1, TLS_DEFAULT_OPTIONS satisfies OptionTable, this.path, line));
      else options.push({ name, value: words[1] });
    }
    return options;
  }
}
