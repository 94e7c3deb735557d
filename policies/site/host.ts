import { ConfigError } from "../parse/config-error";
import { parseApache, type ApacheConfig } from "../parse/apache";
import { parseUserData, type UserData } from "../parse/cloud-init";
import { parseEnvironment } from "../parse/environment";
import { parseHaproxy, type HaproxyConfig } from "../parse/haproxy";
import { parseMysql, type MysqlConfig } from "../parse/mysql";
import { parseNftables, type Ruleset } from "../parse/nftables";
import { parseNginx, type NginxConfig } from "../parse/nginx";
import { apacheListeners, nginxListeners, type WebListener } from "../parse/web";
import { byName } from "./order";
import { isUnknown, Unknown, type Resource } from "./resources";
import type { Site } from "./site";

export const INSTANCE = "aws:ec2/instance:Instance";

/** What a question about a host's configuration gives: the answer, nothing there, or nobody can know. */
export type Known<T> = T | undefined | Unknown;

/** An EC2 instance and the configuration that it boots with. Each part is parsed when it is first asked for. */
export class Host {
  private readonly parsed = new Map<string, unknown>();

  constructor(readonly resource: Resource) {}

  /** Short name from its user data, such as `web-1`; the resource's name when there is none. */
  get name(): string {
    const data = this.userData;
    return (data && !isUnknown(data) && data.hostname) || this.resource.name;
  }

  /** The name by which others find it, such as `web-1.foobar.internal`. */
  get fqdn(): string | undefined {
    const data = this.userData;
    return data && !isUnknown(data) ? data.fqdn : undefined;
  }

  get instanceType(): Known<string> {
    return this.resource.get("instanceType") as Known<string>;
  }

  get subnet(): Resource | undefined {
    return this.resource.refs("subnetId", "aws:ec2/subnet:Subnet")[0];
  }

  /** Availability zone. */
  get zone(): Known<string> {
    if (this.subnet) return this.subnet.get("availabilityZone") as Known<string>;
    return this.resource.get("availabilityZone") as Known<string>;
  }

  get securityGroups(): Resource[] {
    return this.resource.refs("vpcSecurityGroupIds", "aws:ec2/securityGroup:SecurityGroup");
  }

  /** Undefined when the instance has none. Unknown also when it is no cloud-init document that can be read. */
  get userData(): Known<UserData> {
    return this.once("user data", () => {
      const base64 = this.resource.get("userDataBase64");
      const text = this.resource.get("userData");
      if (isUnknown(base64)) return base64;
      if (isUnknown(text)) return text;
      if (typeof base64 === "string" && base64 !== "") return parseUserData({ base64 });
      return typeof text === "string" && text !== "" ? parseUserData({ text }) : undefined;
    });
  }

  /** A file that user data writes. */
  file(path: string): Known<string> {
    const data = this.userData;
    return !data || isUnknown(data) ? data : data.files.get(path)?.content;
  }

  /** Paths of the files that user data writes and that match. */
  paths(pattern: RegExp): string[] {
    const data = this.userData;
    return !data || isUnknown(data) ? [] : [...data.files.keys()].filter((path) => pattern.test(path));
  }

  get haproxy(): Known<HaproxyConfig> {
    return this.configuration("/etc/haproxy/haproxy.cfg", parseHaproxy);
  }

  get nginx(): Known<NginxConfig> {
    return this.configuration("/etc/nginx/nginx.conf", parseNginx);
  }

  get apache(): Known<ApacheConfig> {
    return this.configuration("/etc/apache2/apache2.conf", parseApache);
  }

  /** What the host's web server listens on, whichever it is. */
  get web(): Known<WebListener[]> {
    return this.once("web", () => {
      const { nginx, apache } = this;
      if (isUnknown(nginx)) return nginx;
      if (isUnknown(apache)) return apache;
      if (!nginx && !apache) return undefined;
      return [...(nginx ? nginxListeners(nginx) : []), ...(apache ? apacheListeners(apache) : [])];
    });
  }

  /** MySQL's settings, from the files that the site adds last. */
  get mysql(): Known<MysqlConfig> {
    return this.once("mysql", () => {
      const data = this.userData;
      if (!data || isUnknown(data)) return data;
      const files = this.paths(/^\/etc\/mysql\/.*\.cnf$/).sort();
      return files.length > 0 ? parseMysql(files.map((path) => data.files.get(path)!)) : undefined;
    });
  }

  get nftables(): Known<Ruleset> {
    return this.configuration("/etc/nftables.conf", parseNftables);
  }

  /** A file of `KEY=value` lines, such as `/etc/foobar/host.env`. */
  environment(path: string): Known<Record<string, string>> {
    return this.configuration(path, (text) => parseEnvironment(text, path));
  }

  private configuration<T>(
    path: string,
    parse: (text: string, path: string, files: UserData["files"]) => T,
  ): Known<T> {
    return this.once(path, () => {
      const data = this.userData;
      if (!data || isUnknown(data)) return data;
      const file = data.files.get(path);
      return file && parse(file.content, path, data.files);
    });
  }

  private once<T>(key: string, make: () => Known<T>): Known<T> {
    if (!this.parsed.has(key)) this.parsed.set(key, readable(make));
    return this.parsed.get(key) as Known<T>;
  }
}

/** A configuration that cannot be read is one that nobody knows. */
function readable<T>(make: () => Known<T>): Known<T> {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) return new Unknown(error.message);
    throw error;
  }
}

/** In the order of their resources' names, so that what is said of them is the same in every run. */
export function hostsOf(site: Site): Host[] {
  return byName(site.ofType(INSTANCE)).map((resource) => new Host(resource));
}
