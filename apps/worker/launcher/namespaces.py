"""The strong sandbox: own user, PID, mount and IPC namespaces with this process as PID 1, and a file system view of its own.

The view: the machine's folders read-only, a fresh /proc, private /tmp, /var/tmp and /dev/shm, and /computalot with the slot's folders. Nothing of
the worker's data directory is in it. Tasks run without any capability, under the same user as the slot's folders.
"""

import os
import signal

import linux

NAMESPACES = linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWIPC
HOME = "/computalot"
PRIVATE = HOME + "/private"
BOUND = ("out", "artifacts", "inputs", "checkpoint", "home")


class NamespaceSandbox:
    name = "namespaces"

    def paths(self, _setup):
        named = {name: "%s/%s" % (HOME, name) for name in BOUND + ("in", "work")}
        return {**named, "tmp": "/tmp"}

    def signal_all(self, _main, number):
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            pass

    def pids(self):
        """Everybody but this process; nobody where /proc is not the namespace's own."""
        if os.readlink("/proc/self") != "1":
            return []
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]

    def end_all(self, _main):
        """Returns when this process is alone in its PID namespace: by then every process of the attempt is gone, whatever it did."""
        while True:
            try:
                # No child at all means nobody at all: orphans of a namespace become children of its PID 1.
                pid, _status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    self.signal_all(None, signal.SIGKILL)
                    os.waitpid(-1, 0)
            except ChildProcessError:
                return


def stage_as_root(setup):
    """As root: makes the sources reachable for the task user even where their parent folders are closed to it. Returns the sources to use."""
    sources = _sources(setup)
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    opened = {name: os.open(path, os.O_PATH) for name, path in sources.items()}
    linux.mount("tmpfs", "/tmp", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=1m")
    staged = {}
    for name, fd in opened.items():
        staged[name] = "/tmp/" + name
        os.mkdir(staged[name])
        linux.bind_fd(fd, staged[name])
        os.close(fd)
    return staged


def _sources(setup):
    sources = {"slot": setup["slot_dir"]}
    if setup.get("revision_dir"):
        sources["revision"] = setup["revision_dir"]
    if setup.get("kept_dir"):
        sources["kept"] = setup["kept_dir"]
    for name, path in setup.get("expose", {}).items():
        if os.path.isdir(path):
            sources["tool-" + name] = path
    return sources


def enter(uid, gid):
    """New namespaces for the children of this process; `uid` and `gid` keep their numbers inside."""
    # The maps can be written only by a dumpable process; a change of user made it undumpable.
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    linux.unshare(NAMESPACES)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", "%d %d 1" % (uid, uid))
    _write("/proc/self/gid_map", "%d %d 1" % (gid, gid))


def _write(path, text):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def build_view(setup, sources, notes):
    """As PID 1: replaces the root of this mount namespace by the task's view."""
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    sources = sources or _sources(setup)
    opened = {name: os.open(path, os.O_PATH) for name, path in sources.items()}
    slot = opened["slot"]
    parts = {name: os.open(name, os.O_PATH, dir_fd=slot) for name in BOUND + ("in", "tmp", "work", "overlay")}
    root = "/tmp"
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=1m")
    _bind_system(root)
    tools = [name for name in opened if name.startswith("tool-")]
    _make_folders(root, [HOME + "/tools/" + name[5:] for name in tools])
    try:
        linux.make_read_only(root, recursive=True)
    except OSError as error:
        notes.append("the system is not mounted read-only: %s" % error)
    _mount_proc(root, notes)
    _mount_shm(root, setup, notes)
    _cover(root, setup.get("hide", []), notes)
    for name in tools:
        _bind_read_only(opened[name], root + HOME + "/tools/" + name[5:])
    for name in BOUND:
        linux.bind_fd(parts[name], "%s%s/%s" % (root, HOME, name))
    linux.bind_fd(opened.get("kept", parts["work"]), "%s%s/work" % (root, HOME))
    _bind_read_only(parts["in"], root + HOME + "/in")
    linux.bind_fd(parts["overlay"], root + PRIVATE + "/overlay")
    if "revision" in opened:
        _bind_read_only(opened["revision"], root + PRIVATE + "/revision")
    for place in ("/tmp", "/var/tmp"):
        if os.path.isdir(root + place):
            linux.bind_fd(parts["tmp"], root + place)
    # Through this descriptor the payload is written; the task sees the same file through a read-only mount.
    payload = os.open("payload.json", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644, dir_fd=parts["in"])
    for fd in list(opened.values()) + list(parts.values()):
        os.close(fd)
    os.chdir(root)
    linux.pivot_root_here()
    return payload


def _bind_system(root):
    for entry in os.scandir("/"):
        if entry.name in ("tmp", "proc", "computalot"):
            continue
        place = root + "/" + entry.name
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), place)
        elif entry.is_dir():
            os.mkdir(place)
            linux.bind(entry.path, place)


def _make_folders(root, more):
    for name in BOUND + ("in", "work", "tools", "private/overlay", "private/revision"):
        os.makedirs("%s%s/%s" % (root, HOME, name))
    for place in more + ["/tmp", "/proc"]:
        os.mkdir(root + place)


def _bind_read_only(fd, target):
    linux.bind_fd(fd, target)
    linux.make_read_only(target)


def _mount_proc(root, notes):
    flags = linux.MS_NOSUID | linux.MS_NODEV | 8
    try:
        linux.mount("proc", root + "/proc", "proc", flags)
    except OSError as error:
        notes.append("no private /proc: %s" % error)
        linux.bind("/proc", root + "/proc")


def _mount_shm(root, setup, notes):
    if not os.path.isdir(root + "/dev/shm"):
        return
    options = "mode=1777,size=%d" % setup.get("shm_bytes", 1 << 30)
    try:
        linux.mount("tmpfs", root + "/dev/shm", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
    except OSError as error:
        notes.append("/dev/shm is shared: %s" % error)


def _cover(root, hidden, notes):
    """Puts an empty, unreadable folder over each path. What the task user cannot reach anyway needs no cover."""
    for path in hidden:
        try:
            if path.startswith("/tmp/") or not os.path.isdir(root + path):
                continue
            linux.mount("tmpfs", root + path, "tmpfs", linux.MS_RDONLY | linux.MS_NOSUID, "mode=000,size=4k")
        except OSError as error:
            notes.append("not hidden: %s: %s" % (path, error))
