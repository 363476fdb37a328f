"""What the package managers write: dpkg, apt's history and terminal, yum; and cloud-init, which calls them first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, plain, text
from edgeops.records import Event, Line, Severity

_ISO = rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"


class Packages(Declared):
    """A format whose program is always the same, and whose lines tell what was done rather than what is wrong."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        return replace(event, unit=self.name, severity=Severity.INFO) if event.format == self.name else event


DPKG = Packages(
    "dpkg",
    _ISO + rb" (?P<message>(?P<action>startup|install|upgrade|remove|purge|configure|trigproc|disappear|conffile|"
    rb"status(?= (?:not-installed|config-files|half-installed|unpacked|half-configured|triggers-awaited|triggers-pending|installed)))"
    rb" (?:(?P<state>[a-z-]{5,20}) (?=\S+:))?(?P<package>\S{1,200}).*)",
)
YUM = Packages(
    "yum",
    rb"(?P<time>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d) "
    rb"(?P<message>(?P<action>Installed|Updated|Erased|Obsoleted|Dep-Installed|Reinstalled|Downgraded): (?P<package>\S{1,300})(?: .*)?)$",
    hint=b"ed: ",
)
CLOUD_INIT = Declared(
    "cloud-init",
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - (?P<unit>[\w.-]{1,80}\.py)\[(?P<level>[A-Z]{3,9})\]: ?(?P<message>.*)",
    hint=b".py[",
)

_ENTRY = re.compile(rb"([A-Z][A-Za-z-]{2,30}): {1,2}(.*)", re.DOTALL)
_CONTINUES = (
    *(b"Commandline: ", b"Requested-By: ", b"Install: ", b"Reinstall: ", b"Upgrade: ", b"Downgrade: ", b"Remove: "),
    *(b"Purge: ", b"Disappeared: ", b"Error: ", b"Comment: ", b"End-Date: "),
)


class AptHistory:
    """apt's history.log: a stanza for each run. The message is the command, and the error if there was one."""

    name = "apt-history"

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if sum(map(self.starts, sample)) >= 0.1 * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(b"Start-Date: ")

    def continues(self, raw: bytes) -> bool:
        return raw.startswith(_CONTINUES)

    def shape(self, raw: bytes) -> bytes:
        """Which packages they were does not matter, but whose lines they are and what went wrong does."""
        key, _, value = raw.partition(b": ")
        return key + value.translate(None, b"0123456789") if key in (b"Commandline", b"Error") else key

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = [entry for one in (line, *more) if (entry := _ENTRY.match(one.raw)) is not None]
        entries = {text(entry[1]): text(entry[2]).strip() for entry in found}
        if "Start-Date" not in entries:
            return plain(line, more)
        time, inferred = clock.read(" ".join(entries.pop("Start-Date").split()).encode())
        error, command = entries.pop("Error", ""), entries.pop("Commandline", "")
        done = command or next((key for key in entries if key not in ("Requested-By", "End-Date")), "")
        return Event(
            line=line,
            format=self.name,
            message=f"{done}: {error}" if error else done,
            time=time,
            time_inferred=inferred,
            unit="apt",
            severity=Severity.ERROR if error else Severity.INFO,
            fields=tuple((key.lower(), value) for key, value in entries.items()),
            more=tuple(more),
        )


class AptTerminal:
    """apt's term.log: what dpkg printed, between lines that say when a run began and ended."""

    name = "apt-term"
    _line = re.compile(rb"(Log (?:started|ended)): (\d{4}-\d\d-\d\d) {1,2}(\d\d:\d\d:\d\d)$")

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self if any(map(self.starts, sample)) else None

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(b"Log ") and self._line.match(raw.rstrip()) is not None

    def shape(self, raw: bytes) -> bytes:
        return raw.translate(None, b"0123456789")

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = self._line.match(line.raw.rstrip())
        if found is None:
            return plain(line, more)
        time, inferred = clock.read(found[2] + b" " + found[3])
        return Event(
            line, self.name, text(found[1]), time, inferred, unit="apt", severity=Severity.INFO, more=tuple(more)
        )


APT_HISTORY = AptHistory()
APT_TERMINAL = AptTerminal()
