/** Resources that live in the lab's control daemon: the default backend. */
import type * as Client from "../cloud/client";
import type * as Socket from "../cloud/socket";
import type * as Prepare from "../cloud/prepare-image";
import { load } from "./load";
import type { Backend } from "./resource";
import type { Properties } from "./values";

/** `aws:ec2/vpc:Vpc` becomes `ec2/vpc`; other packages keep their name: `datadog/monitor`. */
export function kindOf(token: string): string {
  const [pkg, module] = token.split(":");
  return pkg === "aws" ? module : `${pkg}/${module.split("/").pop()}`;
}

interface Answer {
  id: string;
  outputs: Properties;
}

/** Calls the control API, after starting the daemon when it does not run. */
async function call(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
  // loaded at the first real operation: a preview needs none of it
  const { ensureDaemon } = load<typeof Client>("../cloud/client");
  const { request } = load<typeof Socket>("../cloud/socket");
  await ensureDaemon();
  return (await request(method, path, body)) as Answer | undefined;
}

/** The backend of a type whose resources the daemon keeps. */
export function daemonBackend(token: string): Backend {
  const collection = `/resources/${kindOf(token)}`;
  const one = (id: string): string => `${collection}/${encodeURIComponent(id)}`;
  return {
    async create({ __clientToken: clientToken, __defaults, ...properties }, { settings, urn }) {
      void __defaults;
      const { region, defaultTags } = settings;
      if (collection.endsWith("ec2/instance"))
        await load<typeof Prepare>("../cloud/prepare-image").prepareImage(String(properties.ami), (line) =>
          console.error(line),
        );
      return (await call("POST", collection, { clientToken, properties, region, defaultTags, urn }))!;
    },
    read: async (id) => call("GET", one(id)),
    async update(id, { __clientToken, __defaults, ...properties }, _state, { settings }) {
      void __clientToken;
      void __defaults;
      return (await call("PUT", one(id), { properties, defaultTags: settings.defaultTags }))!.outputs;
    },
    async delete(id) {
      await call("DELETE", one(id));
    },
  };
}
