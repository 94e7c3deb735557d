import { credentials } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { CallbackInvokeRequest, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import { ResourceHookRequest, ResourceHookResponse } from "@pulumi/pulumi/proto/resource_pb";
import type { RegisterResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Listener } from "./events";
import { call, CHANNEL_OPTIONS, toStruct } from "./rpc";
import type { ResourceState } from "./state";
import { parseUrn } from "./urn";

/** When a hook runs; the names are those of the deployment format. */
export type HookType =
  "BeforeCreate" | "AfterCreate" | "BeforeUpdate" | "AfterUpdate" | "BeforeDelete" | "AfterDelete";

interface Hook {
  token: string;
  client: CallbacksClient;
  onDryRun: boolean;
  ignoreErrors: boolean;
}

/** The hooks that the program has registered; they run in the program's process. */
export class Hooks {
  private readonly hooks = new Map<string, Hook>();
  private readonly clients = new Map<string, CallbacksClient>();

  constructor(
    private readonly preview: boolean,
    private readonly emit: Listener,
  ) {}

  /** @throws Error when the name is empty or taken */
  register(request: RegisterResourceHookRequest): void {
    const name = request.getName();
    const callback = request.getCallback();
    if (name === "" || !callback) throw new Error("resource hook: want a name and a callback, got none");
    if (this.hooks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    this.hooks.set(name, {
      token: callback.getToken(),
      client: this.connect(callback.getTarget()),
      onDryRun: request.getOnDryRun(),
      ignoreErrors: request.getIgnoreErrors(),
    });
  }

  /**
   * Runs a resource's hooks of one type, one after the other. Deletes take the names from the old record,
   * everything else from the new one.
   * @throws Error when one fails that does not ignore errors, or is not registered
   */
  async run(type: HookType, old: ResourceState | undefined, now: ResourceState | undefined): Promise<void> {
    const resource = (now ?? old) as ResourceState;
    for (const name of resource.resourceHooks?.[type] ?? []) {
      const hook = this.hooks.get(name);
      if (!hook) {
        const advice = type.endsWith("Delete") ? "; run the program with --run-program when destroying" : "";
        throw new Error(`hook "${name}" was not registered${advice}`);
      }
      if (this.preview && !hook.onDryRun) continue;
      const error = await this.invoke(hook, type, old, now);
      if (error === undefined) continue;
      const text = `${type.startsWith("Before") ? "before" : "after"} hook "${name}" failed: ${error}`;
      if (!hook.ignoreErrors) throw new Error(text);
      this.emit({ type: "diagnostic", severity: "warning", urn: resource.urn, text });
    }
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private async invoke(hook: Hook, type: HookType, old?: ResourceState, now?: ResourceState) {
    const resource = (now ?? old) as ResourceState;
    const request = new ResourceHookRequest();
    request
      .setUrn(resource.urn)
      .setId(resource.id ?? "")
      .setType(resource.type);
    request.setName(parseUrn(resource.urn).name);
    if (now) request.setNewInputs(toStruct(now.inputs));
    if (old) request.setOldInputs(toStruct(old.inputs));
    if (now && type.startsWith("After")) request.setNewOutputs(toStruct(now.outputs));
    if (old) request.setOldOutputs(toStruct(old.outputs));
    const message = new CallbackInvokeRequest();
    message.setToken(hook.token).setRequest(request.serializeBinary());
    try {
      const response = await call<CallbackInvokeRequest, CallbackInvokeResponse>(
        (input, done) => hook.client.invoke(input, done),
        message,
      );
      const error = ResourceHookResponse.deserializeBinary(response.getResponse_asU8()).getError();
      return error === "" ? undefined : error;
    } catch (error) {
      return (error as { details?: string }).details ?? (error as Error).message;
    }
  }

  private connect(target: string): CallbacksClient {
    let client = this.clients.get(target);
    if (!client) {
      client = new CallbacksClient(target, credentials.createInsecure(), CHANNEL_OPTIONS);
      this.clients.set(target, client);
    }
    return client;
  }
}
