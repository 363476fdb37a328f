"""Processes that work at once: each takes a task, hands back its results one by one, and dies with its parent.

They are forked, so what they need is there already, and tell their results through pipes of their own. What they tell is
pickled: both ends are this program, nobody else holds the pipes, and only records of ours are taken in.
"""

from __future__ import annotations

import ctypes
import gc
import io
import os
import pickle
import select
import signal
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, EnumMeta
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Heard = Callable[[int, int], None]
"""Hears of so many bytes more that were read, and of so many lines more."""
Work = Callable[[T, Heard], Iterator[R]]

_PR_SET_PDEATHSIG = 1
_CHUNK = 1 << 20
_MANY = 20_000
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 32 << 20
_HEAD = struct.Struct("<BQ")
_TASK = struct.Struct("<Q")
_STEP = struct.Struct("<QQ")
_STEP_S = 0.1
_REAP_S = 0.5
_RESULT, _STEPPED, _DONE, _FAILED = range(4)
_PLAIN = {"datetime": {"datetime", "timedelta", "timezone"}, "zoneinfo": {"ZoneInfo"}, "builtins": {"set", "frozenset"}}


@dataclass(frozen=True, slots=True)
class Lost:
    """The process that had the task ended before it was done. code: as of subprocess."""

    code: int


Result = tuple[int, int, R]
"""The number of the task, the number of the result in the task, and the result."""


def possible() -> bool:
    """Whether this process may be forked: a copy of one with threads could wait for ever for a lock that one of them held."""
    return threading.active_count() == 1


def alone(tasks: Sequence[T], work: Work[T, R], heard: Heard) -> Iterator[Result[R]]:
    """What a crew gives, worked out in this process, in order."""
    with _at_speed():
        for number, task in enumerate(tasks):
            for index, result in enumerate(work(task, heard)):
                yield number, index, result


@contextmanager
def _at_speed() -> Iterator[None]:
    """While much is read, memory let go of is kept for the next block, and garbage is looked for seldom: there is little.

    What was there before is not searched at all: in a worker that would touch, and so copy, all that it shares with us.
    """
    before = gc.get_threshold()
    with suppress(AttributeError):  # a C library that is not glibc has its own ways
        for limit in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            ctypes.CDLL(None).mallopt(limit, _KEPT)
    gc.freeze()
    gc.set_threshold(_MANY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass
class _Worker:
    pid: int
    orders: int
    results: int
    task: int = -1
    told: int = 0
    data: bytearray = field(default_factory=bytearray)


class Crew(Generic[T, R]):
    """So many processes for these tasks. Use it in a `with`: at its end none of them is left."""

    def __init__(self, tasks: Sequence[T], work: Work[T, R], size: int, heard: Heard) -> None:
        self._tasks, self._work, self._heard = tasks, work, heard
        self._size = size
        self._workers: dict[int, _Worker] = {}
        self._speed = ExitStack()

    def __enter__(self) -> Self:
        self._speed.enter_context(_at_speed())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        for worker in list(self._workers.values()):
            self._part_from(worker)
        self._speed.close()

    def results(self, order: Sequence[int]) -> Iterator[Result[R | Lost]]:
        """The results as they come; tasks are begun in the order given."""
        left = list(reversed(order))
        poll = select.poll()
        while left or self._workers:
            while left and len(self._workers) < self._size:
                worker = self._hire()
                poll.register(worker.results, select.POLLIN)
                self._order(worker, left)
            for descriptor, _ in poll.poll():
                worker = self._workers[descriptor]
                data = os.read(descriptor, _CHUNK)
                worker.data += data
                yield from self._told(worker, left)
                if not data:
                    poll.unregister(descriptor)
                    code = self._part_from(worker)
                    if worker.task >= 0:
                        yield worker.task, worker.told, Lost(code)

    def _order(self, worker: _Worker, left: list[int]) -> None:
        """Give a worker its next task; without one it goes home."""
        worker.task, worker.told = left.pop() if left else -1, 0
        if worker.task < 0:
            os.close(worker.orders)
            worker.orders = -1
            return
        with suppress(BrokenPipeError):  # it has ended, which the end of its results will tell
            os.write(worker.orders, _TASK.pack(worker.task))

    def _told(self, worker: _Worker, left: list[int]) -> Iterator[Result[R | Lost]]:
        """What stands complete in the data of a worker."""
        at, data = 0, worker.data
        while at + _HEAD.size <= len(data):
            kind, size = _HEAD.unpack_from(data, at)
            if at + _HEAD.size + size > len(data):
                break
            body = bytes(data[at + _HEAD.size : at + _HEAD.size + size])
            at += _HEAD.size + size
            if kind == _STEPPED:
                self._heard(*_STEP.unpack(body))
            elif kind == _RESULT:
                yield worker.task, worker.told, _Loader(io.BytesIO(body)).load()
                worker.told += 1
            else:
                if kind == _FAILED:
                    yield from self._again(worker)
                self._order(worker, left)
        del data[:at]

    def _again(self, worker: _Worker) -> Iterator[Result[R | Lost]]:
        """Do here what raised there, so that the same is raised where it can be told."""
        for index, result in enumerate(self._work(self._tasks[worker.task], self._heard)):
            if index >= worker.told:
                yield worker.task, index, result

    def _hire(self) -> _Worker:
        results, their_results = os.pipe()
        their_orders, orders = os.pipe()
        parent = os.getpid()
        # Between the fork and the worker's first words Ctrl-C must not raise in it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pid = os.fork()
            if pid == 0:
                theirs = [results, orders, *(fd for w in self._workers.values() for fd in (w.results, w.orders))]
                _serve(parent, theirs, before, _Desk(their_orders, their_results), self._tasks, self._work)
            worker = self._workers[results] = _Worker(pid, orders, results)
        finally:
            os.close(their_results)
            os.close(their_orders)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return worker

    def _part_from(self, worker: _Worker) -> int:
        """Close what leads to a worker that ends, and wait for it a moment; its exit code."""
        for descriptor in (worker.orders, worker.results):
            if descriptor >= 0:
                os.close(descriptor)
        del self._workers[worker.results]
        until = time.monotonic() + _REAP_S
        # Whoever started us may have set that nobody waits for children.
        with suppress(ChildProcessError):
            while time.monotonic() < until:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    return os.waitstatus_to_exitcode(status)
                time.sleep(0.001)
        return 0


class _Loader(pickle.Unpickler):
    """Takes in our own dataclasses and a few plain types, and nothing that could be called."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _member  # how Python 3.11.2, among others, writes the members of an enumeration
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("edgeops.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is none of our records")


def _member(kind: Any, name: Any) -> Enum:
    """A member of an enumeration, and nothing else that an attribute may be."""
    if isinstance(kind, EnumMeta) and name in kind.__members__:
        return kind[name]
    raise pickle.UnpicklingError(f"{kind!r} has no member {name!r}")


# ---------------------------------------------------------------- in the worker


class _Desk:
    """The worker's end of its pipes."""

    def __init__(self, orders: int, results: int) -> None:
        self._orders, self._results = orders, results
        self._bytes = self._lines = 0
        self._told = time.monotonic()

    def next(self) -> int:
        """The next task; -1 when there is none."""
        order = os.read(self._orders, _TASK.size)
        return int(_TASK.unpack(order)[0]) if order else -1

    def tell(self, kind: int, body: bytes = b"") -> None:
        data = memoryview(_HEAD.pack(kind, len(body)) + body)
        while data:
            data = data[os.write(self._results, data) :]

    def heard(self, taken: int, lines: int) -> None:
        """Tell how far it is, now and then."""
        self._bytes, self._lines = self._bytes + taken, self._lines + lines
        if time.monotonic() - self._told >= _STEP_S:
            self.flush()

    def flush(self) -> None:
        self.tell(_STEPPED, _STEP.pack(self._bytes, self._lines))
        self._bytes, self._lines, self._told = 0, 0, time.monotonic()


def _serve(
    parent: int, theirs: Sequence[int], mask: set[Any], desk: _Desk, tasks: Sequence[T], work: Work[T, R]
) -> NoReturn:
    """The life of a worker. It never returns into the copy of the program that it is."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:
            for descriptor in theirs:
                if descriptor >= 0:
                    os.close(descriptor)
            while (task := desk.next()) >= 0:
                _do(desk, tasks[task], work)
            code = 0
    finally:
        os._exit(code)


def _do(desk: _Desk, task: T, work: Work[T, R]) -> None:
    try:
        for result in work(task, desk.heard):
            desk.tell(_RESULT, pickle.dumps(result, pickle.HIGHEST_PROTOCOL))
    except BrokenPipeError:
        raise
    # Whatever it is, the parent does the same again and tells it as it tells all that goes wrong.
    except Exception:  # noqa: BLE001
        desk.tell(_FAILED)
        return
    desk.flush()
    desk.tell(_DONE)
