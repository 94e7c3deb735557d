"""What a host tells the deployment that waits for it, as objects in the bucket."""

import time
from pathlib import Path

from . import aws


def boot_seconds():
    """Since the host's first process started."""
    return round(time.time() - Path("/proc/1").stat().st_ctime, 1)


def put(settings, key, value):
    aws.perform_all([aws.Bucket(settings).put(key, value)], settings.region)


def ready(settings, instance):
    put(settings, f"ready/{instance}.json", {"status": "ready", "host": settings.host, "bootSec": boot_seconds(), "log": ""})


def drained(settings, instance, status, reason, request):
    answer = {"status": status, "reason": reason, "request": request, "host": settings.host}
    put(settings, f"drained/{instance}.json", answer)
