import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ProviderHandshakeRequest, type ProviderHandshakeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { parse } from "yaml";
import type { Children } from "./children";
import { call, CHANNEL_OPTIONS, isUnimplemented } from "./rpc";

/** What a plugin can take and do; providers that answer no handshake tell it when they are configured. */
export interface Protocol {
  acceptSecrets: boolean;
  acceptResources: boolean;
  supportsPreview: boolean;
}

/** A running plugin process. */
export interface Plugin {
  client: ResourceProviderClient;
  protocol?: Protocol;
}

/** How long a plugin may take to print its port. */
const START_TIMEOUT_MS = 60_000;

/**
 * Starts the plugin processes of a project: one for each folder, however many packages name it.
 * @param packages package name → folder of the plugin
 */
export class Plugins {
  private readonly started = new Map<string, Promise<Plugin>>();

  constructor(
    private readonly packages: Map<string, string>,
    private readonly children: Children,
    private readonly cwd: string,
    private readonly engineAddress: string,
    private readonly onOutput: (line: string) => void,
  ) {}

  /** Starts all at once, so that they load while the program does. Failures show when a plugin is used. */
  prestart(): void {
    for (const name of this.packages.keys()) this.get(name).catch(() => undefined);
  }

  /** The plugin of a package. @throws Error when the project names none, or it does not start */
  get(name: string): Promise<Plugin> {
    const folder = this.packages.get(name);
    if (folder === undefined) {
      throw new Error(
        `package ${name}: want a local provider under plugins.providers in Pulumi.yaml, got none; ` +
          `name one, or use the Pulumi CLI for released providers`,
      );
    }
    let plugin = this.started.get(folder);
    if (!plugin) this.started.set(folder, (plugin = this.start(name, folder)));
    return plugin;
  }

  private async start(name: string, folder: string): Promise<Plugin> {
    const manifest = join(folder, "PulumiPlugin.yaml");
    if (!existsSync(manifest)) throw new Error(`provider ${name}: want ${manifest}, got no such file`);
    const { runtime } = parse(readFileSync(manifest, "utf8")) as { runtime?: string | { name?: string } };
    const kind = typeof runtime === "string" ? runtime : runtime?.name;
    if (kind !== "nodejs") throw new Error(`${manifest}: runtime: want nodejs, got ${String(kind)}`);
    const port = await this.spawn(name, folder);
    const client = new ResourceProviderClient(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
      CHANNEL_OPTIONS,
    );
    return { client, protocol: await handshake(client, folder, this.engineAddress) };
  }

  private spawn(name: string, folder: string): Promise<number> {
    // As `cmd/run-plugin` does it, without its five seconds of checking types: tsc does that.
    const child = this.children.start(folder, [this.engineAddress], this.cwd);
    return new Promise((resolve, reject) => {
      const tail: string[] = [];
      const fail = (reason: string) => {
        clearTimeout(timer);
        const told = tail.length > 0 ? `\n${tail.join("\n")}` : "";
        reject(new Error(`provider ${name} (${folder}): want its port on stdout, got ${reason}${told}`));
      };
      const timer = setTimeout(() => fail(`nothing in ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
      let port = 0;
      forEachLine(child.stdout, (line) => {
        if (port > 0) return this.onOutput(line);
        port = /^\d+$/.test(line.trim()) ? Number(line) : 0;
        if (port === 0) return this.onOutput(line);
        clearTimeout(timer);
        resolve(port);
      });
      forEachLine(child.stderr, (line) => {
        if (port === 0 && tail.push(line) > 30) tail.shift();
        else if (port > 0) this.onOutput(line);
      });
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code, signal) => fail(`exit ${signal ?? code}`));
    });
  }
}

/** Calls back for each whole line of a stream. */
export function forEachLine(stream: NodeJS.ReadableStream | null, handle: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    lines.forEach(handle);
  });
  stream?.on("end", () => rest !== "" && handle(rest));
}

async function handshake(
  client: ResourceProviderClient,
  folder: string,
  engineAddress: string,
): Promise<Protocol | undefined> {
  const request = new ProviderHandshakeRequest();
  request.setEngineAddress(engineAddress);
  request.setRootDirectory(folder);
  request.setProgramDirectory(folder);
  request.setConfigureWithUrn(true);
  request.setInvokeWithPreview(true);
  try {
    const response = await call<ProviderHandshakeRequest, ProviderHandshakeResponse>(
      (input, done) => client.handshake(input, done),
      request,
    );
    return {
      acceptSecrets: response.getAcceptSecrets(),
      acceptResources: response.getAcceptResources(),
      supportsPreview: true,
    };
  } catch (error) {
    if (isUnimplemented(error)) return undefined;
    throw error;
  }
}
