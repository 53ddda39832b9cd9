"""How much memory an attempt may use, and how its excess is found out. Two ways with the same methods, the first that works here:

ControlGroup  The kernel keeps the limit. The worker made a group for this slot; this process joins it once, so tasks are born in it. An attempt
              costs one read of a counter, and a write only when its limit differs from the last one's.
Sampling      No group to be had: the memory of the tree is added up now and then, and only of attempts that live that long.
"""

import errno
import os


LOOK_INTERVAL_S = 0.25
# Below this not even an interpreter starts, and the launcher itself is in the group too.
LEAST_BYTES = 64 << 20
UNLIMITED = 1 << 62

FILES = {
    1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"),
    2: ("memory.max", None, "memory.peak", "memory.events"),
}


def bound_slot(setup, sandbox, notes):
    """With the launcher's first privileges, before it starts anything: joins the worker's group for this slot."""
    group = setup.get("group")
    if group:
        try:
            return ControlGroup(group)
        except OSError as error:
            notes.append("memory is watched by sampling: %s" % error)
    return Sampling(sandbox)


class ControlGroup:
    def __init__(self, group):
        self.version = group["version"]
        limit, swap, peak, events = FILES[self.version]
        folder = group["memory"]
        self.events = os.open(os.path.join(folder, events), os.O_RDONLY)
        self.limit_fd = os.open(os.path.join(folder, limit), os.O_WRONLY)
        self.swap_fd = _open_if_there(folder, swap)
        self.peak_fd = _open_if_there(folder, peak, os.O_RDWR if self.version == 1 else os.O_RDONLY)
        if self.version == 2:
            _write_if_there(folder, "memory.swap.max", b"0")
        self.counts_processes = group["pids"] is not None
        for member in {folder, group["pids"] or folder}:
            if member == group["pids"] and group["pids_max"] is not None:
                _write(os.path.join(member, "pids.max"), b"%d" % group["pids_max"])
            _write(os.path.join(member, "cgroup.procs"), b"%d" % os.getpid())
        self.limit = None
        self.kills = self._count_kills()

    def begin(self, limit):
        """Raises OSError when the limit cannot be set: then more is in use than may be."""
        limit = UNLIMITED if limit is None else max(limit, LEAST_BYTES)
        if limit == self.limit:
            return
        # Memory and swap together are never limited below memory alone.
        raised = self.limit is not None and limit > self.limit
        files = [self.swap_fd, self.limit_fd] if raised else [self.limit_fd, self.swap_fd]
        for fd in files:
            if fd is not None:
                os.pwrite(fd, b"max" if limit == UNLIMITED and self.version == 2 else b"%d" % limit, 0)
        if self.version == 1 and self.peak_fd is not None:
            os.pwrite(self.peak_fd, b"0", 0)
        self.limit = limit

    def excess(self):
        """{limit, peak} in bytes when the kernel has killed for memory since this was asked last, else None. Costs one read."""
        kills = self._count_kills()
        if kills == self.kills:
            return None
        self.kills = kills
        peak = int(os.pread(self.peak_fd, 32, 0)) if self.peak_fd is not None else self.limit
        return {"limit": self.limit, "peak": min(peak, self.limit)}

    last_excess = excess

    def _count_kills(self):
        for line in os.pread(self.events, 512, 0).splitlines():
            if line.startswith(b"oom_kill "):
                return int(line[9:])
        return 0


class Sampling:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.limit = None

    def begin(self, limit):
        self.limit = None if limit is None else max(limit, LEAST_BYTES)

    def excess(self):
        if self.limit is None:
            return None
        pids = self.sandbox.pids()
        used = sum(map(_resident, pids))
        if used > self.limit:
            # Pages that processes share were counted for each of them; what the kernel shares out fairly costs more to ask for.
            used = sum(map(_proportional, pids))
        return {"limit": self.limit, "peak": used} if used > self.limit else None

    def last_excess(self):
        """Nothing is left to be measured."""
        return None


def _resident(pid):
    try:
        with open("/proc/%d/statm" % pid, "rb", buffering=0) as file:
            return int(file.read(256).split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _proportional(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid, "rb", buffering=0) as file:
            for line in file.read(4096).splitlines():
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESRCH) and not os.path.exists("/proc/%d/statm" % pid):
            return 0
    return _resident(pid)


def _open_if_there(folder, name, flags=os.O_WRONLY):
    try:
        return os.open(os.path.join(folder, name), flags) if name else None
    except FileNotFoundError:
        return None


def _write_if_there(folder, name, text):
    try:
        _write(os.path.join(folder, name), text)
    except FileNotFoundError:
        pass


def _write(path, text):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text)
    finally:
        os.close(fd)
