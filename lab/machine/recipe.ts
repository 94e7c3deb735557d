import { createHash } from "node:crypto";

/** Everything that decides what is in the hosts' image. A change of any of it makes another image. */
export interface Recipe {
  /** Raised when the building code changes what comes out. */
  format: number;
  release: string;
  /** Packages from here are used only where `pinned` names their source, or where `release` has none. */
  extraRelease: string;
  /** Source packages taken from `extraRelease`; the C library and all else stay those of `release`. */
  pinned: readonly string[];
  packages: readonly string[];
  /** Units that do not start until user data enables them, as on a bare cloud image. */
  disabledUnits: readonly string[];
  /** Units that have nothing to do in a container and would cost every boot some hundredths of a second. */
  maskedUnits: readonly string[];
  /** Unit generators that find nothing in a container; all of them run again at every daemon-reload. */
  maskedGenerators: readonly string[];
  /** Files that dpkg leaves out. */
  excluded: readonly string[];
  /** Shell, run with `$1` = the image's root after the packages are in. */
  finish: readonly string[];
}

/**
 * What a publisher's image has: a system that boots and obeys its user data, and no program of the site, not even
 * curl. MySQL 9.7 is not in trixie; these five source packages of sid bring it without sid's libc.
 */
export const bareRecipe: Recipe = {
  format: 1,
  release: "trixie",
  extraRelease: "sid",
  pinned: ["mysql-9.7", "mysql-defaults", "gcc-16", "google-perftools", "icu"],
  packages: [
    "systemd",
    "systemd-sysv",
    "systemd-resolved",
    "dbus",
    "udev",
    "iproute2",
    "iputils-ping",
    "cloud-init",
    "sudo",
    "ca-certificates",
    "procps",
    "e2fsprogs",
    "less",
  ],
  disabledUnits: [
    // the resolver is the VPC's own, written to resolv.conf: a stub with a cache would only hide changes
    "systemd-resolved.service",
    "systemd-networkd*",
    "systemd-network-generator.service",
    "systemd-timesyncd.service",
    "apt-daily*.timer",
    "dpkg-db-backup.timer",
    "e2scrub*",
    "fstrim.timer",
    "man-db.timer",
    "getty@.service",
    "console-getty.service",
  ],
  maskedUnits: [
    "dev-hugepages.mount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-logind.service",
    "systemd-pstore.service",
    "systemd-remount-fs.service",
    "systemd-tmpfiles-setup-dev-early.service",
    "systemd-tmpfiles-setup-dev.service",
    "systemd-udev-load-credentials.service",
    "getty.target",
    "e2scrub_reap.service",
    "dpkg-db-backup.timer",
    "fstrim.timer",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
  ],
  maskedGenerators: [
    "systemd-debug-generator",
    "systemd-getty-generator",
    "systemd-gpt-auto-generator",
    "systemd-hibernate-resume-generator",
    "systemd-rc-local-generator",
    "systemd-run-generator",
    "systemd-ssh-generator",
    "systemd-system-update-generator",
    "systemd-sysv-generator",
    "systemd-tpm2-generator",
  ],
  excluded: ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"],
  finish: [
    // made by the package's setup: kept, every host would have the same server UUID and keys
    'rm -rf "$1"/var/lib/mysql/* "$1"/var/lib/mysql-files/* "$1"/var/log/mysql/*',
    'rm -f "$1"/etc/resolv.conf "$1"/etc/hostname "$1"/etc/nginx/sites-enabled/default',
    ': > "$1"/etc/machine-id',
    // a unit with a script here costs every `systemctl enable` a second and a half of update-rc.d
    'rm -f "$1"/etc/init.d/*',
    // else the first boot of every host does what the build has done (ldconfig, users, journal catalogue)
    'chroot "$1" journalctl --update-catalog',
    'touch "$1"/etc/.updated "$1"/var/.updated',
    'rm -rf "$1"/var/lib/cloud "$1"/var/log/cloud-init*',
  ],
};

/** The same with everything installed that hosts of any tier would install at their first boot. */
export const recipe: Recipe = {
  ...bareRecipe,
  packages: [
    ...bareRecipe.packages,
    "haproxy",
    "nginx",
    "apache2",
    "nodejs",
    "python3",
    "python3-pymysql",
    "nftables",
    "curl",
    "openssl",
    "jq",
    "socat",
    "prometheus-node-exporter",
    "prometheus-mysqld-exporter",
    "prometheus-nginx-exporter",
    "prometheus-apache-exporter",
    "mysql-server",
    "mysql-client",
  ],
  disabledUnits: [
    "haproxy.service",
    "nginx.service",
    "apache2.service",
    "apache-htcacheclean.service",
    "mysql.service",
    "nftables.service",
    "prometheus*.service",
    "prometheus*.timer",
    ...bareRecipe.disabledUnits,
  ],
};

/** Twelve hex digits that name the image of a recipe on this kind of processor. */
export function recipeHash(of: Recipe = recipe): string {
  return createHash("sha256")
    .update(JSON.stringify([of, process.arch]))
    .digest("hex")
    .slice(0, 12);
}

/** Where packages come from: base addresses of the Debian archive, never named in the project itself. */
export interface Mirrors {
  debian: string;
  /** Absent when the machine's apt has no security archive: the image then has no security updates. */
  security?: string;
}

/**
 * Reads the mirrors out of `apt-get indextargets` lines of the form `uri|origin|label`.
 * Throws when the machine's apt knows no Debian archive.
 */
export function parseMirrors(lines: string): Mirrors {
  const found = lines
    .split("\n")
    .map((line) => line.trim().split("|"))
    .filter(([uri, origin]) => uri !== "" && origin === "Debian");
  const debian = found.find(([, , label]) => label === "Debian")?.[0];
  if (debian === undefined) {
    throw new Error(
      "apt: want a Debian archive among the machine's package sources, got none; run `apt-get update` first",
    );
  }
  return { debian, security: found.find(([, , label]) => label === "Debian-Security")?.[0] };
}

/** One-line apt sources for the image's build, in the order in which apt prefers them. */
export function sourcesList(of: Recipe, mirrors: Mirrors): string {
  const signed = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg";
  const lines = [
    `deb [${signed}] ${mirrors.debian} ${of.release} main`,
    `deb [${signed}] ${mirrors.debian} ${of.release}-updates main`,
    // a mirror's copy of sid may be some days old; its signature is checked all the same
    `deb [${signed} check-valid-until=no] ${mirrors.debian} ${of.extraRelease} main`,
  ];
  if (mirrors.security !== undefined) {
    lines.splice(2, 0, `deb [${signed}] ${mirrors.security} ${of.release}-security main`);
  }
  return lines.join("\n") + "\n";
}

/** apt's pinning: nothing from the extra release but the named sources. */
export function preferences(of: Recipe): string {
  const sources = of.pinned.map((name) => `src:${name}`).join(" ");
  return [
    `Package: *\nPin: release n=${of.extraRelease}\nPin-Priority: 100\n`,
    `Package: ${sources}\nPin: release n=${of.extraRelease}\nPin-Priority: 990\n`,
  ].join("\n");
}

/** systemd preset that is in place before the packages are, so that none of them starts by itself. */
export function preset(of: Recipe): string {
  return of.disabledUnits.map((unit) => `disable ${unit}\n`).join("");
}
