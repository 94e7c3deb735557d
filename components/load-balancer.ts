import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { weightsOf, type Capacity } from "./capacity";
import { Host, type Placement } from "./host";
import { encodeUserData, loadBalancerUserData } from "./render";
import { tagsOf } from "./tags";
import type { HostSettings } from "./web-server";

export interface LoadBalancerArgs {
  placement: Placement;
  settings: HostSettings;
  siteName: string;
  /** The bare domain, redirected to the site's name. */
  apexName: string;
  /** The web servers by short name, and what each has: its share of the requests follows from it. */
  webServers: { name: string; capacity: pulumi.Input<Capacity> }[];
  /** Where the web servers listen. */
  webPort: 8080;
  /** The traffic switches of the web servers: a balancer is ready when it finds one that serves. */
  after: pulumi.Resource[];
  /** Whether the address may not be released by a deployment. */
  protect: boolean;
}

/**
 * HAProxy with the site's certificate, and the site's address. The address moves to a new balancer when that one
 * serves; connections that are open then are cut, the price of having a single one.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly host: Host;
  /** The site's public address. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings, siteName, apexName, webServers, webPort } = args;
    super("foobar:edge:LoadBalancer", name, { settings, siteName, apexName, webServers, webPort }, opts);
    const capacities = pulumi.all(webServers.map(({ capacity }) => capacity));
    const userData = pulumi.all([settings.bucket, capacities]).apply(([bucket, known]) => {
      const weights = weightsOf(known);
      return encodeUserData(
        loadBalancerUserData({
          ...settings,
          name,
          bucket,
          siteName,
          apexName,
          webServers: webServers.map((server, index) => ({ name: server.name, weight: weights[index] })),
          webPort,
        }),
      );
    });
    const eip = new aws.ec2.Eip(
      `${name}-address`,
      { domain: "vpc", tags: tagsOf(name, "edge") },
      { parent: this, protect: args.protect },
    );
    this.address = eip.publicIp;
    this.host = new Host(
      name,
      {
        ...args.placement,
        tier: "edge",
        userData,
        // Until the address is its own, the host needs one to fetch its bundle and its secrets.
        publicAddress: true,
        nameAfter: args.after,
      },
      { parent: this },
    );
    new aws.ec2.EipAssociation(
      `${name}-switch`,
      { allocationId: eip.allocationId, instanceId: this.host.instanceId, allowReassociation: true },
      { parent: this, dependsOn: [this.host.record] },
    );
    this.registerOutputs({ address: this.address });
  }
}
