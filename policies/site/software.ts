import type { Host, Known } from "./host";
import { isUnknown } from "./resources";

/** What a host runs, as far as two hosts can be told apart by it. */
export interface Software {
  /** Image id: the OS release and the versions of what it brings. */
  image: Known<string>;
  /** Servers and the versions that user data pins, such as `nginx` and `haproxy=3.0.*`, sorted. */
  programs: Known<string>;
}

export function softwareOf(host: Host): Software {
  const image = host.resource.get("ami");
  return {
    image: isUnknown(image) || typeof image === "string" ? image : undefined,
    programs: programsOf(host),
  };
}

function programsOf(host: Host): Known<string> {
  const { userData } = host;
  if (isUnknown(userData)) return userData;
  const servers = (["haproxy", "nginx", "apache", "mysql"] as const).filter(
    (name) => host[name] !== undefined,
  );
  const packages = userData?.packages.filter((name) => name.includes("=")) ?? [];
  const preferences = host.paths(/^\/etc\/apt\/preferences(\.d\/.*)?$/).flatMap((path) => {
    const text = host.file(path);
    return typeof text === "string" ? pins(text) : [];
  });
  return [...servers, ...[...packages, ...preferences].sort()].join(", ");
}

/** Pinned versions of an apt preferences file (apt_preferences(5)): stanzas with `Package` and `Pin: version`. */
function pins(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "mi").exec(stanza)?.[1].trim();
    const version = /^version\s+(\S+)/.exec(field("Pin") ?? "")?.[1];
    return version ? (field("Package") ?? "").split(/\s+/).map((name) => `${name}=${version}`) : [];
  });
}

/** Whether two hosts share every version; undefined when nobody can tell. */
export function alike(one: Software, other: Software): boolean | undefined {
  const parts: [Known<string>, Known<string>][] = [
    [one.image, other.image],
    [one.programs, other.programs],
  ];
  if (parts.some(([a, b]) => !isUnknown(a) && !isUnknown(b) && a !== b)) return false;
  return parts.some(([a, b]) => isUnknown(a) || isUnknown(b)) ? undefined : true;
}
