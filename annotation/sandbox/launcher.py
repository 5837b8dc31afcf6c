"""Builds the room that a program runs in and runs it there: a script of its own, which the sandbox starts.

It is given the number of a file that holds what to run, as JSON, and of a pipe that takes what happened, a JSON object a line:
`{"started": true}` once the program is about to start, then `{"exit": n, "cpu_s": s}`, where n below 0 is a signal, or
`{"error": text}` where the room could not be built. Nothing of it is open in the program, so that no program can say how it
ended.

Three processes: this one waits outside of the room; the first process inside, which ends all others there when it ends; and
the program. Each of them ends when the one before it does.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)

_INSIDE_ID, _NOBODY = 1000, 65534
_ROOM = "/tmp"  # covered only within the room, until that is the root
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 36, 38, 22
_FILTER, _INSTRUCTION_BYTES = 2, 8
_NAMESPACES = 0x00020000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000
"""Mounts, users, processes, network, System V and POSIX IPC, host name."""
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_CAPABILITY_VERSION = 0x20080522
_DEVICES = ("null", "zero", "random", "urandom")


def main(spec_fd: int, status_fd: int) -> None:
    """Run what the file says, and wait until nothing of it is left."""
    with os.fdopen(spec_fd) as file:
        spec = json.load(file)
    _end_with_parent(spec["parent"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.set_inheritable(status_fd, False)
    try:
        with contextlib.suppress(OSError):  # where memory runs out, this goes before what is ours
            Path("/proc/self/oom_score_adj").write_text("1000")
        if spec["isolated"]:
            _leave(os.geteuid())
            _end_with_parent(spec["parent"])
        else:
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        is_alive, alive = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(alive)
            _in_the_room(spec, status_fd, is_alive)
        signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGKILL))
        os.waitpid(first, 0)
    except OSError as error:
        _tell(status_fd, error=_words(error))
    finally:
        if not spec["isolated"]:
            _end_descendants()


def _in_the_room(spec: dict[str, Any], status_fd: int, is_alive: int) -> None:
    """Be the first process of the room; never returns."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if spec["isolated"]:
            _furnish(spec)
        for name, text in spec["files"].items():
            Path(spec["folder"], name).write_text(text, encoding="utf-8")
        os.chdir(spec["folder"])
        if spec["isolated"]:
            _give_up_rights()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if select.select([is_alive], [], [], 0)[
            0
        ]:  # closed: the parent ended before it could be told
            os._exit(1)
        _prctl(_PR_SET_DUMPABLE, 0)
        program = os.fork()
        if program == 0:
            _become(spec, status_fd)
        _tell(status_fd, started=True)
        _close_all_but(status_fd)
        _tell(status_fd, **_ended(program))
        os._exit(0)
    except OSError as error:
        _tell(status_fd, error=_words(error))
        os._exit(1)


def _become(spec: dict[str, Any], status_fd: int) -> None:
    try:
        os.setsid()
        for name, (soft, hard) in spec["rlimits"].items():
            resource.setrlimit(getattr(resource, name), (soft, hard))
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python's own start ignores both
            signal.signal(number, signal.SIG_DFL)
        if spec["isolated"]:
            _refuse_calls(bytes.fromhex(spec["syscall_filter"]))
        os.execve(spec["command"][0], spec["command"], spec["environment"])
    except OSError as error:
        _tell(status_fd, error=f"{spec['command'][0]}: {_words(error)}")
        os._exit(1)


def _ended(program: int) -> dict[str, float]:
    """Wait for the program, and meanwhile for every process that was left to the first one."""
    while True:
        pid, status, used = os.wait3(0)
        if pid == program:
            code = os.waitstatus_to_exitcode(status)
            return {"exit": code, "cpu_s": used.ru_utime + used.ru_stime}


def _leave(user: int) -> None:
    """Leave every namespace of the machine; the caller's user is the only one of the new room, beside root's."""
    if user:
        group = os.getegid()
        _unshare()
        _write_maps("self", f"{_INSIDE_ID} {user} 1", f"{_INSIDE_ID} {group} 1", deny=True)
        _forbid_further_rooms()
        return
    # Only a process outside may name users other than one's own.
    ready, go = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(go)
        os.read(ready, 1)
        maps = f"0 0 1\n{_INSIDE_ID} {_NOBODY} 1"
        try:
            _write_maps(str(os.getppid()), maps, maps, deny=False)
        except OSError:
            os._exit(1)
        os._exit(0)
    try:
        _unshare()
    finally:
        os.close(go)
    if os.waitpid(helper, 0)[1]:
        raise OSError("the users of the room could not be set")
    _forbid_further_rooms()


def _forbid_further_rooms() -> None:
    """Let no program make namespaces of its own, in which it would have rights; where /proc/sys is read-only, it may."""
    with contextlib.suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0")


def _unshare() -> None:
    if _LIBC.unshare(_NAMESPACES):
        raise _errno("unshare")


def _write_maps(pid: str, users: str, groups: str, deny: bool) -> None:
    if deny:
        Path(f"/proc/{pid}/setgroups").write_text("deny")
    Path(f"/proc/{pid}/uid_map").write_text(users)
    Path(f"/proc/{pid}/gid_map").write_text(groups)


def _furnish(spec: dict[str, Any]) -> None:
    """Make a root of its own: what the spec lists, only to be read, four devices, and one folder to write in."""
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", _ROOM, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,mode=755")
    old = Path(_ROOM, "old")
    old.mkdir()
    if _LIBC.pivot_root(_ROOM.encode(), os.fsencode(old)):
        raise _errno("pivot_root")
    os.chdir("/")
    folder = spec["folder"]
    Path(folder).mkdir()
    room = f"size={spec['folder_bytes']},nr_inodes=10000,mode=1777"
    _mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, room)
    for path in spec["reads"]:  # some may lie in the folder
        _show(path)
    Path("/dev").mkdir(exist_ok=True)
    for name in _DEVICES:
        Path("/dev", name).touch()
        _mount(f"/old/dev/{name}", f"/dev/{name}", None, _MS_BIND)
    _detach("/old")
    Path("/old").rmdir()
    _set_attributes("/", _ATTR_RDONLY | _ATTR_NOSUID, 0)


def _show(path: str) -> None:
    """Show a path of the machine at its own place, for reading; a link as the link that it is."""
    there, here = Path("/old" + path), Path(path)
    if here.exists() or here.is_symlink() or not (there.exists() or there.is_symlink()):
        return
    here.parent.mkdir(parents=True, exist_ok=True)
    if there.is_symlink():
        here.symlink_to(there.readlink())
        return
    here.mkdir() if there.is_dir() else here.touch()
    _mount(str(there), path, None, _MS_BIND | _MS_REC)
    _set_attributes(path, _ATTR_RDONLY | _ATTR_NOSUID, _AT_RECURSIVE)


def _give_up_rights() -> None:
    """Keep no right of the first process, and none that the program could get by running anything."""
    for capability in range(64):
        _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_INSIDE_ID, _INSIDE_ID, _INSIDE_ID)
        os.setresuid(_INSIDE_ID, _INSIDE_ID, _INSIDE_ID)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    if _LIBC.capset(header, (ctypes.c_uint32 * 6)()):
        raise _errno("capset")
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _refuse_calls(instructions: bytes) -> None:
    """Have the kernel ask a filter about every system call from here on."""
    held = ctypes.create_string_buffer(instructions, len(instructions))
    listed = _FilterProgram(len(instructions) // _INSTRUCTION_BYTES, ctypes.addressof(held))
    if _LIBC.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(listed), 0, 0):
        raise _errno("seccomp")


class _FilterProgram(ctypes.Structure):
    """The kernel's `sock_fprog`."""

    _fields_ = (("n_instructions", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    texts = (one.encode() if one is not None else None for one in (source, target, kind))
    if _LIBC.mount(*texts, ctypes.c_ulong(flags), data.encode() or None):
        raise _errno(f"mount {target}")


def _set_attributes(target: str, attributes: int, flags: int) -> None:
    wanted = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    call = _LIBC.syscall
    if call(_MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, wanted, ctypes.c_size_t(32)):
        raise _errno(f"mount_setattr {target}")


def _detach(target: str) -> None:
    if _LIBC.umount2(target.encode(), _MNT_DETACH):
        raise _errno(f"umount {target}")


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise _errno("prctl")


def _end_with_parent(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _end_descendants() -> None:
    """End all that was started without a room of its own, until there is nothing left."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children")
    while children := mine.read_text().split():
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        os.waitpid(-1, 0)


def _close_all_but(kept: int) -> None:
    os.closerange(0, kept)
    os.closerange(kept + 1, 256)


def _tell(status_fd: int, **what: Any) -> None:
    os.write(status_fd, (json.dumps(what) + "\n").encode())


def _errno(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")


def _words(error: OSError) -> str:
    return error.strerror or str(error)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
