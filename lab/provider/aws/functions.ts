/** Functions that a program invokes to learn about the cloud; all of them answer without one. */
import { instanceTypes } from "../../cloud/instanceTypes";
import type { InvokeFunction } from "../resource";
import { flag, list, object, text } from "../rules";
import { accountId, type Settings } from "../settings";
import type { Properties } from "../values";

const filters = list(object({ name: text({ required: true }), values: list(text(), { required: true }) }), {
  unordered: true,
});
interface Filter {
  name: string;
  values: string[];
}

/** The lab's images. Every one is the same Debian root file system; ids and names are what tells them apart. */
export const images = [
  {
    imageId: "ami-0deb1a13000000000",
    ownerId: "136693071363",
    name: "debian-13-amd64-20260101-2300",
    architecture: "x86_64",
    rootDeviceName: "/dev/xvda",
  },
  {
    imageId: "ami-0deb1a13000000000",
    ownerId: "136693071363",
    name: "debian-13-arm64-20260101-2300",
    architecture: "arm64",
    rootDeviceName: "/dev/xvda",
  },
  {
    imageId: "ami-0b26040000000000a",
    ownerId: "099720109477",
    name: "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20260601",
    architecture: "x86_64",
    rootDeviceName: "/dev/sda1",
  },
  {
    imageId: "ami-0b26040000000000a",
    ownerId: "099720109477",
    name: "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-arm64-server-20260601",
    architecture: "arm64",
    rootDeviceName: "/dev/sda1",
  },
] as const;

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );

const fixed: Record<string, string> = {
  "virtualization-type": "hvm",
  "root-device-type": "ebs",
  state: "available",
  "image-type": "machine",
};

/** An image's name without its date: the lab's image stands for every release of its series, so that any pin previews. */
const series = (name: string): string => name.replace(/\d{8}(-\d+)?$/, "*");

function getAmi(args: Properties): Properties {
  const owners = args.owners as string[] | undefined;
  const wanted = (args.filters as Filter[] | undefined) ?? [];
  const found = images.find((image) => {
    const value = (name: string): string | undefined =>
      ({
        name: image.name,
        architecture: image.architecture,
        "owner-id": image.ownerId,
        "image-id": image.imageId,
        ...fixed,
      })[name];
    return (
      (owners === undefined || owners.includes(image.ownerId)) &&
      wanted.every(({ name, values }) =>
        values.some(
          (pattern) =>
            glob(pattern).test(value(name) ?? "") ||
            (name === "name" && series(pattern) === series(image.name)),
        ),
      )
    );
  });
  if (found === undefined)
    throw new Error(
      `getAmi: want filters that an image of the lab fits (${images.map(({ name }) => name).join(", ")}), got ${JSON.stringify({ owners, filters: wanted })}; change them`,
    );
  return {
    ...found,
    id: found.imageId,
    arn: `arn:aws:ec2:::image/${found.imageId}`,
    rootDeviceType: "ebs",
    virtualizationType: "hvm",
    state: "available",
    creationDate: "2026-06-01T00:00:00.000Z",
    public: true,
    tags: {},
  };
}

function getInstanceType({ instanceType }: Properties): Properties {
  const size = instanceTypes[instanceType as string];
  if (size === undefined)
    throw new Error(
      `instanceType: want one of ${Object.keys(instanceTypes).join(", ")}, got ${String(instanceType)}`,
    );
  return {
    id: instanceType,
    defaultVcpus: size.vcpus,
    defaultCores: Math.max(1, size.vcpus / 2),
    memorySize: size.memoryMiB,
    supportedArchitectures: [size.architecture],
    currentGeneration: true,
    burstablePerformanceSupported: (instanceType as string).startsWith("t"),
    hypervisor: "nitro",
  };
}

/** The zones of a region, by name. Real regions have 3 to 6; the lab gives each six. */
export const zonesOf = (region: string): string[] =>
  ["a", "b", "c", "d", "e", "f"].map((letter) => region + letter);

const zones = (args: Properties, { region }: Settings): Properties => {
  const excluded = new Set((args.excludeNames as string[] | undefined) ?? []);
  const names = zonesOf(region).filter((name) => !excluded.has(name));
  return {
    id: region,
    region,
    names,
    zoneIds: names.map((_, index) => `lab1-az${index + 1}`),
    groupNames: [region],
  };
};

export const functions: readonly InvokeFunction[] = [
  {
    token: "aws:ec2/getAmi:getAmi",
    inputs: {
      owners: list(text()),
      filters,
      mostRecent: flag(),
      nameRegex: text(),
      includeDeprecated: flag(),
      region: text(),
    },
    run: getAmi,
  },
  {
    token: "aws:ec2/getInstanceType:getInstanceType",
    inputs: { instanceType: text({ required: true }), region: text() },
    run: getInstanceType,
  },
  {
    token: "aws:index/getAvailabilityZones:getAvailabilityZones",
    inputs: {
      state: text(),
      filters,
      excludeNames: list(text()),
      allAvailabilityZones: flag(),
      region: text(),
    },
    run: zones,
  },
  {
    token: "aws:index/getCallerIdentity:getCallerIdentity",
    inputs: {},
    run: () => ({
      id: accountId,
      accountId,
      arn: `arn:aws:iam::${accountId}:user/lab`,
      userId: "AIDALABLABLABLABLABLA",
    }),
  },
  {
    token: "aws:index/getRegion:getRegion",
    inputs: { region: text(), name: text(), endpoint: text() },
    run: (args, settings) => {
      const region = (args.region ?? args.name ?? settings.region) as string;
      return {
        id: region,
        name: region,
        region,
        endpoint: `ec2.${region}.amazonaws.com`,
        description: "the lab",
      };
    },
  },
  {
    token: "aws:index/getPartition:getPartition",
    inputs: {},
    run: () => ({
      id: "aws",
      partition: "aws",
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    }),
  },
];
