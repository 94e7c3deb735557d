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
