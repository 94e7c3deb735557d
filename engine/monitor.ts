import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/resource_pb";
import { CheckFailure, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Severity } from "./events";
import type { CheckFailure as Failure } from "./provider-answers";
import { CHANNEL_OPTIONS, fromStruct, serve, toStruct, unspoken } from "./rpc";
import type { ResourceState } from "./state";
import type { Properties } from "./values";

/** What the program is told of a resource that it has registered. */
export interface Registered {
  state: Pick<ResourceState, "urn" | "id" | "custom" | "outputs">;
  /** Nothing was done to it, because it needs what was not done either. */
  skipped: boolean;
}

/** What the deployment does for the program. */
export interface MonitorHandler {
  register(request: pb.RegisterResourceRequest): Promise<Registered>;
  registerOutputs(urn: string, outputs: Properties): Promise<void>;
  invoke(request: pb.ResourceInvokeRequest): Promise<{ result: Properties; failures: Failure[] }>;
  registerHook(request: pb.RegisterResourceHookRequest): Promise<void>;
  /** The program has registered all it has; resolves when the deletes are done, whose hooks it runs. */
  finished(): Promise<void>;
  log(severity: Severity, urn: string, text: string): void;
  /** The program asks for what the engine cannot do: the run ends with this error. */
  refuse(error: Error): Promise<never>;
}

/**
 * Features that the SDK asks for by name. Those that the engine does not speak are announced where the SDK
 * would otherwise blame the CLI's age: their use is refused by name when it comes.
 */
const FEATURES = new Set([
  ...["secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith"],
  ...[
    "replacementTrigger",
    "transforms",
    "invokeTransforms",
    "parameterization",
    "resourceHooks",
    "errorHooks",
  ],
]);

const SEVERITIES: Severity[] = ["debug", "info", "warning", "error"];

/** The gRPC server that the program and the plugins talk to. */
export class Monitor {
  private readonly server = new Server(CHANNEL_OPTIONS);
  private stopped = false;

  /** @returns its address on this machine */
  async start(handler: MonitorHandler): Promise<string> {
    this.server.addService(ResourceMonitorService, monitorService(handler));
    this.server.addService(EngineService, engineService(handler));
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error || this.stopped ? reject(error ?? new Error("the run is over")) : resolve(bound),
      ),
    );
    return `127.0.0.1:${port}`;
  }

  stop(): void {
    this.stopped = true;
    this.server.forceShutdown();
  }
}

function monitorService(handler: MonitorHandler) {
  const refuse = (feature: string) => serve<unknown, Empty>(() => handler.refuse(unspoken(feature)));
  return {
    supportsFeature: serve((request: pb.SupportsFeatureRequest) =>
      new pb.SupportsFeatureResponse().setHassupport(FEATURES.has(request.getId())),
    ),
    registerResource: serve(async (request: pb.RegisterResourceRequest) => {
      const { state, skipped } = await handler.register(request);
      const response = new pb.RegisterResourceResponse();
      response.setUrn(state.urn).setId(state.id ?? "");
      // A component's outputs are those that the program gives it.
      response.setObject(toStruct(state.custom ? state.outputs : {}));
      return response.setResult(skipped ? pb.Result.SKIP : pb.Result.SUCCESS);
    }),
    registerResourceOutputs: serve(async (request: pb.RegisterResourceOutputsRequest) => {
      await handler.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    invoke: serve(async (request: pb.ResourceInvokeRequest) => {
      const { result, failures } = await handler.invoke(request);
      const response = new InvokeResponse().setReturn(toStruct(result));
      for (const { property, reason } of failures) {
        response.addFailures(new CheckFailure().setProperty(property).setReason(reason));
      }
      return response;
    }),
    registerResourceHook: serve(async (request: pb.RegisterResourceHookRequest) => {
      await handler.registerHook(request);
      return new Empty();
    }),
    signalAndWaitForShutdown: serve(async () => {
      await handler.finished();
      return new Empty();
    }),
    readResource: serve((request: pb.ReadResourceRequest) => {
      const reference = request.getType() === "pulumi:pulumi:StackReference";
      const feature = reference ? "StackReference" : "reading existing resources (Resource.get)";
      return handler.refuse(unspoken(feature, request.getName()));
    }),
    call: refuse("calls of resource methods"),
    streamInvoke: refuse("stream invokes"),
    registerStackTransform: refuse("transforms"),
    registerStackInvokeTransform: refuse("invoke transforms"),
    registerErrorHook: refuse("error hooks"),
    registerPackage: refuse("parameterized packages"),
  };
}

function engineService(handler: MonitorHandler) {
  let root = "";
  return {
    log: serve((request: engine.LogRequest) => {
      handler.log(SEVERITIES[request.getSeverity()] ?? "info", request.getUrn(), request.getMessage());
      return new Empty();
    }),
    setRootResource: serve((request: engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
    getRootResource: serve(() => new engine.GetRootResourceResponse().setUrn(root)),
    // The engine has no version of the CLI; it speaks what the SDK in package.json speaks.
    requirePulumiVersion: serve(() => new engine.RequirePulumiVersionResponse()),
  };
}
