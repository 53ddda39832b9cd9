"""The attempt's working directory: shows the revision's files, forgets what was written. One of three ways, the cheapest that works."""

import os

import folders
import linux
from namespaces import PRIVATE


class PlainWorkdir:
    """No revision: an empty folder, emptied when used."""

    how = "plain"

    def __init__(self, path):
        self.path = path

    def open(self):
        pass

    def renew(self):
        if os.listdir(self.path):
            folders.empty(self.path)

    def close(self):
        folders.empty(self.path)


class CopiedWorkdir(PlainWorkdir):
    """The revision is copied anew for every attempt."""

    how = "copy"

    def __init__(self, path, revision):
        super().__init__(path)
        self.revision = revision

    def open(self):
        folders.make_real_folder(self.path)
        folders.empty(self.path)
        folders.copy_tree(self.revision, self.path)

    renew = open


class KeptWorkdir:
    """A folder that outlives the slot: it begins as the revision, and everything that is run here adds to it."""

    how = "kept"

    def __init__(self, path, revision):
        self.path = path
        self.revision = revision

    def open(self):
        folders.copy_tree(self.revision, self.path)

    def renew(self):
        pass

    close = renew


class OverlayWorkdir:
    """The revision below, a private layer above; the layer is thrown away only when something was written to it."""

    how = "overlay"

    def __init__(self, path):
        self.path = path
        self.layer = PRIVATE + "/overlay"
        self.upper = None

    def open(self):
        for name in ("upper", "work"):
            os.mkdir(os.path.join(self.layer, name), 0o755)
        options = "lowerdir=%s/revision,upperdir=%s/upper,workdir=%s/work,userxattr" % (PRIVATE, self.layer, self.layer)
        linux.mount("overlay", self.path, "overlay", linux.MS_NOSUID | linux.MS_NODEV, options)
        self.upper = os.open(self.layer + "/upper", os.O_RDONLY | os.O_DIRECTORY)
        # Nobody writes to the layers behind the mount's back.
        linux.mount("tmpfs", PRIVATE, "tmpfs", linux.MS_RDONLY | linux.MS_NOSUID, "mode=000,size=4k")

    def renew(self):
        if os.listdir(self.upper):
            self.close()
            self.open()

    def close(self):
        os.chdir("/")
        os.close(self.upper)
        linux.unmount(PRIVATE)
        linux.unmount(self.path)
        folders.empty(self.layer)


def choose_workdir(sandbox, paths, setup, notes):
    """Opens and returns the working directory."""
    if setup.get("kept_dir"):
        revision = PRIVATE + "/revision" if sandbox.name == "namespaces" else setup["revision_dir"]
        return _opened(KeptWorkdir(paths["work"], revision))
    if not setup.get("revision_dir"):
        return _opened(PlainWorkdir(paths["work"]))
    if sandbox.name != "namespaces":
        return _opened(CopiedWorkdir(paths["work"], setup["revision_dir"]))
    folders.empty(PRIVATE + "/overlay")
    try:
        return _opened(OverlayWorkdir(paths["work"]))
    except OSError as error:
        notes.append("revision is copied per attempt: %s" % error)
        return _opened(CopiedWorkdir(paths["work"], PRIVATE + "/revision"))


def _opened(workdir):
    workdir.open()
    return workdir
