/**
 * The instance metadata service, version 2. Who asks is known by the source address, which the VPC lets nobody
 * forge. The hop limit of a token's answer is recorded and not enforced: Node cannot set it, and in the lab only
 * the host's own network namespace reaches the service.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { publicAddressOf } from "./addresses";
import { instanceTypes } from "./instanceTypes";
import { privateDomain } from "./kinds/compute";
import { accountId, idsIn, tagsOf, type Model } from "./model";
import type { Resource } from "./store";

/** Seconds that a token may live. */
const maxTokenSec = 21_600;
/** Role credentials are renewed in the middle of this time. */
const credentialsSec = 6 * 3600;

type Tree = { [name: string]: Tree | string | undefined };

interface MetadataOptions {
  httpEndpoint?: string;
  httpTokens?: string;
  instanceMetadataTags?: string;
}

/** The role behind an instance, through its profile. */
function roleOf(model: Model, host: Resource): { role?: Resource; profile?: Resource } {
  const profile = model.get("iam/instanceProfile", host.properties.iamInstanceProfile);
  return { profile, role: model.get("iam/role", profile?.properties.role) };
}

/** Credentials of a role: the same until half of their time is over, so that a cache in front of them is right. */
function credentials(secret: Buffer, role: string, host: Resource, nowMs: number): string {
  const half = (credentialsSec / 2) * 1000;
  const start = Math.floor(nowMs / half) * half;
  const part = (label: string): Buffer =>
    createHmac("sha256", secret).update(`${label} ${role} ${host.id} ${start}`).digest();
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  return JSON.stringify(
    {
      Code: "Success",
      LastUpdated: time(start),
      Type: "AWS-HMAC",
      AccessKeyId: `ASIA${part("id").toString("hex").slice(0, 16).toUpperCase()}`,
      SecretAccessKey: part("key").toString("base64").slice(0, 40),
      Token: part("token").toString("base64").repeat(4),
      Expiration: time(start + credentialsSec * 1000),
    },
    null,
    2,
  );
}

/** `meta-data` of an instance. */
function metaData(model: Model, host: Resource, secret: Buffer): Tree {
  const { id, properties, attributes, region } = host;
  const { role, profile } = roleOf(model, host);
  const publicIp = publicAddressOf(model, id);
  const hostname = `ip-${String(attributes.privateIp).replaceAll(".", "-")}.${privateDomain(region)}`;
  const groups = idsIn(properties.vpcSecurityGroupIds);
  const options = (properties.metadataOptions ?? {}) as MetadataOptions;
  return {
    "ami-id": properties.ami as string,
    "instance-id": id,
    "instance-type": properties.instanceType as string,
    hostname,
    "local-hostname": hostname,
    "local-ipv4": attributes.privateIp as string,
    "public-ipv4": publicIp,
    "security-groups": groups
      .map((group) => String(model.get("ec2/securityGroup", group)?.properties.name))
      .join("\n"),
    placement: { "availability-zone": attributes.availabilityZone as string, region },
    services: { domain: "amazonaws.com", partition: "aws" },
    iam:
      profile === undefined
        ? undefined
        : {
            info: JSON.stringify(
              {
                Code: "Success",
                LastUpdated: new Date(host.createdAtMs).toISOString(),
                InstanceProfileArn: profile.attributes.arn,
                InstanceProfileId: profile.attributes.uniqueId,
              },
              null,
              2,
            ),
            "security-credentials":
              role === undefined ? undefined : { [role.id]: credentials(secret, role.id, host, Date.now()) },
          },
    tags: options.instanceMetadataTags === "enabled" ? { instance: tagsOf(host) } : undefined,
  };
}

const identityDocument = ({ id, properties, attributes, region, createdAtMs }: Resource): string =>
  JSON.stringify(
    {
      accountId,
      architecture: instanceTypes[properties.instanceType as string]?.architecture ?? "x86_64",
      availabilityZone: attributes.availabilityZone,
      imageId: properties.ami,
      instanceId: id,
      instanceType: properties.instanceType,
      pendingTime: new Date(createdAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
      privateIp: attributes.privateIp,
      region,
      version: "2017-09-30",
    },
    null,
    2,
  );

/** User data as it was given, before base64. */
export function userDataOf({ properties }: Resource): Buffer {
  const { userData, userDataBase64 } = properties as { userData?: string; userDataBase64?: string };
  return userDataBase64 === undefined ? Buffer.from(userData ?? "") : Buffer.from(userDataBase64, "base64");
}

/** Tokens carry their own end and the address they are for, signed: they survive a restart of the daemon. */
class Tokens {
  constructor(private readonly secret: Buffer) {}

  private sign(address: string, end: string): Buffer {
    return createHmac("sha256", this.secret).update(`imds ${address} ${end}`).digest();
  }

  make(address: string, seconds: number): string {
    const end = String(Date.now() + seconds * 1000);
    return `${Buffer.from(end).toString("base64url")}.${this.sign(address, end).toString("base64url")}`;
  }

  valid(token: unknown, address: string): boolean {
    if (typeof token !== "string") return false;
    const [end, signature] = token.split(".").map((part) => Buffer.from(part, "base64url"));
    const wanted = this.sign(address, String(end));
    return (
      signature?.length === wanted.length &&
      timingSafeEqual(signature, wanted) &&
      Number(String(end)) > Date.now()
    );
  }
}

function walk(tree: Tree, path: readonly string[]): string | undefined {
  let node: Tree | string | undefined = tree;
  for (const name of path)
    node = typeof node === "object" && Object.hasOwn(node, name) ? node[name] : undefined;
  if (typeof node !== "object") return node;
  const names = Object.entries(node).filter(([, value]) => value !== undefined);
  return names.map(([name, value]) => (typeof value === "object" ? `${name}/` : name)).join("\n");
}

/** The HTTP server of the service; the caller lets it listen. */
export function metadataServer(model: Model, secret: Buffer): Server {
  const tokens = new Tokens(secret);
  const instanceAt = (address: string): Resource | undefined =>
    model.all("ec2/instance").find(({ attributes }) => attributes.privateIp === address);

  const say = (
    response: ServerResponse,
    status: number,
    body: string | Buffer = "",
    headers: Record<string, string> = {},
  ): void => {
    const refused = status >= 400;
    response.writeHead(status, {
      "Content-Type": refused ? "text/html" : "text/plain",
      Server: "EC2ws",
      ...headers,
    });
    response.end(
      refused
        ? `<?xml version="1.0"?><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
        : body,
    );
  };

  const putToken = (request: IncomingMessage, response: ServerResponse, address: string): void => {
    const wished = request.headers["x-aws-ec2-metadata-token-ttl-seconds"];
    if (request.headers["x-forwarded-for"] !== undefined) return say(response, 403);
    const seconds = Number(wished);
    if (wished === undefined || !Number.isInteger(seconds) || seconds < 1 || seconds > maxTokenSec)
      return say(response, 400);
    return say(response, 200, tokens.make(address, seconds), {
      "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": String(seconds),
    });
  };

  const get = (request: IncomingMessage, response: ServerResponse, host: Resource, address: string): void => {
    const options = (host.properties.metadataOptions ?? {}) as MetadataOptions;
    const token = request.headers["x-aws-ec2-metadata-token"];
    // version 1 only where the instance asks for it; a wrong token is wrong everywhere
    if ((token !== undefined || options.httpTokens !== "optional") && !tokens.valid(token, address))
      return say(response, 401);
    const [version, ...path] = new URL(request.url ?? "/", "http://imds").pathname
      .split("/")
      .filter((part) => part !== "");
    if (version === undefined) return say(response, 200, "latest");
    if (version !== "latest" && !/^\d{4}-\d{2}-\d{2}$|^1\.0$/.test(version)) return say(response, 404);
    const userData = userDataOf(host);
    if (path.length === 1 && path[0] === "user-data")
      return userData.length > 0
        ? say(response, 200, userData, { "Content-Type": "application/octet-stream" })
        : say(response, 404);
    const tree: Tree = {
      dynamic: { "instance-identity": { document: identityDocument(host) } },
      "meta-data": metaData(model, host, secret),
      "user-data": userData.length > 0 ? "" : undefined,
    };
    const found = walk(tree, path);
    return found === undefined ? say(response, 404) : say(response, 200, found);
  };

  return createServer((request, response) => {
    const address = request.socket.remoteAddress ?? "";
    const host = instanceAt(address);
    if (host === undefined) return say(response, 404);
    if ((host.properties.metadataOptions as MetadataOptions | undefined)?.httpEndpoint === "disabled")
      return say(response, 403);
    if (request.method === "PUT" && request.url === "/latest/api/token")
      return putToken(request, response, address);
    if (request.method !== "GET" && request.method !== "HEAD") return say(response, 405);
    return get(request, response, host, address);
  });
}
