import { credentials, status, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/analyzer_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Children } from "../children";
import type { Config } from "../config";
import { locateRunner } from "../program";
import { call, CHANNEL_OPTIONS, isUnimplemented, toStruct } from "../rpc";
import { awaitService, type Service } from "../service";
import type { Properties } from "../values";
import { readPolicyConfig, reconcile, validate } from "./config";
import { levelNumber, readInfo, type PackInfo, type PolicyConfig } from "./info";
import { readPack, type PackManifest, type PolicyPackOptions } from "./manifest";

/** What packs are told of the stack. */
export interface StackContext {
  project: string;
  stack: string;
  config: Config;
  preview: boolean;
  engineAddress: string;
}

/** The organization of every stack without a service; the CLI's local backends have the same. */
const ORGANIZATION = "organization";
/** How long a pack that broke a call off may take until it is known how it ended. */
const END_MS = 300;

/** A running policy pack. */
export class Analyzer {
  private constructor(
    readonly path: string,
    readonly info: PackInfo,
    /** Release of its policy SDK. */
    readonly sdk: string,
    /** Names in the configuration that are no policy of the pack. */
    readonly unknownPolicies: string[],
    private readonly client: AnalyzerClient,
    private readonly service: Service,
  ) {}

  /**
   * Starts and configures a pack.
   * @throws Error when its files, its start or its configuration are not as they should be
   */
  static async start(
    pack: PolicyPackOptions,
    context: StackContext,
    children: Children,
    onOutput: (line: string) => void,
  ): Promise<Analyzer> {
    const manifest = readPack(pack.path);
    const given = pack.config === undefined ? undefined : readPolicyConfig(pack.config);
    const service = await spawn(pack, manifest, context, children, onOutput);
    const address = `127.0.0.1:${service.port}`;
    const client = new AnalyzerClient(address, credentials.createInsecure(), CHANNEL_OPTIONS);
    const ask = asker(service, `policy pack ${pack.path}`);
    await shakeHands(client, manifest, context, ask);
    const [answer, plugin] = await Promise.all([
      ask<Empty, pb.AnalyzerInfo>("getAnalyzerInfo", client.getAnalyzerInfo.bind(client), new Empty()),
      ask<Empty, PluginInfo>("getPluginInfo", client.getPluginInfo.bind(client), new Empty()),
    ]);
    const info = readInfo(answer, manifest);
    const unknown = await configure(pack, info, given, client, ask);
    return new Analyzer(pack.path, info, plugin.getVersion(), unknown, client, service);
  }

  /** Whether any policy would look at single resources, mend them, or look at the whole stack. */
  runs(kind: "analyze" | "remediate" | "analyzeStack"): boolean {
    const other = kind === "analyzeStack" ? "resource" : "stack";
    return this.info.policies.some(
      ({ scope, level }) =>
        scope !== other && (kind === "remediate" ? level === "remediate" : level !== "disabled"),
    );
  }

  analyze(request: pb.AnalyzeRequest): Promise<pb.AnalyzeResponse> {
    return this.ask("analyze", this.client.analyze.bind(this.client), request);
  }

  remediate(request: pb.AnalyzeRequest): Promise<pb.RemediateResponse> {
    const missing = new pb.RemediateResponse();
    return this.ask("remediate", this.client.remediate.bind(this.client), request, missing);
  }

  analyzeStack(request: pb.AnalyzeStackRequest): Promise<pb.AnalyzeResponse> {
    const missing = new pb.AnalyzeResponse();
    return this.ask("analyzeStack", this.client.analyzeStack.bind(this.client), request, missing);
  }

  private ask<Request, Response>(
    name: string,
    method: Parameters<typeof call<Request, Response>>[0],
    request: Request,
    missing?: Response,
  ): Promise<Response> {
    const { name: pack, version } = this.info;
    return asker(this.service, `policy pack ${pack}@v${version} (${this.path})`)(
      name,
      method,
      request,
      missing,
    );
  }
}

type Ask = ReturnType<typeof asker>;

/** Calls a pack. `missing`: the answer of a pack whose SDK is older than the call. */
function asker(service: Service, pack: string) {
  return async <Request, Response>(
    name: string,
    method: Parameters<typeof call<Request, Response>>[0],
    request: Request,
    missing?: Response,
  ): Promise<Response> => {
    try {
      return await call(method, request);
    } catch (error) {
      if (missing !== undefined && isUnimplemented(error)) return missing;
      const { code, details, message } = error as ServiceError;
      if (code !== status.UNAVAILABLE)
        throw new Error(`${pack}: ${name}: ${details || message}`, { cause: error });
      const pause = new Promise<string>((done) => setTimeout(() => done(details), END_MS).unref());
      const ended = await Promise.race([service.exited, pause]);
      const told = service.tail().map((line) => `\n${line}`);
      throw new Error(`${pack}: ${name}: want an answer, got ${ended}${told.join("")}`, { cause: error });
    }
  };
}

/** Starts the process with the environment that the CLI gives it. */
function spawn(
  pack: PolicyPackOptions,
  { folder }: PackManifest,
  { project, stack, config, preview, engineAddress }: StackContext,
  children: Children,
  onOutput: (line: string) => void,
): Promise<Service> {
  const settings: Record<string, string> = {};
  for (const prefix of ["PULUMI_NODEJS", "PULUMI"]) {
    settings[`${prefix}_ORGANIZATION`] = ORGANIZATION;
    settings[`${prefix}_PROJECT`] = project;
    settings[`${prefix}_STACK`] = stack;
    settings[`${prefix}_DRY_RUN`] = String(preview);
  }
  settings.PULUMI_CONFIG = JSON.stringify(textsOf(config));
  const runner = locateRunner(folder, "run-policy-pack");
  const child = children.start(runner, [engineAddress, folder], folder, settings);
  return awaitService(child, { name: `policy pack ${pack.path}`, portFirst: true, onOutput });
}

function textsOf(config: Config): Record<string, string> {
  return Object.fromEntries([...config].map(([key, { text }]) => [key, text]));
}

/** Tells the pack where it runs, and for which stack. Packs with an early SDK know neither call. */
async function shakeHands(client: AnalyzerClient, { folder }: PackManifest, context: StackContext, ask: Ask) {
  const { project, stack, config, preview, engineAddress } = context;
  const hello = new pb.AnalyzerHandshakeRequest();
  hello.setEngineAddress(engineAddress).setRootDirectory(folder).setProgramDirectory(folder);
  await ask("handshake", client.handshake.bind(client), hello, new pb.AnalyzerHandshakeResponse());
  const request = new pb.AnalyzerStackConfigureRequest();
  request.setStack(stack).setProject(project).setOrganization(ORGANIZATION).setDryRun(preview);
  for (const [key, text] of Object.entries(textsOf(config))) request.getConfigMap().set(key, text);
  request.setConfigSecretKeysList([...config].filter(([, value]) => value.secret).map(([key]) => key));
  const missing = new pb.AnalyzerStackConfigureResponse();
  await ask("configureStack", client.configureStack.bind(client), request, missing);
}

/** @returns names in the configuration that are no policy of the pack */
async function configure(
  pack: PolicyPackOptions,
  info: PackInfo,
  given: Map<string, PolicyConfig> | undefined,
  client: AnalyzerClient,
  ask: Ask,
): Promise<string[]> {
  const about = `policy pack ${info.name}@v${info.version} (${pack.path})`;
  if (!info.supportsConfig) {
    if (given)
      throw new Error(`${about}: want a pack that can be configured, got ${pack.config} for one that cannot`);
    return [];
  }
  const { config, unknown } = reconcile(info, given ?? new Map<string, PolicyConfig>());
  const wrong = validate(info, config);
  if (wrong.length > 0) {
    const where = pack.config ?? "set it with --policy-pack-config";
    throw new Error(`${about}: its configuration is not valid (${where})\n${wrong.join("\n")}`);
  }
  const request = new pb.ConfigureAnalyzerRequest();
  for (const policy of info.policies) {
    const { level = policy.level, properties } = config.get(policy.name) as PolicyConfig;
    policy.level = level;
    const message = new pb.PolicyConfig().setEnforcementlevel(levelNumber(level));
    request.getPolicyconfigMap().set(policy.name, message.setProperties(toStruct(properties as Properties)));
  }
  await ask("configure", client.configure.bind(client), request);
  return unknown;
}
