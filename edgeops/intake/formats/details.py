"""What the messages of well-known daemons name: who logged in from where, which mail went where, what cron ran.

Each is an expression with named groups over the message; every one that is found gives fields.
"""

from __future__ import annotations

import re
from functools import cache

from edgeops.intake.formats.named import of_query

_ADDRESS = r"(?P<ip>[0-9a-fA-F.:]{3,45})"
_SSH = (
    r"(?:Accepted|Failed) (?P<method>[\w/-]{1,40}) for (?:invalid user )?(?P<user>\S{1,100}) from " + _ADDRESS,
    r"(?:[Ii]nvalid|authenticating|Illegal) user (?P<user>\S{0,100}) (?:from )?" + _ADDRESS,
    r"\b(?:from|by|with|for) (?:user \S{1,100} )?" + _ADDRESS + r"(?: port (?P<port>\d{1,5}))",
    r"session (?:opened|closed) for user (?P<user>[\w.@$-]{1,100})",
    r"\brhost=(?P<ip>\S{1,255})",
    r"\suser=(?P<user>\S{1,100})",
)
_SUDO = (
    r"\s*(?P<user>[\w.@$\\-]{1,100}) : (?:.{0,200}? ; )?TTY=(?P<tty>\S{1,60}) ; PWD=(?P<pwd>.{1,400}?) ; USER=(?P<target>\S{1,100})"
    r"(?: ; (?:GROUP|TSID|ENV)=[^;]{0,400})?(?: ; COMMAND=(?P<command>.{1,1000}))?",
    r"session (?:opened|closed) for user (?P<target>[\w.@$-]{1,100})",
    r"\bruser=(?P<user>\S{1,100})",
)
_CRON = (
    r"\((?P<user>[^()]{1,100})\) (?P<action>[A-Z][A-Z ]{1,30}) \((?P<command>.{1,1000})\)$",
    r"session (?:opened|closed) for user (?P<user>[\w.@$-]{1,100})",
)
_POSTFIX = (
    r"(?:NOQUEUE|(?P<queue>[0-9A-F]{6,16}|[0-9A-Za-z]{10,20})): ",
    r"\bclient=(?P<client>[^\s,\[]{1,255})\[(?P<ip>[^\]]{1,45})\]",
    r"\bfrom (?P<client>[\w.-]{1,255})\[(?P<ip>[0-9a-fA-F.:]{2,45})\]",
    r"\bfrom=<(?P<from>[^>]{0,320})>",
    r"\bto=<(?P<to>[^>]{0,320})>",
    r"\brelay=(?P<relay>[^,\s]{1,320})",
    r"\bdsn=(?P<dsn>\d\.\d{1,3}\.\d{1,3})",
    r"\bstatus=(?P<status>\w{1,30})",
    r"\bsize=(?P<size>\d{1,15})",
)
_CHARON = (
    r"(?P<thread>\d\d)\[(?P<subsystem>[A-Z]{3})\d?\] (?:<(?P<connection>[^<>]{1,100})> )?",
    r"\bto (?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?=\W|$)",
)
_MNEMONIC = (r"%(?P<name>[A-Z][A-Z0-9_]{1,40}-[0-7]-[A-Z0-9_]{1,80}): ",)

_OF = {
    "sshd": _SSH,
    "sshd-session": _SSH,
    "su": _SSH,
    "login": _SSH,
    "sudo": _SUDO,
    "cron": _CRON,
    "crond": _CRON,
    "anacron": _CRON,
    "postfix": _POSTFIX,
    "charon": _CHARON,
    "charon-systemd": _CHARON,
}
_compiled = cache(re.compile)
_LONGEST = 2000


def details(unit: str, message: str) -> tuple[tuple[str, str], ...]:
    """The fields that a message of this unit names; none for a unit that is not known."""
    name = unit.partition("/")[0].partition("(")[0].lower()
    if name == "named":
        return tuple(of_query(message))
    found: dict[str, str] = {}
    for expression in _OF.get(name, _MNEMONIC if message.startswith("%") else ()):
        if (match := _compiled(expression).search(message, 0, _LONGEST)) is not None:
            found |= {key: value for key, value in match.groupdict().items() if value and key not in found}
    return tuple(found.items())
