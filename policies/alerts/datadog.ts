import { byName } from "../site/order";
import { isUnknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";
import type { Alert } from "./alert";

const MONITOR = "datadog:index/monitor:Monitor";
const OBJECTIVE = "datadog:index/serviceLevelObjective:ServiceLevelObjective";

/** `last_5m`, `.last("5m")`, `.last(3)` of service checks, and the windows of burn rates (Datadog API, "Create a monitor"). */
const WINDOW = /\blast_\d+[a-z]+\b|\.last\("?\d+[a-z]*"?\)|\.(long|short)_window\("\d+[a-z]+"\)/;
/** Somebody's handle: `@ops@foobar.com`, `@slack-ops`. */
const HANDLE = /(^|[\s,;:(])@[A-Za-z0-9][\w.@-]*/;
const LINK = /\bhttps:\/\/[^\s)]+/;

export function datadogAlerts(site: Site): Alert[] {
  return byName(site.ofType(MONITOR)).map((monitor) => {
    const message = monitor.get("message");
    const query = monitor.get("query");
    // An objective's id is part of the text, so nobody can read the windows before it exists; it has them or is none.
    const ofObjective = isUnknown(query) && monitor.refs("query", OBJECTIVE).length > 0;
    const isBurnRate =
      monitor.get("type") === "slo alert" &&
      (ofObjective || (typeof query === "string" && hasBothWindows(query)));
    const unknown = [message, ofObjective ? undefined : query].find(isUnknown)?.path;
    const lacking =
      unknown === undefined
        ? lackingOf(monitor, String(message), ofObjective ? undefined : String(query))
        : [];
    return { name: monitor.name, resource: monitor, lacking, unknown, burnRate: isBurnRate };
  });
}

function hasBothWindows(query: string): boolean {
  return /\bburn_rate\(/.test(query) && /\.long_window\(/.test(query) && /\.short_window\(/.test(query);
}

/** @param query none: it cannot be read yet */
function lackingOf(monitor: Resource, message: string, query: string | undefined): string[] {
  const lacking: string[] = [];
  if (!HANDLE.test(message)) lacking.push("somebody who is told (an @handle in its message)");
  if (!LINK.test(message) && !hasRunbookAsset(monitor)) lacking.push("a link to its runbook");
  if (monitor.get("priority") === undefined) lacking.push("a priority");
  if (!decidesSilence(monitor)) lacking.push("a decision about missing data (onMissingData or notifyNoData)");
  const isObjective = monitor.get("type") === "slo alert";
  if (query !== undefined && !(isObjective ? hasBothWindows(query) : WINDOW.test(query)))
    lacking.push(isObjective ? "a long and a short window of its burn rate" : "a window");
  if (monitor.get("draftStatus") === "draft") lacking.push("its publication: a draft tells nobody");
  return lacking;
}

function hasRunbookAsset(monitor: Resource): boolean {
  const assets = monitor.get("assets");
  return (
    Array.isArray(assets) &&
    assets.some((asset) => {
      const { url } = (asset ?? {}) as { url?: unknown };
      return typeof url === "string" && url.startsWith("https:");
    })
  );
}

/** Whether somebody decided what silence means. Alerts on objectives have no such setting: the objective counts it. */
function decidesSilence(monitor: Resource): boolean {
  if (monitor.get("type") === "slo alert") return true;
  const onMissing = monitor.get("onMissingData");
  if (onMissing !== undefined && onMissing !== "default") return true;
  return monitor.get("notifyNoData") === true && monitor.get("noDataTimeframe") !== undefined;
}
