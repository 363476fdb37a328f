"""The child process that holds the model: reads messages on stdin, answers on stdout, and does nothing else.

Started by `child.command()` with `python -I`, so that neither the working directory nor the environment adds code to it.
"""

from __future__ import annotations

from pathlib import Path

from edgeops.engines import sandbox, wire
from edgeops.engines.channel import Channel
from edgeops.engines.fill import Filling
from edgeops.engines.prefix import PrefixStore
from edgeops.engines.session import Session
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ContextOverflow, EngineError, EngineLost, EngineOff, ModelUnfit
from edgeops.records import Reply


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
    from edgeops.engines.binding import LlamaRuntime, state_key

    runtime = LlamaRuntime(settings, channel.alive)
    store = None
    if settings.cache and settings.sha256:
        store = PrefixStore(Path(settings.cache), state_key(settings, runtime))
    return Session(runtime, store), settings.name or Path(settings.path).name


def _size(settings: EngineSettings) -> int:
    try:
        return Path(f"/proc/self/fd/{settings.fd}" if settings.fd >= 0 else settings.path).stat().st_size
    except OSError as error:
        raise ModelUnfit(
            f"The model file {settings.path} cannot be opened ({error.strerror}); get it with `edgeops model pull`."
        ) from error


def _run(message: wire.Run, session: Session, settings: EngineSettings, model: str, channel: Channel) -> None:
    number = message.run

    def tell(reply: Reply) -> None:
        channel.send(wire.Told(number, wire.named(reply)))

    def beat() -> None:
        if channel.cancelled(number):
            raise _Cancelled
        channel.alive()

    try:
        Filling(session, wire.script_of(message), settings.family, model, tell, beat).run()
    except _Cancelled:
        channel.send(wire.Ended(number))
    except ContextOverflow as error:
        channel.send(wire.Failed(number, "ContextOverflow", str(error), error.needed, error.room))
    except (EngineError, EngineLost) as error:
        channel.send(wire.Failed(number, type(error).__name__, str(error)))
