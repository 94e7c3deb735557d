import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Capacity } from "./capacity";
import { Host, type Placement } from "./host";
import { refuse } from "./refuse";
import { databaseUserData, encodeUserData, membershipProblem, type DatabaseMembership } from "./render";
import { tagsOf } from "./tags";
import type { HostSettings } from "./web-server";

/** Where a database server runs, and its place among the members: `database: "pair"` with a role, or `"group"`. */
export type DatabaseServerArgs = DatabaseServerPlace & DatabaseMembership;

interface DatabaseServerPlace {
  placement: Placement;
  settings: HostSettings;
  /** Availability zone of the subnet: the volume can never leave it. */
  zone: string;
  /** MySQL's `server_id`: a number of its own for every member. */
  serverId: number;
  /** Short names of all members. A group has three or five. */
  members: string[];
  /** What the host has: MySQL's memory follows from it. */
  capacity: pulumi.Input<Capacity>;
  /** GiB. It can grow in place and never shrink. */
  volumeGiB: number;
  /** Whether the volume may not be deleted by a deployment. */
  protect: boolean;
  /** What the member before this one must have done before this one may be replaced. @default none */
  after: pulumi.Resource[];
}

/**
 * A member of the MySQL pair or group: a host, and a volume that outlives it. The host is replaced in place: it lets
 * go of the volume, goes, and its successor of the same name mounts the volume and goes on. No change of configuration
 * gives a member an empty volume.
 */
export class DatabaseServer extends pulumi.ComponentResource {
  readonly host: Host;
  /** What the next member, and whoever needs the database, depends on. */
  readonly attachment: aws.ec2.VolumeAttachment;

  constructor(name: string, args: DatabaseServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { placement, capacity, after, ...inputs } = args;
    super("foobar:data:DatabaseServer", name, inputs, opts);
    refuse(this, name, checkDatabaseServer(name, args));
    const { settings, serverId, members } = args;
    const membership: DatabaseMembership =
      args.database === "pair"
        ? { database: "pair", role: args.role, primaryName: args.primaryName }
        : { database: "group" };
    const userData = pulumi
      .all([settings.bucket, capacity])
      .apply(([bucket, { memoryMiB }]) =>
        encodeUserData(
          databaseUserData({ ...settings, ...membership, name, bucket, serverId, members, memoryMiB }),
        ),
      );
    const volume = new aws.ebs.Volume(
      `${name}-volume`,
      {
        availabilityZone: args.zone,
        size: args.volumeGiB,
        type: "gp3",
        encrypted: placement.keyArn !== undefined,
        kmsKeyId: placement.keyArn,
        tags: tagsOf(`${name}-data`, "data"),
      },
      { parent: this, protect: args.protect },
    );
    this.host = new Host(
      name,
      { ...placement, tier: "data", userData, replacement: "old-first", replaceAfter: after },
      { parent: this },
    );
    this.attachment = new aws.ec2.VolumeAttachment(
      `${name}-attachment`,
      {
        deviceName: "/dev/sdf",
        volumeId: volume.id,
        instanceId: this.host.instanceId,
        // A host that did not let go by itself is shut down: a volume is never pulled from a running MySQL.
        stopInstanceBeforeDetaching: true,
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        // The hooks wait for the host to serve, and it serves under its name.
        dependsOn: [this.host.record],
        hooks: {
          afterCreate: [placement.hooks.attached],
          beforeDelete: [placement.hooks.detaching],
        },
      },
    );
    this.registerOutputs({});
  }
}

/** Every problem of a database server's arguments. */
export function checkDatabaseServer(name: string, args: DatabaseServerArgs): string[] {
  const problems: string[] = [];
  const membership = membershipProblem({ ...args, name });
  if (membership !== undefined) problems.push(membership);
  if (!Number.isInteger(args.volumeGiB) || args.volumeGiB < 1 || args.volumeGiB > 65536)
    problems.push(`volumeGiB: want 1 to 65536, got ${args.volumeGiB}; change it`);
  return problems;
}
