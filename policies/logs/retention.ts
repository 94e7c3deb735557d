import { backedUp } from "../backups/selections";
import { given } from "../site/given";
import type { Host } from "../site/host";
import { isUnknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";
import { nameOf, type Place } from "./shipment";

const DATADOG_INDEX = "datadog:index/logsIndex:LogsIndex";
const DATADOG_ARCHIVE = "datadog:index/logsArchive:LogsArchive";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const SUBSCRIPTION = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter";

/** What a place lacks, in words that follow "lacks", and what nobody can know. */
export interface Keeping {
  /** The resource that is the place, if the stack has it. */
  resource?: Resource;
  lacking: string[];
  unknown?: string;
}

/** Whether a place keeps logs long enough, encrypted, and has an archive for the time after that. */
export function keepingOf(site: Site, place: Place, minDays: number): Keeping {
  if (place.kind === "datadog") return datadog(site, minDays);
  if (place.kind === "log-group") return logGroup(site, place.name, minDays);
  const host = site.topology.hostNamed(place.address);
  if (host) return logHost(site, host, minDays);
  return {
    lacking: [`an owner in this stack, so that nobody can tell how long ${nameOf(place)} keeps them`],
  };
}

/** Datadog encrypts what it keeps; how long is a matter of the index, and after that of the archive. */
function datadog(site: Site, minDays: number): Keeping {
  const indexes = site.ofType(DATADOG_INDEX);
  const days = indexes.map((index) => given(index, "retentionDays"));
  const unknownDays = days.find(isUnknown);
  const kept = days.filter((one) => typeof one === "number");
  const lacking: string[] = [];
  if (indexes.length === 0) lacking.push("a logs index that says how long it keeps them");
  else if (kept.length < days.length && !unknownDays) lacking.push("retentionDays of every logs index");
  else if (kept.some((one) => one < minDays))
    lacking.push(`${minDays} days of retention, it has ${Math.min(...kept)}`);
  if (site.ofType(DATADOG_ARCHIVE).length === 0) lacking.push("an archive");
  return { resource: indexes[0], lacking, unknown: unknownDays?.path };
}

function logGroup(site: Site, name: string, minDays: number): Keeping {
  const groups = site.ofType(LOG_GROUP);
  const group = groups.find((one) => one.get("name") === name);
  if (!group) {
    const unnamed = groups.map((one) => one.get("name")).find(isUnknown);
    if (unnamed) return { lacking: [], unknown: `name of a log group` };
    return { lacking: [`an owner in this stack, so that nobody can tell how long it keeps them`] };
  }
  const lacking: string[] = [];
  const days = group.get("retentionInDays");
  // 0, the default, keeps them for ever: nobody has decided.
  if (days === undefined || days === 0) lacking.push("retentionInDays");
  else if (typeof days === "number" && days < minDays)
    lacking.push(`${minDays} days of retention, it has ${days}`);
  const key = group.get("kmsKeyId");
  if (key === undefined) lacking.push("a key of its own (kmsKeyId)");
  const archived = site
    .ofType(SUBSCRIPTION)
    .some((filter) => filter.refs("logGroup", LOG_GROUP).includes(group) || filter.get("logGroup") === name);
  if (!archived) lacking.push("an archive (a subscription filter)");
  return { resource: group, lacking, unknown: isUnknown(days) ? days.path : undefined };
}

const ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment";
const VOLUME = "aws:ebs/volume:Volume";
const INSTANCE = "aws:ec2/instance:Instance";

/** A log host of the stack: files age by tmpfiles.d or logrotate, its disks are encrypted and backed up. */
function logHost(site: Site, host: Host, minDays: number): Keeping {
  const lacking: string[] = [];
  const days = Math.max(0, ...tmpfilesDays(host), ...logrotateDays(host));
  if (days === 0) lacking.push("a time after which logs go (tmpfiles.d or logrotate's maxage)");
  else if (days < minDays) lacking.push(`${minDays} days of retention, it has ${days}`);
  const volumes = site
    .ofType(ATTACHMENT)
    .filter((one) => one.refs("instanceId", INSTANCE).includes(host.resource))
    .flatMap((one) => one.refs("volumeId", VOLUME));
  const encrypted = [
    given(host.resource, "rootBlockDevice", "encrypted"),
    ...volumes.map((volume) => given(volume, "encrypted")),
  ];
  if (encrypted.some((one) => one !== true && !isUnknown(one))) lacking.push("encrypted disks");
  if (!volumes.some((volume) => backedUp(site, volume)))
    lacking.push("an archive (a volume that is backed up)");
  return { resource: host.resource, lacking, unknown: encrypted.find(isUnknown)?.path };
}

/** Ages of lines for log folders (tmpfiles.d(5): type, path, mode, user, group, age). */
function tmpfilesDays(host: Host): number[] {
  return lines(host, /^\/etc\/tmpfiles\.d\/[^/]+\.conf$/).flatMap((line) => {
    const [type, path, , , , age] = line.split(/\s+/);
    const parsed = /^(\d+)(d|w)$/.exec(age ?? "");
    const isLog = /^[dDeq]/.test(type) && path?.startsWith("/var/log/");
    return isLog && parsed ? [Number(parsed[1]) * (parsed[2] === "w" ? 7 : 1)] : [];
  });
}

/** `maxage` of logrotate, in days. */
function logrotateDays(host: Host): number[] {
  return lines(host, /^\/etc\/logrotate(\.conf|\.d\/[^/]+)$/).flatMap((line) => {
    const [keyword, days] = line.split(/\s+/);
    return keyword === "maxage" && /^\d+$/.test(days ?? "") ? [Number(days)] : [];
  });
}

function lines(host: Host, pattern: RegExp): string[] {
  return host
    .paths(pattern)
    .map((path) => host.file(path))
    .filter((text) => typeof text === "string")
    .flatMap((text) => text.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
