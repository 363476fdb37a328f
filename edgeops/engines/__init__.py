"""Language models behind one method: llama and onnx (a file, in a child process), remote (a server on the site's own network), replay (recordings).

Nothing heavy is imported here: the factories do it when an engine is really made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edgeops.engines.settings import EngineSettings
from edgeops.hooks import Engine, implementation


@implementation
def edgeops_engines() -> Iterable[tuple[str, Callable[[EngineSettings], Engine]]]:
    """Our own engines, by the door that plugins use too."""
    return (("llama", _local), ("onnx", _local), ("remote", _remote))


def _local(settings: EngineSettings) -> Engine:
    from edgeops.engines.llama import LlamaEngine

    return LlamaEngine(settings)


def _remote(settings: EngineSettings) -> Engine:
    from edgeops.engines.remote import RemoteEngine

    return RemoteEngine(settings)
