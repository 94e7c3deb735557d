import { ConfigError } from "./config-error";

/** One option of a `bind` or `server` line. */
export interface Option {
  name: string;
  /** Its argument; none for a flag. */
  value?: string;
}

/** The options of a `bind` or `server` line with what they inherit. The last of a name counts. */
export class Options {
  private readonly byName = new Map<string, Option>();

  constructor(entries: readonly Option[] = []) {
    for (const entry of entries) this.set(entry);
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** An option's argument; undefined for a flag, and for an option that is not there. */
  get(name: string): string | undefined {
    return this.byName.get(name)?.value;
  }

  get entries(): Option[] {
    return [...this.byName.values()];
  }

  /** These options, and over them others: `no-check` takes `check` away, and the other way round. */
  with(others: readonly Option[]): Options {
    return new Options([...this.entries, ...others]);
  }

  private set(option: Option): void {
    const opposite = OPPOSITES[option.name] ?? oppositeOf(option.name);
    this.byName.delete(opposite);
    this.byName.delete(option.name);
    this.byName.set(option.name, option);
  }
}

const OPPOSITES: Record<string, string> = {
  disabled: "enabled",
  enabled: "disabled",
  stick: "non-stick",
  "non-stick": "stick",
};

function oppositeOf(name: string): string {
  return name.startsWith("no-") ? name.slice(3) : `no-${name}`;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Which options a line may have, as `haproxy -dKcfg` of 3.0 lists them, and those that 3.1 and 3.2 added. */
export interface OptionTable {
  what: string;
  flags: ReadonlySet<string>;
  withValue: ReadonlySet<string>;
}

const TLS_FLAGS = `force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-sslv3 no-tls-tickets no-tlsv10
  no-tlsv11 no-tlsv12 no-tlsv13 tls-tickets renegotiate no-renegotiate allow-0rtt ssl`;
const TLS_VALUES = `alpn npn ca-file ciphers ciphersuites client-sigalgs crl-file crt curves sigalgs ssl-max-ver
  ssl-min-ver verify ktls`;

export const BIND_OPTIONS: OptionTable = {
  what: "an option of bind",
  flags:
    words(`${TLS_FLAGS} accept-proxy defer-accept tfo transparent v4v6 v6only quic-force-retry generate-certificates
    no-alpn no-ca-names prefer-client-ciphers strict-sni no-strict-sni default-tls-tickets`),
  withValue:
    words(`${TLS_VALUES} accept-netscaler-cip backlog expose-fd gid group guid-prefix id interface level maxconn
    mode mss name namespace nbconn nice process proto quic-cc-algo quic-socket severity-output shards tcp-ut thread uid
    user ca-ignore-err ca-sign-file ca-sign-pass ca-verify-file crt-ignore-err crt-list default-crt ecdhe
    tls-ticket-keys cc idle-ping label tcp-md5sig tcp-ss ech`),
};

export const SERVER_OPTIONS: OptionTable = {
  what: "an option of server",
  flags:
    words(`${TLS_FLAGS} agent-check backup check check-send-proxy check-ssl check-via-socks4 disabled enabled
    no-agent-check no-backup no-check no-check-send-proxy no-check-ssl no-send-proxy no-send-proxy-v2
    no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn no-ssl no-ssl-reuse no-tfo non-stick send-proxy send-proxy-v2
    send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl-reuse stick tfo no-verifyhost sni-auto no-sni-auto check-sni-auto
    no-check-sni-auto check-reuse-pool no-check-reuse-pool strict-maxconn`),
  withValue:
    words(`${TLS_VALUES} addr agent-addr agent-inter agent-port agent-send check-alpn check-proto check-sni
    cookie downinter error-limit fall fastinter guid hash-key id init-addr init-state inter log-bufsize log-proto
    max-reuse maxconn maxqueue minconn namespace observe on-error on-marked-down on-marked-up pool-conn-name
    check-pool-conn-name pool-low-conn pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net
    resolve-opts resolve-prefer resolvers rise shard slowstart sni socks4 source usesrc interface tcp-ut track
    verifyhost weight ws cc idle-ping tcp-md5sig`),
};

/** `ssl-default-bind-options` and `ssl-default-server-options`, which every TLS bind or server line starts from. */
export const TLS_DEFAULT_OPTIONS: OptionTable = {
  what: "an option of TLS",
  flags: words(
    `${TLS_FLAGS} prefer-client-ciphers no-ca-names strict-sni no-strict-sni ssl-reuse no-ssl-reuse`,
  ),
  withValue: words("ssl-min-ver ssl-max-ver"),
};

/** The options from `start` on. */
export function optionsFrom(
  args: readonly string[],
  start: number,
  table: OptionTable,
  path: string,
  line: number,
): Option[] {
  const options: Option[] = [];
  for (let at = start; at < args.length; at++) {
    const name = args[at];
    if (table.flags.has(name)) {
      options.push({ name });
    } else if (table.withValue.has(name) || name.startsWith("set-proxy-v2-tlv-fmt(")) {
      const value = args[++at];
      if (value === undefined)
        throw new ConfigError(path, line, `a value after ${name}`, "the end of the line");
      options.push({ name, value });
    } else {
      throw new ConfigError(path, line, table.what, name);
    }
  }
  return options;
}
