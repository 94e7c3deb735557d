import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureImage } from "./image";
import { run, type RunResult } from "./run";

/** What a program of the image gets to see. */
export interface ImageRunOptions {
  /** Files put into the image's tree first: absolute path → content. Owned by root, mode 0644. */
  files?: Record<string, string | Buffer>;
  /** Text for its standard input. */
  input?: string;
  /** Milliseconds until it is killed (code 124). @default 60000 */
  timeoutMs?: number;
}

// $1 = image, $2 = scratch folder, $3 = folder of files to lay over; the rest is the program.
// All mounts are inside the new mount namespace and end with it.
const enter = `set -e
image=$1 scratch=$2 files=$3; shift 3
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
root=$scratch/root
umask 022
cp -r "$files/." "$root/"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
for device in null zero full random urandom tty; do
  [ -e "$root/dev/$device" ] || touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -sfn /proc/self/fd "$root/dev/fd"
ip link set lo up
cd /
exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
`;

/**
 * Runs one program of the hosts' image on a throw-away copy of its file system, as root, with no network but a
 * loopback of its own: `runInImage(["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"], { files: {…} })`.
 * About 0.1 s beside the program itself. Needs root; builds the image when the cache has none.
 */
export async function runInImage(argv: readonly string[], options: ImageRunOptions = {}): Promise<RunResult> {
  const { root } = await ensureImage(() => undefined);
  const dir = await mkdtemp(join(tmpdir(), "foobar-image-"));
  try {
    const scratch = join(dir, "scratch");
    const files = join(dir, "files");
    await mkdir(scratch);
    await mkdir(files, { mode: 0o755 });
    for (const [path, content] of Object.entries(options.files ?? {})) {
      await mkdir(dirname(join(files, path)), { recursive: true });
      await writeFile(join(files, path), content);
    }
    const isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc"];
    return await run([...isolated, "sh", "-c", enter, "sh", root, scratch, files, ...argv], {
      input: options.input,
      timeoutMs: options.timeoutMs ?? 60_000,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
