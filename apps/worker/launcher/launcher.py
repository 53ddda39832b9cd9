"""The launcher: one slot of a worker for one revision. Starts processes at the kernel's price and ends whole trees of them.

Started as `python3 -I -S launcher.py` with pipes to the worker as standard input and output (see channel.py). The first command is `setup`; until
it comes the process waits, warm. Then `run`, `cancel`, `reset`. When the worker goes away, so does everything here.

Two processes: the outer one keeps the privileges it was started with and only waits; the inner one runs attempts as the task user.
"""

import os
import resource
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bounds
import folders
import linux
import namespaces
import subreaper
from attempts import Attempts
from channel import Channel, WorkerGone
from workdir import choose_workdir


# The worker knows this number too (launcher-process.ts).
KILLED_FOR_MEMORY = 77


class Ended(Exception):
    """SIGTERM: from the worker, or because the parent died."""


def main():
    os.umask(0o022)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent(signal.SIGTERM)
    parent = os.getppid()
    channel = Channel()
    try:
        setup, _ = channel.next_command()
    except WorkerGone:
        return
    if os.getppid() != parent or setup["cmd"] != "setup":
        return
    try:
        folders.make_slot_folders(setup["slot_dir"], *_task_user(setup))
        mode, notes = _choose_mode(setup)
    except OSError as error:
        channel.send({"t": "ready", "sandbox": None, "notes": [], "error": str(error)})
        return
    sandbox = namespaces.NamespaceSandbox() if mode == "namespaces" else subreaper.SubreaperSandbox()
    bound = bounds.bound_slot(setup, sandbox, notes)
    if mode == "namespaces":
        _run_in_namespaces(channel, sandbox, bound, setup, notes)
    else:
        _run_as_subreaper(channel, sandbox, bound, setup, notes)


def _task_user(setup):
    if os.getuid() == 0 and setup.get("uid") is not None:
        return setup["uid"], setup["gid"]
    return os.getuid(), os.getgid()


def _drop_privileges(setup):
    uid, gid = _task_user(setup)
    if uid != os.getuid():
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    return uid, gid


def _die_with_parent(number):
    if linux.IS_LINUX:
        linux.prctl(linux.PR_SET_PDEATHSIG, number)


def _prefer_for_oom(setup):
    """Inherited by the tasks: the kernel takes them before the worker and the outer process. The launcher itself is far smaller than what it runs."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(setup.get("oom_score_adj", 500)))
    except OSError:
        pass


def _limit(setup, bound):
    limits = {resource.RLIMIT_CORE: 0}
    for name, key in (("nproc", "RLIMIT_NPROC"), ("fsize", "RLIMIT_FSIZE"), ("nofile", "RLIMIT_NOFILE")):
        if setup.get("limits", {}).get(name) is not None and hasattr(resource, key):
            limits[getattr(resource, key)] = setup["limits"][name]
    if isinstance(bound, bounds.ControlGroup) and bound.counts_processes:
        # Counted for the slot; the other counts the user's processes of all slots together.
        limits.pop(getattr(resource, "RLIMIT_NPROC", None), None)
    for limit, value in limits.items():
        _soft, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


# ---- choosing the sandbox


def _choose_mode(setup):
    wanted = setup.get("sandbox", "auto")
    if wanted != "auto":
        return wanted, []
    if not linux.IS_LINUX:
        return "subreaper", ["namespaces exist on Linux only"]
    fault = _try_namespaces(setup)
    return ("subreaper", ["no namespaces: %s" % fault]) if fault else ("namespaces", [])


def _try_namespaces(setup):
    """A child goes all the way into the sandbox; returns what stopped it, or None."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _report_fault(writer, lambda: _go_into_namespaces(setup, writer))
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, "rb") as pipe:
        return pipe.read().decode() or None


def _go_into_namespaces(setup, writer):
    sources = _stage(setup, [])
    namespaces.enter(*_drop_privileges(setup))
    inner = os.fork()
    if inner == 0:
        _report_fault(writer, lambda: os.close(namespaces.build_view(setup, sources, [])))
    os.waitpid(inner, 0)


def _report_fault(writer, action):
    """Runs the action in this forked child, writes what went wrong, ends the process."""
    try:
        action()
    except Exception as error:
        os.write(writer, str(error).encode())
    finally:
        os._exit(0)


def _stage(setup, notes):
    if os.getuid() != 0:
        return None
    try:
        return namespaces.stage_as_root(setup)
    except OSError as error:
        notes.append("folders are used in place: %s" % error)
        return None


# ---- the two shapes


def _run_in_namespaces(channel, sandbox, bound, setup, notes):
    payload = None
    try:
        sources = _stage(setup, notes)
        uid_gid = _drop_privileges(setup)
        namespaces.enter(*uid_gid)
    except OSError as error:
        channel.send({"t": "ready", "sandbox": None, "notes": notes, "error": str(error)})
        return
    # Dropping privileges cleared it. SIGKILL is enough here: with PID 1 the kernel ends the whole namespace.
    _die_with_parent(signal.SIGKILL)
    inner = os.fork()
    if inner:
        _wait_outside(channel, bound, inner)
        return
    _die_with_parent(signal.SIGKILL)
    _prefer_for_oom(setup)
    try:
        payload = namespaces.build_view(setup, sources, notes)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    except OSError as error:
        channel.send({"t": "ready", "sandbox": None, "notes": notes, "error": str(error)})
        os._exit(1)
    _serve_and_exit(channel, sandbox, bound, setup, notes, payload)


def _run_as_subreaper(channel, sandbox, bound, setup, notes):
    if linux.IS_LINUX:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    inner = os.fork()
    if inner:
        _wait_outside(channel, bound, inner)
        return
    signal.signal(signal.SIGTERM, _raise_ended)
    _prefer_for_oom(setup)
    _drop_privileges(setup)
    _die_with_parent(signal.SIGTERM)
    if linux.IS_LINUX:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    _serve_and_exit(channel, sandbox, bound, setup, notes, None)


def _raise_ended(_number, _frame):
    raise Ended


def _wait_outside(channel, bound, inner):
    """The outer process: whatever ends the inner one, nothing of the slot is left behind when this one is gone. Says with its exit code that the
    inner one itself was killed for memory: it is smaller than most programs, but not than each of very many small ones."""
    signal.signal(signal.SIGTERM, _raise_ended)
    channel.close()
    status = 0
    try:
        status = os.waitpid(inner, 0)[1]
    except Ended:
        pass
    subreaper.SubreaperSandbox().end_all(inner)
    if os.WIFSIGNALED(status) and bound.last_excess():
        os._exit(KILLED_FOR_MEMORY)


def _serve_and_exit(channel, sandbox, bound, setup, notes, payload_fd):
    code, slot = 0, None
    try:
        _limit(setup, bound)
        slot = _open_slot(channel, sandbox, bound, setup, notes, payload_fd)
        _serve(channel, slot)
    except (WorkerGone, Ended):
        pass
    except BaseException as error:
        code = 1
        sys.stderr.write("launcher: %s: %s\n" % (type(error).__name__, error))
        sys.stderr.flush()
    finally:
        sandbox.end_all(0)
        _leave_nothing(slot)
        os._exit(code)


def _open_slot(channel, sandbox, bound, setup, notes, payload_fd):
    paths = sandbox.paths(setup)
    if not os.access(paths["out"], os.W_OK):
        reason = "user %d cannot reach %s: the folders above it must be open to others (mode 0711)"
        channel.send({"t": "ready", "sandbox": None, "notes": notes, "error": reason % (os.getuid(), paths["out"])})
        raise WorkerGone
    for name in folders.TRANSIENT:
        folders.empty(paths[name])
    workdir = choose_workdir(sandbox, paths, setup, notes)
    channel.send({"t": "ready", "sandbox": sandbox.name, "notes": notes, "workdir": workdir.how})
    return Attempts(channel, sandbox, bound, paths, workdir, setup, payload_fd)


def _serve(channel, attempts):
    while True:
        command, payload = channel.next_command()
        if command["cmd"] == "run":
            held = attempts.run(command, payload)
            if not held:
                attempts.clean()
        elif command["cmd"] == "reset":
            attempts.clean()


def _leave_nothing(slot):
    """The worker removes the slot's folder; what only this process may remove (a file system's own folders, say) goes first."""
    try:
        if slot is not None:
            slot.clean()
            slot.workdir.close()
    except OSError:
        pass


if __name__ == "__main__":
    main()
