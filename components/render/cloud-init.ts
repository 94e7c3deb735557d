import { gzipSync } from "node:zlib";
import { stringify } from "yaml";

/** One file that cloud-init writes before anything else runs. It never holds a secret: user data is readable. */
export interface HostFile {
  path: string;
  content: string;
  /** Octal mode. @default "0644" */
  mode?: string;
}

/** EC2 takes at most 16 KiB of user data, counted before base64 ("Run commands at launch", EC2 user guide). */
export const MAX_USER_DATA_BYTES = 16384;

/**
 * A `#cloud-config` document that names the host, writes the files and runs the commands once, at the first boot.
 * Long lines stay whole and texts stay literal blocks, so that a preview shows the configuration as it will run.
 */
export function cloudConfig(args: {
  comment: string;
  hostname: string;
  fqdn: string;
  files: HostFile[];
  commands: string[][];
}): string {
  const document = {
    hostname: args.hostname,
    fqdn: args.fqdn,
    // Packages are the boot's work: it installs what is missing and touches nothing else.
    package_update: false,
    package_upgrade: false,
    write_files: args.files.map((file) => ({
      path: file.path,
      permissions: file.mode ?? "0644",
      content: file.content,
    })),
    runcmd: args.commands,
  };
  return `#cloud-config\n# ${args.comment}\n${stringify(document, { lineWidth: 0, blockQuote: "literal" })}`;
}

/**
 * Gzip, then base64, for `userDataBase64`. The same text gives the same bytes on every machine and day: the time in
 * the gzip header is zero, and its operating-system byte, which zlib fills in differently, is "unknown" (RFC 1952).
 * @throws when the compressed text is over EC2's 16 KiB.
 */
export function encodeUserData(text: string): string {
  const bytes = gzipSync(Buffer.from(text, "utf8"), { level: 9 });
  bytes.writeUInt32LE(0, 4);
  bytes[9] = 255;
  if (bytes.length > MAX_USER_DATA_BYTES) {
    throw new Error(
      `user data: want at most ${MAX_USER_DATA_BYTES} bytes compressed, got ${bytes.length}; move content into the host bundle`,
    );
  }
  return bytes.toString("base64");
}
