"""Stages of a long run: each has a folder named after its inputs and a mark when it is done, so that nothing finished is repeated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path

from edgeops import paths
from edgeops.catalog.store import lock
from edgeops.errors import EdgeopsError
from edgeops.files import write_whole

Say = Callable[[str], None]
Clock = Callable[[], float]


class UpdateError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run as it was reported. kept: it was finished by an earlier run."""

    name: str
    folder: str
    seconds: float
    kept: bool


@dataclass
class Stages:
    """The stages below one folder. A stage that was cut off is begun again in its folder, where it may find what it left."""

    work: Path
    say: Say
    clock: Clock
    done: list[Stage] = field(default_factory=list)

    def run(self, name: str, inputs: Sequence[object], do: Callable[[Path], None]) -> Path:
        """The folder of the stage with these inputs, in which do was called once to its end."""
        folder = self.work / f"{name}-{key(*inputs)}"
        mark = _mark(folder)
        if mark.is_file() and folder.is_dir():
            seconds = float(json.loads(mark.read_text("utf-8"))["seconds"])
            self.done.append(Stage(name, str(folder), seconds, True))
            self.say(f"{name}: done already, in {folder}")
            return folder
        self.say(f"{name}: begins, in {folder}")
        begun = self.clock()
        folder.mkdir(parents=True, exist_ok=True)
        do(folder)
        seconds = round(self.clock() - begun, 1)
        write_whole(mark, json.dumps({"seconds": seconds}).encode())
        self.done.append(Stage(name, str(folder), seconds, False))
        return folder

    def sweep(self) -> None:
        """Remove the folders of other runs: what came of them is in service or was refused."""
        ours = {Path(stage.folder) for stage in self.done}
        for folder in [path for path in self.work.iterdir() if path.is_dir() and path not in ours]:
            _mark(folder).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def key(*inputs: object) -> str:
    """Twelve digits that change with every input."""
    return blake2s(repr(inputs).encode(), digest_size=6).hexdigest()


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """One run at a time in this folder. Raises UpdateError when another one is under way."""

    def busy() -> None:
        raise UpdateError(f"Another update runs in {work}; wait for its end, or name another folder with --work.")

    with lock(paths.private(work) / ".lock", busy):
        yield


def _mark(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.done")
