import { leastPrivilegeRoles } from "../../../policies/rules/least-privilege-roles";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(leastPrivilegeRoles, site);
/** The good site with one more statement in the web servers' role. */
const allowing = (statement: object) =>
  found(
    GOOD.copy().change("web-role-policy", {
      policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] }),
    }),
  );

test("is content with roles that name what they do", () => {
  expect(check(leastPrivilegeRoles, GOOD.copy())).toEqual({ findings: [] });
});

test.each([
  [{ Action: "*", Resource: "*" }, "web-role-policy allows every action; name those that hosts call"],
  [
    { Sid: "Secrets", Action: "secretsmanager:*", Resource: "arn:aws:secretsmanager:r:1:secret:foobar/x" },
    "web-role-policy (Secrets) allows every action of secretsmanager (secretsmanager:*); name those that hosts call",
  ],
  [
    { Action: "secretsmanager:GetSecretValue", Resource: "*" },
    "web-role-policy allows secretsmanager:GetSecretValue on *; name the resources, or narrow it by a condition",
  ],
  [
    { Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-west-1:123456789012:key/*" },
    "web-role-policy allows kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key/*; name the resources, or narrow it by a condition",
  ],
  [
    { Action: ["iam:PassRole"], Resource: "arn:aws:iam::123456789012:role/other" },
    "web-role-policy allows iam:PassRole, by which a host gives another role to a service that it controls; remove it",
  ],
  [
    { Action: "iam:Attach*Policy", Resource: "arn:aws:iam::123456789012:role/other" },
    "web-role-policy allows iam:Attach*Policy, by which a host attaches any policy; remove it",
  ],
  [
    { NotAction: "iam:*", Resource: "*" },
    "web-role-policy allows everything but iam:*; name the actions that hosts call",
  ],
  [
    { Action: "s3:GetObject", NotResource: "arn:aws:s3:::private/*" },
    "web-role-policy allows it on everything but arn:aws:s3:::private/*; name the resources",
  ],
])("finds %j", (statement, message) => {
  expect(allowing(statement)).toEqual([message]);
});

test.each([
  [
    "an action that AWS cannot narrow",
    { Action: ["ec2:DescribeInstances", "cloudwatch:PutMetricData"], Resource: "*" },
  ],
  [
    "a key that a condition narrows",
    {
      Action: "kms:Decrypt",
      Resource: "arn:aws:kms:eu-west-1:123456789012:key/*",
      Condition: {
        StringLike: { "kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:r:1:secret:x-??????" },
      },
    },
  ],
  ["a part of a bucket", { Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/*" }],
  ["what is denied", { Effect: "Deny", Action: "*", Resource: "*" }],
])("takes %s", (_, statement) => {
  expect(allowing(statement)).toEqual([]);
});

test("does not take a condition that narrows nothing, or only by the service in between", () => {
  const any = { Action: "kms:Decrypt", Resource: "*" };
  for (const Condition of [
    { StringLike: { "kms:EncryptionContext:SecretARN": "*" } },
    { StringEquals: { "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com" } },
    { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
  ])
    expect(allowing({ ...any, Condition })).toEqual([expect.stringContaining("allows kms:Decrypt on *")]);
});

test("finds a policy of AWS's", () => {
  const site = GOOD.copy();
  site.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {
    role: site.ref("web-role"),
    policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
  });
  expect(found(site)).toEqual([
    "web-role has AdministratorAccess, a policy of AWS's that is written for everybody; write out what its hosts call",
  ]);
});

test("reads policies that are attached", () => {
  const site = GOOD.copy();
  const policy = site.add("aws:iam/policy:Policy", "extra", {
    policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } }),
  });
  site.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "more", {
    role: site.ref("web-role"),
    policyArn: policy,
  });
  expect(found(site)).toEqual(["extra allows every action; name those that hosts call"]);
});

test("reads a policy of the stack by its ARN, and knows nothing of one that is elsewhere", () => {
  const site = GOOD.copy();
  const arn = "arn:aws:iam::123456789012:policy/extra";
  const policy = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
  site.change("web-role", { managedPolicyArns: [arn] });
  expect(found(site)).toEqual([
    `unknown: the text of ${arn}; without it nobody can tell what web-role may do`,
  ]);
  site.add("aws:iam/policy:Policy", "extra", { arn, policy });
  expect(found(site)).toEqual(["extra allows every action; name those that hosts call"]);
});

test("finds a role that hosts of two kinds share", () => {
  const site = GOOD.copy();
  const profile = site.get("db-1-instance", "iamInstanceProfile");
  expect(found(site.change("web-1-instance", { iamInstanceProfile: profile }))).toEqual([
    "data-role is the role of databases and web servers (db-1, db-2, db-3, web-1), want one for each kind; split it",
  ]);
});

test("finds somebody else who may take a host's role", () => {
  const assumeRolePolicy = JSON.stringify({
    Statement: [
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com", AWS: "*" }, Action: "sts:AssumeRole" },
    ],
  });
  expect(found(GOOD.copy().change("web-role", { assumeRolePolicy }))).toEqual([
    "web-role may be taken by AWS *, want ec2.amazonaws.com only; remove the others",
  ]);
});

test("leaves roles alone that no host has", () => {
  const site = GOOD.copy();
  const role = site.add("aws:iam/role:Role", "deployer", {});
  site.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "deployer-admin", {
    role,
    policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
  });
  expect(found(site)).toEqual([]);
});

test("says what nobody can know yet", () => {
  expect(found(GOOD.copy().change("web-role-policy", { policy: unknownValue }))).toEqual([
    "unknown: policy; without it nobody can tell what web-role may do",
  ]);
  expect(found(GOOD.copy().change("web-1-instance", { iamInstanceProfile: "by-hand" }))).toEqual([
    "unknown: iamInstanceProfile; without it nobody can tell what web-1 may do: its profile is not of this stack",
  ]);
});

test("is not applicable where no host has a role", () => {
  const site = new Fixture();
  site.add("aws:ec2/instance:Instance", "web-1-instance", {});
  expect(check(leastPrivilegeRoles, site)).toEqual({ notApplicable: "no host of the stack has a role" });
});
