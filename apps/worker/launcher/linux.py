"""The few Linux calls that Python's standard library lacks. Every function raises OSError with the kernel's errno."""

import ctypes
import os
import sys

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY = 1
# The same number on every architecture: it was added after the tables were unified.
SYS_MOUNT_SETATTR = 442
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

IS_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


def _bytes(text):
    return None if text is None else os.fsencode(text)


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def prctl(option, value):
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl %d" % option)


def mount(source, target, kind, flags, options=None):
    call = _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(options))
    _check(call, "mount %s" % target)


def unmount(target):
    _check(_libc.umount2(_bytes(target), MNT_DETACH), "umount %s" % target)


def bind(source, target):
    mount(source, target, None, MS_BIND | MS_REC)


def bind_fd(fd, target):
    """Binds what an O_PATH descriptor stands for; works where the path itself is covered by another mount."""
    bind("/proc/self/fd/%d" % fd, target)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def make_read_only(target, recursive=False):
    attributes = _MountAttr(MOUNT_ATTR_RDONLY, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    call = _libc.syscall(
        SYS_MOUNT_SETATTR, AT_FDCWD, _bytes(target), flags, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    _check(call, "mount_setattr %s" % target)


def pivot_root_here():
    """Makes the working directory the root and lets go of the old root."""
    number = SYS_PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(38, "pivot_root: unknown on %s" % os.uname().machine)
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    unmount(".")
    os.chdir("/")
