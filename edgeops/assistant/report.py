"""A post-mortem of an incident: what happened with its cited lines, why, what was done, how it went, what is open. Markdown or HTML."""

from __future__ import annotations

import html
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markdown_it import MarkdownIt

from edgeops.assistant.lessons import cause_in, done_in
from edgeops.knowledge.entry import Entry, Remark, Result, Verdict
from edgeops.knowledge.store import Kept
from edgeops.records import Action, Evidence, Explanation, State, Tier
from edgeops.text import show, show_lines

_WORDS = {
    "en": {
        "title": "Incident {id}", "state": "State", "span": "When", "hosts": "Hosts", "sources": "Sources", "made": "Answered by",
        "untimed": "the log states no times", "happened": "What happened", "unknown": "The cause is not known: {reason}.",
        "found": "The logs alone gave no answer ({reason}); people found the cause.", "line": "Time line", "times": "{count} times", "root": "first cause", "left": "{lines} more lines of {kinds} kinds are not shown.",
        "cause": "Cause", "checks": "Checks", "done": "What was done", "nothing": "Nothing was recorded yet.", "advised": "Proposed, by the knowledge at hand",
        "open": "Open questions", "none": "None was noted.", "confirm": "Not confirmed yet: {text}", "unproved": "`{token}` ({reason})",
        "known": "known faults and past fixes, without a model", "reasoned": "the model {model}, checked against the lines", "insufficient": "nobody yet; the lines did not carry an answer",
        "foot": "Written by edgeops on {now}. Lines are as the sources have them, secrets masked.", "state-open": "open", "state-explained": "explained", "state-resolved": "resolved",
        "judged": "What people said of this answer",
        "said-worked": "worked", "said-failed": "did not work", "said-unknown": "outcome unknown", "said-useful": "useful", "said-wrong": "wrong",
    },
    "zh": {
        "title": "事件 {id}", "state": "状态", "span": "时间", "hosts": "主机", "sources": "来源", "made": "依据",
        "untimed": "日志中没有时间", "happened": "经过", "unknown": "原因未知：{reason}。",
        "found": "仅凭日志未得出结论（{reason}），原因由人员查明。", "line": "时间线", "times": "{count} 次", "root": "最初原因", "left": "另有 {kinds} 类共 {lines} 行未列出。",
        "cause": "原因", "checks": "检查", "done": "处理", "nothing": "尚无记录。", "advised": "根据现有知识的建议",
        "open": "未决问题", "none": "无。", "confirm": "尚未确认：{text}", "unproved": "`{token}`（{reason}）",
        "known": "已知故障与以往修复记录，未使用模型", "reasoned": "模型 {model}，并与日志行核对", "insufficient": "尚无结论，现有日志不足",
        "foot": "由 edgeops 于 {now} 生成。日志行与来源一致，敏感信息已屏蔽。", "state-open": "未处理", "state-explained": "已解释", "state-resolved": "已解决",
        "judged": "对此解答的评价",
        "said-worked": "有效", "said-failed": "无效", "said-unknown": "结果未知", "said-useful": "有用", "said-wrong": "错误",
    },
}  # fmt: skip
_STYLE = """body{font:11pt/1.45 Georgia,'Noto Serif CJK SC',serif;max-width:44em;margin:2em auto;padding:0 1em;color:#111}
h1,h2{font-family:sans-serif;line-height:1.2}h1{font-size:1.5em}h2{font-size:1.1em;margin-top:1.6em;border-bottom:1px solid #999}
pre{background:#f3f3f3;padding:.5em .7em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em}table{border-collapse:collapse}
td,th{border:1px solid #bbb;padding:.2em .6em;text-align:left;vertical-align:top}li{break-inside:avoid}h2{break-after:avoid}
@media print{body{margin:0;max-width:none}pre{background:none;border:1px solid #bbb}}"""
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|!~"})


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, and what people said about how it went."""

    entry: Entry
    outcomes: tuple[Remark, ...]

    @property
    def helped(self) -> bool:
        """Whether it worked at last."""
        return bool(self.outcomes) and self.outcomes[-1].kind == Result.WORKED


def markdown(kept: Kept, deeds: Sequence[Deed], now: datetime) -> str:
    """The post-mortem as Markdown. Whatever comes from a log or a person is shown as text, never as markup."""
    return "\n".join(_lines(kept, deeds, now)) + "\n"


def page(kept: Kept, deeds: Sequence[Deed], now: datetime) -> str:
    """The post-mortem as one HTML file without anything from elsewhere; reads well printed."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(kept, deeds, now))
    answer = kept.explanation
    title = html.escape(_WORDS[answer.lang]["title"].format(id=kept.id))
    return (
        f'<!doctype html>\n<html lang="{answer.lang}"><head><meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def _lines(kept: Kept, deeds: Sequence[Deed], now: datetime) -> Iterator[str]:
    answer = kept.explanation
    words = _WORDS[answer.lang]
    yield f"# {words['title'].format(id=kept.id)}"
    yield ""
    yield from _head(kept, words)
    yield f"\n## {words['happened']}\n"
    found = list(dict.fromkeys(cause for deed in deeds if deed.helped and (cause := cause_in(deed.entry))))
    if answer.tier is Tier.INSUFFICIENT:
        yield _text(words["found" if found else "unknown"].format(reason=answer.reason)) + "\n"
    yield _text(answer.summary)
    # What people found goes before what was answered at the time.
    if causes := found or list(filter(None, [answer.cause])):
        yield f"\n## {words['cause']}"
        yield from (f"\n{_text(cause)}" for cause in causes)
    yield from _time_line(answer, words)
    if answer.checks:
        yield f"\n## {words['checks']}\n"
        yield from _steps(answer.checks)
    yield f"\n## {words['done']}\n"
    yield from _deeds(deeds, answer, words)
    if said := [one for one in kept.feedback if one.kind != Verdict.NOTE]:
        yield f"\n## {words['judged']}\n"
        yield from (f"- {_said(one, words)}" for one in said)
    yield f"\n## {words['open']}\n"
    noted = [one for one in kept.feedback if one.kind == Verdict.NOTE]
    yield from _open_questions(kept, noted, words) or [words["none"]]
    yield f"\n---\n{words['foot'].format(now=f'{now:%Y-%m-%d %H:%M} UTC')}"


def _head(kept: Kept, words: dict[str, str]) -> Iterator[str]:
    answer = kept.explanation
    span = (
        f"{kept.start:%Y-%m-%d %H:%M:%S} – {kept.end:%Y-%m-%d %H:%M:%S} UTC"
        if kept.start and kept.end
        else words["untimed"]
    )
    rows = [
        (words["state"], words[f"state-{kept.state.value}"]),
        (words["span"], span),
        (words["hosts"], ", ".join(kept.hosts) or "–"),
        (words["sources"], ", ".join(kept.sources)),
        (words["made"], words[answer.tier.value].format(model=answer.model)),
    ]
    yield "| | |\n|---|---|"
    for name, value in rows:
        yield f"| {name} | {_text(value)} |"


def _time_line(answer: Explanation, words: dict[str, str]) -> Iterator[str]:
    lines = [e for e in answer.evidence if e.kind == "log" and (e.signal is not None or e.ref in answer.cites)]
    if not lines:
        return
    yield f"\n## {words['line']}\n"
    for line in lines:
        yield from _event(line, answer, words)
    if answer.dropped_lines:
        yield words["left"].format(lines=answer.dropped_lines, kinds=answer.dropped_templates)


def _event(line: Evidence, answer: Explanation, words: dict[str, str]) -> Iterator[str]:
    time = f"{line.time:%Y-%m-%d %H:%M:%S}" if line.time else "–"
    again = f", {words['times'].format(count=line.count)}" if line.count > 1 else ""
    mark = f" — **{words['root']}**" if line.ref == answer.root else ""
    yield f"- **{time}** {line.ref} · {_text(f'{line.source}:{line.line}')}{again}{mark}\n"
    # Indented code: nothing in a line can end it.
    for text in show_lines(line.text).split("\n"):
        yield f"      {text}"
    yield ""


def _steps(actions: Sequence[Action]) -> Iterator[str]:
    for number, action in enumerate(actions, 1):
        yield f"{number}. {_text(action.text)}"
        if action.argv:
            yield f"\n       {show(shlex.join(action.argv))}\n"


def _deeds(deeds: Sequence[Deed], answer: Explanation, words: dict[str, str]) -> Iterator[str]:
    if not deeds:
        yield words["nothing"]
        if answer.fixes:
            yield f"\n{words['advised']}:\n"
            yield from _steps(answer.fixes)
    for deed in deeds:
        yield f"- {_text(done_in(deed.entry))}"
        yield from (f"    - {_said(one, words)}" for one in deed.outcomes)


def _said(remark: Remark, words: dict[str, str]) -> str:
    """When who said how it went, or what they thought of the answer."""
    note = f": {_text(remark.note)}" if remark.note else ""
    return f"{remark.time:%Y-%m-%d %H:%M} {_text(remark.author)}: {words[f'said-{remark.kind}']}{note}"


def _open_questions(kept: Kept, noted: Sequence[Remark], words: dict[str, str]) -> list[str]:
    """What nobody knows yet; of a resolved incident only what people noted and what the answer could not prove."""
    answer = kept.explanation
    asked: list[str] = []
    if kept.state is not State.RESOLVED:
        asked += [_text(item) for item in answer.collect]
        asked += [_text(words["confirm"].format(text=answer.confirm))] if answer.confirm else []
    asked += [_text(words["unproved"].format(token=u.token, reason=u.reason)) for u in answer.unproved]
    asked += [_text(note) for note in answer.notes]
    asked += [f"{said.time:%Y-%m-%d %H:%M} {_text(said.author)}: {_text(said.note)}" for said in noted]
    return [f"- {item}" for item in asked]


def _text(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return show(" ".join(text.split())).translate(_SPECIAL)
