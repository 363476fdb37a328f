"""Every result as it comes, one JSON line each, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

# msgspec: reads the lines back into the records that they were.
import msgspec

from edgeops.errors import UsageError

T = TypeVar("T")


class _Line(msgspec.Struct, frozen=True):
    """key: what was answered by whom, on which data, under which prompts."""

    key: tuple[str, ...]
    value: Any


class Ledger:
    """The results in a file. A last line that was cut off does not count."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {line.key: line.value for line in _lines(path)}

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
        except OSError as error:
            raise UsageError(f"{self._path} cannot be written ({error.strerror}); name another folder.") from error
        if self._file.tell() and self._path.read_bytes()[-1:] != b"\n":
            self._file.write(b"\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def get(self, key: tuple[str, ...], kind: type[T]) -> T | None:
        """What is known, as the record it was; None where there is nothing, or something of another kind."""
        value = self._known.get(key)
        try:
            return None if value is None else msgspec.convert(value, kind)
        except msgspec.ValidationError:
            return None

    def keep(self, key: tuple[str, ...], value: Any) -> None:
        """Append a record."""
        plain = msgspec.to_builtins(value)
        self._known[key] = plain
        self._file.write(msgspec.json.encode(_Line(key, plain)) + b"\n")
        self._file.flush()


def _lines(path: Path) -> Iterator[_Line]:
    if not path.exists():
        return
    decoder = msgspec.json.Decoder(_Line)
    for line in path.read_bytes().splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError:
            continue
