import { python } from "../support/python";

type Disk = [device: string, seen: Record<string, string>, blank: boolean];
const choose = (disks: Record<string, Disk>) =>
  python("from foobar_host import volume", "volume.choose(given)", disks) as [string, string, boolean] | null;

describe("the data disk", () => {
  const root: Disk = ["/dev/nvme0n1", { PTTYPE: "gpt" }, false];

  test("is the blank volume beside the root disk, to be formatted", () => {
    expect(choose({ vol1: root, vol2: ["/dev/nvme1n1", {}, true] })).toEqual(["vol2", "/dev/nvme1n1", true]);
  });

  test("is the labelled volume, never to be formatted, even beside a blank one", () => {
    const data: Disk = ["/dev/nvme2n1", { TYPE: "ext4", LABEL: "foobar-data" }, false];
    expect(choose({ vol1: root, vol2: ["/dev/nvme1n1", {}, true], vol3: data })).toEqual([
      "vol3",
      "/dev/nvme2n1",
      false,
    ]);
  });

  test("is not there while only the root disk is", () => {
    expect(choose({ vol1: root })).toBeNull();
  });

  test("is never a volume that blkid does not know but that holds bytes", () => {
    expect(choose({ vol1: root, vol2: ["/dev/nvme1n1", {}, false] })).toBeNull();
  });

  test("is never a volume with someone else's file system", () => {
    expect(choose({ vol2: ["/dev/nvme1n1", { TYPE: "xfs", LABEL: "archive" }, false] })).toBeNull();
  });

  test("cannot be told among two blank volumes", () => {
    expect(() => choose({ vol2: ["/dev/a", {}, true], vol3: ["/dev/b", {}, true] })).toThrow(
      /want one volume that is blank or labelled foobar-data, got vol2, vol3/,
    );
  });

  test("is known by the link of a whole EBS volume, not by those of partitions and namespaces", () => {
    const names = ["vol0abc", "vol0abc-part1", "vol0abc_1"].map(
      (name) => `nvme-Amazon_Elastic_Block_Store_${name}`,
    );
    expect(
      python("from foobar_host import volume", "[bool(volume.EBS_LINK.match(n)) for n in given]", names),
    ).toEqual([true, false, false]);
  });
});
