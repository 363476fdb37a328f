"""Catalogue steps made concrete: their holes are filled from what the lines bound, or reported missing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from edgeops.mask import mask
from edgeops.pattern import KINDS
from edgeops.records import Action, Incident, Signal, Step

_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def bindings_of(incident: Incident, fault: str = "") -> dict[str, str]:
    """Values that the incident's lines gave to variables: the root's first, then those of the fault's other lines.

    The unit and host of the root stand in where no pattern bound them.
    """
    root = incident.signals[incident.root]
    own = [s for s in incident.signals if s.rule and s.rule.fault == fault]
    return bound([root, *own] if root in own else own or [root])


def bound(signals: Sequence[Signal]) -> dict[str, str]:
    """Values that lines gave to variables, the first of them first; its unit and host stand in where no pattern bound them."""
    values: dict[str, str] = {}
    for signal in signals:
        for name, value in signal.bindings:
            values.setdefault(name, mask(value))
    event = signals[0].event
    if event.unit and event.unit != "kernel":
        values.setdefault("unit", event.unit)
    if event.host:
        values.setdefault("host", event.host)
    return values


def concrete(steps: Iterable[Step], values: Mapping[str, str], lang: str) -> tuple[Action, ...]:
    """The steps with their holes filled. A value of the wrong kind, or that looks like an option, is not used."""
    return tuple(_concrete(step, values, lang) for step in steps)


def _concrete(step: Step, values: Mapping[str, str], lang: str) -> Action:
    safe = {p.name: values[p.name] for p in step.params if fits(values.get(p.name, ""), p.kind)}
    argv = tuple(_HOLE.sub(lambda m: safe.get(m.group(1), m.group()), word) for word in step.argv)
    missing = tuple(p.name for p in step.params if p.name not in safe)
    return Action(step.id, step.zh if lang == "zh" else step.en, argv, step.risk, missing)


def fits(value: str, kind: str) -> bool:
    """Whether a value from a log may stand in an argv: wholly of its kind and no option in disguise."""
    return not value.startswith("-") and re.fullmatch(KINDS[kind], value) is not None


def command_of(action: Action) -> str:
    """The argv as a line that a shell would read back the same; holes stay readable."""
    return " ".join(word if word.startswith("{") and word.endswith("}") else shlex.quote(word) for word in action.argv)
