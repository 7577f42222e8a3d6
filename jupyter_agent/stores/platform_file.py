"""Where platforms differ about files: permissions, locks, the kind of file system. Nothing else here is POSIX only.

The Windows branches follow the documentation of `msvcrt.locking` and have not been run.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "9p"}
    | {"fuse.sshfs", "fuse.s3fs", "fuse.glusterfs", "fuse.ceph", "fuse.gcsfuse", "fuse.rclone", "fuse.juicefs"}
)


def make_private_directory(path: Path) -> None:
    """Make the directory where there is none, and what is missing above it, for its owner alone.

    One that exists is left as it is: it may hold more than ours. Raises OSError.
    """
    for missing in reversed([above for above in (path, *path.parents) if not above.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)  # raises where something else is in the way


def make_private_file(path: Path) -> None:
    """Make an empty file where there is none; either way nobody but its owner can read it after. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        # Somebody else's file cannot be changed; whether it can be used is found out by using it.
        with contextlib.suppress(PermissionError):
            path.chmod(0o600)


def network_file_system(path: Path) -> str | None:
    """The name of the network file system that an existing path lies on ("nfs4"); None elsewhere, or if nobody knows.

    Known on Linux only: it lists what is mounted where.
    """
    with contextlib.suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
        kind = _kind_of_mount(mounts, path.stat().st_dev)
        return kind if kind in _NETWORK else None
    return None


def _kind_of_mount(mounts: str, device: int) -> str | None:
    """The type of the file system with this device number. Format of the lines: proc_pid_mountinfo(5)."""
    if sys.platform == "win32":
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        place, _, source = line.partition(" - ")
        if place.split()[2:3] == [wanted]:
            return source.split()[0]
    return None


def try_lock(descriptor: int, *, exclusive: bool) -> bool:
    """Lock an open file without waiting; False if somebody else's lock is in the way.

    The lock belongs to this opening of the file: two in one process exclude each other too, and it ends with the
    descriptor or the process. Raises OSError where the file system has no locks. On Windows every lock is exclusive.
    """
    if sys.platform == "win32":
        import msvcrt

        # Locked bytes cannot be read by others there: lock one far behind the content.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EDEADLK}:
                return False
            raise
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
