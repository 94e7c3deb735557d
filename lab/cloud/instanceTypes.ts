/** Sizes of instance types (EC2's public specifications): virtual CPUs, MiB of memory, processor architecture. */
export interface InstanceSize {
  vcpus: number;
  memoryMiB: number;
  architecture: "x86_64" | "arm64";
}

const family = (
  name: string,
  architecture: InstanceSize["architecture"],
  sizes: Record<string, [number, number]>,
): Record<string, InstanceSize> =>
  Object.fromEntries(
    Object.entries(sizes).map(([size, [vcpus, gib]]) => [
      `${name}.${size}`,
      { vcpus, memoryMiB: gib * 1024, architecture },
    ]),
  );

const burstable: Record<string, [number, number]> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};
const general: Record<string, [number, number]> = {
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
  "4xlarge": [16, 64],
};
const compute: Record<string, [number, number]> = {
  large: [2, 4],
  xlarge: [4, 8],
  "2xlarge": [8, 16],
  "4xlarge": [16, 32],
};
const memory: Record<string, [number, number]> = {
  large: [2, 16],
  xlarge: [4, 32],
  "2xlarge": [8, 64],
  "4xlarge": [16, 128],
};

/** Every type that the lab can give a size to. */
export const instanceTypes: Readonly<Record<string, InstanceSize>> = {
  ...family("t3", "x86_64", burstable),
  ...family("t3a", "x86_64", burstable),
  ...family("t4g", "arm64", burstable),
  ...family("m6i", "x86_64", general),
  ...family("m7i", "x86_64", general),
  ...family("m6g", "arm64", { medium: [1, 4], ...general }),
  ...family("m7g", "arm64", { medium: [1, 4], ...general }),
  ...family("c6i", "x86_64", compute),
  ...family("c7i", "x86_64", compute),
  ...family("c7g", "arm64", { medium: [1, 2], ...compute }),
  ...family("r6i", "x86_64", memory),
  ...family("r7i", "x86_64", memory),
  ...family("r7g", "arm64", { medium: [1, 8], ...memory }),
};
