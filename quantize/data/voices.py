"""Who says a pack line, and how: the program, its style of writing, the level that the line states, and the bare text."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.records import Fault

STYLES = {
    "nginx": "nginx", "postgres": "postgres", "redis": "redis", "mysql": "mysql", "kubernetes": "klog", "etcd": "klog",
    "java": "log4j", "kafka": "log4j", "elasticsearch": "log4j", "node": "bracket", "mongodb": "json", "rabbitmq": "bracket",
}  # fmt: skip
_STATED = re.compile(r"\A\[?(DEBUG|LOG|INFO|NOTE|WARN|WARNING|ERROR|FATAL|PANIC|Note|Warning)\]?:?\s+")
_KLOG = re.compile(r"\A[IWEF]\d{4} \S+\s+\d+ ")


@dataclass(frozen=True, slots=True)
class Voice:
    unit: str
    style: str
    level: str
    text: str


def voice(fault: Fault, services: Sequence[str], anywhere: tuple[str, str], line: str, dice: random.Random) -> Voice:
    """How a line of the fault is said. anywhere: the program and its style where any may say it."""
    unit, style = (dice.choice(services), STYLES.get(fault.family, "syslog")) if services else anywhere
    if "kernel" in services:
        unit, style = "kernel", "syslog"
    text = _KLOG.sub("", line)
    stated = _STATED.match(text)
    level = stated[1].lower() if stated else "error"
    text = text[stated.end() :] if stated and style not in ("syslog", "json", "bracket") else text
    return Voice(unit, style, level, text)
