import { given } from "../site/given";
import { isUnknown, Unknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";

/** How something is kept: with a key of the customer's, with one of AWS's, in plain, or nobody can know. */
export type AtRest = "own key" | "AWS's key" | "plain" | Unknown;

/** Kinds of resource that keep data, and how to see how. */
export interface Store {
  type: string;
  /** Plural, for people. */
  label: string;
  /** What to set. */
  fix: string;
  look(resource: Resource, site: Site): AtRest;
}

const KEYS = ["aws:kms/key:Key", "aws:kms/alias:Alias", "aws:kms/replicaKey:ReplicaKey"];
const BUCKET_ENCRYPTION =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

/**
 * Whose key a property names. Not known yet but made from a key of the stack: the customer's. `alias/aws/` begins the
 * names of AWS's own ("AWS managed keys", AWS KMS developer guide).
 */
function keyIn(resource: Resource, property: string, value: unknown): "own key" | "AWS's key" | Unknown {
  if (isUnknown(value)) {
    const made = resource.refs(property);
    if (made.some(({ type }) => KEYS.includes(type))) return "own key";
    // Made of nothing: AWS will say which of its own keys it took.
    return made.length > 0 ? value : "AWS's key";
  }
  return typeof value === "string" && value !== "" && !/(^|:)alias\/aws\//.test(value)
    ? "own key"
    : "AWS's key";
}

/** What a block device or volume says of itself, and what the account's defaults make of it. */
function disk(site: Site, resource: Resource, property: string, fields: unknown): AtRest {
  if (isUnknown(fields)) return fields;
  const { encrypted, kmsKeyId } = (fields ?? {}) as Record<string, unknown>;
  const [byDefault] = site.ofType("aws:ebs/encryptionByDefault:EncryptionByDefault");
  const always = byDefault !== undefined && byDefault.get("enabled") !== false;
  if (!always && isUnknown(encrypted) && resource.refs(property).length > 0) return encrypted;
  if (!always && encrypted !== true) return "plain";
  if (kmsKeyId !== undefined && kmsKeyId !== null) return keyIn(resource, property, kmsKeyId);
  const [defaultKey] = site.ofType("aws:ebs/defaultKmsKey:DefaultKmsKey");
  return defaultKey ? keyIn(defaultKey, "keyArn", defaultKey.get("keyArn")) : "AWS's key";
}

function volumeOf(resource: Resource, site: Site): AtRest {
  const fields = { encrypted: given(resource, "encrypted"), kmsKeyId: given(resource, "kmsKeyId") };
  return disk(site, resource, "kmsKeyId", fields);
}

function bucketOf(bucket: Resource, site: Site): AtRest {
  const name = bucket.get("bucket");
  const separate = site
    .ofType(BUCKET_ENCRYPTION)
    .find(
      (one) =>
        one.refs("bucket").includes(bucket) || (typeof name === "string" && one.get("bucket") === name),
    );
  if (separate) return bucketRule(separate, "rules", separate.at("rules", "0"));
  // What the bucket says of itself may be what AWS had set before the other resource was there.
  const own = given(bucket, "serverSideEncryptionConfiguration");
  if (isUnknown(own)) return own;
  // Amazon S3 encrypts every object, with a key of its own when nothing else is said.
  if (own === undefined) return "AWS's key";
  return bucketRule(bucket, "serverSideEncryptionConfiguration", (own as Record<string, unknown>).rule);
}

function bucketRule(resource: Resource, property: string, entry: unknown): AtRest {
  if (isUnknown(entry)) return entry;
  const apply = ((entry ?? {}) as Record<string, unknown>).applyServerSideEncryptionByDefault;
  if (isUnknown(apply)) return apply;
  const { sseAlgorithm, kmsMasterKeyId } = (apply ?? {}) as Record<string, unknown>;
  if (isUnknown(sseAlgorithm)) return sseAlgorithm;
  if (!String(sseAlgorithm).startsWith("aws:kms")) return "AWS's key";
  return keyIn(resource, property, kmsMasterKeyId);
}

/** Encrypted by AWS in any case; the question is with whose key. */
function keyed(type: string, label: string, property: string): Store {
  const look = (resource: Resource) => keyIn(resource, property, resource.get(property));
  return { type, label, fix: `set ${property}`, look };
}

/** Encrypted or not, and with whose key. */
function switched(type: string, label: string): Store {
  return { type, label, fix: "set encrypted and kmsKeyId", look: volumeOf };
}

export const STORES: readonly Store[] = [
  {
    type: "aws:ec2/instance:Instance",
    label: "root disks",
    fix: "set rootBlockDevice.encrypted and rootBlockDevice.kmsKeyId",
    look: (resource, site) => disk(site, resource, "rootBlockDevice", given(resource, "rootBlockDevice")),
  },
  {
    type: "aws:ec2/instance:Instance",
    label: "additional disks",
    fix: "set encrypted and kmsKeyId in each of ebsBlockDevices",
    look: (resource, site) => {
      const devices = given(resource, "ebsBlockDevices");
      if (isUnknown(devices)) return devices;
      const all = (Array.isArray(devices) ? devices : []).map((one: unknown) =>
        disk(site, resource, "ebsBlockDevices", one),
      );
      const worst = (["plain", "AWS's key"] as const).find((state) => all.includes(state));
      return worst ?? all.find(isUnknown) ?? "own key";
    },
  },
  switched("aws:ebs/volume:Volume", "volumes"),
  switched("aws:ebs/snapshotCopy:SnapshotCopy", "snapshots"),
  switched("aws:ec2/amiCopy:AmiCopy", "images"),
  switched("aws:efs/fileSystem:FileSystem", "file systems"),
  {
    type: "aws:s3/bucket:Bucket",
    label: "buckets",
    fix: "add a BucketServerSideEncryptionConfiguration with aws:kms and kmsMasterKeyId",
    look: bucketOf,
  },
  keyed("aws:secretsmanager/secret:Secret", "secrets", "kmsKeyId"),
  keyed("aws:cloudwatch/logGroup:LogGroup", "log groups", "kmsKeyId"),
  keyed("aws:backup/vault:Vault", "backup vaults", "kmsKeyArn"),
  keyed("aws:sns/topic:Topic", "topics", "kmsMasterKeyId"),
  keyed("aws:sqs/queue:Queue", "queues", "kmsMasterKeyId"),
];
