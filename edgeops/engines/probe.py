"""Reads a model file's header in a locked-in child process, so that a hostile file can harm nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from edgeops.engines import gguf, onnxfile, sandbox, wire
from edgeops.engines.channel import Channel
from edgeops.engines.child import Child, command
from edgeops.engines.header import Broken, Header
from edgeops.errors import EngineLost, EngineOff, EngineTimeout, ModelUnfit

_ROOM = 768 << 20


def probe(
    path: Path, timeout_s: float = 20.0, *, allow_unsandboxed: bool = False, program: Sequence[str] = ()
) -> Header:
    """What the file says about itself. Raises ModelUnfit when it cannot be used, EngineOff when no sandbox can be had.

    program is for tests.
    """
    try:
        child = Child(program or command("probe"))
    except EngineLost as error:
        raise ModelUnfit(f"The header of {path} could not be read: {error}") from error
    try:
        child.send(wire.Look(str(path.absolute()), os.getpid(), allow_unsandboxed), timeout_s)
        message = child.receive(timeout_s)
    except (EngineLost, EngineTimeout) as error:
        raise ModelUnfit(f"The header of {path} could not be read: {error}") from error
    finally:
        child.close()
    if isinstance(message, wire.Seen):
        return message.header
    if isinstance(message, wire.Failed):
        raise (EngineOff if message.kind == "EngineOff" else ModelUnfit)(message.message)
    raise ModelUnfit(f"The header of {path} could not be read: the reader spoke out of turn. Try again.")


def read_header(path: Path) -> Header:
    """The header of a GGUF or ONNX file, read in this process. Raises ModelUnfit with a sentence for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ModelUnfit(f"{path} cannot be opened ({error.strerror}); check the path and its permissions.") from error
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ModelUnfit(f"{path} is not a regular file; give the model file itself.")
        try:
            magic = file.read(4)
            file.seek(0)
            return (gguf.read if magic == b"GGUF" else onnxfile.read)(file, about.st_size)
        except (Broken, OSError) as error:
            raise ModelUnfit(f"{path} is not a usable model: {error}. Get the file again, or use another.") from error


def main() -> None:
    """The child: one question, one answer."""
    channel = Channel()
    look = channel.receive()
    if not isinstance(look, wire.Look):
        raise SystemExit("the first message must be Look")
    sandbox.tie_to(look.parent)
    path = Path(look.path)
    try:
        size = path.stat().st_size if path.is_file() else 0
        sandbox.limit(size + _ROOM)
        if not look.allow_unsandboxed:
            sandbox.seal()
        channel.send(wire.Seen(read_header(path)))
    except (EngineOff, ModelUnfit) as error:
        channel.send(wire.Failed(0, type(error).__name__, str(error)))
