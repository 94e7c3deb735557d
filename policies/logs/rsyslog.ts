import type { Host } from "../site/host";
import { ConfigError } from "../parse/config-error";
import type { Shipment } from "./shipment";

/** `action(type="omfwd" …)`, `global(…)`, or an old line such as `*.* @@log-1:514`. */
interface Statement {
  /** What stands before it on its line: a selector such as `auth.*`. */
  before: string;
  name: string;
  /** Names in lower case: rsyslog does not tell them apart. */
  parameters: Readonly<Record<string, string>>;
}

/** Forwarding by rsyslog (its documentation, "omfwd", "omrelp" and "network stream drivers"). */
export function rsyslogShipments(host: Host): Shipment[] {
  const files = host.paths(/^\/etc\/rsyslog(\.conf|\.d\/[^/]+\.conf)$/).sort();
  const all = files.flatMap((path) => {
    const text = host.file(path);
    return typeof text === "string" ? statements(text, path) : [];
  });
  const globals = Object.assign(
    {},
    ...all.filter(({ name }) => name === "global").map(({ parameters }) => parameters),
  ) as Readonly<Record<string, string>>;
  const inputs = all
    .filter(({ name, parameters }) => name === "input" && parameters.type === "imfile")
    .map(({ parameters }) => parameters.file ?? "");
  return all.flatMap(({ name, parameters, before }) => {
    const { type, target } = parameters;
    if (name !== "action" || target === undefined || !/^om(fwd|relp)$/i.test(type ?? "")) return [];
    return [
      {
        program: "rsyslog",
        unit: "rsyslog.service",
        to: { kind: "address" as const, address: target },
        transport: /^omrelp$/i.test(type) ? relpTransport(parameters) : forwardTransport(parameters, globals),
        everything: ["", "*.*"].includes(before),
        files: inputs,
      },
    ];
  });
}

type Parameters = Readonly<Record<string, string>>;

function relpTransport(action: Parameters): Shipment["transport"] {
  if (action.tls?.toLowerCase() !== "on") return "plain";
  const named = ["name", "fingerprint"].includes(action["tls.authmode"]?.toLowerCase());
  return named && action["tls.permittedpeer"] ? "verified" : "unverified";
}

function forwardTransport(action: Parameters, globals: Parameters): Shipment["transport"] {
  const driver = action.streamdriver ?? globals.defaultnetstreamdriver;
  const encrypted =
    action.protocol?.toLowerCase() === "tcp" &&
    ["gtls", "ossl", "mbedtls"].includes(driver ?? "") &&
    action.streamdrivermode === "1";
  if (!encrypted) return "plain";
  const named = ["x509/name", "x509/fingerprint"].includes(action.streamdriverauthmode);
  return named && action.streamdriverpermittedpeers ? "verified" : "unverified";
}

/** Objects with their parameters, and the old form of forwarding; everything else is left out. */
function statements(text: string, path: string): Statement[] {
  const found: Statement[] = [];
  let at = 0;
  let before = "";
  const lineAt = () => text.slice(0, at).split("\n").length;
  while (at < text.length) {
    const rest = text.slice(at);
    const object = /^([a-z]+)\s*\(/i.exec(rest);
    if (rest[0] === "#") at += lengthOfLine(rest);
    else if (rest[0] === "\n") {
      old(before, found);
      before = "";
      at++;
    } else if (object && /(^|\s)$/.test(before)) {
      at += object[0].length;
      const { parameters, length } = readParameters(text.slice(at));
      if (length < 0) throw new ConfigError(path, lineAt(), `${object[1]}(name="value" …)`, "no end of it");
      found.push({ before: before.trim(), name: object[1].toLowerCase(), parameters });
      at += length;
      before = "";
    } else {
      before += rest[0];
      at++;
    }
  }
  old(before, found);
  return found;
}

function lengthOfLine(text: string): number {
  const end = text.indexOf("\n");
  return end < 0 ? text.length : end;
}

/** `selector @host:port` (UDP) or `selector @@host:port` (TCP), neither with TLS of its own. */
function old(line: string, found: Statement[]): void {
  const [selector, action] = line.trim().split(/\s+/);
  const target = /^@@?(?:\([^)]*\))?([^:;]+)/.exec(action ?? "")?.[1];
  if (target) found.push({ before: selector, name: "action", parameters: { type: "omfwd", target } });
}

/** Up to the closing bracket; length -1 when there is none. */
function readParameters(text: string): { parameters: Record<string, string>; length: number } {
  const parameters: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const pair = /^([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(\[[^\]]*\]))/i.exec(rest);
    if (rest[0] === ")") return { parameters, length: at + 1 };
    if (rest[0] === "#") at += lengthOfLine(rest);
    else if (pair) {
      parameters[pair[1].toLowerCase()] = pair[2] ?? pair[3];
      at += pair[0].length;
    } else if (/^\s/.test(rest)) at++;
    else return { parameters, length: -1 };
  }
  return { parameters, length: -1 };
}
