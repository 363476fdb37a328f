"""The words by which a message without a level field gives its severity away; data for `severity.guess`.

A cue is a needle (looked for first, because that is fast), the severity it may mean, and the expression that must
match the lower-cased message, digits included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeops.records import Severity

# Around a word that stands alone: not a part of a path, an option, a file name, a key or a longer word.
_LEFT = r"(?<![\w/.\-=$@%])"
_RIGHT = r"(?![\w/=$\-(]|\.\w)"

_FATAL = {
    "fatal": rf"^\W*(?:\S+: )?fatal{_RIGHT}|\bfatal(?: error)?:|\bfatal (?:error|exception|signal)\b",
    "panic": r"^\W*(?:\S+: )?panic\b|\bpanic:|\bkernel panic\b|\bpanicked at\b",
    "emerg": r"^\W*(?:\S+: )?emerg(?:ency)?\s*[:\]]",
}
_CRITICAL = {
    "out of memory": "",
    "out-of-memory": "",
    "outofmemory": "",
    "oom": r"\boom[-_ ]kill",
    "killed process": "",
    "critical": r"\bcritical (?:medium|target|error|temperature|alarm|failure)\b|^\W*critical\s*[:\]]",
    "crit": r"^\W*(?:\S+: )?crit\s*[:\]]",
    "alert": r"^\W*(?:\S+: )?alert\s*[:\]]",
    "data loss": "",
    "uncorrect": r"\buncorrect(?:ed|able)\b",
    "machine check": "",
    "hardware error": "",
}
_ERROR = {
    "error": rf"{_LEFT}error{_RIGHT}|\w(?:error|exception)(?=:|\s*$| \(| in thread| was thrown| raised)|\berror\(|\w(?:error|exception)\)\s*$|"
    r"\bi/o errors?\b|\b(?:too many|unrecoverable|following|encountered|had|with) errors\b|\berrors (?:were|occurred)\b",
    "err": rf"^\W*(?:\S+: )?err\s*[:\]|]|{_LEFT}err:",
    "exception": rf"{_LEFT}exception{_RIGHT}|\w+exception(?=:|\s*$)",
    "fail": rf"{_LEFT}(?:failed|fails?|failing|failures?){_RIGHT}|\bfailed\(",
    "severe": r"^\W*severe\s*[:\]]",
    "unable": r"\bunable to\b",
    "cannot": r"\bcannot \w+",
    "can't": r"\bcan't \w+",
    "can not": r"\bcan not \w+",
    "could not": r"\bcould not \w+",
    "couldn't": r"\bcouldn't \w+",
    "segfault": "",
    "segmentation fault": "",
    "sig": r"\bsig(?:segv|abrt|bus|ill)\b",
    "core": r"\bcore[- ]dump(?:ed)?\b",
    "general protection": "",
    "stack smashing": "",
    "oops": r"\boops:",
    "bug:": r"\bbug:",
    "call trace": "",
    "null pointer": "",
    "stack overflow": "",
    "assert": r"\bassert(?:ion)?\b.{0,80}\bfail",
    "refused": r"\brefused\b(?! to load)",
    "denied": r"\bdenied\b",
    "rejected": r"\b(?:connection|request|login|query|message|mail) (?:was |has been )?rejected\b",
    "no space left": "",
    "disk": r"\bdisk (?:is )?full\b",
    "read-only file": "",
    "no such": r"\bno such \w+",
    "no match": r"\bno match(?:es|ing \w+)? (?:for|found)\b",
    "not satisfied": "",
    "nothing provides": "",
    "unmet dep": "",
    "too many open": "",
    "cannot allocate": "",
    "resource temporarily": "",
    "quota": r"\bquota (?:was |is )?exceeded\b",
    "command not found": "",
    "undefined": r"\bundefined (?:reference|symbol|method|variable)\b",
    "unresolved": r"\bunresolved (?:symbol|external|import)",
    "multiple definition": "",
    "no rule to make": "",
    "timed out": r"\btimed out\b",
    "timed-out": "",
    "timeout": r"\btimeout\b(?=\W*$|:? (?:while|waiting|when|after|during|reading|connecting|expired|error|for)\b)",
    "time out": r"\btime out\b(?! ?[:=])",
    "exceeded": r"\b(?:deadline|lifetime|limit) (?:was |is |has been )?exceeded\b",
    "not responding": "",
    "unreachable": r"\b(?:host|network|destination|server|service|node|target)\b.{0,40}\bunreachable\b",
    "no route to host": "",
    "not known": r"\bname or service not known\b",
    "name resolution": "",
    "nxdomain": "",
    "servfail": "",
    "corrupt": r"\bcorrupt(?:ed|ion)?\b",
    "deadlock": r"\bdeadlock\b",
    "not loaded": r"\bnot loaded due to errors\b",
    "giving up": r"\bgiving up after \d+ retransmits\b",
    "proposal": r"\bno_proposal_chosen\b|\bno proposal (?:found|chosen)\b",
    "authentication_failed": "",
    "config found": r"\bno (?:ike|matching) config found\b",
    "crash": r"\bcrash(?:ed|ing|loop\w*)?\b",
    "abort": r"\babort(?:ed|ing)\b",
    "unhandled": "",
    "uncaught": "",
    "traceback": r"\btraceback \(most recent",
    "blocked for more": "",
    "lockup": "",
    "stall": r"\brcu\w*\b.{0,60}\bstall",
    "hung": r"\bhung\b",
    "expired": r"\b(?:certificate|cert|token|password|licen[cs]e|key) (?:\S+ )?(?:has |is |was )?expired\b",
    "certificate": r"\b(?:bad|invalid|self[- ]signed) certificate\b",
    "process": r"\b(?:main|child|control|worker) process \S*\s?(?:died|killed|dumped)\b",
    "killed": r"^killed\b|\bwas killed\b",
    "unexpected": r"\bunexpected(?:ly)? (?:eof|end|exit|close|terminat)",
    "abnormal": r"\babnormal(?:ly)? (?:exit|terminat)|\b(?:exited|terminated) abnormally\b",
}
_WARNING = {
    "warn": rf"{_LEFT}warn(?:ing)?{_RIGHT}",
    "not found": r"\bnot found\b",
    "deprecat": r"\bdeprecat(?:ed|ion)\b",
    "degraded": r"\bdegraded\b",
    "retry": rf"{_LEFT}retrying{_RIGHT}",
    "broken pipe": "",
    "connection": r"\bconnection (?:reset|lost|closed unexpectedly)\b|\blost connection\b",
    "reset by peer": "",
    "invalid": rf"{_LEFT}invalid{_RIGHT}",
    "illegal": rf"{_LEFT}illegal{_RIGHT}",
    "unexpected": rf"{_LEFT}unexpected(?:ly)?{_RIGHT}",
    "missing": rf"{_LEFT}missing{_RIGHT}(?! buildreq)",
    "mismatch": rf"{_LEFT}mismatch(?:ed)?{_RIGHT}",
    "unknown": r"\bunknown (?:option|user|command|key|directive|host|error|instance|device)\b|\buser unknown\b",
    "unrecogni": "",
    "unsupported": rf"{_LEFT}unsupported{_RIGHT}",
    "malformed": rf"{_LEFT}malformed{_RIGHT}",
    "exceed": rf"{_LEFT}exceed(?:s|ed|ing){_RIGHT}",
    "throttl": r"\bthrottl(?:ed|ing)\b",
    "slow": r"\bslow (?:query|request|log|response)\b|\btoo slow\b",
    "over": r"\bover(?:load|heat|temp|flow|run)(?:ed|ing|erature)?\b",
    "link": r"\blink (?:is )?(?:down|not ready)\b",
    "carrier": r"\bcarrier lost\b|\blost carrier\b",
    "dropp": r"\bdropp(?:ed|ing)\b",
    "discard": r"\bdiscard(?:ed|ing)\b",
    "truncated": rf"{_LEFT}truncated{_RIGHT}",
    "unhealthy": "",
    "not ready": "",
    "back": r"\bback-?off\b",
    "evict": r"\bevict(?:ed|ing|ion)\b",
    "unavailable": rf"{_LEFT}unavailable{_RIGHT}",
    "unreachable": "",
    "forbidden": rf"{_LEFT}forbidden{_RIGHT}",
    "unauthori": rf"{_LEFT}unauthori[sz]ed{_RIGHT}",
    "reject": r"\breject(?:ed|ing|s)?\b",
    "refus": r"\brefus(?:ed|ing|es?)\b",
    "break-in": "",
    "flood": r"\bsyn flood",
    "process exited": r"\bprocess exited, code=",
    "exit": r"\b(?:exit|exited|exiting) (?:with )?(?:status|code|on signal)\b|\bnon-?zero\b",
    "bad": r"\bbad (?:request|gateway|file|address|password|option|block|sector|magic)",
    "violation": rf"{_LEFT}violations?{_RIGHT}",
    "unclean": r"\bunclean(?:ly)?\b",
    "low": r"\blow (?:memory|disk|battery|space|on)\b|\b(?:memory|disk|battery|space) (?:is )?low\b",
    "incorrect password": r"\bincorrect password attempts?\b",
    "sudoers": r"\bnot in (?:the )?sudoers\b",
    "wrong file owner": "",
    "bad file mode": "",
    "changed state": r"\bchanged state to (?:\w+ )?down\b",
    "problem": rf"{_LEFT}problems?{_RIGHT}",
    "terminated": r"\bterminated by\b|\bsignal .{0,20}terminated\b",
}


def _rows() -> Iterator[tuple[str, Severity, str]]:
    tables = ((Severity.FATAL, _FATAL), (Severity.CRITICAL, _CRITICAL), (Severity.ERROR, _ERROR))
    for severity, cues in (*tables, (Severity.WARNING, _WARNING)):
        for needle, pattern in cues.items():
            yield needle, severity, pattern or re.escape(needle)


CUES = tuple(_rows())
"""(needle, severity, expression); where only a needle is given it is all that is looked for."""

_BAD = r"(?:error|failure|fail(?:ed)?|warning|exception|panic|timeout|problem)"
HARMLESS = (
    ("no", rf"\b(?:no|not an?|non-?fatal|without(?: any)?|ignoring) (?:\w+ )?{_BAD}s?\b"),
    ("without", rf"\bwithout (?:\w+ )?{_BAD}s?\b"),
    ("zero", rf"\bzero (?:\w+ )?{_BAD}s?\b"),
    ("", rf"(?<![\w.=])\d+ *(?:\w+ )?{_BAD}(?:s|\(s\))?(?![\w:])(?! (?:to|while|opening|reading|writing)\b)"),
    ("", rf"\b(?:{_BAD}s|{_BAD}\(s\)|failed) *: *\d+\b|{_BAD}s?=\d+\b"),
    (
        "",
        rf"\b{_BAD}s?[-_ ](?:handl|report|log|level|page|count|rate|correct|detect|prone|check|recover|threshold|budget)\w*",
    ),
    ("=", r"\bunreachable=\d+"),
    ("corrected", r"\berrors? (?:\w+ )?corrected\b|\bcorrected (?:\w+ )?errors?\b"),
    ("on ", r"\bon[- ](?:error|failure)\b"),
    ("if ", rf"\bif (?:\w+ ){{1,4}}{_BAD}s?\b"),
    ("fail", r"\bfail[- ]?(?:over|safe|fast|open|back)\b"),
)
"""(needle, expression) of what looks alarming and is not; it is blanked before the cues are tried."""

ROUTINE = (
    "failed password",
    "failed publickey",
    "authentication failure",
    "login failed",
    "failed login",
    "check pass",
    "status=deferred",
    "status=bounced",
)
"""Errors in wording that any server on a network sees all day: worth a warning, and their number more."""

UNDERSTATED = ("blocked for more", "stall", "lockup", "hung task", "possible deadlock")
"""What the kernel calls INFO and nobody else would."""
