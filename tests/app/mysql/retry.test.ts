import { deadlineIn, isPassing, repeatWhilePassing } from "../../../app/mysql/retry";

const lost = Object.assign(new Error("lost"), { code: "PROTOCOL_CONNECTION_LOST" });
const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED", errno: -111 });
const readOnly = Object.assign(new Error("read only"), { errno: 1290, sqlState: "HY000" });
const deadlock = Object.assign(new Error("deadlock"), { errno: 1213, sqlState: "40001" });
const sentAway = Object.assign(new Error("offline mode"), { errno: 3032, sqlState: "HY000" });
const moving = Object.assign(new Error("the primary changes"), { errno: 4094, sqlState: "HY000" });
const duplicate = Object.assign(new Error("duplicate"), { errno: 1062, sqlState: "23000" });
const denied = Object.assign(new Error("denied"), { errno: 1045, sqlState: "28000" });

test.each([lost, refused, readOnly, deadlock, sentAway, moving])("$message passes", (error) => {
  expect(isPassing(error)).toBe(true);
});

test.each([duplicate, denied])("$message does not pass", (error) => {
  expect(isPassing(error)).toBe(false);
});

test("an action is repeated until it succeeds, and each retry is told", async () => {
  const errors = [refused, lost, readOnly];
  const told: number[] = [];
  const result = await repeatWhilePassing(
    deadlineIn(5000),
    () => (errors.length > 0 ? Promise.reject(errors.shift()!) : Promise.resolve("done")),
    (_error, attempt) => told.push(attempt),
  );
  expect(result).toBe("done");
  expect(told).toEqual([1, 2, 3]);
});

test("an error that does not pass ends it at once", async () => {
  const action = jest.fn(() => Promise.reject(duplicate));
  await expect(repeatWhilePassing(deadlineIn(5000), action)).rejects.toBe(duplicate);
  expect(action).toHaveBeenCalledTimes(1);
});

test("when the time is over, the last error is the answer", async () => {
  const start = performance.now();
  await expect(repeatWhilePassing(deadlineIn(200), () => Promise.reject(refused))).rejects.toBe(refused);
  expect(performance.now() - start).toBeLessThan(260);
});
