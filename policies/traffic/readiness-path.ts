import type { Host } from "../site/host";
import type { ApacheConfig } from "../parse/apache";
import type { Directive, NginxConfig } from "../parse/nginx";
import type { WebListener } from "../parse/web";
import { isUnknown, Unknown } from "../site/resources";

/** What answers a path on a web host: the application behind it, or the web server itself, as some directive has it. */
export type Answer = { by: "application" } | { by: "server"; where: string };

/** Who answers `GET path` on a listener of a host. */
export function whoAnswers(host: Host, listener: WebListener, path: string): Answer | Unknown {
  const { nginx, apache } = host;
  if (listener.server === "nginx" && nginx && !isUnknown(nginx)) return inNginx(nginx, listener, path);
  if (listener.server === "apache" && apache && !isUnknown(apache)) return inApache(apache, listener, path);
  return new Unknown(`which program answers on ${host.name}`);
}

/** The server block's location for a path (nginx, "location": exact, then ^~, then the first regular expression, then the longest). */
function inNginx(nginx: NginxConfig, listener: WebListener, path: string): Answer | Unknown {
  const server = nginx
    .find("server")
    .find(({ block }) => block?.some((one) => one.name === "listen" && isAt(one, listener)));
  if (!server?.block) return new Unknown(`the server block of ${listener.file}:${listener.line}`);
  const early = server.block.find(({ name }) => name === "return");
  if (early) return itself(early);
  const location = locationOf(server.block, path);
  if (!location?.block)
    return { by: "server", where: `${server.file}:${server.line} has no location for ${path}` };
  const answered = location.block.find(({ name }) => name === "return");
  if (answered) return itself(answered);
  if (location.block.some(({ name }) => name === "proxy_pass")) return { by: "application" };
  return { by: "server", where: `${location.file}:${location.line} location ${location.args.join(" ")}` };
}

function isAt({ file, line }: Directive, listener: WebListener): boolean {
  return file === listener.file && line === listener.line;
}

function itself({ file, line, name, args }: Directive): Answer {
  return { by: "server", where: `${file}:${line} ${[name, ...args].join(" ")}` };
}

function locationOf(block: readonly Directive[], path: string): Directive | undefined {
  const locations = block.filter(({ name }) => name === "location");
  const prefixes = locations
    .filter(({ args }) => args.length === 1 || args[0] === "^~")
    .filter(({ args }) => path.startsWith(args.at(-1)!))
    .sort((a, b) => b.args.at(-1)!.length - a.args.at(-1)!.length);
  const exact = locations.find(({ args }) => args[0] === "=" && args[1] === path);
  if (exact) return exact;
  if (prefixes[0]?.args[0] === "^~") return prefixes[0];
  const pattern = locations.find(
    ({ args }) => /^~\*?$/.test(args[0]) && new RegExp(args[1], args[0] === "~*" ? "i" : "").test(path),
  );
  return pattern ?? prefixes[0];
}

/** The first `ProxyPass` for a path (httpd, mod_proxy: in the order of the configuration; `!` excludes it). */
function inApache(apache: ApacheConfig, listener: WebListener, path: string): Answer {
  const within = apache
    .find("VirtualHost")
    .find(({ file, line }) => file === listener.file && line === listener.line);
  const passes = apache.find("ProxyPass", within?.block);
  const pass = passes.find(({ args }) => args.length > 1 && path.startsWith(args[0]));
  if (!pass) return { by: "server", where: `${listener.file}:${listener.line} has no ProxyPass for ${path}` };
  return pass.args[1] === "!" ? itself(pass) : { by: "application" };
}
