import { posix } from "node:path";
import type { HostFile } from "./cloud-init";
import { ConfigError } from "./config-error";

export interface MysqlConfig {
  /** A variable's last value, quotes removed; dashes are underscores and `loose_` is dropped. Undefined: not set. */
  get(variable: string): string | undefined;
  /** A switch: ON, 1, TRUE or a bare name, or OFF, 0, FALSE or `skip_`. Undefined: not set, or no switch. */
  on(variable: string): boolean | undefined;
  /** A size with its K, M, G, T, P or E. */
  bytes(variable: string): number | undefined;
  /** Libraries that `plugin_load`, `plugin_load_add` and `early_plugin_load` name, such as `mysql_clone.so`. */
  plugins: string[];
  /** Where a variable was last set. */
  file(variable: string): { path: string; line: number } | undefined;
}

interface Setting {
  value?: string;
  path: string;
  line: number;
}

/** Where mysqld begins; Debian's includes `conf.d` and then `mysql.conf.d`. */
const MAIN_FILES = ["/etc/my.cnf", "/etc/mysql/my.cnf"];

/** The oldest series of the site: groups of older ones, such as [mysqld-8.0], are not for it. */
const OLDEST_SERIES = 8.4;

const UNITS: Record<string, number> = { "": 0, K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

/**
 * What mysqld takes from option files (MySQL 8.4 manual, 4.2.2.2 "Using Option Files"). With a `my.cnf` among the
 * files they are read as it includes them, without one in the order in which they are given. The distribution's own
 * `my.cnf` is not user data. Libraries for INI files know neither its escapes nor its includes, nor where a line was.
 */
export function parseMysql(files: HostFile[]): MysqlConfig {
  const settings = new Map<string, Setting>();
  const plugins: string[] = [];
  const byPath = new Map(files.map((file) => [file.path, file]));
  const mains = MAIN_FILES.map((path) => byPath.get(path)).filter((file) => file !== undefined);
  const read = (file: HostFile, trail: string[]): void => {
    for (const { name, included, ...setting } of settingsOf(file)) {
      if (included !== undefined) {
        if (trail.includes(file.path))
          throw new ConfigError(
            file.path,
            setting.line,
            "includes that end",
            `${setting.value} that includes this file`,
          );
        for (const other of includes(included, setting.value!, byPath)) read(other, [...trail, file.path]);
      } else set(settings, plugins, name, setting);
    }
  };
  for (const file of mains.length > 0 ? mains : files) read(file, []);
  const get = (variable: string) => settings.get(normal(variable));
  return {
    get: (variable) => get(variable)?.value,
    on: (variable) => switched(get(variable)),
    bytes: (variable) => sized(get(variable)),
    plugins,
    file: (variable) => {
      const setting = get(variable);
      return setting && { path: setting.path, line: setting.line };
    },
  };
}

function normal(name: string): string {
  return name
    .toLowerCase()
    .replaceAll("-", "_")
    .replace(/^loose_/, "");
}

function set(settings: Map<string, Setting>, plugins: string[], name: string, setting: Setting): void {
  const variable = normal(name);
  if (["plugin_load", "plugin_load_add", "early_plugin_load"].includes(variable)) {
    if (variable === "plugin_load") plugins.length = 0;
    for (const plugin of (setting.value ?? "").split(";"))
      if (plugin.trim() !== "") plugins.push(plugin.slice(plugin.indexOf("=") + 1).trim());
  }
  settings.set(variable, setting);
  // `skip_x` is x=OFF, and some variables are called skip_x themselves: both names answer.
  const [, prefix, positive] = /^(skip|disable|enable)_(.+)$/.exec(variable) ?? [];
  if (positive === undefined) return;
  const on = switched(setting);
  if (on !== undefined)
    settings.set(positive, { ...setting, value: on === (prefix === "enable") ? "ON" : "OFF" });
}

function switched(setting: Setting | undefined): boolean | undefined {
  if (!setting) return undefined;
  if (setting.value === undefined) return true;
  const value = setting.value.toUpperCase();
  if (["ON", "1", "TRUE", "YES"].includes(value)) return true;
  return ["OFF", "0", "FALSE", "NO"].includes(value) ? false : undefined;
}

function sized(setting: Setting | undefined): number | undefined {
  const [, digits, unit] = /^(\d+)([KMGTPE]?)$/i.exec(setting?.value ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** UNITS[unit.toUpperCase()];
}

function includes(keyword: string, target: string, files: ReadonlyMap<string, HostFile>): HostFile[] {
  if (keyword === "!include") return [files.get(target)].filter((file) => file !== undefined);
  return [...files.values()]
    .filter(({ path }) => posix.dirname(path) === target.replace(/\/$/, "") && path.endsWith(".cnf"))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Read extends Setting {
  name: string;
  /** `!include` or `!includedir`; `value` is what it names. */
  included?: string;
}

function settingsOf(file: HostFile): Read[] {
  const read: Read[] = [];
  let group: string | undefined;
  file.content.split("\n").forEach((raw, index) => {
    const place = { path: file.path, line: index + 1 };
    const content = raw.trim();
    if (content === "" || /^[#;]/.test(content)) return;
    const directive = /^(!include(?:dir)?)\s+(.+)$/.exec(content);
    if (directive) {
      read.push({ name: "", included: directive[1], value: directive[2], ...place });
    } else if (content.startsWith("[")) {
      const header = /^\[\s*([^\]]*?)\s*\]/.exec(content);
      if (!header) throw new ConfigError(file.path, place.line, "a group such as [mysqld]", content);
      group = header[1];
    } else if (group === undefined) {
      throw new ConfigError(file.path, place.line, "a group such as [mysqld] first", content);
    } else if (isServers(group)) {
      read.push({ ...optionOf(content), ...place });
    }
  });
  return read;
}

function isServers(group: string): boolean {
  const [, series] = /^mysqld-(\d+\.\d+)$/.exec(group) ?? [];
  return (
    group === "mysqld" || group === "server" || (series !== undefined && Number(series) >= OLDEST_SERIES)
  );
}

const ESCAPES: Record<string, string> = { b: "\b", t: "\t", n: "\n", r: "\r", s: " ", "\\": "\\" };

/** `name`, `name = value`; # outside quotes begins a comment, one pair of quotes around a value goes. */
function optionOf(content: string): { name: string; value?: string } {
  const plain = withoutComment(content);
  const equals = plain.indexOf("=");
  if (equals < 0) return { name: plain };
  const value = plain.slice(equals + 1).trim();
  const inner = /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
  return {
    name: plain.slice(0, equals).trim(),
    value: inner.replace(/\\(.)/g, (whole, char: string) => ESCAPES[char] ?? whole),
  };
}

function withoutComment(content: string): string {
  let quote = "";
  for (let at = 0; at < content.length; at++) {
    const char = content[at];
    if (char === "\\") at++;
    else if (char === quote) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (quote === "" && char === "#") return content.slice(0, at).trimEnd();
  }
  return content;
}
