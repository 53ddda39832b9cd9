"""The pipe to the worker: commands in (a JSON line, then `payload_bytes` raw bytes), frames out (a JSON line, then `n` raw bytes).

Both ends are non-blocking. Frames the worker does not take yet wait in `pending`; whoever produces bytes looks at `is_clogged()` first,
so what waits is bounded by one read per stream plus one exit frame.
"""

import collections
import json
import os
import select


class WorkerGone(Exception):
    """The worker closed its end: nobody wants this slot any more."""


class Channel:
    def __init__(self):
        # The task must inherit neither end, so both move away from 0 and 1 and those become /dev/null.
        self.input = os.dup(0)
        self.output = os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        self.null = null
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self._received = bytearray()
        self._expected = None
        self.commands = collections.deque()
        self._pending = collections.deque()

    def close(self):
        os.close(self.input)
        os.close(self.output)

    def receive(self):
        """Reads what is there and appends complete commands to `commands`."""
        try:
            data = os.read(self.input, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            raise WorkerGone
        self._received += data
        while self._take_command():
            pass

    def _take_command(self):
        if self._expected is None:
            end = self._received.find(b"\n")
            if end < 0:
                return False
            self._expected = json.loads(self._received[:end])
            del self._received[: end + 1]
        size = self._expected.get("payload_bytes", 0)
        if len(self._received) < size:
            return False
        self.commands.append((self._expected, bytes(self._received[:size])))
        del self._received[:size]
        self._expected = None
        return True

    def next_command(self):
        """Blocks until a command is there; returns (command, payload bytes)."""
        while not self.commands:
            poll = select.poll()
            poll.register(self.input, select.POLLIN)
            if self._pending:
                poll.register(self.output, select.POLLOUT)
            poll.poll()
            self.flush()
            self.receive()
        return self.commands.popleft()

    def send(self, frame, body=b""):
        if body:
            frame["n"] = len(body)
        self.send_raw(json.dumps(frame, separators=(",", ":")).encode() + b"\n" + body)

    def send_output(self, stream, data):
        self.send_raw(b'{"t":"out","s":%d,"n":%d}\n' % (stream, len(data)) + data)

    def send_raw(self, data):
        self._pending.append(data)
        self.flush()

    def is_clogged(self):
        return bool(self._pending)

    def flush(self):
        while self._pending:
            data = self._pending[0]
            try:
                written = os.write(self.output, data)
            except BlockingIOError:
                return
            except BrokenPipeError:
                raise WorkerGone
            if written < len(data):
                self._pending[0] = data[written:]
            else:
                self._pending.popleft()
