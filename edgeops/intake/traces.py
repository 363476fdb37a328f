"""What a line without a header may be a part of: a program's trace, a kernel's report, a warning of a compiler.

The expressions look at the shape of a line, never at the values of its digits.
"""

from __future__ import annotations

import re

from edgeops.intake.severity import guess
from edgeops.records import Severity

# 0 begins a message in any state.
BEGINS, BARE, INDENTED, BLANK, TRACEBACK, LINK, FRAME, CALL, NAMED, ALARM, CONTINUES, REPORT, CALLS, DUMP, GATHERED = (
    range(15)
)
"""Kinds of lines."""

_FRAME = re.compile(
    rb"\s{1,40}(?:at\s|File \"|from \S{1,400}:\d+:in|#\d+ |\d+: +(?:0x|[\w<])|\.\.\. \d+ (?:more|common|levels)|\^+\s*$|(?:\d+ *)?\| )"
    rb"|\S{1,400}:\d+:in [`'][^`']{1,200}'$"
)
_HEAD = re.compile(
    rb"Traceback \(most recent|(?:panic|fatal error): \w.*\n?$|Exception in thread |Stacktrace:|thread '[^']{0,200}' (?:\(\d+\) )?panicked|"
    rb"Unhandled [Ee]xception|Uncaught |PHP Fatal error:  Uncaught "
)
_LINK = re.compile(
    rb"\s{0,40}(?:Caused by: |Suppressed: |\.\.\. \d+ (?:more|common)|During handling of the above exception|"
    rb"The above exception was the direct cause|goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|created by |stack backtrace:|"
    rb"note: (?:run with `RUST_|Some details are omitted)|--- End of |---> |\[CIRCULAR REFERENCE|\[cause\]: |\[signal SIG|\[recovered|"
    rb"Stack trace:|#\d+ (?:\{main\}|/|[\w\\]{1,200}(?:->|::)| ?0x[0-9a-f]+ in )|thrown in /|r[a-z0-9]{1,2} +0x[0-9a-f]+$)"
)
_NAMED = re.compile(
    rb"(?:[A-Za-z_$][\w$]{0,80}[.\\]){0,12}[A-Z_$][\w$]{0,120}(?:Error|Exception|Warning|Interrupt|Exit|Failure|Fault|Throwable|Timeout|Iteration|Group)"
    rb"(?:(?: \[\w{1,60}\])?:|\s*$| \[|\()"
)
_ERROR = re.compile(rb"Error: ")
_CALL = re.compile(
    rb"[\w./*()$<>{}\[\]-]{1,400}\([^()]{0,400}\)$|called `(?:Option|Result)::|index out of bounds: |explicit panic$|[}\])]{1,3}[,;]?$|assertion (?:`?left|failed: )"
)

_REPORT = re.compile(
    rb"(?:watchdog: )?BUG: |INFO: (?:task|rcu|possible)|rcu: INFO|(?:general protection|stack segment|double) fault|"
    rb"Unable to handle kernel|Internal error: |divide error: |invalid opcode: |-{6,12}\[ cut here|UBSAN: |NMI backtrace"
)
_CALLS = re.compile(rb" {0,8}(?:Oops(?: -|:)|Call [Tt]race:|WARNING: CPU|kernel BUG at |Kernel BUG at )")
_DUMP = re.compile(
    rb" {0,8}(?:#PF: |PGD |Mem abort info:|ESR = |Data abort info|CPU: ?\d|Hardware name: |Workqueue: |RIP: |EIP: |Code: |RSP: |"
    rb"[RE][A-Z0-9]{2}: [0-9a-f]{8}|R\d\d: |[DEFGCS]S: {1,2}[0-9a-f]{4}|CR\d: |DR\d: |PKRU: |</?(?:TASK|IRQ|NMI|SOFTIRQ)>|"
    rb"\?? ?[\w.]{1,120}\+0x[0-9a-f]{1,8}/0x|\[<[0-9a-f]{1,16}>\]|Modules linked in: |Last unloaded|---\[ end trace|"
    rb"pstate: |(?:pc|lr|sp) : |x\d{1,2} ?: |Process \S{1,40} \(pid: |Stack:|(?:Not t|T)ainted[: ]|"
    rb"\"echo 0 > /proc/sys/kernel/hung|task:\S{1,40} +state:|note: \S{1,60}\[\d+\] exited|Disabling lock debugging)"
)
_RULER = re.compile(r"[-=* ]{4,80}(?:\[ cut here \][- ]+)?$")
# Not every error: most are of one line, and a line that announces costs more than one that does not.
_ANNOUNCES = re.compile(
    rb"[A-Za-z](?:Error|Exception|Throwable)\b|\bError: |FATAL EXCEPTION|exception\b|[Tt]raceback|panicked|panic: "
)


def kind_of(text: bytes, *, alone: bool) -> int:
    """The kind of a line that begins no message by its header. alone: a bare line of this source stands for itself."""
    if not text.strip():
        return BLANK
    if _LINK.match(text):
        return LINK
    if _FRAME.match(text):
        return FRAME
    if alone and (kind := _of_kernel(text)):
        return kind
    if text[:1] in b" \t":
        return ALARM if alone and alarms(text) else INDENTED
    if _HEAD.match(text):
        return TRACEBACK
    if _NAMED.match(text) or (alone and _ERROR.match(text)):
        return NAMED
    if _CALL.match(text):
        return CALL
    return BEGINS if alone or alarms(text) else BARE


def _of_kernel(text: bytes) -> int:
    """The kind of a line of a kernel's report; 0 when it is of none."""
    if _CALLS.match(text):
        return CALLS
    if _DUMP.match(text):
        return DUMP
    return REPORT if _REPORT.match(text) else 0


def alarms(text: bytes) -> bool:
    """Whether a line speaks of an error by itself, so that it must not hide in another message."""
    return guess(text.decode("utf-8", "replace")) >= Severity.ERROR


def warns(text: bytes) -> bool:
    """Whether a line warns of something, so that a trace may follow."""
    return guess(text.decode("utf-8", "replace")) >= Severity.WARNING


def announces(text: bytes) -> bool:
    """Whether a trace may follow this line, so that it matters who wrote it."""
    return _ANNOUNCES.search(text) is not None


def names_exception(text: bytes) -> bool:
    """Whether the line is one that names an exception, as at the head or the foot of a trace."""
    return _NAMED.match(text) is not None


def only_announces(text: bytes) -> bool:
    """Whether the line says that a trace follows, and no more."""
    return _HEAD.match(text) is not None


def is_ruler(message: str) -> bool:
    """Whether a message is but a line drawn above what it announces."""
    return _RULER.match(message) is not None
