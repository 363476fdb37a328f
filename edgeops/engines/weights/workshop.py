"""The parent's end of the child that works on model files: hands it one order, hears its steps, leaves none running."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import msgspec

from edgeops import errors, text
from edgeops.engines.child import command, environment
from edgeops.engines.weights.orders import Done, Failed, Fold, Judge, Judged, Observe, Ordered, Quantise, Step, Tick, Up
from edgeops.errors import CatalogError, EdgeopsError, EngineLost

_TAIL = 4096


@dataclass(frozen=True, slots=True)
class Workshop:
    """program is for tests."""

    allow_unsandboxed: bool = False
    program: Sequence[str] = field(default_factory=lambda: command("weights.worker"))

    def carry_out(self, order: Fold | Quantise | Observe | Judge, tick: Tick) -> Done | Judged:
        """Have an order carried out; tick is told how far it is. Raises what the child says, EngineLost when it dies.

        An exception on our side (Ctrl-C) ends the child; what it was writing stays behind as it is.
        """
        with (
            tempfile.TemporaryFile() as heard,
            subprocess.Popen(
                self.program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=heard, env=environment(), cwd="/"
            ) as child,
        ):
            try:
                assert child.stdin and child.stdout
                ordered = Ordered(order, os.getpid(), self.allow_unsandboxed)
                child.stdin.write(msgspec.json.encode(ordered) + b"\n")
                child.stdin.close()
                return _outcome(child.stdout, tick)
            except (BrokenPipeError, EOFError):
                child.wait()
                raise _lost(heard, child.returncode) from None
            finally:
                child.kill()


def _outcome(lines: IO[bytes], tick: Tick) -> Done | Judged:
    """What the child says in the end. Raises EOFError when it says nothing."""
    for line in lines:
        try:
            reply: Up = msgspec.json.decode(line, type=Up)
        except msgspec.MsgspecError as error:
            raise EngineLost(f"The process that works on model files babbled ({error}); try again.") from error
        if isinstance(reply, Step):
            tick(reply.done, reply.total)
        elif isinstance(reply, Failed):
            raise _error(reply)
        else:
            return reply
    raise EOFError


def _error(reply: Failed) -> EdgeopsError:
    kind = getattr(errors, reply.kind, CatalogError)
    return kind(reply.message) if issubclass(kind, EdgeopsError) else CatalogError(reply.message)


def _lost(heard: IO[bytes], code: int | None) -> EngineLost:
    heard.seek(0, os.SEEK_END)
    heard.seek(max(0, heard.tell() - _TAIL))
    lines = text.show_lines(heard.read().decode("utf-8", "replace")).split("\n")
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return EngineLost(
        f"The process that works on model files ended unexpectedly (status {code}{'; its last words: ' + words[:300] if words else ''}). "
        "Check the memory and the files, and try again."
    )
