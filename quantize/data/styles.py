"""How software writes its lines: one function for each style, from a moment, a place, a level and a text to lines."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One message. at is the true time; part is `root` or `fault` when it belongs to the fault, `bait` for a red herring."""

    at: datetime
    host: str
    unit: str
    style: str
    level: str
    text: str
    part: str = ""

    @property
    def file(self) -> str:
        """The file that this host writes it to."""
        if self.style in ("syslog", "oldsyslog"):
            return f"{self.host}-syslog"
        return f"{self.host}-{self.unit.replace('/', '-')}-{self.style}.log"


_WORDS = {
    "debug": 0, "d": 0, "info": 1, "i": 1, "log": 1, "information": 1, "note": 1, "*": 1, "notice": 1,
    "warn": 2, "warning": 2, "w": 2, "error": 3, "err": 3, "e": 3, "#": 2,
    "crit": 4, "critical": 4, "fatal": 5, "f": 5, "panic": 5, "emerg": 5, "alert": 4, "severe": 3,
}  # fmt: skip


def _level(level: str, words: str) -> str:
    """The style's own word for a level; words go from debug to fatal."""
    return words.split()[_WORDS[level.lower()]]


def _pid(said: Said) -> int:
    return 400 + zlib.crc32(f"{said.host}{said.unit}".encode()) % 30000


def _tagged(said: Said) -> str:
    unit, text = said.unit, said.text
    if text.startswith("@"):
        unit, text = text[1:].split(": ", 1)
    return f"{unit}: {text}" if unit == "kernel" else f"{unit}[{_pid(said)}]: {text}"


def _syslog(said: Said, at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 {said.host} {_tagged(said)}"


def _oldsyslog(said: Said, at: datetime) -> str:
    return f"{at:%b} {at.day:2} {at:%H:%M:%S} {said.host} {_tagged(said)}"


def _access(said: Said, at: datetime) -> str:
    request, status, size = (*said.text.split("|"), "200", "512")[:3]
    client = 1 + zlib.crc32(said.text.encode()) % 250
    return f'198.51.100.{client} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "{request}" {status} {size} "-" "Mozilla/5.0 (X11; Linux x86_64)"'


def _nginx(said: Said, at: datetime) -> str:
    level = _level(said.level, "debug info warn error crit emerg") if said.level != "notice" else "notice"
    return f"{at:%Y/%m/%d %H:%M:%S} [{level}] {_pid(said)}#{_pid(said)}: {said.text}"


def _postgres(said: Said, at: datetime) -> str:
    level = _level(said.level, "DEBUG LOG WARNING ERROR FATAL PANIC")
    return f"{_milli(at, '.')} UTC [{_pid(said)}] {level}:  {said.text}"


def _redis(said: Said, at: datetime) -> str:
    mark = _level(said.level, ". * # # # #")
    return f"{_pid(said)}:M {at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03} {mark} {said.text}"


def _log4j(said: Said, at: datetime) -> str:
    level = _level(said.level, "DEBUG INFO WARN ERROR ERROR FATAL")
    return f"{_milli(at, ',')} {level:5} [exec-{_pid(said) % 9}] {said.text}"


def _klog(said: Said, at: datetime) -> str:
    level = _level(said.level, "I I W E E F")
    where, _, text = said.text.partition("] ")
    if ".go:" not in where or " " in where:
        where, text = f"{said.unit}.go:{_pid(said) % 900}", said.text
    return f"{level}{at:%m%d %H:%M:%S.%f} {_pid(said):7} {where}] {text}"


def _json(said: Said, at: datetime) -> str:
    level = _level(said.level, "debug info warning error critical fatal")
    return json.dumps(
        {"time": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "level": level, "logger": said.unit, "message": said.text}
    )


def _mysql(said: Said, at: datetime) -> str:
    level = _level(said.level, "Note Note Warning ERROR ERROR ERROR")
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z {_pid(said) % 90} [{level}] {said.text}"


def _logfmt(said: Said, at: datetime) -> str:
    level = _level(said.level, "debug info warning error error fatal")
    return f'time="{at:%Y-%m-%dT%H:%M:%S.%f}000Z" level={level} msg={json.dumps(said.text)}'


def _bracket(said: Said, at: datetime) -> str:
    return f"[{at:%Y-%m-%d %H:%M:%S}] [{_level(said.level, 'DEBUG INFO WARN ERROR CRITICAL FATAL')}] {said.unit}: {said.text}"


def _pipe(said: Said, at: datetime) -> str:
    level = _level(said.level, "Debug Information Warning Error Critical Fatal")
    return f"{_milli(at, '.')}|{level}|{said.unit}|{said.text}"


def _milli(at: datetime, mark: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}{mark}{at.microsecond // 1000:03}"


_STYLES: dict[str, Callable[[Said, datetime], str]] = {
    "syslog": _syslog, "oldsyslog": _oldsyslog, "access": _access, "nginx": _nginx, "postgres": _postgres,
    "redis": _redis, "log4j": _log4j, "klog": _klog, "json": _json, "mysql": _mysql, "logfmt": _logfmt,
    "bracket": _bracket, "pipe": _pipe,
}  # fmt: skip
_ONE_LINE_EACH = ("syslog", "oldsyslog", "nginx")


def lines_of(said: Said, at: datetime) -> list[str]:
    """The lines that a message is written as, stamped with `at`; a trace has lines without a header but in syslog."""
    write = _STYLES[said.style]
    if "\n" not in said.text or said.style in ("json", "logfmt"):
        return [write(said, at)]
    first, *more = said.text.split("\n")
    if said.style in _ONE_LINE_EACH:
        said_more = [Said(at, said.host, said.unit, said.style, said.level, text) for text in more]
        return [
            write(Said(at, said.host, said.unit, said.style, said.level, first), at),
            *(write(m, at) for m in said_more),
        ]
    return [write(Said(at, said.host, said.unit, said.style, said.level, first), at), *more]
