import * as pulumi from "@pulumi/pulumi";
import { isUnknown, Resource, unknownIn, type RawResource } from "../../policies/site/resources";
import { goodSite } from "../../tests/support/policies";

/** What the fixture describes, registered one by one. */
const made = new Map<string, pulumi.Resource>();

class Component extends pulumi.ComponentResource {}

class Custom extends pulumi.CustomResource {}

for (const raw of goodSite({ webServers: Number(process.env.WEB_SERVERS) }).resources) {
  const { type, name, parent, dependencies } = raw;
  // The stack itself is there already.
  if (type === "pulumi:pulumi:Stack") continue;
  const options = {
    parent: parent && made.get(parent.urn),
    dependsOn: dependencies.map(({ urn }) => made.get(urn)).filter((one) => one !== undefined),
  };
  const resource = type.startsWith("foobar:")
    ? new Component(type, name, {}, options)
    : new Custom(type, name, inputsOf(raw), options);
  made.set(raw.urn, resource);
}

/** The fixture's values; where one is not known in a preview, the id of what it refers to, which is not known either. */
function inputsOf(raw: RawResource): pulumi.Inputs {
  const resource = new Resource(raw);
  return Object.fromEntries(
    Object.keys(raw.props).map((property) => {
      const sources = (raw.propertyDependencies[property] ?? []).map(({ urn }) => made.get(urn)!);
      return [property, withSources(resource.get(property), sources)];
    }),
  );
}

function withSources(value: unknown, sources: pulumi.Resource[]): unknown {
  const ids = sources.map((source) => (source instanceof pulumi.CustomResource ? source.id : source.urn));
  const fill = (one: unknown): unknown => {
    if (isUnknown(one)) return pulumi.all(ids).apply(([id]) => id);
    if (Array.isArray(one)) return one.map(fill);
    if (one === null || typeof one !== "object") return one;
    return Object.fromEntries(Object.entries(one).map(([key, member]) => [key, fill(member)]));
  };
  if (sources.length === 0 || unknownIn(value)) return fill(value);
  // What is known may refer to resources, too: a bucket's name does.
  return pulumi.all(sources.map(({ urn }) => urn)).apply(() => value);
}
