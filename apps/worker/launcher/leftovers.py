"""What an attempt left for the worker: its result file and its artifacts. Looked at only when no process of the attempt is alive."""

import os
import stat

RESULT_NAME = "result.json"
MAX_ARTIFACT_NAME = 255


def read_result(out_dir, names, inline_bytes):
    """Returns (description, inline bytes). The description's `form` is none, inline, file or bad (with `error`)."""
    if RESULT_NAME not in names:
        return {"form": "none"}, b""
    path = os.path.join(out_dir, RESULT_NAME)
    try:
        # Neither a link nor a pipe nobody writes to may lead anywhere or hold anybody up.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError:
        return _bad("it cannot be read")
    except OSError:
        return _bad("it is not a regular file")
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return _bad("it is not a regular file")
        if status.st_size > inline_bytes:
            os.fchmod(fd, 0o644)
            return {"form": "file", "bytes": status.st_size}, b""
        return {"form": "inline", "bytes": status.st_size}, os.read(fd, status.st_size)
    finally:
        os.close(fd)


def _bad(why):
    return {"form": "bad", "error": why}, b""


def list_artifacts(folder, limit):
    """Returns ([[relative name, bytes], ...], number of entries left out): regular files only, names as UTF-8 of at most 255 characters."""
    found, skipped, todo = [], 0, [""]
    while todo:
        relative = todo.pop()
        try:
            entries = sorted(os.scandir(os.path.join(folder, relative)), key=lambda entry: entry.name)
        except OSError:
            skipped += 1
            continue
        for entry in entries:
            name = os.path.join(relative, entry.name)
            if not _is_sayable(name) or len(found) >= limit:
                skipped += 1
            elif entry.is_dir(follow_symlinks=False):
                todo.append(name)
            elif entry.is_file(follow_symlinks=False):
                found.append([name, _make_readable(entry)])
            else:
                skipped += 1
    return found, skipped


def _is_sayable(name):
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return len(name) <= MAX_ARTIFACT_NAME


def _make_readable(entry):
    status = entry.stat(follow_symlinks=False)
    if not status.st_mode & 0o400:
        os.chmod(entry.path, status.st_mode & 0o777 | 0o400)
    return status.st_size
