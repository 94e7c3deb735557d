/**
 * A provider whose resources are files, for the engine's tests. Every side effect is recorded, so that a test can
 * tell what was really created, how often, and in which order. It serves the protocol itself, because the SDK's
 * own server knows neither previews nor settings.
 *
 * The folder comes from the package's setting `folder`. Types `files:index:<Kind>` take any inputs and these:
 * - `replaceOn`: names of inputs whose change replaces; `deleteFirst`: the provider wants delete before create
 * - `fail`: an error text for create and update; `failDelete`: for delete; `initError`: created, but not in order
 * - `delayMs`: how long every operation takes
 * - `failRead`: an error text for read; `silentRead`: read tells outputs, but no inputs
 * Outputs are the inputs, `name` (made up unless given), `path`, `computed` and `token` (secret).
 */
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Bag = Record<string, unknown>;
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIG = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

let folder = "";

const bag = (struct: Struct | undefined): Bag => struct?.toJavaScript() ?? {};
const struct = (value: Bag): Struct => Struct.fromJavaScript(value as Record<string, never>);
const open = (value: unknown): unknown =>
  typeof value === "object" && value !== null && (value as Bag)[SIG] === SECRET
    ? (value as Bag).value
    : value;
const nameOf = (urn: string): string => urn.split("::").pop() as string;

/** One line for every side effect, in order, with the time that it may take. */
function journal(
  event: string,
  request: pb.CreateRequest | pb.UpdateRequest | pb.DeleteRequest,
  id: string,
): void {
  const line = `${event} ${nameOf(request.getUrn())} ${id} ${request.getTimeout()}s`;
  appendFileSync(join(folder, "journal.log"), `${line}\n`);
}

async function pause(inputs: Bag): Promise<void> {
  const delay = Number(open(inputs.delayMs) ?? 0);
  if (delay > 0) await new Promise((done) => setTimeout(done, delay));
}

function outputsOf(inputs: Bag, id: string): Bag {
  const rest: Bag = { ...inputs };
  delete rest.__token;
  const secret = { [SIG]: SECRET, value: `secret of ${id}` };
  return { ...rest, path: join(folder, id), computed: `computed-${id}`, token: secret };
}

function check(request: pb.CheckRequest): pb.CheckResponse {
  const old = bag(request.getOlds());
  const inputs = bag(request.getNews());
  const response = new pb.CheckResponse();
  if (inputs.invalid !== undefined) {
    response.addFailures(new pb.CheckFailure().setProperty("invalid").setReason("not a valid property"));
  }
  const seed = Buffer.from(request.getRandomseed_asU8());
  const fresh = seed.length > 0 ? seed.toString("hex").slice(0, 8) : randomBytes(4).toString("hex");
  const name = inputs.name ?? old.name ?? `${nameOf(request.getUrn())}-${fresh}`;
  return response.setInputs(struct({ ...inputs, name, __token: old.__token ?? fresh }));
}

function diff(request: pb.DiffRequest): pb.DiffResponse {
  const old = bag(request.getOldInputs());
  const now = bag(request.getNews());
  const response = new pb.DiffResponse().setHasdetaileddiff(true);
  const replaceOn = (open(now.replaceOn) ?? open(old.replaceOn) ?? []) as string[];
  let changes = false;
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (key.startsWith("__") || JSON.stringify(old[key]) === JSON.stringify(now[key])) continue;
    if (request.getIgnorechangesList().includes(key)) continue;
    changes = true;
    const replaces = replaceOn.includes(key);
    if (replaces) response.addReplaces(key);
    response.addDiffs(key);
    const kinds = pb.PropertyDiff.Kind;
    const [plain, replacing] = !(key in old)
      ? [kinds.ADD, kinds.ADD_REPLACE]
      : !(key in now)
        ? [kinds.DELETE, kinds.DELETE_REPLACE]
        : [kinds.UPDATE, kinds.UPDATE_REPLACE];
    response
      .getDetaileddiffMap()
      .set(key, new pb.PropertyDiff().setKind(replaces ? replacing : plain).setInputdiff(true));
  }
  response.setDeletebeforereplace(open(now.deleteFirst) === true);
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  return response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
}

function writeResource(id: string, inputs: Bag): void {
  const file = join(folder, `${id}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(inputs));
  renameSync(`${file}.new`, file);
}

/** The resource that an earlier create with the same token made. */
function findByToken(token: unknown): string | undefined {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const { __token } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Bag;
    if (__token === token) return file.replace(/\.json$/, "");
  }
  return undefined;
}

async function create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
  const inputs = bag(request.getProperties());
  const response = new pb.CreateResponse();
  if (request.getPreview()) {
    const known = { ...outputsOf(inputs, UNKNOWN), path: UNKNOWN, computed: UNKNOWN };
    return response.setProperties(struct(known));
  }
  await pause(inputs);
  if (inputs.fail !== undefined) throw new Error(String(open(inputs.fail)));
  let id = findByToken(inputs.__token);
  if (id === undefined) {
    id = String(open(inputs.name));
    if (existsSync(join(folder, `${id}.json`))) throw new Error(`${id} exists already`);
    writeResource(id, inputs);
    journal("create", request, id);
  }
  await pause(inputs);
  if (typeof inputs.initError === "string") throw initError(id, outputsOf(inputs, id), inputs.initError);
  return response.setId(id).setProperties(struct(outputsOf(inputs, id)));
}

async function update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
  const inputs = bag(request.getNews());
  const id = request.getId();
  const response = new pb.UpdateResponse().setProperties(struct(outputsOf(inputs, id)));
  if (request.getPreview()) return response;
  await pause(inputs);
  if (inputs.fail !== undefined) throw new Error(String(open(inputs.fail)));
  writeResource(id, inputs);
  journal("update", request, id);
  await pause(inputs);
  return response;
}

async function remove(request: pb.DeleteRequest): Promise<Empty> {
  const inputs = bag(request.getOldInputs());
  const file = join(folder, `${request.getId()}.json`);
  await pause(inputs);
  if (inputs.failDelete !== undefined) throw new Error(String(open(inputs.failDelete)));
  if (existsSync(file)) {
    rmSync(file);
    journal("delete", request, request.getId());
  }
  await pause(inputs);
  return new Empty();
}

/** What the file holds now; a key `unhealthy` in it says that the resource is not in order. */
async function read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
  const id = request.getId();
  const before = bag(request.getInputs());
  const file = join(folder, `${id}.json`);
  appendFileSync(join(folder, "reads.log"), `${nameOf(request.getUrn())} ${request.getTimeout()}s\n`);
  await pause(before);
  if (before.failRead !== undefined) throw new Error(String(open(before.failRead)));
  const response = new pb.ReadResponse();
  if (!existsSync(file)) return response;
  const { unhealthy, ...inputs } = JSON.parse(readFileSync(file, "utf8")) as Bag;
  const outputs = outputsOf(inputs, id);
  if (unhealthy !== undefined) throw initError(id, outputs, JSON.stringify(unhealthy), inputs);
  if (before.silentRead !== true) response.setInputs(struct(inputs));
  return response.setId(id).setProperties(struct(outputs));
}

function invoke(request: pb.InvokeRequest): pb.InvokeResponse {
  const args = bag(request.getArgs());
  if (request.getTok() !== "files:index:echo") throw new Error(`unknown function ${request.getTok()}`);
  return new pb.InvokeResponse().setReturn(struct({ text: args.text, folder }));
}

function initError(id: string, outputs: Bag, reason: string, inputs?: Bag): Error {
  const detail = new pb.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(struct(outputs))
    .setReasonsList([reason]);
  if (inputs) detail.setInputs(struct(inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const metadata = new Metadata();
  const packed = new Status().setCode(status.UNKNOWN).setMessage(reason);
  packed.addDetails(any);
  metadata.add("grpc-status-details-bin", Buffer.from(packed.serializeBinary()));
  return Object.assign(new Error(reason), { code: status.UNKNOWN, details: reason, metadata, id });
}

function configure(request: pb.ConfigureRequest): pb.ConfigureResponse {
  folder = String(open(bag(request.getArgs()).folder));
  mkdirSync(folder, { recursive: true });
  return new pb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true);
}

/** Notes when a call begins and ends, so that a test can tell what waited for what. */
const noted =
  <Request extends { getUrn(): string }, Response>(
    operation: string,
    idOf: (request: Request, response?: Response) => string,
    work: (request: Request) => Promise<Response>,
    isPreview: (request: Request) => boolean = () => false,
  ) =>
  async (request: Request): Promise<Response> => {
    const note = (phase: string, id: string) => {
      const line = `${phase} ${operation} ${nameOf(request.getUrn())} ${id}`;
      if (!isPreview(request)) appendFileSync(join(folder, "calls.log"), `${line.trim()}\n`);
    };
    note("begin", idOf(request));
    try {
      const response = await work(request);
      note("end", idOf(request, response));
      return response;
    } catch (error) {
      // What is not in order is there nevertheless.
      const { id } = error as { id?: string };
      if (id !== undefined) note("end", id);
      throw error;
    }
  };

const handle =
  <Request, Response>(work: (request: Request) => Response | Promise<Response>) =>
  (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(work)
      .then(
        (response) => done(null, response),
        (error: Error) => done({ code: status.UNKNOWN, details: error.message, ...error }),
      );
  };

const server = new Server();
server.addService(ResourceProviderService, {
  check: handle(check),
  diff: handle(diff),
  create: handle(
    noted(
      "create",
      (_: pb.CreateRequest, made?: pb.CreateResponse) => made?.getId() ?? "",
      create,
      (request) => request.getPreview(),
    ),
  ),
  update: handle(
    noted(
      "update",
      (request: pb.UpdateRequest) => request.getId(),
      update,
      (request) => request.getPreview(),
    ),
  ),
  delete: handle(noted("delete", (request: pb.DeleteRequest) => request.getId(), remove)),
  read: handle(noted("read", (request: pb.ReadRequest) => request.getId(), read)),
  invoke: handle(invoke),
  configure: handle(configure),
  getPluginInfo: handle(() => new PluginInfo().setVersion("1.2.3")),
  attach: handle(() => new Empty()),
  cancel: handle(() => new Empty()),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
