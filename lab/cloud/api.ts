/** The control API: HTTP and JSON on a unix socket that only root can open. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { decode, encode } from "dns-packet";
import type { Cloud, CreateRequest } from "./cloud";
import { answerQuery, publicAddresses } from "./dns/answer";
import { allHealth, allNodes } from "./health";
import { bare, isPrivate } from "./kinds/route53";
import type { Model } from "./model";
import { Refusal } from "./refusal";
import * as host from "../machine/host";

/** What the API serves. */
export interface Served {
  cloud: Cloud;
  model: Model;
  save: () => Promise<void>;
}

type Route = (served: Served, parts: string[], body: unknown) => unknown;

/** Addresses of the site: of `www` in the public zones. */
function siteAddresses(model: Model): string[] {
  const zones = model.all("route53/zone").filter((zone) => !isPrivate(zone));
  return zones.flatMap((zone) => publicAddresses(model, `www.${bare(zone.properties.name)}`));
}

const power: Record<string, (id: string) => Promise<void>> = {
  start: (id) => host.startHost(id),
  stop: (id) => host.stopHost(id, { timeoutSec: 60 }),
  "power-off": (id) => host.powerOff(id),
};

async function switchPower({ model, save }: Served, [id, action]: string[]): Promise<unknown> {
  const resource = model.get("ec2/instance", id);
  if (resource === undefined || !Object.hasOwn(power, action)) return undefined;
  resource.attributes.desiredState = action === "start" ? "running" : "stopped";
  await save();
  await power[action](id);
  return { id };
}

const routes: Record<string, Route> = {
  "GET status": async ({ model }) => ({ hosts: await allHealth(model), nodes: allNodes(model) }),
  "GET hosts": ({ model }) =>
    model
      .all("ec2/instance")
      .map(({ id, attributes, properties }) => ({ id, attributes, tags: properties.tags })),
  "GET site": ({ model }) => ({ addresses: siteAddresses(model) }),
  "POST dns": ({ model }, _parts, body) => {
    const query = decode(Buffer.from((body as { message: string }).message, "base64"));
    return { message: encode(answerQuery(model, query, false)).toString("base64") };
  },
  "POST hosts": (served, parts) => switchPower(served, parts),
  "POST resources": ({ cloud }, [service, type], body) =>
    cloud.create(`${service}/${type}`, body as CreateRequest),
  "GET resources": ({ cloud }, [service, type, id]) => cloud.read(`${service}/${type}`, id),
  "PUT resources": ({ cloud }, [service, type, id], body) =>
    cloud.update(`${service}/${type}`, id, body as CreateRequest),
  "DELETE resources": async ({ cloud }, [service, type, id]) => {
    await cloud.delete(`${service}/${type}`, id);
    return {};
  },
};

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

/** The HTTP server of the API; the caller lets it listen. */
export function controlServer(served: Served, log: (line: string) => void): Server {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [first, ...parts] = (request.url ?? "/").split("/").slice(1).map(decodeURIComponent);
    const name = `${request.method} ${first}`;
    const answer = async (): Promise<unknown> =>
      Object.hasOwn(routes, name) ? routes[name](served, parts, await bodyOf(request)) : undefined;
    let status = 200;
    let said: unknown;
    try {
      said = await answer();
      if (said === undefined) status = 404;
    } catch (error) {
      status = error instanceof Refusal ? 400 : 500;
      said = { error: (error as Error).message };
      log(`${name} ${parts.join("/")}: ${error instanceof Refusal ? error.message : (error as Error).stack}`);
    }
    response.writeHead(status, { "content-type": "application/json" });
    response.end(said === undefined ? "" : JSON.stringify(said));
  };
  const server = createServer((request, response) => void handle(request, response));
  // a host may take minutes to be made while the image is still being built
  server.requestTimeout = 0;
  return server;
}
