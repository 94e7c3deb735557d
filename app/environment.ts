import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Where one kind of query goes. */
export interface DatabaseAddress {
  host: string;
  port: number;
}

/** Everything the service is told from outside, checked. */
export interface Settings {
  /** TCP port on 127.0.0.1 that serves HTTP. */
  port: number;
  database: {
    /** Leads to the primary. */
    write: DatabaseAddress;
    /** Leads to any member that may serve reads. */
    read: DatabaseAddress;
    name: string;
    username: string;
    password: string;
    /** PEM of the authority that signs the databases' certificates. */
    ca: string;
    /** Names of which a database's certificate must carry at least one. */
    serverNames: string[];
  };
}

/** All problems of the environment at once, one a line. */
export class EnvironmentError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join("\n"));
  }
}

/**
 * Reads the service's environment and the files it names.
 *
 * Variables (with their defaults): PORT (3000), DATABASE_WRITE_HOST and _PORT (127.0.0.1, 3306),
 * DATABASE_READ_HOST and _PORT (127.0.0.1, 3307), DATABASE_NAME (foobar); required: DATABASE_CREDENTIALS_FILE
 * (JSON {"username","password"}), DATABASE_CA_FILE (PEM), DATABASE_SERVER_NAMES (names, separated by commas).
 *
 * @throws EnvironmentError with every problem; no message holds a file's content.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const credentials = readCredentials(env, problems);
  const settings: Settings = {
    port: readPort(env, "PORT", 3000, problems),
    database: {
      write: {
        host: env.DATABASE_WRITE_HOST || "127.0.0.1",
        port: readPort(env, "DATABASE_WRITE_PORT", 3306, problems),
      },
      read: {
        host: env.DATABASE_READ_HOST || "127.0.0.1",
        port: readPort(env, "DATABASE_READ_PORT", 3307, problems),
      },
      name: env.DATABASE_NAME || "foobar",
      ...credentials,
      ca: readAuthority(env, problems),
      serverNames: readNames(env, problems),
    },
  };
  if (problems.length > 0) throw new EnvironmentError(problems);
  return settings;
}

function readPort(env: NodeJS.ProcessEnv, name: string, fallback: number, problems: string[]): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  problems.push(`${name}: want a port from 1 to 65535, got ${JSON.stringify(text)}; correct it`);
  return fallback;
}

function readNames(env: NodeJS.ProcessEnv, problems: string[]): string[] {
  const names = (env.DATABASE_SERVER_NAMES ?? "").split(",").map((name) => name.trim().toLowerCase());
  const found = names.filter((name) => name !== "");
  if (found.length === 0) {
    problems.push("DATABASE_SERVER_NAMES: want names separated by commas, got none; name the databases");
  }
  for (const name of found) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) {
      problems.push(`DATABASE_SERVER_NAMES: want DNS names, got ${JSON.stringify(name)}; correct it`);
    }
  }
  return found;
}

function readNamedFile(env: NodeJS.ProcessEnv, name: string, problems: string[]): string | undefined {
  const path = env[name];
  if (path === undefined || path === "") {
    problems.push(`${name}: want the path of a file, got nothing; set it`);
    return undefined;
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "an error";
    problems.push(`${name}: want a readable file at ${path}, got ${code}; create it or correct the path`);
    return undefined;
  }
}

function readAuthority(env: NodeJS.ProcessEnv, problems: string[]): string {
  const pem = readNamedFile(env, "DATABASE_CA_FILE", problems);
  if (pem === undefined) return "";
  try {
    new X509Certificate(pem);
  } catch {
    problems.push(
      "DATABASE_CA_FILE: want a certificate in PEM, got something else; write the CA's certificate",
    );
  }
  return pem;
}

function readCredentials(env: NodeJS.ProcessEnv, problems: string[]): { username: string; password: string } {
  const text = readNamedFile(env, "DATABASE_CREDENTIALS_FILE", problems);
  const credentials = { username: "", password: "" };
  if (text === undefined) return credentials;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const given = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  for (const field of ["username", "password"] as const) {
    const value = given[field];
    if (typeof value === "string" && value !== "") credentials[field] = value;
    else {
      problems.push(
        `DATABASE_CREDENTIALS_FILE: want JSON with a text "${field}", got none; write {"username": …, "password": …}`,
      );
    }
  }
  return credentials;
}
