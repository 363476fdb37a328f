"""The recorded fake: plays the replies that a real engine once gave to the very same script.

A recording is a JSON file: for each script, by the hash of everything in it, its user text (to find it again) and the replies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

# msgspec: see wire.
import msgspec

from edgeops.engines import wire
from edgeops.engines.order import check, checked, cleaned
from edgeops.errors import EngineError
from edgeops.files import write_whole
from edgeops.hooks import Engine
from edgeops.records import Finished, Progress, Reply, Script, Timings


class _Run(msgspec.Struct, frozen=True):
    user: str
    replies: list[wire.Named]


class ReplayEngine:
    """The Engine of a recording. Raises EngineError when the file or a script in it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, script: Script) -> Iterator[Reply]:
        """See Engine."""
        check(script)
        run = _runs(self._path).get(key_of(script))
        if run is None:
            raise EngineError(
                f"{self._path} has no recording of this script ({key_of(script)}); "
                "run it once with a model through `edgeops.engines.replay.record(engine, path)`."
            )
        yield from checked(script, wire.replies(run.replies))


class _Recorder:
    """See record."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def run(self, script: Script) -> Iterator[Reply]:
        """See Engine."""
        replies: list[wire.Named] = []
        for reply in self._engine.run(script):
            if isinstance(reply, Finished):
                replies.append(wire.named(replace(reply, timings=Timings())))
                _add(self._path, key_of(script), _Run(script.user, replies))
            elif not isinstance(reply, Progress):
                replies.append(wire.named(reply))
            yield reply


def record(engine: Engine, path: Path) -> Engine:
    """An Engine around another that adds every finished run to the recording at path. Times are left out."""
    return _Recorder(engine, path)


def key_of(script: Script) -> str:
    """The name of a script in a recording."""
    return hashlib.sha256(wire.frame(wire.run_of(0, cleaned(script)))).hexdigest()[:24]


def _runs(path: Path) -> dict[str, _Run]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Run])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(f"The recording {path} cannot be read ({error}); record it again.") from error


def _add(path: Path, key: str, run: _Run) -> None:
    """The file appears whole: a test that is cut off leaves the old recording."""
    runs = dict(sorted({**_runs(path), key: run}.items()))
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(runs), indent=1) + b"\n")
    except OSError as error:
        raise EngineError(f"The recording {path} cannot be written ({error}); free some space.") from error
