import { given } from "../site/given";
import type { Host } from "../site/host";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const ACCOUNT_DEFAULTS = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults";

export const instanceMetadataV2 = rule<{ maxHopLimit: number }>({
  id: "instance-metadata-v2",
  title: "A host hands out its role's credentials only for a session token, and to itself only",
  why: "Whoever can make a process on the host fetch a URL can read the role's credentials from version 1 of the metadata service. Version 2 wants a token that is asked for by PUT, which such a process cannot send, and a hop limit of 1 keeps the token's answer from leaving the host.",
  sources: [
    {
      title: "Use the Instance Metadata Service to access instance metadata, Amazon EC2 user guide",
      url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    },
    {
      title:
        "Configure instance metadata options for new instances, order of precedence, Amazon EC2 user guide",
      url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html",
    },
  ],
  fix: 'Set metadataOptions to { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 } on the instance.',
  severity: "high",
  frameworks: [
    { name: "AWS Foundational Security Best Practices", version: "1.0.0", reference: "EC2.8" },
    { name: "CIS Amazon Web Services Foundations Benchmark", version: "3.0.0", reference: "5.6" },
  ],
  examples: {
    language: "typescript",
    bad: 'new aws.ec2.Instance("web-1", { metadataOptions: { httpEndpoint: "enabled" } });\n',
    good: 'new aws.ec2.Instance("web-1", {\n  metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },\n});\n',
  },
  proof:
    "The lab's metadata service knows version 2 only: a request without a token gets 401, and a packet that was forwarded gets no answer.",
  settings: {
    maxHopLimit: {
      type: "integer",
      default: 1,
      minimum: 1,
      maximum: 64,
      description: "hops that the token's answer may travel; containers with a bridge of their own need 2",
    },
  },
  check(site, { maxHopLimit }) {
    if (site.hosts.length === 0) return notApplicable("the stack has no EC2 instance");
    return site.hosts.flatMap((host) => checkHost(site, host, maxHopLimit));
  },
});

function checkHost(site: Site, { name, resource: instance }: Host, maxHopLimit: number): Finding[] {
  const option = (key: string) => optionOf(site, instance, key);
  const endpoint = option("httpEndpoint");
  if (isUnknown(endpoint)) return [unknown(instance, endpoint, `whether ${name} has a metadata service`)];
  if (endpoint === "disabled") return [];

  const findings: Finding[] = [];
  const tokens = option("httpTokens");
  if (isUnknown(tokens)) findings.push(unknown(instance, tokens, `whether ${name} wants a session token`));
  else if (tokens !== "required")
    findings.push(
      violation(
        instance,
        `${name}: metadataOptions.httpTokens is ${shown(tokens)}, want required; without it the role's credentials can be read with a plain GET`,
      ),
    );
  const hops = option("httpPutResponseHopLimit");
  if (isUnknown(hops)) findings.push(unknown(instance, hops, `how far ${name}'s session token may travel`));
  else if (typeof hops !== "number" || hops > maxHopLimit)
    findings.push(
      violation(
        instance,
        `${name}: metadataOptions.httpPutResponseHopLimit is ${shown(hops)}, want at most ${maxHopLimit}; lower it, so that the token stays on the host`,
      ),
    );
  return findings;
}

/** What is not set on the instance comes from its launch template, then from the account; after that the image decides. */
function optionOf(site: Site, instance: Resource, key: string): unknown {
  const own = given(instance, "metadataOptions", key);
  if (own !== undefined) return own;
  for (const template of instance.refs("launchTemplate", TEMPLATE)) {
    const inherited = given(template, "metadataOptions", key);
    if (inherited !== undefined) return inherited;
  }
  for (const defaults of site.ofType(ACCOUNT_DEFAULTS)) {
    const value = defaults.get(key);
    // "no-preference" and -1 leave it to the image.
    if (value !== undefined && value !== "no-preference" && value !== -1) return value;
  }
  return undefined;
}

function shown(value: unknown): string {
  return value === undefined || value === null
    ? "not set, which leaves it to the image"
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}
