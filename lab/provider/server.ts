/** The provider as a process: Pulumi's ResourceProvider protocol over gRPC. */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { check } from "./check";
import { diff, type Change } from "./diff";
import * as operations from "./operations";
import { invokeFunction, resourceType } from "./registry";
import type { Context, ResourceType } from "./resource";
import { checkFields, withDefaults, type Failure } from "./rules";
import { settingsFrom, type Settings } from "./settings";
import { plainProperties, type Properties } from "./values";

type Call<Q> = { request: Q };
type Handler<Q, A> = (request: Q) => Promise<A> | A;

/** Requests with secrets and unknowns may hold an application bundle. */
const maxMessageBytes = 400 * 1024 * 1024;

/** Turns an async function into a gRPC handler whose errors carry only their message. */
function unary<Q, A>(handle: Handler<Q, A>) {
  return (call: Call<Q>, callback: (error: grpc.ServiceError | null, answer?: A) => void): void => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (answer) => callback(null, answer),
        (error: Error) =>
          callback({
            ...error,
            name: "Error",
            message: error.message,
            code: grpc.status.UNKNOWN,
            details: error.message,
            metadata: new grpc.Metadata(),
          }),
      );
  };
}

const bag = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};
const struct = (value: Properties): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as never);
const typeIn = (urn: string): string => urn.split("::")[2].split("$").pop()!;

function checkFailures(failures: readonly Failure[]): proto.CheckFailure[] {
  return failures.map(({ property, reason }) => {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
  });
}

function propertyDiff({ kind, replaces }: Change): proto.PropertyDiff {
  const kinds = proto.PropertyDiff.Kind;
  const plainKind = { add: kinds.ADD, delete: kinds.DELETE, update: kinds.UPDATE }[kind];
  const replaceKind = { add: kinds.ADD_REPLACE, delete: kinds.DELETE_REPLACE, update: kinds.UPDATE_REPLACE }[
    kind
  ];
  const out = new proto.PropertyDiff();
  out.setKind(replaces ? replaceKind : plainKind);
  out.setInputdiff(true);
  return out;
}

/** The handlers of one provider process. All it keeps is the configuration that the engine gave it. */
export function handlers(): grpc.UntypedServiceImplementation {
  let settings: Settings = settingsFrom({});
  const of = (urn: string): [ResourceType, Context] => [resourceType(typeIn(urn)), { urn, settings }];

  const configure: Handler<proto.ConfigureRequest, proto.ConfigureResponse> = (request) => {
    const args = plainProperties(bag(request.getArgs()));
    for (const [key, value] of request.getVariablesMap().entries()) args[key.split(":").pop()!] ??= value;
    // one process may serve several packages: only the AWS one has settings that matter here
    if (["region", "endpoints", "defaultTags", "accessKey"].some((key) => key in args))
      settings = settingsFrom(args);
    const answer = new proto.ConfigureResponse();
    answer.setAcceptsecrets(true);
    answer.setSupportspreview(true);
    answer.setSupportsAutonamingConfiguration?.(false);
    return answer;
  };

  const checkResource: Handler<proto.CheckRequest, proto.CheckResponse> = (request) => {
    const [type] = of(request.getUrn());
    const { inputs, failures } = check(
      type,
      request.getUrn(),
      bag(request.getOlds()),
      bag(request.getNews()),
    );
    const answer = new proto.CheckResponse();
    answer.setInputs(struct(inputs));
    answer.setFailuresList(checkFailures(failures));
    return answer;
  };

  const diffResource: Handler<proto.DiffRequest, proto.DiffResponse> = (request) => {
    const [type] = of(request.getUrn());
    const oldInputs = request.hasOldInputs?.() ? bag(request.getOldInputs()) : undefined;
    const found = diff(type, bag(request.getOlds()), oldInputs, bag(request.getNews()));
    const ignored = request.getIgnorechangesList();
    const changes = Object.entries(found.changes).filter(
      ([path]) =>
        !ignored.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`)),
    );
    const answer = new proto.DiffResponse();
    answer.setChanges(
      changes.length > 0
        ? proto.DiffResponse.DiffChanges.DIFF_SOME
        : proto.DiffResponse.DiffChanges.DIFF_NONE,
    );
    answer.setReplacesList(
      found.replaces.filter((key) => changes.some(([path]) => path.split(/[.[]/)[0] === key)),
    );
    answer.setDiffsList([...new Set(changes.map(([path]) => path.split(/[.[]/)[0]))]);
    for (const [path, change] of changes) answer.getDetaileddiffMap().set(path, propertyDiff(change));
    answer.setHasdetaileddiff(true);
    answer.setDeletebeforereplace(found.deleteBeforeReplace);
    return answer;
  };

  const create: Handler<proto.CreateRequest, proto.CreateResponse> = async (request) => {
    const [type, context] = of(request.getUrn());
    const inputs = bag(request.getProperties());
    const answer = new proto.CreateResponse();
    if (request.getPreview()) {
      answer.setProperties(struct(operations.previewCreate(type, inputs, context)));
      return answer;
    }
    const made = await operations.create(type, inputs, context);
    answer.setId(made.id);
    answer.setProperties(struct(made.outputs));
    return answer;
  };

  const update: Handler<proto.UpdateRequest, proto.UpdateResponse> = async (request) => {
    const [type, context] = of(request.getUrn());
    const [state, news] = [bag(request.getOlds()), bag(request.getNews())];
    const outputs = request.getPreview()
      ? operations.previewUpdate(type, news, state, context)
      : await operations.update(type, request.getId(), news, state, context);
    const answer = new proto.UpdateResponse();
    answer.setProperties(struct(outputs));
    return answer;
  };

  const read: Handler<proto.ReadRequest, proto.ReadResponse> = async (request) => {
    const [type, context] = of(request.getUrn());
    const inputs = bag(request.getInputs());
    const found = await operations.read(type, request.getId(), bag(request.getProperties()), inputs, context);
    const answer = new proto.ReadResponse();
    if (found === undefined) return answer;
    answer.setId(found.id);
    answer.setProperties(struct(found.outputs));
    const known = Object.entries(found.outputs).filter(([key]) => Object.hasOwn(type.inputs, key));
    answer.setInputs(struct(Object.keys(inputs).length > 0 ? found.inputs : Object.fromEntries(known)));
    return answer;
  };

  const remove: Handler<proto.DeleteRequest, Empty> = async (request) => {
    const [type, context] = of(request.getUrn());
    await operations.remove(type, request.getId(), bag(request.getProperties()), context);
    return new Empty();
  };

  const invoke: Handler<proto.InvokeRequest, proto.InvokeResponse> = async (request) => {
    const known = invokeFunction(request.getTok());
    const args = withDefaults(plainProperties(bag(request.getArgs())), known.inputs);
    const answer = new proto.InvokeResponse();
    const failures = checkFields(args, known.inputs);
    answer.setFailuresList(checkFailures(failures));
    if (failures.length === 0) answer.setReturn(struct({ ...args, ...(await known.run(args, settings)) }));
    return answer;
  };

  return {
    getSchema: unary(() => {
      const answer = new proto.GetSchemaResponse();
      answer.setSchema("{}");
      return answer;
    }),
    checkConfig: unary((request: proto.CheckRequest) => {
      const answer = new proto.CheckResponse();
      answer.setInputs(request.getNews());
      return answer;
    }),
    diffConfig: unary(() => {
      const answer = new proto.DiffResponse();
      answer.setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE);
      return answer;
    }),
    configure: unary(configure),
    check: unary(checkResource),
    diff: unary(diffResource),
    create: unary(create),
    read: unary(read),
    update: unary(update),
    delete: unary(remove),
    invoke: unary(invoke),
    cancel: unary(() => new Empty()),
    attach: unary(() => new Empty()),
    getPluginInfo: unary(() => {
      const answer = new plugin.PluginInfo();
      answer.setVersion("0.1.0");
      return answer;
    }),
  };
}

/** Serves the protocol on a free port of 127.0.0.1. */
export async function serve(): Promise<{ port: number; stop: () => void }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  server.addService(ResourceProviderService, handlers());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}
