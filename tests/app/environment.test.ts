import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError, readEnvironment } from "../../app/environment";
import { createAuthority } from "../support/certificates";

let folder: string;
let env: Record<string, string>;
let ca: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "foobar-env-"));
  ca = (await createAuthority()).certificate;
  writeFileSync(join(folder, "ca.pem"), ca);
  writeFileSync(join(folder, "credentials.json"), JSON.stringify({ username: "app", password: "hunter2" }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  env = {
    DATABASE_CREDENTIALS_FILE: join(folder, "credentials.json"),
    DATABASE_CA_FILE: join(folder, "ca.pem"),
    DATABASE_SERVER_NAMES: "db-1.foobar.internal, DB-2.foobar.internal",
  };
});

function problems(): string[] {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  return [];
}

test("only what has no sensible default must be set", () => {
  expect(readEnvironment(env)).toEqual({
    port: 3000,
    database: {
      write: { host: "127.0.0.1", port: 3306 },
      read: { host: "127.0.0.1", port: 3307 },
      name: "foobar",
      username: "app",
      password: "hunter2",
      ca,
      serverNames: ["db-1.foobar.internal", "db-2.foobar.internal"],
    },
  });
});

test("every address can be set", () => {
  Object.assign(env, {
    PORT: "8000",
    DATABASE_WRITE_HOST: "::1",
    DATABASE_WRITE_PORT: "1",
    DATABASE_READ_PORT: "65535",
  });
  const { port, database } = readEnvironment({ ...env, DATABASE_READ_HOST: "db", DATABASE_NAME: "other" });
  expect([port, database.write, database.read, database.name]).toEqual([
    8000,
    { host: "::1", port: 1 },
    { host: "db", port: 65535 },
    "other",
  ]);
});

test("every problem is reported at once", () => {
  writeFileSync(join(folder, "bad.json"), '{"username": "app", "secret": "hunter2"}');
  env = {
    PORT: "70000",
    DATABASE_WRITE_PORT: "x",
    DATABASE_READ_PORT: "0",
    DATABASE_CREDENTIALS_FILE: join(folder, "bad.json"),
    DATABASE_CA_FILE: join(folder, "absent.pem"),
    DATABASE_SERVER_NAMES: "db 1",
  };
  expect(problems().map((problem) => problem.split(":")[0])).toEqual([
    "DATABASE_CREDENTIALS_FILE",
    "PORT",
    "DATABASE_WRITE_PORT",
    "DATABASE_READ_PORT",
    "DATABASE_CA_FILE",
    "DATABASE_SERVER_NAMES",
  ]);
});

test("nothing set at all names the three that are required", () => {
  env = {};
  expect(problems().map((problem) => problem.split(":")[0])).toEqual([
    "DATABASE_CREDENTIALS_FILE",
    "DATABASE_CA_FILE",
    "DATABASE_SERVER_NAMES",
  ]);
});

test.each(["not json: hunter2", '"hunter2"', "null", '{"password": "hunter2"}'])(
  "a credentials file with %s is refused without repeating it",
  (content) => {
    writeFileSync(join(folder, "bad.json"), content);
    env.DATABASE_CREDENTIALS_FILE = join(folder, "bad.json");
    expect(problems().length).toBeGreaterThan(0);
    expect(problems().join()).not.toContain("hunter2");
  },
);

test("a CA file that holds no certificate is refused", () => {
  env.DATABASE_CA_FILE = join(folder, "credentials.json");
  expect(problems()).toEqual([
    "DATABASE_CA_FILE: want a certificate in PEM, got something else; write the CA's certificate",
  ]);
});
