"""The *known* tier: the starter pack or a past fix explains the incident; no model is asked."""

from __future__ import annotations

from collections.abc import Mapping

from edgeops.assistant.steps import bindings_of, concrete
from edgeops.knowledge.starter import fill, holes
from edgeops.records import (
    Evidence,
    Explanation,
    Fault,
    Incident,
    Role,
    Selection,
    Step,
    Suspect,
    Tier,
    Wording,
)

_ELSEWHERE = 0.5
_FIRST_UNKNOWN = {
    "en": "The line that seems to have come first, [{ref}], fits no known fault; this fault may be its effect.",
    "zh": "看来最先出现的 [{ref}] 与任何已知故障都不相符；此故障可能只是它的结果。",
}
_FIRST_LESS = {
    "en": "The line that seems to have come first, [{ref}], would mean {fault}, which fits less well.",
    "zh": "看来最先出现的 [{ref}] 指向 {fault}，但吻合程度较低。",
}


def wording_of(fault: Fault, lang: str) -> Wording:
    return fault.zh if lang == "zh" else fault.en


def title_of(fault: Fault, lang: str) -> str:
    """The fault's general title, without the names in any log."""
    return fault.title if lang == "en" else filled(wording_of(fault, lang).title, {})


def fault_of(incident: Incident) -> str:
    """The known fault that the incident's root line states (or is a symptom of), or ""."""
    rule = incident.signals[incident.root].rule
    return rule.fault if rule else ""


def stated(incident: Incident) -> bool:
    """Whether the root line itself states a known fault, so that no model is needed."""
    rule = incident.signals[incident.root].rule
    return rule is not None and rule.role is Role.CAUSE


def explain_known(
    incident: Incident,
    selection: Selection,
    faults: Mapping[str, Fault],
    steps: Mapping[str, Step],
    lang: str,
) -> Explanation | None:
    """The answer from the pack alone, or None when no known fault is among the lines."""
    suspect = best_suspect(incident)
    if suspect is None:
        return None
    fault = faults[suspect.fault]
    wording = wording_of(fault, lang)
    values = bindings_of(incident, fault.id)
    by_signal = {e.signal: e.ref for e in selection.evidence if e.signal is not None}
    root = next((by_signal[i] for i in _rooted(incident, suspect) if i in by_signal), "")
    effects, refs = _effects(incident, suspect, faults, by_signal, lang)
    summary = citing(filled(wording.summary, values), root)
    first = by_signal.get(incident.root, "")
    elsewhere = first and incident.root not in suspect.signals
    return Explanation(
        incident=incident.id,
        tier=Tier.KNOWN,
        lang=lang,
        fault=fault.id,
        root=root,
        summary=f"{summary}{effects}",
        cause=filled(wording.cause, values),
        checks=concrete([steps[s] for s in fault.checks], values, lang),
        fixes=concrete([steps[s] for s in fault.fixes], values, lang),
        cites=tuple(dict.fromkeys([r for r in (root, *refs) if r])),
        evidence=(*selection.evidence, knowledge("K1", fault, values, lang, suspect.score)),
        certainty=suspect.score * _ELSEWHERE if elsewhere else suspect.score,
        notes=(_passed_over(incident, first, lang),) if elsewhere else (),
        confirm=filled(wording.confirm, values),
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
    )


def _passed_over(incident: Incident, ref: str, lang: str) -> str:
    """Why the answer is not about the line that came first."""
    fault = fault_of(incident)
    return (_FIRST_LESS if fault else _FIRST_UNKNOWN)[lang].format(ref=ref, fault=fault)


def citing(text: str, ref: str) -> str:
    """The text with the ref before its full stop."""
    bare = text.rstrip().rstrip(".。")
    return f"{bare} [{ref}]{text.rstrip()[len(bare) :]}" if ref else text


def best_suspect(incident: Incident) -> Suspect | None:
    return incident.suspects[0] if incident.suspects else None


def knowledge(ref: str, fault: Fault, values: Mapping[str, str], lang: str, score: float) -> Evidence:
    """A fault of the pack as something to cite."""
    wording = wording_of(fault, lang)
    title, cause = filled(wording.title, values), filled(wording.cause, values)
    return Evidence(ref, "knowledge", f"pack:{fault.id}", 0, None, title, score, message=cause)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one that no line gave is shown as `<name>`."""
    unknown = {name: f"<{name}>" for name in holes(text, required=True)}
    return fill(text, unknown | dict(values))


def _rooted(incident: Incident, suspect: Suspect) -> list[int]:
    """Signal positions of the fault, the incident's root first when it is one of them."""
    return sorted(suspect.signals, key=lambda i: (i != incident.root, i))


def _effects(
    incident: Incident,
    suspect: Suspect,
    faults: Mapping[str, Fault],
    by_signal: Mapping[int, str],
    lang: str,
) -> tuple[str, list[str]]:
    """A sentence on the other known faults seen from then on, each with the first of its lines."""
    start = min(suspect.signals)
    parts, refs = [], []
    for other in incident.suspects[1:]:
        ref = next((by_signal[i] for i in other.signals if i >= start and i in by_signal), "")
        if ref:
            title = wording_of(faults[other.fault], lang).title
            parts.append(f"{filled(title, bindings_of(incident, other.fault))} [{ref}]")
            refs.append(ref)
    if not parts:
        return "", []
    return (f"随后：{'；'.join(parts)}。" if lang == "zh" else f" Then: {'; '.join(parts)}."), refs
