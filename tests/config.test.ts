import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { transportsOf } from "../components/render";
import { readSettings, type Settings } from "../config";

const root = join(__dirname, "..");
/** A configuration with nothing wrong; its bundle is any file. */
const base = {
  "aws:region": "us-east-1",
  "foobar:shape": "baseline",
  "foobar:zones": '["us-east-1a","us-east-1b"]',
  "foobar:images": '{"debian":"ami-1","ubuntu":"ami-2"}',
  "foobar:appBundle": "package.json",
};
const read = (values: Record<string, string | undefined>, more: Partial<Settings> = {}) => {
  const all = Object.entries({ ...base, ...values }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return readSettings({
    stack: "test",
    values: Object.fromEntries(all),
    isSecret: () => true,
    preview: false,
    root,
    ...more,
  });
};
const datadog = {
  "foobar:agent": "datadog",
  "foobar:alertReceiver": "@ops@foobar.com",
  "datadog:apiKey": "0123456789abcdef".repeat(2),
  "datadog:appKey": "0123456789".repeat(4),
};

test("says nothing about a configuration in order and fills in closed defaults", () => {
  const { site, problems, warnings } = read({});
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  expect(site).toMatchObject({
    siteName: "www.foobar.com",
    encryptAtRest: true,
    protect: false,
    teardown: false,
    readWeights: { primary: 0, replica: 100 },
    monitoring: { agent: "prometheus", secrets: {} },
  });
});

test("spreads the hosts of each tier over the zones and gives them stable names", () => {
  const { site } = read({});
  expect(site.webServers.map(({ name, zone }) => `${name} ${zone}`)).toEqual([
    "web-1 us-east-1a",
    "web-2 us-east-1b",
    "web-3 us-east-1a",
  ]);
  expect(site.databases.map(({ name, zone, serverId }) => [name, zone, serverId])).toEqual([
    ["db-1", "us-east-1a", 1],
    ["db-2", "us-east-1b", 2],
  ]);
  expect(site.databases.map(({ membership }) => membership)).toEqual([
    { database: "pair", role: "primary", primaryName: "db-1" },
    { database: "pair", role: "replica", primaryName: "db-1" },
  ]);
});

test("takes web servers as a count of one type or as a list of types", () => {
  const types = (webServers: string) => read({ "foobar:webServers": webServers }).site.webServers;
  expect(types('{"count":100,"instanceType":"t3.large"}')).toHaveLength(100);
  expect(types('["t3.small","t3.micro"]').map(({ instanceType }) => instanceType)).toEqual([
    "t3.small",
    "t3.micro",
  ]);
});

test("finds every problem at once", () => {
  const { problems } = read({
    "aws:region": undefined,
    "foobar:cidr": "10.0.0.0/8",
    "foobar:protect": "yes",
    "foobar:readyTimeout": "1",
    "foobar:wbeServers": "3",
  });
  expect(problems.map((problem) => problem.split(":").slice(0, 2).join(":")).sort()).toEqual(
    expect.arrayContaining([
      "aws:region",
      "foobar:cidr",
      "foobar:protect",
      "foobar:readyTimeout",
      "foobar:wbeServers",
    ]),
  );
});

test.each([
  [
    "aws:region",
    "mars",
    'aws:region: want a region such as us-east-1, got "mars"; pulumi config set aws:region REGION',
  ],
  [
    "aws:region",
    undefined,
    "aws:region: want a region such as us-east-1, got nothing; pulumi config set aws:region REGION",
  ],
  ["aws:assumeRoles", "[]", "aws:assumeRoles: want nothing, got"],
  ["foobar:shape", "round", 'foobar:shape: want baseline or hardened, got "round"; choose one of them'],
  [
    "foobar:domain",
    "www.foobar.com",
    'foobar:domain: want a bare domain such as foobar.com, got "www.foobar.com"',
  ],
  [
    "foobar:cidr",
    "11.0.0.0/16",
    'foobar:cidr: want a private /16 such as 10.0.0.0/16, got "11.0.0.0/16"; change it',
  ],
  ["foobar:zones", undefined, "foobar:zones: want a list of 1 to 6 zones, got nothing; list them"],
  ["foobar:zones", "[]", "foobar:zones: want a list of 1 to 6 zones, got []"],
  ["foobar:zones", '["a","b","c","d","e","f","g"]', "foobar:zones: want a list of 1 to 6 zones, got"],
  [
    "foobar:zones",
    '["eu-west-1a"]',
    'foobar:zones: want zones of us-east-1, got "eu-west-1a"; name them in full',
  ],
  ["foobar:zones", '["us-east-1a","us-east-1a"]', "foobar:zones: want each zone once"],
  ["foobar:webServers", "3", "foobar:webServers: want 1 to 100 web servers, as a list of instance types or"],
  [
    "foobar:webServers",
    '{"count":101,"instanceType":"t3.small"}',
    "foobar:webServers: want 1 to 100 web servers",
  ],
  ["foobar:webServers", "[]", "foobar:webServers: want 1 to 100 web servers"],
  [
    "foobar:webServers",
    '["small"]',
    'foobar:webServers: want an instance type such as t3.small, got "small"',
  ],
  [
    "foobar:loadBalancers",
    '["big"]',
    'foobar:loadBalancers: want an instance type such as t3.small, got "big"',
  ],
  ["foobar:loadBalancers", "[]", "foobar:loadBalancers: want 1 to 6 load balancers"],
  [
    "foobar:loadBalancers",
    '["t3.small","t3.small"]',
    "foobar:loadBalancers: want one, since entrance is elastic-ip, got 2; set foobar:entrance to network-load-balancer",
  ],
  [
    "foobar:balancing",
    "active-passive",
    "foobar:balancing: want active-active with a single load balancer, got active-passive; add a second",
  ],
  ["foobar:entrance", "door", 'foobar:entrance: want elastic-ip or network-load-balancer, got "door"'],
  ["foobar:tls", "none", 'foobar:tls: want terminate or end-to-end or passthrough, got "none"'],
  [
    "foobar:tlsAlso",
    "terminate",
    'foobar:tlsAlso: want another way than tls, which is terminate, got "terminate"; remove it when the change is done',
  ],
  [
    "foobar:webSoftware",
    "iis",
    'foobar:webSoftware: want nginx or apache, or a list of them that the hosts take in turn, got "iis"',
  ],
  ["foobar:database", "sqlite", 'foobar:database: want pair or group, got "sqlite"'],
  ["foobar:databaseMembers", "3", "foobar:databaseMembers: want 2, since database is pair, got 3; remove it"],
  ["foobar:natGateways", "two", 'foobar:natGateways: want one or each-zone, got "two"'],
  ["foobar:rateLimit", "5", "foobar:rateLimit: want none, or requests from 1 to 10000000 in a window"],
  ["foobar:databaseType", "big", 'foobar:databaseType: want an instance type such as t3.small, got "big"'],
  [
    "foobar:databaseVolumeGiB",
    "0",
    'foobar:databaseVolumeGiB: want a whole number of GiB from 1 to 65536, got "0"',
  ],
  [
    "foobar:readWeights",
    '{"primary":0,"replica":0}',
    "foobar:readWeights: want primary and replica from 0 to 256",
  ],
  ["foobar:readWeights", '{"primary":1}', "foobar:readWeights: want primary and replica from 0 to 256"],
  [
    "foobar:images",
    '{"debian":"ami-1"}',
    "foobar:images: want an image id or exact name for ubuntu, got nothing",
  ],
  [
    "foobar:images",
    '{"debian":"debian-13-*","ubuntu":"ami-2"}',
    'foobar:images: want an image id or exact name for debian, got "debian-13-*"; pin one',
  ],
  ["foobar:agent", "nagios", 'foobar:agent: want prometheus or datadog, got "nagios"'],
  ["foobar:appBundle", "no/such.tar.gz", "foobar:appBundle: want a tar.gz with server.js at its top, got"],
  [
    "foobar:readyTimeout",
    "soon",
    'foobar:readyTimeout: want a whole number of seconds from 10 to 3600, got "soon"',
  ],
  [
    "foobar:drainTimeout",
    "5",
    'foobar:drainTimeout: want a whole number of seconds from 10 to 3600, got "5"',
  ],
  ["foobar:encryptAtRest", "1", 'foobar:encryptAtRest: want true or false, got "1"'],
  ["foobar:protect", "", "foobar:protect: want true or false, got"],
  ["foobar:teardown", "no", 'foobar:teardown: want true or false, got "no"'],
  ["foobar:webserver", "3", "foobar:webserver: want one of shape, entrance,"],
])("refuses %s = %s", (key, value, message) => {
  const { problems } = read({ [key]: value });
  expect(problems.filter((problem) => problem.startsWith(message))).toHaveLength(1);
  // A wrong region is also the reason for wrong zones; everything else is one problem.
  if (key !== "aws:region") expect(problems).toHaveLength(1);
});

test("refuses a stack whose name no bucket could have", () => {
  expect(read({}, { stack: "My_Stack" }).problems).toEqual([
    expect.stringMatching(/^stack: want a name of up to 20 of a-z, 0-9 and -, got "My_Stack"/),
  ]);
});

describe("with Datadog", () => {
  test("hands the key on as a secret", () => {
    const { site, problems } = read(datadog);
    expect(problems).toEqual([]);
    expect(Object.keys(site.monitoring.secrets)).toEqual(["datadog/api-key"]);
  });

  test("asks for both keys in a deployment, and only warns in a preview", () => {
    const without = { ...datadog, "datadog:apiKey": undefined, "datadog:appKey": undefined };
    expect(read(without).problems).toEqual([
      "datadog:apiKey: want 32 hexadecimal digits, as a secret, got nothing; pulumi config set --secret datadog:apiKey",
      "datadog:appKey: want 40 hexadecimal digits, as a secret, got nothing; pulumi config set --secret datadog:appKey",
    ]);
    const preview = read(without, { preview: true });
    expect(preview.problems).toEqual([]);
    expect(preview.warnings).toHaveLength(2);
  });

  test("refuses a key of another form without showing it", () => {
    const { problems } = read({ ...datadog, "datadog:apiKey": "hunter2" });
    expect(problems).toEqual([
      expect.stringMatching(/^datadog:apiKey: want 32 hexadecimal digits, got 7 other/),
    ]);
    expect(problems.join()).not.toContain("hunter2");
  });

  test("refuses a key in plain text", () => {
    const { problems } = read(datadog, { isSecret: (key) => key !== "datadog:apiKey" });
    expect(problems).toEqual([
      "datadog:apiKey: want a secret, got plain text; set it again: pulumi config set --secret datadog:apiKey",
    ]);
  });

  test.each([
    ["foobar:alertReceiver", "ops@foobar.com", "foobar:alertReceiver: want who gets alerts"],
    ["foobar:datadogSite", "https://datadoghq.com", "foobar:datadogSite: want a Datadog site"],
  ])("refuses %s = %s", (key, value, message) => {
    expect(read({ ...datadog, [key]: value }).problems).toEqual([expect.stringContaining(message)]);
  });
});

describe("a hardened site", () => {
  const zones = '["us-east-1a","us-east-1b","us-east-1c"]';
  const hardened = (values: Record<string, string> = {}) =>
    read({ "foobar:shape": undefined, "foobar:zones": zones, ...values });

  test("is what a configuration without a shape means: every switch on its safe side", () => {
    const { site, problems } = hardened();
    expect(problems).toEqual([]);
    expect(site).toMatchObject({
      entrance: "network-load-balancer",
      balancing: "active-active",
      tls: "end-to-end",
      database: "group",
      natGateways: "each-zone",
      rateLimit: { requests: 2000, windowSec: 10 },
    });
    expect(site.loadBalancers.map(({ name, zone }) => `${name} ${zone}`)).toEqual([
      "lb-1 us-east-1a",
      "lb-2 us-east-1b",
    ]);
    expect(site.webServers.map(({ server }) => server)).toEqual(["nginx", "apache", "nginx"]);
    expect(site.databases.map(({ name, membership, zone }) => [name, membership, zone])).toEqual([
      ["db-1", { database: "group" }, "us-east-1a"],
      ["db-2", { database: "group" }, "us-east-1b"],
      ["db-3", { database: "group" }, "us-east-1c"],
    ]);
  });

  test.each([
    ["entrance", "elastic-ip", { loadBalancers: '["t3.small"]' }],
    ["tls", "terminate", {}],
    ["database", "pair", {}],
    ["natGateways", "one", {}],
    ["webSoftware", "nginx", {}],
  ])("can have %s switched to %s alone", (key, value, more) => {
    const changed = { [`foobar:${key}`]: value };
    for (const [other, text] of Object.entries(more)) changed[`foobar:${other}`] = text;
    const { site, problems } = hardened(changed);
    expect(problems).toEqual([]);
    const whole = hardened().site;
    const differing = (["entrance", "tls", "database", "natGateways", "webSoftware"] as const).filter(
      (name) => JSON.stringify(site[name]) !== JSON.stringify(whole[name]),
    );
    expect(differing).toEqual([key]);
  });

  test("speaks both ways with its web servers while tls changes", () => {
    const transports = (values: Record<string, string>) => transportsOf(hardened(values).site);
    expect(transports({})).toEqual(["mutual-tls"]);
    expect(transports({ "foobar:tls": "terminate", "foobar:tlsAlso": "end-to-end" })).toEqual([
      "mutual-tls",
      "plain",
    ]);
    expect(transports({ "foobar:tlsAlso": "terminate" })).toEqual(["mutual-tls", "plain"]);
  });

  test.each([
    [
      "databaseMembers",
      "4",
      "foobar:databaseMembers: want 3 or 5 members of the group, got 4; an even group",
    ],
    [
      "databaseMembers",
      "5",
      "foobar:databaseMembers: want at most as many members as zones, of which there are 3, got 5; add zones",
    ],
    [
      "tlsAlso",
      "plain",
      'foobar:tlsAlso: want terminate or end-to-end or passthrough, got "plain"; choose one',
    ],
    [
      "tlsAlso",
      "passthrough",
      'foobar:tlsAlso: want terminate beside end-to-end or passthrough, got "passthrough"; go from one to the other',
    ],
    [
      "loadBalancers",
      '{"count":7,"instanceType":"t3.small"}',
      "foobar:loadBalancers: want 1 to 6 load balancers",
    ],
  ])("refuses %s = %s", (key, value, message) => {
    const { problems } = hardened({ [`foobar:${key}`]: value });
    expect(problems).toEqual([expect.stringContaining(message)]);
  });
});

test.each(["Pulumi.dev.yaml", "Pulumi.prod.yaml", "lab/Pulumi.baseline.yaml", "lab/Pulumi.lab.yaml"])(
  "%s is a configuration in order",
  (file) => {
    const { config } = parse(readFileSync(join(root, file), "utf8")) as { config: Record<string, unknown> };
    const values = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    const { problems } = readSettings({
      stack: "test",
      values: { ...values, "foobar:appBundle": "package.json" },
      isSecret: () => true,
      preview: true,
      root,
    });
    expect(problems).toEqual([]);
  },
);
