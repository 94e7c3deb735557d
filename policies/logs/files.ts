import type { Host } from "../site/host";
import { isUnknown, type Unknown } from "../site/resources";
import type { Shipment } from "./shipment";

/** A log that a program writes into a file, past the journal. */
export interface LogFile {
  program: string;
  path: string;
}

/** Where nginx and mysqld of Debian and Ubuntu write unless told otherwise. */
const NGINX_FOLDER = "/var/log/nginx";
const MYSQL_ERROR_LOG = "/var/log/mysql/error.log";

/** Files into which the host's servers write logs. Unknown when one's configuration cannot be read. */
export function logFilesOf(host: Host): LogFile[] | Unknown {
  const { nginx, apache, mysql } = host;
  const unreadable = [nginx, apache, mysql].find(isUnknown);
  if (unreadable) return unreadable;
  return [...nginxFiles(host), ...apacheFiles(host), ...mysqlFiles(host)];
}

/** `access_log` and `error_log` (nginx documentation): a path, `syslog:…`, `stderr` or `off`. */
function nginxFiles({ nginx }: Host): LogFile[] {
  if (!nginx || isUnknown(nginx)) return [];
  return ["access", "error"].flatMap((kind) => {
    const targets = nginx.find(`${kind}_log`).map(({ args }) => args[0] ?? "");
    // One that is not written down anywhere has a file by default.
    const all = targets.length > 0 ? targets : [`${NGINX_FOLDER}/${kind}.log`];
    return paths("nginx", all, /^(syslog:|stderr$|off$|\/dev\/)/);
  });
}

/** `ErrorLog`, `CustomLog` and `TransferLog` (Apache's documentation): a path, a program behind `|`, or `syslog`. */
function apacheFiles({ apache }: Host): LogFile[] {
  if (!apache || isUnknown(apache)) return [];
  const targets = ["ErrorLog", "CustomLog", "TransferLog"].flatMap((name) => apache.find(name));
  return paths(
    "Apache",
    targets.map(({ args }) => args[0] ?? ""),
    /^(\||syslog|journald|\/dev\/)/,
  );
}

/** The error log is in the journal by its sink alone (MySQL manual, "Error Logging to the System Log"). */
function mysqlFiles({ mysql }: Host): LogFile[] {
  if (!mysql || isUnknown(mysql)) return [];
  const files: LogFile[] = [];
  const program = "mysqld";
  if (!(mysql.get("log_error_services") ?? "").includes("log_sink_syseventlog"))
    files.push({ program, path: mysql.get("log_error") ?? MYSQL_ERROR_LOG });
  for (const kind of ["slow_query", "general"])
    if (mysql.on(`${kind}_log`) === true && mysql.get("log_output")?.toUpperCase() !== "TABLE")
      files.push({ program, path: mysql.get(`${kind}_log_file`) ?? `its ${kind} log` });
  return files;
}

function paths(program: string, targets: readonly string[], elsewhere: RegExp): LogFile[] {
  const files = targets.filter((target) => target !== "" && !elsewhere.test(target));
  return [...new Set(files)].map((path) => ({ program, path }));
}

/** Whether a program sends a file: by its path, or by a glob. */
export function isSent(path: string, shipments: readonly Shipment[]): boolean {
  return shipments.some(({ files }) => files.some((glob) => matches(glob, path)));
}

/** `*` stands for anything within a folder, `**` for folders, too. */
function matches(glob: string, path: string): boolean {
  const parts = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`).test(path);
}
