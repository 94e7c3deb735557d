import { weightsOf } from "../../components/capacity";

const host = (vcpus: number, gib: number) => ({ vcpus, memoryMiB: gib * 1024 });

test("equal hosts share equally", () => {
  expect(weightsOf([host(2, 2), host(2, 2), host(2, 2)])).toEqual([256, 256, 256]);
});

test("a host is as large as the scarcer of processors and memory", () => {
  expect(weightsOf([host(2, 2), host(2, 1), host(4, 1), host(2, 64)])).toEqual([256, 128, 128, 256]);
});

test("the smallest still gets something, and no weight is above HAProxy's largest", () => {
  expect(weightsOf([host(192, 768), host(2, 0.5)])).toEqual([256, 1]);
});
