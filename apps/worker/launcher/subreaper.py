"""The weaker sandbox, where namespaces cannot be had: this process adopts every orphan below it and ends them all, one by one.

Outside Linux not even that exists; there the process group of the attempt is ended.
"""

import os
import signal
import time

import linux


class SubreaperSandbox:
    name = "subreaper"

    def paths(self, setup):
        names = ("in", "out", "artifacts", "inputs", "checkpoint", "home", "tmp", "work")
        own = {name: os.path.join(setup["slot_dir"], name) for name in names}
        return {**own, "work": setup["kept_dir"]} if setup.get("kept_dir") else own

    def signal_all(self, main, number):
        if not linux.IS_LINUX:
            _ignore_missing(os.killpg, main, number)
            return
        for pid in descendants(os.getpid()):
            _ignore_missing(os.kill, pid, number)

    def pids(self):
        return descendants(os.getpid()) if linux.IS_LINUX else []

    def end_all(self, main):
        """Returns when no descendant is left. A tree that grows while it is killed is stopped first, so it loses the race."""
        if not linux.IS_LINUX:
            _ignore_missing(os.killpg, main, signal.SIGKILL)
        while True:
            try:
                pid, _status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    self.signal_all(main, signal.SIGSTOP)
                    self.signal_all(main, signal.SIGKILL)
                    time.sleep(0.0005)
            except ChildProcessError:
                return


def _ignore_missing(call, *arguments):
    try:
        call(*arguments)
    except (ProcessLookupError, PermissionError):
        pass


def descendants(root):
    found, todo = [], [root]
    while todo:
        for child in _children(todo.pop()):
            found.append(child)
            todo.append(child)
    return found


def _children(pid):
    children = []
    try:
        for thread in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, thread)) as file:
                children += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return children
