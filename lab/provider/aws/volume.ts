/** EBS volumes and their attachments. */
import type { ResourceType } from "../resource";
import { count, flag, text } from "../rules";
import { docs, idOf, tags } from "./common";

const volume: ResourceType = {
  token: "aws:ebs/volume:Volume",
  inputs: {
    availabilityZone: text({ required: true, replaces: true }),
    size: count({ required: true, min: 1, max: 65536, link: docs.volume }),
    // gp2 is what AWS takes when nothing is said
    type: text({ oneOf: ["gp2", "gp3", "io1", "io2", "standard"], default: "gp2", link: docs.volume }),
    iops: count({ min: 100, max: 256000, link: docs.volume }),
    throughput: count({ min: 125, max: 2000, link: docs.volume }),
    encrypted: flag({ default: false, replaces: true }),
    kmsKeyId: text({ replaces: true }),
    finalSnapshot: flag({ default: false }),
    tags,
  },
  computed: ["arn", "createTime", "iops", "throughput"],
  known: (_inputs, { region }) => ({ region }),
  check: ({ type, iops, throughput, encrypted, kmsKeyId }) => {
    const failures = [];
    if (type === "gp3" && typeof iops === "number" && (iops < 3000 || iops > 80000))
      failures.push({
        property: "iops",
        reason: `iops: want 3000 to 80000 for gp3, got ${iops}; see ${docs.volume}`,
      });
    if (type !== "gp3" && throughput !== undefined)
      failures.push({
        property: "throughput",
        reason: `throughput: want none for ${String(type)}, got one; only gp3 takes it; see ${docs.volume}`,
      });
    if (kmsKeyId !== undefined && encrypted !== true)
      failures.push({
        property: "encrypted",
        reason: `encrypted: want true with a kmsKeyId, got ${String(encrypted)}; see ${docs.volume}`,
      });
    return failures;
  },
};

const volumeAttachment: ResourceType = {
  token: "aws:ec2/volumeAttachment:VolumeAttachment",
  inputs: {
    deviceName: text({
      required: true,
      replaces: true,
      pattern: /^\/dev\/(sd[b-p]\d?|xvd[b-z][a-z]?)$/,
      want: "a device name such as /dev/sdf",
      link: docs.deviceNames,
    }),
    instanceId: idOf("i", { required: true, replaces: true }),
    volumeId: idOf("vol", { required: true, replaces: true }),
    skipDestroy: flag({ default: false }),
    stopInstanceBeforeDetaching: flag({ default: false }),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [volume, volumeAttachment];
