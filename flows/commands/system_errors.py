"""What the operating system refuses, in a line: not our fault, and the person's to put right."""

import errno

_WAYS_OUT = {
    errno.EACCES: "ask its owner for the right, or name another place",
    errno.EPERM: "ask its owner for the right, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.EISDIR: "name a file",
    errno.ENOTDIR: "name a folder",
    errno.ENAMETOOLONG: "name a shorter one",
    errno.ELOOP: "mend the links",
    errno.ENOSPC: "free some space and give the same command again",
    errno.EDQUOT: "free some space and give the same command again",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.EIO: "look at the disk",
    errno.ESTALE: "mount it again and give the same command again",
}


def told(error: OSError) -> str | None:
    """Say what was refused, and what to do; None where it is not the system's to refuse, so that it is a bug of ours."""
    way_out = _WAYS_OUT.get(error.errno or 0)
    if way_out is None or error.filename is None:
        return None
    return f"{error.filename}: {str(error.strerror).lower()}; {way_out}"
