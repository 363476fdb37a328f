"""The child process that holds the model: reads messages on stdin, answers on stdout, and does nothing else.

Started by `child.command()` with `python -I`, so that neither the working directory nor the environment adds code to it.
"""

from __future__ import annotations

import time
from pathlib import Path

from edgeops.engines import sandbox, wire
from edgeops.engines.channel import Channel
from edgeops.engines.fill import Filling
from edgeops.engines.prefix import PrefixStore
from edgeops.engines.runtime import Runtime
from edgeops.engines.session import Session
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ContextOverflow, EngineError, EngineOff, ModelUnfit
from edgeops.records import Piece, Reply

_GATHER_S = 0.06


class _Cancelled(Exception):
    pass


def main() -> None:
    """Serve one parent until it goes."""
    channel = Channel()
    load = channel.receive()
    if not isinstance(load, wire.Load):
        raise SystemExit("the first message must be Load")
    sandbox.tie_to(load.parent)
    try:
        session, model = _open(load.settings, channel)
    except (EngineOff, ModelUnfit) as error:
        channel.send(wire.Failed(0, type(error).__name__, str(error)))
        return
    channel.send(wire.Ready(model, session.runtime.context))
    while True:
        message = channel.receive()
        if isinstance(message, wire.Run):
            _run(message, session, load.settings, model, channel)


def _open(settings: EngineSettings, channel: Channel) -> tuple[Session, str]:
    sandbox.limit(sandbox.allowance(_size(settings), settings.context, settings.memory_mb))
    if not settings.allow_unsandboxed:
        sandbox.seal()
    runtime, key = _runtime(settings, channel)
    store = PrefixStore(Path(settings.cache), key) if settings.cache and settings.weights else None
    return Session(runtime, store), settings.name or Path(settings.path).name


def _runtime(settings: EngineSettings, channel: Channel) -> tuple[Runtime, str]:
    """The model by the library that its file is for, and all that its saved states depend on. Only that one is loaded."""
    if settings.engine == "onnx":
        from edgeops.engines import onnx

        network = onnx.OnnxRuntime(settings, channel.alive)
        return network, onnx.state_key(settings, network)
    from edgeops.engines import binding

    runtime = binding.LlamaRuntime(settings, channel.alive)
    return runtime, binding.state_key(settings, runtime)


def _size(settings: EngineSettings) -> int:
    """Bytes of the model and of its adapter."""
    size = _bytes(settings.path, settings.fd, "model file", "get it with `edgeops model pull`")
    if settings.adapter:
        size += _bytes(settings.adapter, settings.adapter_fd, "adapter", "set model.adapter to false to go on without")
    return size


def _bytes(path: str, fd: int, what: str, advice: str) -> int:
    try:
        return Path(f"/proc/self/fd/{fd}" if fd >= 0 else path).stat().st_size
    except OSError as error:
        raise ModelUnfit(f"The {what} {path} cannot be opened ({error.strerror}); {advice}.") from error


class _Voice:
    """Tells the replies of one run, pieces gathered for a moment: each message wakes the parent on a core that decodes."""

    def __init__(self, channel: Channel, run: int) -> None:
        self._channel, self._run = channel, run
        self._held: list[Piece] = []
        self._told = 0.0

    def tell(self, reply: Reply) -> None:
        if isinstance(reply, Piece):
            self._held.append(reply)
            if time.monotonic() - self._told < _GATHER_S:
                return
        if self._held:
            piece = Piece(self._held[0].name, "".join(held.text for held in self._held))
            self._held.clear()
            self._told = time.monotonic()
            self._send(piece)
        if not isinstance(reply, Piece):
            self._send(reply)

    def beat(self) -> None:
        if self._channel.cancelled(self._run):
            raise _Cancelled
        self._channel.alive()

    def _send(self, reply: Reply) -> None:
        self._channel.send(wire.Told(self._run, wire.named(reply)))


def _run(message: wire.Run, session: Session, settings: EngineSettings, model: str, channel: Channel) -> None:
    number, voice = message.run, _Voice(channel, message.run)
    try:
        Filling(session, wire.script_of(message), settings.family, model, voice.tell, voice.beat).run()
    except _Cancelled:
        channel.send(wire.Ended(number))
    except ContextOverflow as error:
        channel.send(wire.Failed(number, "ContextOverflow", str(error), error.needed, error.room))
    except EngineError as error:
        channel.send(wire.Failed(number, type(error).__name__, str(error)))
