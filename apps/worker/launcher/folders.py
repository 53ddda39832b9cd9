"""The slot's folders: made once, emptied after an attempt only where the attempt left something."""

import os
import stat

# What an attempt may write to and the next one must not see.
TRANSIENT = ("out", "artifacts", "inputs", "checkpoint", "home", "tmp")
ALL = TRANSIENT + ("in", "work", "overlay")


def make_slot_folders(slot_dir, uid, gid):
    """Run with the launcher's first privileges; the folders belong to the task user afterwards."""
    os.makedirs(slot_dir, mode=0o711, exist_ok=True)
    for name in ALL:
        path = os.path.join(slot_dir, name)
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            pass
        if os.getuid() == 0:
            os.chown(path, uid, gid, follow_symlinks=False)


def make_real_folder(path):
    """A task of the fallback mode may have put something else in a folder's place."""
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return
        os.unlink(path)
    except FileNotFoundError:
        pass
    os.mkdir(path, 0o700)


def empty(path):
    """Removes everything in a folder, never following links. Deep trees are flattened on the way, so depth costs neither stack nor descriptors."""
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        moved = 0
        while True:
            names = os.listdir(top)
            if not names:
                return
            for name in names:
                moved = _remove(top, name, moved)
    finally:
        os.close(top)


def _remove(top, name, moved):
    if not stat.S_ISDIR(os.lstat(name, dir_fd=top).st_mode):
        os.unlink(name, dir_fd=top)
        return moved
    inner = _open_folder(top, name)
    try:
        for child in os.listdir(inner):
            if stat.S_ISDIR(os.lstat(child, dir_fd=inner).st_mode):
                moved += 1
                _move_up(inner, child, top, ".emptied-%d" % moved)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
    return moved


def _open_folder(parent, name):
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        inner = os.open(name, flags, dir_fd=parent)
        if os.fstat(inner).st_mode & 0o700 == 0o700:
            return inner
        os.fchmod(inner, 0o700)
        return inner
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=parent)
        return os.open(name, flags, dir_fd=parent)


def _move_up(inner, child, top, fallback_name):
    name = fallback_name
    while True:
        try:
            os.rename(child, name, src_dir_fd=inner, dst_dir_fd=top)
            return
        except PermissionError:
            os.chmod(child, 0o700, dir_fd=inner)
            os.rename(child, name, src_dir_fd=inner, dst_dir_fd=top)
            return
        except OSError as error:
            # The task chose the same name.
            if error.errno not in (17, 20, 39):
                raise
            name += "_"


def copy_tree(source, target):
    """Copies folders, regular files and symbolic links; keeps the permission bits."""
    todo = [""]
    while todo:
        relative = todo.pop()
        with os.scandir(os.path.join(source, relative)) as entries:
            for entry in entries:
                place = os.path.join(target, relative, entry.name)
                if entry.is_symlink():
                    os.symlink(os.readlink(entry.path), place)
                elif entry.is_dir(follow_symlinks=False):
                    os.mkdir(place, 0o700)
                    todo.append(os.path.join(relative, entry.name))
                elif entry.is_file(follow_symlinks=False):
                    _copy_file(entry.path, place, entry.stat(follow_symlinks=False).st_mode & 0o777)


def _copy_file(source, target, mode):
    with open(source, "rb", buffering=0) as reader, open(target, "xb", buffering=0) as writer:
        block = reader.read(1 << 20)
        while block:
            block = block[writer.write(block) :] or reader.read(1 << 20)
        os.fchmod(writer.fileno(), mode | 0o600)
