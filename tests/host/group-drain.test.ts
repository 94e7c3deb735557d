import { python } from "../support/python";

const db = (number: number) => `db-${number}.foobar.internal`;
const names = (...numbers: number[]) => numbers.map(db);
const online = (members: string[], more: object = {}) => ({
  state: "ONLINE",
  majority: true,
  members,
  ...more,
});
const problem = (me: number, said: Record<string, unknown>) =>
  python("from foobar_host import group_drain", "group_drain.problem(given['me'], given['said'])", {
    me: db(me),
    said,
  }) as string | null;

describe("a member of a group that is asked to leave", () => {
  const three = names(1, 2, 3);

  test("leaves when every other member is in the group", () => {
    expect(problem(1, { [db(2)]: online(three), [db(3)]: online(three) })).toBeNull();
  });

  test("stays when one is silent, coming in, or without a majority, and says which", () => {
    expect(problem(1, { [db(2)]: online(three), [db(3)]: null })).toBe(
      "db-1.foobar.internal cannot leave: want db-3.foobar.internal ONLINE in the group, got no answer; mend db-3.foobar.internal first",
    );
    expect(problem(1, { [db(2)]: { state: "RECOVERING" }, [db(3)]: online(three) })).toMatch(
      /want db-2.*got {"state": "RECOVERING"/,
    );
    expect(problem(1, { [db(2)]: online(three, { majority: false }), [db(3)]: online(three) })).toMatch(
      /want db-2/,
    );
    expect(problem(1, { [db(2)]: null, [db(3)]: null })).toMatch(/want db-2/);
  });

  test("leaves a group that shrinks: those that stay no longer count those that go", () => {
    const five = names(1, 2, 3, 4, 5);
    const stay = { [db(1)]: online(three), [db(2)]: online(three), [db(3)]: online(three) };
    expect(problem(5, { ...stay, [db(4)]: online(five) })).toBeNull();
    expect(problem(4, { ...stay, [db(5)]: null })).toBeNull();
    expect(problem(4, { ...stay, [db(3)]: null, [db(5)]: null })).toMatch(/want db-3/);
  });

  test("hands the writes to the first that is in the group", () => {
    const successor = (me: number, said: Record<string, unknown>) =>
      python("from foobar_host import group_drain", "group_drain.successor(given[0], given[1])", [
        db(me),
        said,
      ]);
    expect(successor(1, { [db(3)]: online(three), [db(2)]: online(three) })).toBe(db(2));
    expect(successor(3, { [db(1)]: { state: "RECOVERING" }, [db(2)]: online(three) })).toBe(db(2));
  });
});
