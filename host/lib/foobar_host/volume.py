"""The database's own disk: found, made once, mounted at every boot. A disk that holds anything is never formatted."""

import os
import re
import subprocess
import time
from pathlib import Path

BY_ID = Path("/dev/disk/by-id")
# The link that udev makes for a whole EBS volume; partitions and namespaces have a suffix.
EBS_LINK = re.compile(r"^nvme-Amazon_Elastic_Block_Store_(vol[0-9a-f]+)$")
LABEL = "foobar-data"
MOUNT_POINT = Path("/var/lib/mysql")
# The volume is attached after the instance runs.
WAIT_SEC = 300
# A file system, a partition table or a database leaves something in its first megabytes; a new volume is all zeros.
PROBE_BYTES = 4 << 20


def probe(device):
    """What blkid sees on the device itself, without its cache; {} when it recognises nothing."""
    found = subprocess.run(["blkid", "-p", "-o", "export", device], capture_output=True, text=True)
    if found.returncode not in (0, 2):
        raise RuntimeError(f"{device}: want blkid to read it, got {found.stderr.strip() or found.returncode}")
    return dict(line.split("=", 1) for line in found.stdout.splitlines() if "=" in line)


def all_zero(device):
    with open(device, "rb") as disk:
        start = disk.read(PROBE_BYTES)
    return start.count(0) == len(start) > 0


def choose(disks):
    """Which disk is the data disk, and whether it must be formatted; None while it is not there.

    `disks`: {volume id: (device, blkid's view, all zero)}. A labelled disk wins; else the one blank disk is it."""
    labelled = [(volume, entry[0]) for volume, entry in disks.items() if entry[1].get("LABEL") == LABEL]
    blank = [(volume, entry[0]) for volume, entry in disks.items() if not entry[1] and entry[2]]
    if len(labelled) > 1 or (not labelled and len(blank) > 1):
        several = ", ".join(volume for volume, _ in labelled or blank)
        raise RuntimeError(f"data disk: want one volume that is blank or labelled {LABEL}, got {several}; detach the others")
    if labelled:
        return (*labelled[0], False)
    if blank:
        return (*blank[0], True)
    return None


def find():
    """(volume id, device, blank) of the data disk; waits until it is attached."""
    deadline = time.monotonic() + WAIT_SEC
    while True:
        disks = {}
        for link in BY_ID.glob("nvme-*") if BY_ID.is_dir() else ():
            if match := EBS_LINK.match(link.name):
                device = os.path.realpath(link)
                seen = probe(device)
                disks[match[1]] = (device, seen, not seen and all_zero(device))
        if chosen := choose(disks):
            return chosen
        if time.monotonic() > deadline:
            listed = ", ".join(f"{volume} ({entry[1].get('TYPE') or entry[1].get('PTTYPE') or 'unknown data'})" for volume, entry in disks.items())
            raise RuntimeError(
                f"data disk: want a blank volume or one labelled {LABEL} within {WAIT_SEC} s, got {listed or 'no volume'}; attach it"
            )
        time.sleep(0.2)


def mount():
    """Mount the data disk; its volume id. Already mounted: nothing is done."""
    volume, device, blank = find()
    if blank:
        print(f"{device} ({volume}) is blank: making a file system", flush=True)
        # Inode tables are written in the background, so that a large volume is usable at once.
        subprocess.run(["mkfs.ext4", "-q", "-m", "1", "-L", LABEL, "-E", "lazy_itable_init=1,nodiscard", device], check=True)
    MOUNT_POINT.mkdir(parents=True, exist_ok=True)
    if not os.path.ismount(MOUNT_POINT):
        subprocess.run(["mount", "-t", "ext4", "-o", "noatime", device, MOUNT_POINT], check=True)
    return volume


def unmount():
    if os.path.ismount(MOUNT_POINT):
        subprocess.run(["umount", MOUNT_POINT], check=True)
