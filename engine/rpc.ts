import type { ServiceError, UntypedHandleCall, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "./values";

/** Messages carry whole templates and bundles: the limit that Pulumi's own processes use. Nobody asks for counters. */
export const CHANNEL_OPTIONS = {
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}

export function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

/** Waits for one unary call of a generated client. */
export function call<Request, Response>(
  method: (request: Request, done: (error: ServiceError | null, response: Response) => void) => unknown,
  request: Request,
): Promise<Response> {
  // The stack of a call is of the client's own making, and its error is told in the provider's words.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new Promise((resolve, reject) => {
      method(request, (error, response) => (error ? reject(error) : resolve(response)));
    });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Answers a unary call with what `handle` returns or throws. */
export function serve<Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
): UntypedHandleCall {
  return (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => done(null, response),
        (error: ServiceError) =>
          done({ code: error.code ?? status.UNKNOWN, details: error.details ?? error.message }),
      );
  };
}

/** The error for a part of Pulumi that the engine does not speak. */
export function unspoken(feature: string, where?: string): Error {
  const at = where === undefined ? "" : `${where}: `;
  return new Error(`${at}${feature} not supported by this engine yet; use the Pulumi CLI for it`);
}

/** An error that the SDK takes as the engine ending: it stops the program without a further message. */
export function shutDown(): ServiceError {
  return Object.assign(new Error("resource monitor shut down"), {
    code: status.UNAVAILABLE,
    details: "resource monitor shut down",
  }) as ServiceError;
}

/** A resource that exists but is not in order: its creation or update went through, something after it failed. */
export class InitError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: Properties,
    readonly reasons: string[],
    /** What a read found; undefined when the provider does not tell. */
    readonly inputs?: Properties,
  ) {
    super(`resource exists but failed to become ready: ${reasons.join("; ")}`);
  }
}

/** The error of a provider call in the words of the provider. */
export function providerError(error: unknown): Error {
  const { metadata, details, message, code } = error as ServiceError;
  for (const bytes of metadata?.get("grpc-status-details-bin") ?? []) {
    for (const detail of Status.deserializeBinary(bytes as Buffer).getDetailsList()) {
      if (!detail.getTypeUrl().endsWith("pulumirpc.ErrorResourceInitFailed")) continue;
      const failed = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      const inputs = failed.hasInputs() ? fromStruct(failed.getInputs()) : undefined;
      return new InitError(
        failed.getId(),
        fromStruct(failed.getProperties()),
        failed.getReasonsList(),
        inputs,
      );
    }
  }
  return Object.assign(new Error(details || message), { code });
}

export function isUnimplemented(error: unknown): boolean {
  return (error as ServiceError).code === status.UNIMPLEMENTED;
}
