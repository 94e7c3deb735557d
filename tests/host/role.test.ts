import { python } from "../support/python";

const status = (path: string, configured: string, state: unknown) =>
  python("from foobar_host import role", "role.status(given['path'], given['configured'], given['state'])", {
    path,
    configured,
    state,
  });

describe("the answer to a question for the role", () => {
  const writable = { writable: true };
  const following = { writable: false, applying: "Yes", receiving: "Yes", lagSec: 0 };

  test("a primary that takes writes is the primary and no replica", () => {
    expect(status("/primary", "primary", writable)).toBe(200);
    expect(status("/replica", "primary", writable)).toBe(503);
  });

  test("a primary that was made read-only for its leave is none", () => {
    expect(status("/primary", "primary", { writable: false })).toBe(503);
  });

  test("a replica that takes writes, or does not apply, serves no reads", () => {
    expect(status("/replica", "replica", following)).toBe(200);
    expect(status("/replica", "replica", { ...following, writable: true })).toBe(503);
    expect(status("/replica", "replica", { ...following, applying: "No" })).toBe(503);
    expect(status("/replica", "replica", { writable: false })).toBe(503);
  });

  test("a replica that cannot reach the primary goes on serving", () => {
    expect(status("/replica", "replica", { ...following, receiving: "Connecting", lagSec: null })).toBe(200);
  });

  test("a replica leaves the reads to others when it is more than 10 s behind", () => {
    expect(status("/replica", "replica", { ...following, lagSec: 10 })).toBe(200);
    expect(status("/replica", "replica", { ...following, lagSec: 11 })).toBe(503);
  });

  test("a replica never calls itself the primary, whatever its server says", () => {
    expect(status("/primary", "replica", writable)).toBe(503);
  });

  test("a silent server has no role, and an unknown question no answer", () => {
    expect(status("/primary", "primary", null)).toBe(503);
    expect(status("/", "primary", writable)).toBe(404);
  });
});

describe("the answer of a member of a group", () => {
  const row = (host: string, state: string, role: string, me = 0) => ({
    MEMBER_HOST: host,
    MEMBER_STATE: state,
    MEMBER_ROLE: role,
    me,
  });
  const ask = (path: string, server: object, view: object[]) =>
    python(
      "from foobar_host import role",
      "role.status_in_group(given['path'], role.describe_member(given['server'], given['view']))",
      { path, server: { read_only: 1, seeds: "db-1:3306,db-2:3306", lag_sec: null, ...server }, view },
    );
  const others = [row("db-2", "ONLINE", "SECONDARY"), row("db-3", "ONLINE", "SECONDARY")];
  const primary = [row("db-1", "ONLINE", "PRIMARY", 1), ...others];
  const secondary = [row("db-1", "ONLINE", "SECONDARY", 1), ...others];

  test("follows its role in the group", () => {
    expect(ask("/primary", { read_only: 0 }, primary)).toBe(200);
    expect(ask("/replica", { read_only: 0 }, primary)).toBe(503);
    expect(ask("/primary", {}, secondary)).toBe(503);
    expect(ask("/replica", {}, secondary)).toBe(200);
    expect(ask("/member", {}, secondary)).toBe(200);
    expect(ask("/", {}, secondary)).toBe(404);
  });

  test("a primary that the group has not opened yet takes no writes", () => {
    expect(ask("/primary", { read_only: 1 }, primary)).toBe(503);
  });

  test("without a majority there is neither a primary nor a replica", () => {
    const alone = [
      primary[0],
      row("db-2", "UNREACHABLE", "SECONDARY"),
      row("db-3", "UNREACHABLE", "SECONDARY"),
    ];
    expect(ask("/primary", { read_only: 0 }, alone)).toBe(503);
    const reader = [
      secondary[0],
      row("db-2", "UNREACHABLE", "PRIMARY"),
      row("db-3", "UNREACHABLE", "SECONDARY"),
    ];
    expect(ask("/replica", {}, reader)).toBe(503);
    // One of three may be silent.
    expect(ask("/replica", {}, [...secondary.slice(0, 2), row("db-3", "UNREACHABLE", "PRIMARY")])).toBe(200);
  });

  test("a member that is out, or comes in, serves nobody", () => {
    expect(ask("/member", {}, [])).toBe(503);
    for (const state of ["OFFLINE", "RECOVERING", "ERROR"])
      for (const path of ["/member", "/replica", "/primary"])
        expect(ask(path, { read_only: 0 }, [row("db-1", state, "", 1)])).toBe(503);
  });

  test("a reader leaves the reads to others when it is more than 10 s behind", () => {
    expect(ask("/replica", { lag_sec: 10 }, secondary)).toBe(200);
    expect(ask("/replica", { lag_sec: 11 }, secondary)).toBe(503);
  });
});
