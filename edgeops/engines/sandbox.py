"""Locks a child process in before it opens a model: no network, no new programs, no other process, a memory limit.

Linux on x86-64 and aarch64, by seccomp (a filter of system calls that no code in the process can take off again).
Must be called while the process has one thread.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from dataclasses import dataclass

from edgeops.errors import EngineOff

_PR_SET_PDEATHSIG = 1
_PR_GET_SECCOMP = 21
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_FILTER = 2

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_EPERM = 0x00050001
_ENOSYS = 0x00050026

_LOAD = 0x20
_EQUAL = 0x15
_AT_LEAST = 0x35
_ANY_BIT = 0x45
_RETURN = 0x06

_NUMBER, _ARCH, _ARG0, _ARG0_HIGH = 0, 4, 16, 20
_CLONE_THREAD = 0x10000
_MEGA = 1 << 20


@dataclass(frozen=True, slots=True)
class Machine:
    """System call numbers. denied are refused outright; own_only may only name this process."""

    arch: int
    socket: int
    clone: int
    denied: tuple[int, ...]
    own_only: tuple[int, ...]


# execve execveat fork vfork ptrace process_vm_readv process_vm_writev tkill rt_sigqueueinfo rt_tgsigqueueinfo bpf
# userfaultfd perf_event_open add_key request_key keyctl mount umount2 pivot_root chroot unshare setns open_by_handle_at
# kexec_load init_module finit_module delete_module reboot personality, then those numbered alike on both machines:
# pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen pidfd_getfd
_ALIKE = (424, 425, 426, 427, 428, 429, 430, 438)
_MACHINES = {
    "x86_64": Machine(
        arch=0xC000003E,
        socket=41,
        clone=56,
        denied=(
            *(59, 322, 57, 58, 101, 310, 311, 200, 129, 297, 321, 323, 298, 248, 249, 250, 165, 166, 155, 161, 272),
            *(308, 304, 246, 175, 313, 176, 169, 135),
            *_ALIKE,
        ),
        own_only=(62, 234),
    ),
    "aarch64": Machine(
        arch=0xC00000B7,
        socket=198,
        clone=220,
        denied=(
            *(221, 281, 117, 270, 271, 130, 138, 240, 280, 282, 241, 217, 218, 219, 40, 39, 41, 51, 97, 268, 265),
            *(104, 105, 273, 106, 142, 92),
            *_ALIKE,
        ),
        own_only=(129, 131),
    ),
}
_CLONE3 = 435
_X32 = 0x40000000


def program(machine: Machine, pid: int) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, operand), for a process of this pid."""
    code = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _ENOSYS),
        # glibc falls back to clone, whose flags a filter can see.
        *_when(_CLONE3, [(_RETURN, 0, 0, _ENOSYS)]),
        *_when(machine.socket, _unless_argument(socket.AF_UNIX)),
        *_when(machine.clone, [(_LOAD, 0, 0, _ARG0), (_ANY_BIT, 1, 0, _CLONE_THREAD), _refuse(), _allow()]),
    ]
    for number in machine.own_only:
        code += _when(number, _unless_argument(pid))
    for number in machine.denied:
        code += _when(number, [_refuse()])
    return [*code, _allow()]


def _when(number: int, body: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The body, entered for one system call only; it must return."""
    return [(_EQUAL, 0, len(body), number), *body]


def _unless_argument(value: int) -> list[tuple[int, int, int, int]]:
    return [(_LOAD, 0, 0, _ARG0), (_EQUAL, 1, 0, value), _refuse(), _allow()]


def _refuse() -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _EPERM)


def _allow() -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ALLOW)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def seal() -> None:
    """Take network, programs and other processes away from this process. Raises EngineOff where the kernel cannot."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise EngineOff(_refusal(f"no filter is known for {platform.machine()}"))
    code = b"".join(struct.pack("=HBBI", *line) for line in program(machine, os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(filters)):
        raise EngineOff(_refusal(os.strerror(ctypes.get_errno())))
    if not sealed():
        raise EngineOff(_refusal("the filter has no effect"))


def sealed() -> bool:
    """Whether the kernel says that this process is under a filter. (Trying a socket would itself look like network use.)"""
    return bool(ctypes.CDLL(None).prctl(_PR_GET_SECCOMP) == _FILTER)


def _refusal(why: str) -> str:
    return (
        f"The model's process could not be cut off from the network ({why}), so it was not started. "
        "Use a kernel with seccomp; without one the known faults are answered all the same."
    )


def limit(address_space: int) -> None:
    """Cap memory (bytes of address space, 0 for none), and leave no core dump behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = address_space if hard == resource.RLIM_INFINITY else min(address_space, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def tie_to(parent: int) -> None:
    """Die when the parent dies, and stay deaf to Ctrl-C, which is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)


def allowance(model_bytes: int, context: int, memory_mb: int) -> int:
    """Bytes of address space for a model: the measured need, or twice the file and a KV cache, with room for libraries."""
    if memory_mb:
        return 2 * memory_mb * _MEGA + 512 * _MEGA
    return 2 * model_bytes + context * _MEGA // 4 + 1024 * _MEGA
