import type { Resource } from "./resources";

/** Something that can be lost: a host, a NAT gateway, a load balancer's node in one zone. */
export interface Vertex {
  /** Short name for people. */
  name: string;
  resource: Resource;
  /** It goes down with this zone. None: it stands in no single one. */
  zone?: string;
}

/**
 * What has to be there for something to work. Needs are shared, so together they are a graph without circles; which
 * of its parts may be lost is a question of logic and not of counting hosts.
 */
export type Need =
  | { kind: "vertex"; vertex: Vertex }
  /** All of them. With none: always there. */
  | { kind: "all"; of: readonly Need[] }
  /** At least so many of them. With none: never there. */
  | { kind: "some"; least: number; of: readonly Need[] }
  /** Nobody can tell. */
  | { kind: "unknown"; what: string }
  /** Not there, and why. */
  | { kind: "missing"; why: string };

export const all = (of: readonly Need[]): Need => (of.length === 1 ? of[0] : { kind: "all", of });
export const some = (of: readonly Need[], least = 1): Need =>
  of.length === 1 && least === 1 ? of[0] : { kind: "some", least, of };
export const vertex = (of: Vertex): Need => ({ kind: "vertex", vertex: of });
export const unknownNeed = (what: string): Need => ({ kind: "unknown", what });
export const missing = (why: string): Need => ({ kind: "missing", why });

/** What is left out of a site to see whether it still works. */
export interface Loss {
  vertex?: Vertex;
  zone?: string;
}

/** Whether a need is met after a loss. What is unknown counts as there when `trusting`. */
export function isMet(need: Need, loss: Loss = {}, trusting = true): boolean {
  const known = new Map<Need, boolean>();
  const met = (one: Need): boolean => {
    let result = known.get(one);
    if (result === undefined) {
      result = judge(one);
      known.set(one, result);
    }
    return result;
  };
  const judge = (one: Need): boolean => {
    if (one.kind === "vertex") return !isLost(one.vertex, loss);
    if (one.kind === "unknown") return trusting;
    if (one.kind === "missing") return false;
    if (one.kind === "all") return one.of.every(met);
    let left = one.least;
    return left === 0 || one.of.some((member) => met(member) && --left === 0);
  };
  return met(need);
}

function isLost(one: Vertex, { vertex: lost, zone }: Loss): boolean {
  return one === lost || (zone !== undefined && one.zone === zone);
}

/**
 * The vertices of one way in which a need is met. Whatever is not among them can be lost alone without harm, so only
 * they have to be tried.
 */
function witness(need: Need, trusting: boolean): Set<Vertex> {
  const used = new Set<Vertex>();
  const seen = new Set<Need>();
  const take = (one: Need): void => {
    if (seen.has(one)) return;
    seen.add(one);
    if (one.kind === "vertex") used.add(one.vertex);
    if (one.kind === "all") one.of.forEach(take);
    if (one.kind === "some") working(one.of, one.least, trusting).forEach(take);
  };
  take(need);
  return used;
}

function working(of: readonly Need[], least: number, trusting: boolean): Need[] {
  const found: Need[] = [];
  for (const one of of) {
    if (found.length === least) break;
    if (isMet(one, {}, trusting)) found.push(one);
  }
  return found;
}

/** Every vertex whose loss alone leaves the need unmet. */
export function cutVertices(need: Need, trusting = true): Vertex[] {
  return [...witness(need, trusting)].filter((one) => !isMet(need, { vertex: one }, trusting));
}

/** Every zone whose loss leaves the need unmet. */
export function cutZones(need: Need, zones: readonly string[], trusting = true): string[] {
  return zones.filter((zone) => !isMet(need, { zone }, trusting));
}

/** What nobody knows of it. */
export function unknowns(need: Need): string[] {
  return [...new Set(leaves(need).flatMap((one) => (one.kind === "unknown" ? [one.what] : [])))];
}

/** Why a need that is not met is not: what is missing wherever one way or another would have led. */
export function reasons(need: Need): string[] {
  if (isMet(need)) return [];
  if (need.kind === "missing") return [need.why];
  return "of" in need ? [...new Set(need.of.flatMap(reasons))] : [];
}

function leaves(need: Need): Need[] {
  const seen = new Set<Need>();
  const found: Need[] = [];
  const walk = (one: Need): void => {
    if (seen.has(one)) return;
    seen.add(one);
    if ("of" in one) one.of.forEach(walk);
    else found.push(one);
  };
  walk(need);
  return found;
}
