import { createHash } from "node:crypto";
import { mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a host's own disk holds before its first boot. */
export interface DiskSpec {
  id: string;
  name: string;
  imageRoot: string;
  userData: Buffer;
  cloudCaPem: string;
  nameserver: string;
}

// Only what a cloud's own image would bring: where cloud-init finds its data, and what it must leave alone.
const cloudConfig = `datasource_list: [NoCloud]
network: {config: disabled}
ssh_genkeytypes: []
ssh_deletekeys: false
# nobody logs in: no account for it, no locale to make (0.2 s)
users: []
locale: false
`;

/**
 * Writes the upper layer of a new host: its identity, its seed for cloud-init (instance id, host name and the user
 * data as it is, compressed or not), the resolver, and the cloud's CA among the trusted ones.
 */
export async function writeDisk(upper: string, spec: DiskSpec): Promise<void> {
  const put = async (path: string, content: string | Buffer, mode = 0o644): Promise<void> => {
    const file = join(upper, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode });
  };
  const seed = "var/lib/cloud/seed/nocloud";
  await put(`${seed}/meta-data`, `instance-id: ${spec.id}\nlocal-hostname: ${spec.name}\n`);
  await put(`${seed}/user-data`, spec.userData, 0o600);
  await put("etc/cloud/cloud.cfg.d/99-seed.cfg", cloudConfig);
  // the seed is known to be there: no search for other clouds' (0.2 s)
  await put("etc/cloud/ds-identify.cfg", "policy: enabled\n");
  await put("etc/machine-id", createHash("md5").update(spec.id).digest("hex") + "\n");
  await put("etc/hostname", `${spec.name}\n`);
  await put("etc/hosts", `127.0.0.1 localhost\n127.0.1.1 ${spec.name}\n::1 localhost ip6-localhost\n`);
  await put("etc/resolv.conf", `nameserver ${spec.nameserver}\noptions timeout:1 attempts:3\n`);
  if (spec.cloudCaPem === "") return;
  // in the bundle for programs, and beside it so that update-ca-certificates keeps it there
  const bundle = await readFile(join(spec.imageRoot, "etc/ssl/certs/ca-certificates.crt"), "utf8");
  await put("etc/ssl/certs/ca-certificates.crt", `${bundle}${spec.cloudCaPem.trim()}\n`);
  await put("usr/local/share/ca-certificates/cloud.crt", `${spec.cloudCaPem.trim()}\n`);
  // as old as the image's, or systemd takes the host for one after an update and rebuilds its caches at boot
  const { atime, mtime } = await stat(join(spec.imageRoot, "usr"));
  await utimes(join(upper, "usr"), atime, mtime);
}
