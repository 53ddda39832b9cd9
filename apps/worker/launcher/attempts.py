"""Runs one attempt after another in this slot."""

import contextlib
import json
import os
import resource
import time

import folders
import leftovers
from watch import Watch, describe_status


class Attempts:
    def __init__(self, channel, sandbox, bound, paths, workdir, setup, payload_fd):
        self.channel = channel
        self.sandbox = sandbox
        self.paths = paths
        self.workdir = workdir
        self.payload_fd = payload_fd
        self.inline_bytes = setup["inline_result_bytes"]
        self.max_artifacts = setup.get("max_artifacts", 1000)
        self.transient = [paths[name] for name in folders.TRANSIENT]
        if sandbox.name == "namespaces" and os.path.isdir("/dev/shm"):
            self.transient.append("/dev/shm")
        self.defaults = {"HOME": paths["home"], "TMPDIR": paths["tmp"]}
        self.protocol = _protocol_variables(paths)
        self.bound = bound
        self.watch = Watch(channel, sandbox, bound)

    def run(self, command, payload):
        """Runs one attempt to its end and reports it. Returns True when the worker must fetch files before the slot is clean again."""
        started = time.time()
        try:
            self._prepare(command, payload)
            self.bound.begin(command.get("memory_bytes"))
            pid = self._spawn(command)
        except (OSError, ValueError) as error:
            self._refuse(command, error, started)
            return False
        cause, status = self.watch.until_gone(pid, command)
        return self._report(command, cause, status, started)

    def clean(self):
        """Makes the slot as new. A fault here ends the launcher: a slot that cannot be cleaned is never used again."""
        for path in self.transient:
            if self.sandbox.name != "namespaces":
                folders.make_real_folder(path)
            if os.listdir(path):
                folders.empty(path)
        self.workdir.renew()

    def _prepare(self, command, payload):
        if "inputs_mark" in command:
            payload = payload.replace(command["inputs_mark"].encode(), json.dumps(self.paths["inputs"])[1:-1].encode())
        if self.payload_fd is not None:
            os.pwrite(self.payload_fd, payload, 0)
            os.ftruncate(self.payload_fd, len(payload))
        else:
            _replace_file(self.paths["in"], "payload.json", payload)
        try:
            os.chdir(os.path.join(self.workdir.path, command.get("cwd", "")))
        except OSError as error:
            raise ValueError("the working directory %r does not exist in the revision" % command["cwd"]) from error
        self.watch.renew_pipes()

    def _spawn(self, command):
        argv = command["argv"]
        environment = {**self.defaults, **command["env"], **self.protocol}
        for variable, name in command.get("input_variables", {}).items():
            environment[variable] = os.path.join(self.paths["inputs"], name)
        program = _find_program(argv[0], environment.get("PATH", ""))
        with _file_limit(command.get("file_bytes")):
            return self.watch.spawn(program, argv, environment)

    def _refuse(self, command, error, started):
        code, message = "command_not_found", str(error)
        if isinstance(error, OSError):
            if error.errno in (11, 12, 16, 23, 24, 28):
                code, message = "infrastructure", "the worker could not start a process: %s" % error.strerror
            elif error.errno == 7:
                code, message = "invalid_command", "command and environment are too long"
            else:
                message = "cannot run %r: %s" % (command["argv"][0], error.strerror)
        now = _millis(time.time())
        frame = {"cause": "refused", "started": _millis(started), "finished": now, "result": {"form": "none"}}
        self._send_exit(command, {**frame, "error": {"code": code, "message": message}})

    def _report(self, command, cause, status, started):
        finished = time.time()
        out = self.paths["out"]
        result, body = leftovers.read_result(out, _names(out), self.inline_bytes)
        frame = {"cause": cause, "started": _millis(started), "finished": _millis(finished), "result": result}
        frame.update(describe_status(status))
        if self.watch.excess and cause == "exit":
            # The kernel may have taken a child of the main process and that one have made the best of it: it is over for both.
            frame.pop("code", None)
            frame.update(signal="SIGKILL", memory=self.watch.excess)
        held = result["form"] == "file"
        if _names(self.paths["artifacts"]):
            listed, skipped = leftovers.list_artifacts(self.paths["artifacts"], self.max_artifacts)
            frame.update(artifacts=listed, artifacts_skipped=skipped)
            held = held or bool(listed)
        if (cause != "exit" or status != 0 or self.watch.excess) and _names(self.paths["checkpoint"]):
            frame["checkpoint"] = held = True
        if held:
            frame["held"] = True
        self._send_exit(command, frame, body)
        return held

    def _send_exit(self, command, frame, body=b""):
        self.channel.send({"t": "exit", "id": command["id"], **frame}, body)


@contextlib.contextmanager
def _file_limit(wanted):
    """For what is born meanwhile. The soft limit alone: this process must be able to take it back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if wanted is not None and (hard == resource.RLIM_INFINITY or wanted < hard):
        resource.setrlimit(resource.RLIMIT_FSIZE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _millis(seconds):
    return int(seconds * 1000)


def _names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _protocol_variables(paths):
    return {
        "COMPUTALOT_TASK_PAYLOAD": os.path.join(paths["in"], "payload.json"),
        "COMPUTALOT_TASK_RESULT": os.path.join(paths["out"], leftovers.RESULT_NAME),
        "COMPUTALOT_ARTIFACTS_DIR": paths["artifacts"],
        "COMPUTALOT_INPUTS_DIR": paths["inputs"],
        "COMPUTALOT_CHECKPOINT_DIR": paths["checkpoint"],
    }


def _replace_file(folder, name, content):
    """A new file always: whatever the last attempt left under this name (a link, say) is not followed."""
    folders.make_real_folder(folder)
    path = os.path.join(folder, name)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        folders.empty(folder)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with open(fd, "wb", buffering=0) as file:
        file.write(content)


def _find_program(name, search_path):
    """A name with a slash is used as it is, relative to the working directory; another is looked up in the task's own PATH."""
    if "/" in name:
        return name
    for folder in search_path.split(":"):
        candidate = os.path.join(folder or ".", name)
        if os.access(candidate, os.X_OK) and not os.path.isdir(candidate):
            return candidate
    raise ValueError("command not found: %r is not in PATH" % name)
