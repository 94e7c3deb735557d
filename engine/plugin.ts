import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ProviderHandshakeRequest, type ProviderHandshakeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { parse } from "yaml";
import type { Children } from "./children";
import { call, CHANNEL_OPTIONS, isUnimplemented } from "./rpc";
import { awaitService } from "./service";

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
    // As `cmd/run-plugin` does it, without its five seconds of checking types: tsc does that.
    const child = this.children.start(folder, [this.engineAddress], this.cwd);
    const { port } = await awaitService(child, {
      name: `provider ${name} (${folder})`,
      onOutput: this.onOutput,
    });
    const client = new ResourceProviderClient(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
      CHANNEL_OPTIONS,
    );
    return { client, protocol: await handshake(client, folder, this.engineAddress) };
  }
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
