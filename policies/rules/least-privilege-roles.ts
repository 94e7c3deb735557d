import type { Host } from "../site/host";
import { ESCALATES, WITHOUT_RESOURCE } from "../access/iam-actions";
import { isEverything, matches, statementsOf, type Statement } from "../access/iam-policy";
import { policiesOfRole, profileOf, rolesOf, type RolePolicy } from "../access/instance-roles";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

const AWS_MANAGED = /^arn:aws[a-z-]*:iam::aws:policy\//;
const EC2 = /^ec2\.amazonaws\.com(\.cn)?$/;

export const leastPrivilegeRoles = rule({
  id: "least-privilege-roles",
  title: "A host's role may do what hosts of its tier do, and nothing else",
  why: "Whoever gets into one process of a host has its role. A role that can read every secret, or give itself another role, turns a hole in a web server into the loss of the account; one that is shared between tiers gives the web server the database's secrets.",
  sources: [
    {
      title: "Security best practices in IAM, IAM user guide",
      url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    },
    {
      title: "Service Authorization Reference: Actions, resources, and condition keys for AWS services",
      url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    },
    {
      title: "AWS IAM Privilege Escalation: Methods and Mitigation, Rhino Security Labs",
      url: "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/",
    },
  ],
  fix: "Write one role for each tier, with the actions that its hosts call and the ARNs that they call them on; where an ARN cannot be known, narrow by a condition.",
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC03-BP02" },
    { name: "CIS Amazon Web Services Foundations Benchmark", version: "3.0.0", reference: "1.16" },
  ],
  examples: {
    language: "json",
    bad: '{ "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*" }\n',
    good: '{\n  "Effect": "Allow",\n  "Action": "secretsmanager:GetSecretValue",\n  "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:foobar/dev/tls/site-??????"\n}\n',
  },
  proof:
    "Each host of the lab boots, reports and drains with the calls that its policy names, and makes no other call.",
  check(site) {
    const profiles = new Map<Resource, Host[]>();
    const findings: Finding[] = [];
    let asked = false;
    for (const host of site.hosts) {
      const profile = profileOf(host);
      asked ||= profile !== "none";
      if (profile === "elsewhere")
        findings.push(
          unknown(
            host.resource,
            "iamInstanceProfile",
            `what ${host.name} may do: its profile is not of this stack`,
          ),
        );
      else if (profile !== "none") profiles.set(profile, [...(profiles.get(profile) ?? []), host]);
    }
    if (!asked) return notApplicable("no host of the stack has a role");
    const roles = new Map<Resource, Host[]>();
    for (const [profile, hosts] of profiles) {
      const own = rolesOf(profile);
      if (own.length === 0)
        findings.push(unknown(profile, "role", `what ${hosts.map(({ name }) => name).join(", ")} may do`));
      for (const role of own) roles.set(role, [...(roles.get(role) ?? []), ...hosts]);
    }
    for (const [role, hosts] of roles)
      findings.push(
        ...shared(role, hosts),
        ...trust(role),
        ...policiesOfRole(site, role).flatMap((policy) => rights(role, policy)),
      );
    return findings;
  },
});

/** What a host is for, by what it runs. */
function kindOf(host: Host): string {
  if (host.mysql !== undefined) return "databases";
  if (host.web !== undefined) return "web servers";
  return host.haproxy === undefined ? "others" : "load balancers";
}

function shared(role: Resource, hosts: readonly Host[]): Finding[] {
  const kinds = [...new Set(hosts.map(kindOf))].sort();
  if (kinds.length < 2) return [];
  const unreadable = hosts.map(({ userData }) => userData).find(isUnknown);
  if (unreadable) return [unknown(role, unreadable, `whether hosts of one kind only have role ${role.name}`)];
  return [
    violation(
      role,
      `${role.name} is the role of ${kinds.join(" and ")} (${hosts.map(({ name }) => name).join(", ")}), want one for each kind; split it`,
    ),
  ];
}

function trust(role: Resource): Finding[] {
  const statements = statementsOf(role.get("assumeRolePolicy"), "assumeRolePolicy");
  if (isUnknown(statements)) return [unknown(role, statements, `who may take role ${role.name}`)];
  const others = statements
    .filter(({ allow }) => allow)
    .flatMap(({ principals }) =>
      Object.entries(principals).flatMap(([kind, names]) =>
        names
          .filter((name) => kind !== "Service" || !EC2.test(name))
          .map((name) => (kind === "*" ? name : `${kind} ${name}`)),
      ),
    );
  if (others.length === 0) return [];
  return [
    violation(
      role,
      `${role.name} may be taken by ${others.join(", ")}, want ec2.amazonaws.com only; remove the others`,
    ),
  ];
}

function rights(role: Resource, { resource, path, text, arn }: RolePolicy): Finding[] {
  if (isUnknown(arn)) return [unknown(resource, arn, `what ${role.name} may do`)];
  if (arn !== undefined && !AWS_MANAGED.test(arn))
    return [unknown(resource, `the text of ${arn}`, `what ${role.name} may do`)];
  if (arn !== undefined)
    return [
      violation(
        resource,
        `${role.name} has ${arn.split("/").at(-1)}, a policy of AWS's that is written for everybody; write out what its hosts call`,
      ),
    ];
  const statements = statementsOf(text, path);
  if (isUnknown(statements)) return [unknown(resource, statements, `what ${role.name} may do`)];
  return statements
    .filter(({ allow }) => allow)
    .flatMap((statement) => {
      const where = statement.sid ? `${resource.name} (${statement.sid})` : resource.name;
      return faults(statement).map((fault) => violation(resource, `${where} ${fault}`));
    });
}

/** What is too much in a statement that allows. Once it is every action, nothing more needs to be said. */
function faults(statement: Statement): string[] {
  const { actions, notActions, notResources, resources } = statement;
  if (notActions.length > 0)
    return [`allows everything but ${notActions.join(", ")}; name the actions that hosts call`];
  if (notResources.length > 0)
    return [`allows it on everything but ${notResources.join(", ")}; name the resources`];
  if (actions.includes("*") || actions.includes("*:*"))
    return ["allows every action; name those that hosts call"];
  const found: string[] = [];
  const whole = actions.filter((action) => /^[^:]+:\*$/.test(action) && !WITHOUT_RESOURCE.includes(action));
  for (const action of whole)
    found.push(`allows every action of ${action.split(":")[0]} (${action}); name those that hosts call`);
  const named = actions.filter((action) => !whole.includes(action));
  for (const action of named) {
    const [way] = Object.entries(ESCALATES).filter(([escalation]) => matches(action, escalation));
    if (way) found.push(`allows ${action}, by which a host ${way[1]}; remove it`);
  }
  const wide = resources.filter(isEverything);
  const narrowable = named.filter((action) => !WITHOUT_RESOURCE.some((pattern) => matches(pattern, action)));
  const loose = narrowable.filter((action) => !narrowed(action, statement));
  if (wide.length > 0 && loose.length > 0)
    found.push(
      `allows ${loose.join(", ")} on ${wide.join(", ")}; name the resources, or narrow it by a condition`,
    );
  return found;
}

/** Conditions that say which resource is meant: those of the action's own service, and tags of the resource. */
function narrowed(action: string, { conditions }: Statement): boolean {
  const [service] = action.toLowerCase().split(":");
  return Object.entries(conditions).some(([key, values]) => {
    const name = key.toLowerCase();
    const about =
      name.startsWith("aws:resourcetag/") || (name.startsWith(`${service}:`) && name !== "kms:viaservice");
    return about && values.length > 0 && !values.some((value) => /^\**$/.test(value));
  });
}
