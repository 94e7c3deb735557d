/**
 * What of Elastic Load Balancing's API deployments use: its Query protocol on a unix socket, to which the lab's AWS
 * API hands requests for that service (see moto_server.py).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { XMLBuilder } from "fast-xml-parser";
import type { Model } from "../model";
import { Refusal } from "../refusal";
import type { Resource } from "../store";
import { targetState } from "./health";
import { deregister, refuseTarget, register, targetsOf, type TargetKey } from "./targets";

const namespace = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";
const docs = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html";

/** What the API serves. */
export interface TargetApi {
  model: Model;
  save: () => Promise<void>;
  settleBalancers: () => Promise<void>;
}

/** `Targets.member.1.Id` and its like. */
function targetsIn(form: URLSearchParams): TargetKey[] {
  const targets: TargetKey[] = [];
  for (let index = 1; form.has(`Targets.member.${index}.Id`); index++) {
    const port = form.get(`Targets.member.${index}.Port`);
    targets.push({
      id: form.get(`Targets.member.${index}.Id`)!,
      port: port === null ? undefined : Number(port),
    });
  }
  return targets;
}

function groupIn(model: Model, form: URLSearchParams): Resource {
  const group = model.get("lb/targetGroup", form.get("TargetGroupArn"));
  if (group !== undefined) return group;
  throw new Refusal(
    "TargetGroupNotFound",
    `TargetGroupArn: want a target group that is there, got ${form.get("TargetGroupArn") ?? "none"}; see what the stack has`,
    docs,
  );
}

function described(model: Model, form: URLSearchParams): unknown {
  const group = groupIn(model, form);
  const wanted = targetsIn(form);
  const registered = targetsOf(model, group);
  const matches = ({ properties }: Resource, { id, port }: TargetKey): boolean =>
    properties.targetId === id && properties.port === (port ?? group.properties.port);
  const known = registered.filter(
    (target) => wanted.length === 0 || wanted.some((key) => matches(target, key)),
  );
  const strangers = wanted.filter((key) => !registered.some((target) => matches(target, key)));
  const member = (id: unknown, port: unknown, state: string, reason?: string, description?: string) => ({
    Target: { Id: id, Port: port },
    TargetHealth: { State: state, Reason: reason, Description: description },
  });
  return {
    TargetHealthDescriptions: {
      member: [
        ...known.map((target) => {
          const { state, reason, description } = targetState(model, group, target);
          return member(target.properties.targetId, target.properties.port, state, reason, description);
        }),
        ...strangers.map(({ id, port }) =>
          member(
            id,
            port ?? group.properties.port,
            "unused",
            "Target.NotRegistered",
            "Target is not registered to the target group",
          ),
        ),
      ],
    },
  };
}

async function changed(
  { model, save, settleBalancers }: TargetApi,
  form: URLSearchParams,
  change: typeof register,
): Promise<unknown> {
  const group = groupIn(model, form);
  for (const target of targetsIn(form)) change(model, group, target);
  await save();
  await settleBalancers();
  return {};
}

const actions: Record<string, (api: TargetApi, form: URLSearchParams) => unknown> = {
  DescribeTargetHealth: ({ model }, form) => described(model, form),
  RegisterTargets: (api, form) => {
    const group = groupIn(api.model, form);
    for (const target of targetsIn(form)) refuseTarget(api.model, group, target);
    return changed(api, form, register);
  },
  DeregisterTargets: (api, form) => changed(api, form, deregister),
};

const xml = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** The HTTP server of the API; the caller lets it listen. */
export function targetApi(api: TargetApi, log: (line: string) => void): Server {
  const answer = async (form: URLSearchParams): Promise<unknown> => {
    const action = form.get("Action") ?? "";
    if (!Object.hasOwn(actions, action))
      throw new Refusal(
        "InvalidAction",
        `Action: want one of ${Object.keys(actions).join(", ")}, got ${action || "none"}; the lab knows no other`,
        docs,
      );
    const result = await actions[action](api, form);
    return {
      [`${action}Response`]: {
        "@_xmlns": namespace,
        [`${action}Result`]: result,
        ResponseMetadata: { RequestId: "lab" },
      },
    };
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let status = 200;
    let said: unknown;
    try {
      said = await answer(await formOf(request));
    } catch (error) {
      const refused = error instanceof Refusal;
      status = refused ? 400 : 500;
      const { code, detail } = refused
        ? error
        : { code: "InternalFailure", detail: (error as Error).message };
      said = {
        ErrorResponse: {
          "@_xmlns": namespace,
          Error: { Type: refused ? "Sender" : "Receiver", Code: code, Message: detail },
          RequestId: "lab",
        },
      };
      log(`Elastic Load Balancing: ${code}: ${detail}`);
    }
    response.writeHead(status, { "content-type": "text/xml" });
    response.end(xml.build(said));
  };
  return createServer((request, response) => void handle(request, response));
}
