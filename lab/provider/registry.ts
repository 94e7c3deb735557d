/** Which file knows which resource types and functions; files are loaded when first asked for. */
import { load } from "./load";
import type { Contribution, InvokeFunction, ResourceType } from "./resource";

type Loader = () => Contribution;

const network: Loader = () => load("./aws/network");
const routes: Loader = () => load("./aws/routes");
const addresses: Loader = () => load("./aws/addresses");
const firewall: Loader = () => load("./aws/firewall");
const instance: Loader = () => load("./aws/instance");
const volume: Loader = () => load("./aws/volume");
const logs: Loader = () => load("./aws/logs");
const functions: Loader = () => load("./aws/functions");

/** By the part of a token before its last colon's slash: package and service. */
const loaders: Record<string, readonly Loader[]> = {
  "aws:ec2": [network, routes, addresses, firewall, instance, volume, logs, functions],
  "aws:vpc": [firewall],
  "aws:ebs": [volume],
  "aws:ec2transitgateway": [network],
  "aws:kms": [() => load("./aws/kms")],
  "aws:iam": [() => load("./aws/iam"), () => load("./aws/policyDocument")],
  "aws:secretsmanager": [() => load("./aws/secretsmanager")],
  "aws:s3": [() => load("./aws/s3"), () => load("./aws/s3Object")],
  "aws:route53": [() => load("./aws/route53")],
  "aws:lb": [() => load("./aws/loadBalancing")],
  "aws:cloudwatch": [logs],
  "aws:index": [functions],
  "tls:index": [() => load("./tls/privateKey"), () => load("./tls/certificates")],
  "random:index": [() => load("./random/random")],
  "datadog:index": [() => load("./datadog/monitor")],
};

/** Every package that this provider stands for, with the version whose rules it follows. */
export const packages = ["aws", "tls", "random", "datadog"] as const;

function contributions(token: string): Contribution[] {
  const [pkg, module = ""] = token.split(":");
  return (loaders[`${pkg}:${module.split("/")[0]}`] ?? []).map((contribution) => contribution());
}

/** The type of this token. Throws an error that names the token when the lab does not know it. */
export function resourceType(token: string): ResourceType {
  for (const { types = [] } of contributions(token))
    for (const type of types) if (type.token === token) return type;
  throw new Error(
    `type: want one that the lab knows, got ${token}; leave it out or teach it to lab/provider`,
  );
}

/** The function of this token. Throws an error that names the token when the lab does not know it. */
export function invokeFunction(token: string): InvokeFunction {
  for (const { functions: known = [] } of contributions(token))
    for (const candidate of known) if (candidate.token === token) return candidate;
  throw new Error(
    `function: want one that the lab knows, got ${token}; leave it out or teach it to lab/provider`,
  );
}

/** Everything that the lab knows, for tests and documentation. */
export function everything(): Required<Contribution> {
  const all = [...new Set(Object.values(loaders).flat())].map((contribution) => contribution());
  return {
    types: all.flatMap((one) => one.types ?? []),
    functions: all.flatMap((one) => one.functions ?? []),
  };
}
