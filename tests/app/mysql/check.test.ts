import { shareInFlight } from "../../../app/mysql/check";

test("those who ask during a check share its answer, later ones get a new one", async () => {
  let finish = (_value: number): void => {};
  const find = jest.fn(() => new Promise<number>((resolve) => (finish = resolve)));
  const ask = shareInFlight(find);
  const both = Promise.all([ask(), ask()]);
  finish(1);
  expect(await both).toEqual([1, 1]);
  expect(find).toHaveBeenCalledTimes(1);
  const later = ask();
  finish(2);
  expect(await later).toBe(2);
});

test("a failed check is not kept", async () => {
  const find = jest
    .fn<Promise<string>, []>()
    .mockRejectedValueOnce(new Error("no"))
    .mockResolvedValueOnce("yes");
  const ask = shareInFlight(find);
  await expect(ask()).rejects.toThrow("no");
  expect(await ask()).toBe("yes");
});
