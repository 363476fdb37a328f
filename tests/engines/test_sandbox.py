"""The lock-in, tried from inside a child."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgeops.engines import sandbox
from edgeops.engines.settings import EngineSettings
from edgeops.engines.worker import main

assert main and EngineSettings  # what the worker imports must import without a model library

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "aarch64"), reason="the sandbox is for x86-64 and aarch64"
)


def inside(code: str, *, seal: bool = True) -> str:
    """What a program prints that first locks itself in."""
    program = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import errno, os, signal, socket, subprocess, threading
from edgeops.engines import sandbox
{"sandbox.seal()" if seal else ""}
def attempt(what):
    try:
        return what() or "fine"
    except OSError as error:
        return errno.errorcode[error.errno]
{code}
"""
    # -I keeps the guard of the test suite out, which would refuse sockets by itself.
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() + done.stderr.strip()[-300:]


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_no_socket_but_a_local_one_can_be_made(family: str, kind: str) -> None:
    assert inside(f"print(attempt(lambda: socket.socket(socket.{family}, socket.{kind}).close()))") == "EPERM"


def test_local_sockets_are_fine() -> None:
    assert inside("print(attempt(lambda: socket.socket(socket.AF_UNIX).close()))") == "fine"


def test_without_the_lock_the_same_socket_can_be_made() -> None:
    assert inside("print(attempt(lambda: socket.socket(socket.AF_INET).close()))", seal=False) == "fine"


@pytest.mark.parametrize(
    "attempt",
    [
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.kill(os.getppid(), 0)",
        "os.chroot('/')",
    ],
)
def test_no_program_and_no_other_process_can_be_reached(attempt: str) -> None:
    assert inside(f"print(attempt(lambda: {attempt}))") == "EPERM"


def test_io_uring_and_ptrace_are_refused() -> None:
    numbers = "(425, 101)" if platform.machine() == "x86_64" else "(425, 117)"
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in {numbers}:
    assert libc.syscall(number, 0, 0, 0, 0) == -1
    print(errno.errorcode[ctypes.get_errno()])
"""
    assert inside(code).split() == ["EPERM", "EPERM"]


def test_threads_still_work() -> None:
    code = "t = threading.Thread(target=lambda: print('ran')); t.start(); t.join()"
    assert inside(code) == "ran"


def test_threads_inherit_the_lock() -> None:
    code = """
t = threading.Thread(target=lambda: print(attempt(lambda: socket.socket(socket.AF_INET).close())))
t.start(); t.join()
"""
    assert inside(code) == "EPERM"


def test_a_process_can_still_abort_itself() -> None:
    assert inside("print('here', flush=True); os.kill(os.getpid(), signal.SIGTERM); print('never')") == "here"


def test_the_lock_can_be_told() -> None:
    assert inside("print(sandbox.sealed())") == "True"
    assert inside("print(sandbox.sealed())", seal=False) == "False"


def test_memory_is_limited() -> None:
    assert "MemoryError" in inside("sandbox.limit(200 << 20); bytearray(300 << 20)")
    assert inside("sandbox.limit(0); bytearray(300 << 20); print('fine')") == "fine"


def test_no_core_is_dumped() -> None:
    assert inside("import resource; sandbox.limit(0); print(resource.getrlimit(resource.RLIMIT_CORE))") == "(0, 0)"


def test_the_allowance_covers_a_models_need() -> None:
    mega = 1 << 20
    assert sandbox.allowance(491 * mega, 4096, 0) > (2 * 491 + 1024) * mega
    assert sandbox.allowance(491 * mega, 4096, 700) == (2 * 700 + 512) * mega


def test_a_child_whose_parent_is_already_gone_ends() -> None:
    assert inside("sandbox.tie_to(1 if os.getppid() != 1 else 2); print('still here')") == ""


def test_a_tied_child_is_deaf_to_ctrl_c_and_dies_with_its_parent() -> None:
    child = "sandbox.tie_to(os.getppid()); os.kill(os.getpid(), signal.SIGINT); print(os.getpid(), flush=True); import time; time.sleep(60)"
    parent = f"""
import subprocess, sys, time
code = "import sys, os, signal; sys.path.insert(0, {str(ROOT)!r}); from edgeops.engines import sandbox; {child}"
process = subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, text=True)
print(process.stdout.readline(), flush=True)
"""
    done = subprocess.run([sys.executable, "-I", "-c", parent], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.02)
    os.kill(pid, 9)
    pytest.fail("the child outlived its parent")


def test_the_filter_of_either_machine_is_a_program_that_always_returns() -> None:
    for machine in sandbox._MACHINES.values():
        code = sandbox.program(machine, 1234)
        assert len(code) < 4096
        assert code[-1][0] == sandbox._RETURN
        for at, (what, if_true, if_false, _) in enumerate(code):
            if what not in (sandbox._RETURN, sandbox._LOAD):
                assert at + 1 + max(if_true, if_false) < len(code)


@pytest.mark.parametrize("machine", sorted(sandbox._MACHINES))
def test_the_filter_gives_each_call_what_it_should(machine: str) -> None:
    about = sandbox._MACHINES[machine]

    def verdict(number: int, argument: int = 0, arch: int = about.arch) -> int:
        words = {0: number, 4: arch, 16: argument}
        at = held = 0
        code = sandbox.program(about, 1234)
        while True:
            what, if_true, if_false, operand = code[at]
            at += 1
            if what == sandbox._RETURN:
                return operand
            if what == sandbox._LOAD:
                held = words[operand]
            elif what == sandbox._EQUAL:
                at += if_true if held == operand else if_false
            elif what == sandbox._AT_LEAST:
                at += if_true if held >= operand else if_false
            else:
                at += if_true if held & operand else if_false

    assert verdict(0) == sandbox._ALLOW
    assert verdict(0, arch=0x40000003) == sandbox._KILL
    assert verdict(0x40000000 + 41) == sandbox._ENOSYS
    assert verdict(435) == sandbox._ENOSYS
    assert [verdict(about.socket, family) for family in (1, 2, 10)] == [sandbox._ALLOW, sandbox._EPERM, sandbox._EPERM]
    assert verdict(about.clone, 0x10000 | 0x100) == sandbox._ALLOW
    assert verdict(about.clone, 17) == sandbox._EPERM
    assert {verdict(number) for number in about.denied} == {sandbox._EPERM}
    for number in about.own_only:
        assert verdict(number, 1234) == sandbox._ALLOW
        assert verdict(number, 1) == sandbox._EPERM
