import { parseHierarchies } from "../../lab/machine/cgroups";

const line = (mount: string, type: string, options: string): string =>
  `31 23 0:28 / ${mount} rw - ${type} cgroup ${options}`;

describe("trees of control groups", () => {
  it("are found on a machine with version 2 alone", () => {
    expect(parseHierarchies(line("/sys/fs/cgroup", "cgroup2", "rw,nsdelegate"))).toEqual([
      { mount: "/sys/fs/cgroup", version: 2, controllers: [] },
    ]);
  });

  it("are found on a hybrid machine, without those that limit nothing", () => {
    const text = [
      line("/sys/fs/cgroup", "tmpfs", "rw"),
      line("/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
      line("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
      line("/sys/fs/cgroup/cpuset", "cgroup", "rw,cpuset"),
      line("/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
      line("/sys/fs/cgroup/unified", "cgroup2", "rw"),
    ].join("\n");
    expect(parseHierarchies(text)).toEqual([
      { mount: "/sys/fs/cgroup/memory", version: 1, controllers: ["memory"] },
      { mount: "/sys/fs/cgroup/cpu,cpuacct", version: 1, controllers: ["cpu", "cpuacct"] },
      { mount: "/sys/fs/cgroup/systemd", version: 1, controllers: ["name=systemd"] },
      { mount: "/sys/fs/cgroup/unified", version: 2, controllers: [] },
    ]);
  });
});
