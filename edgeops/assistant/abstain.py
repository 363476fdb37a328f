"""Abstentions: what is said, and what to collect, when the evidence does not carry an answer."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.assistant.steps import fits
from edgeops.assistant.telling import told
from edgeops.mask import mask
from edgeops.records import Evidence, Explanation, Incident, Selection, Tier

_COLLECT = {
    "en": {
        "unit": "the full log of {unit} around that time: journalctl -u {unit} --since '{since}' --until '{until}'",
        "kernel": "the kernel log of {host} around that time: journalctl -k --since '{since}' --until '{until}'",
        "host": "this host",
        "untimed": "the beginning of the same log, and the command that produced it",
        "others": "the logs of the services that {unit} depends on (database, upstream, storage) for the same minutes",
        "note": "what was changed shortly before (update, configuration, certificate, cabling)",
    },
    "zh": {
        "unit": "{unit} 在该时段的完整日志：journalctl -u {unit} --since '{since}' --until '{until}'",
        "kernel": "{host} 在该时段的内核日志：journalctl -k --since '{since}' --until '{until}'",
        "host": "本机",
        "untimed": "同一日志的开头部分，以及产生该日志的命令",
        "others": "{unit} 所依赖的服务（数据库、上游、存储）在同一时段的日志",
        "note": "故障前不久做过的变更（升级、配置、证书、布线）",
    },
}

NO_FAULT = {"en": "no known fault fits these lines", "zh": "没有已知故障与这些日志行相符"}
CANNOT_TELL = {
    "en": "the model finds that these lines do not show what broke first",
    "zh": "模型认为这些日志行看不出最先出了什么问题",
}
_FIRST = {
    "en": "The first line that looks like a cause is [{ref}]: {text}",
    "zh": "最早像是原因的日志行是 [{ref}]：{text}",
}
_AFTER = {"en": (". After it: ", "; "), "zh": ("。随后：", "；")}
_LONGEST, _MOST_AFTER = 200, 3


def abstain(incident: Incident, selection: Selection, lang: str, reason: str, root: str = "") -> Explanation:
    """An answer that gives no cause: the reason, the evidence all the same, and what to collect next.

    root is the line to look at first; without one it is that which code would choose.
    """
    root = root or next(iter(selection.roots), "")
    line = next((e for e in selection.evidence if e.ref == root), None)
    after = _after(selection, line) if line else []
    return Explanation(
        incident=incident.id,
        tier=Tier.INSUFFICIENT,
        lang=lang,
        root=root,
        summary=_first(line, after, lang) if line else "",
        cites=tuple(e.ref for e in (line, *after) if e),
        evidence=selection.evidence,
        reason=reason,
        collect=collect(incident, lang),
        dropped_templates=selection.dropped_templates,
        dropped_lines=selection.dropped_lines,
    )


def _first(line: Evidence, after: Sequence[Evidence], lang: str) -> str:
    """The line to look at first, in its own words, and what others said after it."""
    text = line.message.strip().split("\n")[0]
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    begin, between = _AFTER[lang]
    others = between.join(f"{told(e, lang)} [{e.ref}]" for e in after)
    return _FIRST[lang].format(ref=line.ref, text=cut) + (begin + others if others else "")


def _after(selection: Selection, root: Evidence) -> list[Evidence]:
    """The first signal of each of the programs that complained after the root, the root's own aside."""
    first: dict[tuple[str, str], Evidence] = {}
    for line in selection.evidence[selection.evidence.index(root) :]:
        if line.signal is not None and (line.host, line.unit) != (root.host, root.unit):
            first.setdefault((line.host, line.unit), line)
    return list(first.values())[:_MOST_AFTER]


def collect(incident: Incident, lang: str) -> tuple[str, ...]:
    """What would help to decide the case, most telling first."""
    words = _COLLECT[lang]
    # These end up in a command that people copy: a name with a shell's characters in it is left out.
    units = [unit for unit in incident.units if unit != "kernel" and fits(unit, "unit") and mask(unit) == unit]
    hosts = [host for host in incident.hosts if fits(host, "host") and mask(host) == host]
    wanted = []
    if incident.start and incident.end:
        span = {"since": f"{incident.start:%Y-%m-%d %H:%M:%S}", "until": f"{incident.end:%Y-%m-%d %H:%M:%S}"}
        wanted += [words["unit"].format(unit=unit, **span) for unit in units[:2]]
        if "kernel" not in incident.units:
            host = hosts[0] if hosts else words["host"]
            wanted.append(words["kernel"].format(host=host, **span))
    else:
        wanted.append(words["untimed"])
    wanted += [words["others"].format(unit=units[0])] if units else []
    return (*wanted, words["note"])
