"""Which system calls a program in the sandbox is refused, as the filter that the kernel runs before each call.

Refused is what holds memory that no limit counts (shared memory and files without a place), what looks into other processes, and
what opens parts of the kernel that no program under test has use for.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_LOAD, _EQUALS, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in what the kernel shows the filter."""
_ALLOW, _KILL, _NOT_PERMITTED, _NOT_THERE = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_NAMESPACE_FLAGS = 0x7E020000
_X32 = 0x40000000

_ON_BOTH = {
    "pidfd_getfd": 438, "memfd_secret": 447, "mount_setattr": 442,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
}  # fmt: skip
_CLONE3 = 435


class _Machine(NamedTuple):
    """A kind of processor, as the kernel numbers its calls."""

    audit: int
    clone: int
    refused: tuple[int, ...]
    has_x32: bool


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        clone=56,
        # shmget, msgget, ptrace, pivot_root, mount, umount2, init_module, delete_module, kexec_load, add_key, request_key,
        # keyctl, unshare, perf_event_open, setns, process_vm_readv, process_vm_writev, finit_module, memfd_create, bpf, userfaultfd
        refused=(29, 68, 101, 155, 165, 166, 175, 176, 246, 248, 249, 250, 272, 298, 308, 310, 311, 313, 319, 321, 323),
        has_x32=True,
    ),
    "aarch64": _Machine(
        0xC00000B7,
        clone=220,
        # The same, in the same order.
        refused=(194, 186, 117, 41, 40, 39, 105, 106, 104, 217, 218, 219, 97, 241, 268, 270, 271, 273, 279, 280, 282),
        has_x32=False,
    ),
}  # fmt: skip


def syscall_filter(machine: str) -> bytes | None:
    """Return the filter for a kind of processor, as `os.uname().machine` names it; None for one that is not known.

    A refused call fails with EPERM; `clone3`, whose flags a filter cannot see, with ENOSYS, upon which the C library takes `clone`.
    """
    kind = _MACHINES.get(machine)
    if kind is None:
        return None
    return b"".join(struct.pack("HBBI", *one) for one in _instructions(kind))


def _instructions(kind: _Machine) -> Iterator[tuple[int, int, int, int]]:
    """List code, steps to skip where it holds, where it does not, and its number."""
    yield _LOAD, 0, 0, _MACHINE
    yield _EQUALS, 1, 0, kind.audit
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    if kind.has_x32:
        yield _AT_LEAST, 0, 1, _X32
        yield _RETURN, 0, 0, _NOT_PERMITTED
    for number in (*kind.refused, *_ON_BOTH.values()):
        yield _EQUALS, 0, 1, number
        yield _RETURN, 0, 0, _NOT_PERMITTED
    yield _EQUALS, 0, 1, _CLONE3
    yield _RETURN, 0, 0, _NOT_THERE
    yield _EQUALS, 0, 3, kind.clone
    yield _LOAD, 0, 0, _FIRST_ARGUMENT
    yield _HAS_BITS, 0, 1, _NAMESPACE_FLAGS
    yield _RETURN, 0, 0, _NOT_PERMITTED
    yield _RETURN, 0, 0, _ALLOW
