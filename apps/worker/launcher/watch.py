"""Starts a process and stays with it until its whole tree is gone: output, commands of the worker, deadline, cancel."""

import os
import select
import signal
import time

from bounds import LOOK_INTERVAL_S as MEMORY_LOOK_INTERVAL_S

READ_BYTES = 1 << 16
# Orphans of a long attempt are reaped this often, so that zombies do not use up its process limit.
REAP_INTERVAL_S = 1.0
# Without pidfd (old kernels, other systems) the end of the process is looked for this often.
LOOK_INTERVAL_S = 0.01
# Python ignores these; a program expects the default.
DEFAULT_SIGNALS = [signal.SIGPIPE, signal.SIGXFSZ]
HAS_PIDFD = hasattr(os, "pidfd_open")


class Watch:
    def __init__(self, channel, sandbox, bound):
        self.channel = channel
        self.sandbox = sandbox
        self.bound = bound
        self.pipes = [os.pipe(), os.pipe()]
        self.readers = {reader: stream for stream, (reader, _writer) in enumerate(self.pipes)}
        for reader in self.readers:
            os.set_blocking(reader, False)
        self.file_actions = [
            (os.POSIX_SPAWN_DUP2, channel.null, 0),
            (os.POSIX_SPAWN_DUP2, self.pipes[0][1], 1),
            (os.POSIX_SPAWN_DUP2, self.pipes[1][1], 2),
        ]
        self.poll = select.poll()
        self.poll.register(channel.input, select.POLLIN)
        self.reading = False

    def renew_pipes(self):
        """A program may have made its end of the pipe non-blocking; that flag outlives it."""
        for _reader, writer in self.pipes:
            os.set_blocking(writer, True)

    def spawn(self, program, argv, environment):
        return os.posix_spawn(
            program, argv, environment, file_actions=self.file_actions, setsid=True, setsigdef=DEFAULT_SIGNALS
        )

    def until_gone(self, pid, command):
        """Returns (cause, wait status of the main process): cause is exit, timeout or cancel. All output has been sent by then.
        `excess` then says by how much it used more memory than it may, or is None."""
        self.pid, self.status, self.command = pid, None, command
        self.cause, self.excess = "exit", None
        now = time.monotonic()
        self.deadline = now + command["timeout_s"]
        self.next_look = now + MEMORY_LOOK_INTERVAL_S
        pidfd = os.pidfd_open(pid) if HAS_PIDFD else -1
        if pidfd >= 0:
            self.poll.register(pidfd, select.POLLIN)
        # It may have come in one read with the run.
        self._take_cancel()
        try:
            while self.status is None:
                self._step(pidfd)
        finally:
            if pidfd >= 0:
                self.poll.unregister(pidfd)
                os.close(pidfd)
        self.sandbox.end_all(pid)
        self.excess = self.excess or self.bound.last_excess()
        for reader, stream in self.readers.items():
            self._drain(reader, stream)
        return self.cause, self.status

    def _step(self, pidfd):
        self._match_backpressure()
        remaining = min(self.deadline, self.next_look) - time.monotonic()
        limit = REAP_INTERVAL_S if pidfd >= 0 else LOOK_INTERVAL_S
        events = self.poll.poll(int(max(0.0, min(remaining, limit)) * 1000) + 1)
        for fd, _event in events:
            if fd in self.readers:
                self._forward(fd)
            elif fd == pidfd:
                self.status = os.waitpid(self.pid, 0)[1]
            elif fd == self.channel.output:
                self.channel.flush()
            else:
                self.channel.receive()
                self._take_cancel()
        if not events:
            self._reap()
        now = time.monotonic()
        if self.status is None and now >= self.next_look:
            self._look_at_memory(now)
        if self.status is None and now >= self.deadline:
            self._escalate("timeout", self.command["grace_s"])

    def _look_at_memory(self, now):
        """Whoever exceeds it ends as a whole, at once: half a tree would only hang."""
        self.next_look = now + MEMORY_LOOK_INTERVAL_S
        self.excess = self.excess or self.bound.excess()
        if self.excess:
            self.sandbox.signal_all(self.pid, signal.SIGKILL)

    def _match_backpressure(self):
        """Nothing is read from the task while the worker has not taken what was read before: then the task waits, not our memory."""
        reading = not self.channel.is_clogged()
        if reading == self.reading:
            return
        self.reading = reading
        for reader in self.readers:
            self.poll.register(reader, select.POLLIN) if reading else self.poll.unregister(reader)
        if reading:
            try:
                self.poll.unregister(self.channel.output)
            except KeyError:
                pass
        else:
            self.poll.register(self.channel.output, select.POLLOUT)

    def _forward(self, reader):
        if self.channel.is_clogged():
            return
        try:
            self.channel.send_output(self.readers[reader], os.read(reader, READ_BYTES))
        except BlockingIOError:
            pass

    def _drain(self, reader, stream):
        """Nobody can write any more, so what the pipe holds is all there is: at most its capacity."""
        try:
            while True:
                self.channel.send_output(stream, os.read(reader, READ_BYTES))
        except BlockingIOError:
            pass

    def _take_cancel(self):
        for position, (command, _payload) in enumerate(self.channel.commands):
            if command["cmd"] == "cancel" and command["id"] == self.command["id"]:
                del self.channel.commands[position]
                if self.cause == "exit":
                    self._escalate("cancel", command["grace_s"])
                return

    def _escalate(self, cause, grace_s):
        """First a request to the whole tree, after the grace the end of it."""
        now = time.monotonic()
        if self.cause == "exit" and grace_s > 0:
            self.cause = cause
            self.deadline = now + grace_s
            self.sandbox.signal_all(self.pid, signal.SIGTERM)
            return
        self.cause = cause if self.cause == "exit" else self.cause
        self.deadline = now + 1.0
        self.sandbox.signal_all(self.pid, signal.SIGKILL)

    def _reap(self):
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.pid:
                    self.status = status
        except ChildProcessError:
            return


def describe_status(status):
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return {"signal": signal.Signals(number).name}
        except ValueError:
            return {"signal": "SIG%d" % number}
    return {"code": os.WEXITSTATUS(status)}
