/** `aws.iam.getPolicyDocument`: renders IAM policy JSON. */
import type { InvokeFunction } from "../resource";
import { list, object, text } from "../rules";
import type { Properties } from "../values";

const principals = list(
  object({ type: text({ required: true }), identifiers: list(text(), { required: true }) }),
  { unordered: true },
);
const statement = object({
  sid: text({ pattern: /^[A-Za-z0-9]*$/, want: "letters and digits" }),
  effect: text({ oneOf: ["Allow", "Deny"] }),
  actions: list(text(), { unordered: true }),
  notActions: list(text(), { unordered: true }),
  resources: list(text(), { unordered: true }),
  notResources: list(text(), { unordered: true }),
  principals,
  notPrincipals: principals,
  conditions: list(
    object({
      test: text({ required: true }),
      variable: text({ required: true }),
      values: list(text(), { required: true }),
    }),
    { unordered: true },
  ),
});

interface Statement {
  sid?: string;
  effect?: string;
  actions?: string[];
  notActions?: string[];
  resources?: string[];
  notResources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  notPrincipals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}
type Rendered = Record<string, unknown>;

/** IAM writes a single value bare and several as a list; the order means nothing, so it is made stable. */
const oneOrMore = (values: readonly string[]): string | string[] =>
  values.length === 1 ? values[0] : [...new Set(values)].sort();

function principalOf(given: NonNullable<Statement["principals"]>): unknown {
  if (given.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) return "*";
  const byType: Record<string, string[]> = {};
  for (const { type, identifiers } of given) (byType[type] ??= []).push(...identifiers);
  return Object.fromEntries(
    Object.entries(byType).map(([type, identifiers]) => [type, oneOrMore(identifiers)]),
  );
}

function conditionOf(given: NonNullable<Statement["conditions"]>): unknown {
  const out: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of given) ((out[test] ??= {})[variable] ??= []).push(...values);
  return Object.fromEntries(
    Object.entries(out).map(([test, variables]) => [
      test,
      Object.fromEntries(
        Object.entries(variables).map(([variable, values]) => [variable, oneOrMore(values)]),
      ),
    ]),
  );
}

function render(given: Statement): Rendered {
  const out: Rendered = {};
  if (given.sid) out.Sid = given.sid;
  out.Effect = given.effect ?? "Allow";
  if (given.principals?.length) out.Principal = principalOf(given.principals);
  if (given.notPrincipals?.length) out.NotPrincipal = principalOf(given.notPrincipals);
  if (given.actions?.length) out.Action = oneOrMore(given.actions);
  if (given.notActions?.length) out.NotAction = oneOrMore(given.notActions);
  if (given.resources?.length) out.Resource = oneOrMore(given.resources);
  if (given.notResources?.length) out.NotResource = oneOrMore(given.notResources);
  if (given.conditions?.length) out.Condition = conditionOf(given.conditions);
  return out;
}

const statementsOf = (document: string): Rendered[] => {
  const { Statement = [] } = JSON.parse(document) as { Statement?: Rendered | Rendered[] };
  return Array.isArray(Statement) ? Statement : [Statement];
};

/** Source documents come first, the own statements next; a statement with the Sid of an earlier one replaces it only from an override. */
function getPolicyDocument(args: Properties): Properties {
  const sources = ((args.sourcePolicyDocuments as string[] | undefined) ?? []).flatMap(statementsOf);
  const all = [...sources, ...((args.statements as Statement[] | undefined) ?? []).map(render)];
  for (const { Sid } of all)
    if (Sid !== undefined && all.filter((one) => one.Sid === Sid).length > 1)
      throw new Error(`statements: want every sid once, got ${JSON.stringify(Sid)} twice; rename one`);
  for (const one of ((args.overridePolicyDocuments as string[] | undefined) ?? []).flatMap(statementsOf)) {
    const index = all.findIndex(({ Sid }) => Sid !== undefined && Sid === one.Sid);
    if (index >= 0) all[index] = one;
    else all.push(one);
  }
  const document = {
    Version: (args.version as string | undefined) ?? "2012-10-17",
    ...(args.policyId === undefined ? {} : { Id: args.policyId }),
    Statement: all,
  };
  const json = JSON.stringify(document, null, 2);
  return { id: String(json.length), json, minifiedJson: JSON.stringify(document) };
}

export const functions: readonly InvokeFunction[] = [
  {
    token: "aws:iam/getPolicyDocument:getPolicyDocument",
    inputs: {
      statements: list(statement),
      version: text({ oneOf: ["2008-10-17", "2012-10-17"] }),
      policyId: text(),
      sourcePolicyDocuments: list(text()),
      overridePolicyDocuments: list(text()),
    },
    run: getPolicyDocument,
  },
];
