import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { elideAssets, restoreAssets } from "./assets";
import { diffInputs, NO_DIFF, type Diff, type ProviderDiff } from "./diff";
import { resetIgnored } from "./paths";
import type { Plugin, Protocol } from "./plugin";
import { decodeDiff, failuresOf, type Applied, type Found } from "./provider-answers";
import { call, fromStruct, InitError, isUnimplemented, providerError, toStruct } from "./rpc";
import type { ResourceState } from "./state";
import { packageOf, parseUrn } from "./urn";
import { annotateSecrets, hasSecret, hasUnknown, isObject, RESOURCE, signature, UNKNOWN } from "./values";
import { secret, transformAll, withoutSecrets, type Properties } from "./values";

/** One configured provider: a provider resource and the plugin process that serves it. */
export class Provider {
  private protocol: Protocol = { acceptSecrets: false, acceptResources: false, supportsPreview: false };
  /** False when a setting is only known in an update: then nothing about its resources is known either. */
  private known = true;

  constructor(
    private readonly plugin: Plugin,
    private readonly preview: boolean,
  ) {}

  async checkConfig(urn: string, old: Properties, inputs: Properties) {
    const request = new pb.CheckRequest();
    request
      .setUrn(urn)
      .setOlds(toStruct(withoutSecrets(old)))
      .setNews(toStruct(withoutSecrets(inputs)));
    request.setName(parseUrn(urn).name).setType(parseUrn(urn).type);
    try {
      const response = await this.call("checkConfig", request);
      const checked = annotateSecrets(fromStruct(response.getInputs()), inputs);
      return { inputs: checked, failures: failuresOf(response.getFailuresList()) };
    } catch (error) {
      if (isUnimplemented(error)) return { inputs, failures: [] };
      throw error;
    }
  }

  /** Undefined: the plugin has no opinion. */
  async diffConfig(urn: string, old: ResourceState, inputs: Properties): Promise<ProviderDiff | undefined> {
    const request = new pb.DiffRequest();
    request.setUrn(urn).setName(parseUrn(urn).name).setType(parseUrn(urn).type);
    request.setOldInputs(toStruct(withoutSecrets(old.inputs))).setOlds(toStruct(withoutSecrets(old.outputs)));
    request.setNews(toStruct(withoutSecrets(inputs)));
    try {
      return decodeDiff(await this.call("diffConfig", request));
    } catch (error) {
      if (isUnimplemented(error)) return undefined;
      throw error;
    }
  }

  async configure(urn: string, id: string, inputs: Properties): Promise<void> {
    const { name, type } = parseUrn(urn);
    this.known = !hasUnknown(inputs);
    if (!this.known) return;
    const request = new pb.ConfigureRequest();
    request.setUrn(urn).setName(name).setType(type).setId(id).setArgs(toStruct(inputs));
    request.setAcceptsecrets(true).setAcceptresources(true).setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    for (const [key, value] of Object.entries(withoutSecrets(inputs))) {
      if (key === "version") continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      request.getVariablesMap().set(`${packageOf(type)}:config:${key}`, text);
    }
    const response = await this.call("configure", request);
    this.protocol = this.plugin.protocol ?? {
      acceptSecrets: response.getAcceptsecrets(),
      acceptResources: response.getAcceptresources(),
      supportsPreview: response.getSupportspreview(),
    };
  }

  async check(urn: string, old: Properties, inputs: Properties, seed: Uint8Array) {
    if (!this.known) return { inputs, failures: [] };
    const { name, type } = parseUrn(urn);
    const request = new pb.CheckRequest();
    request.setUrn(urn).setOlds(this.marshal(old)).setNews(this.marshal(inputs)).setRandomseed(seed);
    request.setName(name).setType(type);
    const response = await this.call("check", request);
    return {
      inputs: this.unmarshal(response.getInputs(), inputs),
      failures: failuresOf(response.getFailuresList()),
    };
  }

  /** What changes with new inputs; the engine's own comparison of inputs where the plugin has no opinion. */
  async diff(old: ResourceState, inputs: Properties, ignored: string[]): Promise<Diff> {
    if (!this.known) return { ...NO_DIFF, changes: true };
    const { name, type } = parseUrn(old.urn);
    const request = new pb.DiffRequest();
    request
      .setId(old.id ?? "")
      .setUrn(old.urn)
      .setName(name)
      .setType(type)
      .setIgnorechangesList(ignored);
    request.setOldInputs(this.marshal(elideAssets(old.inputs)));
    request.setOlds(this.marshal(elideAssets(old.outputs))).setNews(this.marshal(elideAssets(inputs)));
    const { changes, ...diff } = decodeDiff(await this.call("diff", request));
    if (changes !== undefined) return { ...diff, changes };
    const own = diffInputs(old.inputs, resetIgnored(inputs, old.inputs, ignored).inputs);
    const { replaceKeys, deleteBeforeReplace } = diff;
    return own.changes ? { ...own, replaceKeys, deleteBeforeReplace } : NO_DIFF;
  }

  /** In a preview of a plugin that cannot preview, the inputs are what is known of the outputs. */
  async create(urn: string, inputs: Properties, timeout = 0): Promise<Applied> {
    const { name, type } = parseUrn(urn);
    if (this.preview && !this.known) return { id: "", outputs: {} };
    if (this.preview && !this.protocol.supportsPreview) return { id: "", outputs: inputs };
    const request = new pb.CreateRequest();
    request.setUrn(urn).setName(name).setType(type).setPreview(this.preview).setTimeout(timeout);
    request.setProperties(this.marshal(inputs));
    const response = await this.call("create", request);
    if (response.getId() === "" && !this.preview) {
      throw new Error(`want an id from the provider's create of ${urn}, got none`);
    }
    return { id: response.getId(), outputs: this.unmarshal(response.getProperties(), inputs) };
  }

  async update(old: ResourceState, inputs: Properties, ignored: string[], timeout = 0): Promise<Properties> {
    const { name, type } = parseUrn(old.urn);
    if (this.preview && !this.known) return {};
    if (this.preview && !this.protocol.supportsPreview) return inputs;
    const request = new pb.UpdateRequest();
    request
      .setId(old.id ?? "")
      .setUrn(old.urn)
      .setName(name)
      .setType(type)
      .setPreview(this.preview);
    request.setTimeout(timeout).setOldInputs(this.marshal(old.inputs)).setOlds(this.marshal(old.outputs));
    request.setNews(this.marshal(inputs)).setIgnorechangesList(ignored);
    return this.unmarshal((await this.call("update", request)).getProperties(), inputs);
  }

  async delete(old: ResourceState): Promise<void> {
    const { name, type } = parseUrn(old.urn);
    const request = new pb.DeleteRequest();
    request
      .setId(old.id ?? "")
      .setUrn(old.urn)
      .setName(name)
      .setType(type);
    request.setTimeout(old.customTimeouts?.delete ?? 0);
    request.setProperties(this.marshal(old.outputs)).setOldInputs(this.marshal(old.inputs));
    await this.call("delete", request);
  }

  /** What the resource really is now. */
  async read(old: ResourceState): Promise<Found> {
    const { name, type } = parseUrn(old.urn);
    const request = new pb.ReadRequest();
    request
      .setId(old.id ?? "")
      .setUrn(old.urn)
      .setName(name)
      .setType(type);
    request.setTimeout(old.customTimeouts?.read ?? 0);
    request.setInputs(this.marshal(elideAssets(old.inputs)));
    request.setProperties(this.marshal(elideAssets(old.outputs)));
    const found = await this.call("read", request).then(
      (response) => ({
        id: response.getId(),
        outputs: fromStruct(response.getProperties()),
        inputs: response.hasInputs() ? fromStruct(response.getInputs()) : undefined,
        unhealthy: [],
      }),
      (error: Error) => {
        if (!(error instanceof InitError)) throw error;
        return { id: error.id, outputs: error.outputs, inputs: error.inputs, unhealthy: error.reasons };
      },
    );
    const whole = (properties: Properties, before: Properties) =>
      restoreAssets(
        this.protocol.acceptSecrets ? properties : annotateSecrets(properties, before),
        old.inputs,
      );
    const { inputs, outputs } = found;
    return {
      ...found,
      outputs: whole(outputs, old.outputs),
      inputs: inputs && whole(inputs, old.inputs),
    };
  }

  async invoke(token: string, args: Properties) {
    if (!this.known) return { result: {} as Properties, failures: [] };
    const request = new pb.InvokeRequest();
    request.setTok(token).setArgs(this.marshal(args)).setPreview(this.preview);
    const response = await this.call("invoke", request);
    let result = fromStruct(response.getReturn());
    if (!this.protocol.acceptSecrets && hasSecret(args)) {
      result = Object.fromEntries(Object.entries(result).map(([key, value]) => [key, secret(value)]));
    }
    return { result, failures: failuresOf(response.getFailuresList()) };
  }

  private marshal(properties: Properties) {
    const plain = this.protocol.acceptSecrets ? properties : withoutSecrets(properties);
    return toStruct(this.protocol.acceptResources ? plain : withoutReferences(plain));
  }

  private unmarshal(struct: Parameters<typeof fromStruct>[0], inputs: Properties): Properties {
    const properties = fromStruct(struct);
    return this.protocol.acceptSecrets ? properties : annotateSecrets(properties, inputs);
  }

  private async call<Name extends keyof Methods>(
    name: Name,
    request: Methods[Name][0],
  ): Promise<Methods[Name][1]> {
    const client = this.plugin.client;
    const method = client[name].bind(client) as Parameters<
      typeof call<Methods[Name][0], Methods[Name][1]>
    >[0];
    try {
      return await call(method, request);
    } catch (error) {
      throw isUnimplemented(error) ? error : providerError(error);
    }
  }
}

interface Methods {
  checkConfig: [pb.CheckRequest, pb.CheckResponse];
  diffConfig: [pb.DiffRequest, pb.DiffResponse];
  configure: [pb.ConfigureRequest, pb.ConfigureResponse];
  check: [pb.CheckRequest, pb.CheckResponse];
  diff: [pb.DiffRequest, pb.DiffResponse];
  create: [pb.CreateRequest, pb.CreateResponse];
  read: [pb.ReadRequest, pb.ReadResponse];
  update: [pb.UpdateRequest, pb.UpdateResponse];
  delete: [pb.DeleteRequest, Empty];
  invoke: [pb.InvokeRequest, pb.InvokeResponse];
}

/** Who takes no resource references gets the id, unknown until there is one, or the URN of a component. */
export function withoutReferences(properties: Properties): Properties {
  return transformAll(properties, (part) =>
    signature(part) === RESOURCE && isObject(part)
      ? part.id === ""
        ? UNKNOWN
        : (part.id ?? part.urn)
      : part,
  );
}
