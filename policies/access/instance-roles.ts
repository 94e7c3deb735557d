import { given } from "../site/given";
import type { Host } from "../site/host";
import { isUnknown, type Resource, type Unknown } from "../site/resources";
import type { Site } from "../site/site";

export const PROFILE = "aws:iam/instanceProfile:InstanceProfile";
export const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";

/** A policy that a role has: its text, or the ARN of one that is not of this stack. */
export interface RolePolicy {
  /** Where it is written. */
  resource: Resource;
  /** Property of the text, for messages. */
  path: string;
  text?: unknown;
  arn?: string | Unknown;
}

/** The profile of a host: of this stack, some other, or none. */
export function profileOf(host: Host): Resource | "none" | "elsewhere" {
  const made = host.resource.refs("iamInstanceProfile", PROFILE)[0];
  if (made) return made;
  const value = given(host.resource, "iamInstanceProfile");
  return value === undefined || value === "" ? "none" : "elsewhere";
}

export function rolesOf(profile: Resource): Resource[] {
  return profile.refs("role", ROLE);
}

/** Everything that gives a role rights: inline, attached, or written as policies of its own. */
export function policiesOfRole(site: Site, role: Resource): RolePolicy[] {
  const of = (type: string, property: string) =>
    site.ofType(type).filter((one) => one.refs(property).includes(role));
  return [
    ...of("aws:iam/rolePolicy:RolePolicy", "role").map((one) => ({
      ...{ resource: one, path: "policy", text: one.get("policy") },
    })),
    ...[
      ...of("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
      ...of("aws:iam/policyAttachment:PolicyAttachment", "roles"),
    ].flatMap((one) => attached(site, one, "policyArn", [one.get("policyArn")])),
    ...attached(site, role, "managedPolicyArns", given(role, "managedPolicyArns")),
    ...inline(role),
  ];
}

function attached(site: Site, resource: Resource, property: string, arns: unknown): RolePolicy[] {
  const list: unknown[] = Array.isArray(arns) ? arns : arns === undefined ? [] : [arns];
  const named = site.ofType(POLICY).filter((policy) => list.includes(policy.get("arn")));
  const policies = [...new Set([...resource.refs(property, POLICY), ...named])];
  const own = policies.map((policy) => ({
    ...{ resource: policy, path: "policy", text: policy.get("policy") },
  }));
  const arnsOfOwn = policies.map((policy) => policy.get("arn"));
  const others = list.filter(
    (arn) => (typeof arn === "string" && !arnsOfOwn.includes(arn)) || (isUnknown(arn) && own.length === 0),
  );
  return [...own, ...others.map((arn) => ({ resource, path: property, arn: arn as string | Unknown }))];
}

function inline(role: Resource): RolePolicy[] {
  const list = given(role, "inlinePolicies");
  if (isUnknown(list)) return [{ resource: role, path: "inlinePolicies", text: list }];
  return (Array.isArray(list) ? list : []).map((one: unknown, index) => {
    const path = `inlinePolicies[${index}].policy`;
    return { resource: role, path, text: isUnknown(one) ? one : (one as Record<string, unknown>).policy };
  });
}
