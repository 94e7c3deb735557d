import type { Directive, NginxConfig } from "./nginx";
import type { Forward } from "./web";

/** Innermost first: a directive of the nearest scope counts, whole lists and all. */
export type Scopes = readonly (readonly Directive[])[];

export function nearest(scopes: Scopes, name: string): Directive[] {
  for (const scope of scopes) {
    const found = scope.filter((directive) => directive.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

export function on(scopes: Scopes, name: string): boolean {
  return nearest(scopes, name)[0]?.args[0] === "on";
}

export interface Location {
  /** Its path; empty for what stands in the server itself. */
  path: string;
  exact: boolean;
  block: readonly Directive[];
  scopes: Scopes;
}

export function locationsOf(block: readonly Directive[], scopes: Scopes): Location[] {
  return block
    .filter(({ name, block: inner }) => name === "location" && inner)
    .flatMap((location) => {
      const inside = [location.block!, ...scopes];
      const own = {
        path: location.args.at(-1) ?? "",
        exact: location.args[0] === "=",
        block: location.block!,
        scopes: inside,
      };
      return [own, ...locationsOf(location.block!, inside)];
    });
}

/** The scopes of what answers at /. */
export function mainScopes(server: Directive, scopes: Scopes): Scopes {
  const root = locationsOf(server.block!, scopes).find(({ path, exact }) => path === "/" && !exact);
  return root?.scopes ?? scopes;
}

const PASSES = ["proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass"];

/** Locations that pass requests on, directly or in an `if` of theirs; of a stream the server itself. */
export function forwardingLocations(server: Directive, scopes: Scopes, stream: boolean): Location[] {
  const whole: Location = { path: stream ? "" : "/", exact: false, block: server.block!, scopes };
  return [whole, ...locationsOf(server.block!, scopes)].filter(
    (location) => passesOf(location.block).length > 0,
  );
}

function passesOf(block: readonly Directive[]): Directive[] {
  return block.flatMap((directive) => {
    if (["if", "limit_except"].includes(directive.name)) return passesOf(directive.block ?? []);
    return PASSES.includes(directive.name) ? [directive] : [];
  });
}

export function forwardsOf(location: Location, config: NginxConfig): Forward[] {
  return passesOf(location.block).flatMap((pass) => {
    const [, scheme = "", rest] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(pass.args[0] ?? "") ?? [];
    const tls =
      ["https", "grpcs", "suwsgi"].includes(scheme) || (scheme === "" && on(location.scopes, "proxy_ssl"));
    const prefix = pass.name.replace(/_pass$/, "");
    const verify = tls && on(location.scopes, `${prefix}_ssl_verify`);
    const authority = rest.startsWith("unix:") ? rest : rest.replace(/[/?].*$/, "");
    return serversOf(authority, tls ? 443 : 80, config).map((server) => ({
      ...server,
      tls,
      verify,
      path: location.path,
    }));
  });
}

/** The servers of an upstream, or the one that is named; those that are `down` get nothing. */
function serversOf(authority: string, port: number, config: NginxConfig): { host: string; port: number }[] {
  const upstream = config
    .find("upstream")
    .find((directive) => directive.block && directive.args[0] === authority);
  if (!upstream) return [hostAndPort(authority, port)];
  return upstream
    .block!.filter(({ name, args }) => name === "server" && !args.includes("down"))
    .map(({ args }) => hostAndPort(args[0] ?? "", 80));
}

export function hostAndPort(authority: string, defaultPort: number): { host: string; port: number } {
  if (authority.startsWith("unix:")) return { host: authority.slice(5).replace(/:.*$/, ""), port: 0 };
  const [, bracketed, host, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(authority) ?? [];
  return { host: bracketed ?? host ?? authority, port: port === undefined ? defaultPort : Number(port) };
}
