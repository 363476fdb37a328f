"""The parent's end of the child process: start it, talk in frames, notice silence and death, kill it, leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import edgeops
from edgeops import text
from edgeops.engines import wire
from edgeops.errors import EngineLost, EngineTimeout

_BOOT = (
    "import sys; root = sys.argv[1]; sys.path.insert(0, root); import edgeops; sys.path.remove(root); "
    "from edgeops.engines.{module} import main; main()"
)
_RING = 4096
_CHUNK = 1 << 16
_REAP_S = 5.0
_LAST_S = 1.0
_PASSED = ("LD_LIBRARY_PATH",)
_ENVIRONMENT = {
    # Without a home Python asks the name service for one.
    "HOME": "/",
    "LC_ALL": "C.UTF-8",
    # One arena and no helper threads: each would take address space from the model's allowance.
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    # How long OpenMP's threads wait for each other by spinning before they sleep. By default for milliseconds, which
    # costs nothing on an idle machine and, on a busy one, five times the speed (1.3-3.7 instead of 10-18 tokens/s).
    "GOMP_SPINCOUNT": "1000",
}


def command(module: str = "worker") -> list[str]:
    """How to start a module of this room as a child, from a checkout or installed alike.

    Under -I neither the working directory nor the environment adds code; the folder that holds edgeops counts for
    finding edgeops only.
    """
    root = Path(edgeops.__file__).resolve().parent.parent
    return [sys.executable, "-I", "-c", _BOOT.format(module=module), str(root)]


def environment() -> dict[str, str]:
    """The few variables that a child gets."""
    return {**_ENVIRONMENT, **{name: os.environ[name] for name in _PASSED if name in os.environ}}


class Child:
    """One running child. Its last words on stderr are kept for messages and never reach the terminal."""

    def __init__(self, program: Sequence[str], *descriptors: int) -> None:
        self._program = list(program)
        self._pass = tuple(one for one in descriptors if one >= 0)
        self._owner = os.getpid()
        self._frames = wire.Frames(wire.MOST_UP)
        self._ready: list[bytes] = []
        self._ring = b""
        self._mute = False
        self._failure: OSError | None = None
        self._started = threading.Event()
        # The kernel kills the child when the thread that started it ends: that must be one which lives as long.
        self._thread = threading.Thread(target=self._live, name="edgeops-model", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise EngineLost(f"The model's process could not be started ({self._failure}); check memory and limits.")

    def _live(self) -> None:
        try:
            self._start()
        except OSError as error:
            self._failure = error
            return
        finally:
            self._started.set()
        self._process.wait()

    def _start(self) -> None:
        self._process = process = subprocess.Popen(
            self._program,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
            pass_fds=self._pass,
        )
        self._pipes = tuple(pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr) if pipe)
        try:
            # A number may be given to another process once this one is reaped; a descriptor never is.
            self._pidfd = os.pidfd_open(process.pid)
        except OSError:
            process.kill()
            process.communicate()
            raise
        for descriptor in self._pipes:
            os.set_blocking(descriptor, False)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended yet."""
        return self._thread.is_alive()

    def send(self, message: wire.Down, patience_s: float) -> None:
        """Write one message. Raises EngineTimeout when the child does not take it, EngineLost when it is gone."""
        data = memoryview(wire.frame(message))
        until = time.monotonic() + patience_s
        while data:
            if not _poll({self._pipes[0]: select.POLLOUT}, until):
                raise _silent(patience_s)
            try:
                data = data[os.write(self._pipes[0], data) :]
            except BrokenPipeError:
                raise self._lost() from None

    def receive(self, patience_s: float) -> wire.Up:
        """The next message. Raises EngineTimeout after that much silence, EngineLost when the child is gone or babbles."""
        until = time.monotonic() + patience_s
        _, out, err = self._pipes
        while not self._ready:
            readable = _poll({out: select.POLLIN, **({} if self._mute else {err: select.POLLIN})}, until)
            if err in readable:
                self._hear()
            if out in readable:
                data = os.read(out, _CHUNK)
                if not data:
                    raise self._lost()
                self._ready += self._frames.feed(data)
            elif time.monotonic() >= until:
                raise _silent(patience_s)
        return wire.up(self._ready.pop(0))

    def close(self) -> None:
        """Kill the child if it still runs, reap it, close its pipes. Safe to call twice."""
        if os.getpid() == self._owner and self._pidfd >= 0:
            self._kill()
            # Ctrl-C wants just this end; raised here it would be printed, because finalizers may not raise.
            with contextlib.suppress(KeyboardInterrupt):
                self._thread.join(_REAP_S)
            os.close(self._pidfd)
            self._pidfd = -1
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _hear(self) -> None:
        """Keep the end of what stands on the child's stderr."""
        try:
            data = os.read(self._pipes[2], _CHUNK)
        except BlockingIOError:
            return
        self._mute = not data
        self._ring = (self._ring + data)[-_RING:]

    def _lost(self) -> EngineLost:
        """How the child ended, in a sentence."""
        self._thread.join(_LAST_S)
        if self.running:
            self._kill()
            self._thread.join(_REAP_S)
        self._hear()
        lines = text.show_lines(self._ring.decode("utf-8", "replace")).split("\n")
        words = next((line.strip() for line in reversed(lines) if line.strip()), "")
        said = f"; its last words were: {words[:300]}" if words else ""
        return EngineLost(
            f"The model's process ended unexpectedly ({_ending(self._process.returncode)}){said}. "
            "Try again; if it ends every time, check the model with `edgeops model verify` and raise model.memory_mb."
        )


def _poll(wanted: dict[int, int], until: float) -> set[int]:
    """The descriptors that are ready before `until`; poll, because select stops at descriptor 1023."""
    poll = select.poll()
    for descriptor, events in wanted.items():
        poll.register(descriptor, events)
    return {descriptor for descriptor, _ in poll.poll(max(0.0, until - time.monotonic()) * 1000)}


def _silent(patience_s: float) -> EngineTimeout:
    return EngineTimeout(
        f"The model's process was silent for {round(patience_s, 1):g} s and was stopped. "
        "Try again when the machine is less busy, or raise model.timeout_s."
    )


def _ending(code: int | None) -> str:
    if code is None:
        return "it does not end"
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"
