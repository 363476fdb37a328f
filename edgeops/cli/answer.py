"""An explanation as text for a terminal: conclusion first, every cited line in full, what is not proved and what was left out."""

from __future__ import annotations

from collections.abc import Iterator

from edgeops.assistant.steps import command_of
from edgeops.records import Action, Answer, Evidence, Explanation, Risk, Tier
from edgeops.text import show, show_lines, wrap

_WORDS = {
    "en": {
        "known": "known: the starter pack or a past fix knows this; no model was used",
        "reasoned": "reasoned: written by the model {model} from the lines below and checked by code",
        "insufficient": "insufficient: the evidence does not carry an answer",
        "abstain": "I do not know why: {reason}.",
        "why": "Why",
        "lines": "Lines",
        "check": "Check",
        "fix": "Fix (you decide; nothing is run)",
        "confirm": "To be sure",
        "collect": "What would help",
        "unproved": "Not borne out by any line",
        "left": "Left out: {lines} more lines of {templates} kinds; --budget-chars gives more.",
        "times": "{count} times",
        "missing": "fill in {names}",
        "certain": "certainty {value:.0%}",
        "hand": "by hand",
        "cannot": "I cannot answer that: {reason}.",
        "general": "general knowledge, cited by nothing here",
        "knowledge": "From",
        "next": "Check next",
    },
    "zh": {
        "known": "已知：入门知识库或以往的修复记录中有此故障；未使用模型",
        "reasoned": "推断：由模型 {model} 根据下列日志行写出，并经代码核对",
        "insufficient": "证据不足：现有日志不足以得出结论",
        "abstain": "无法确定原因：{reason}。",
        "why": "原因",
        "lines": "日志行",
        "check": "检查",
        "fix": "修复（由您决定，不会自动执行）",
        "confirm": "如何确认",
        "collect": "还需要什么",
        "unproved": "以下内容在日志中没有依据",
        "left": "未列出：另有 {templates} 类共 {lines} 行；用 --budget-chars 可显示更多。",
        "times": "{count} 次",
        "missing": "请填写 {names}",
        "certain": "把握 {value:.0%}",
        "hand": "人工操作",
        "cannot": "无法回答：{reason}。",
        "general": "一般知识，此处没有依据",
        "knowledge": "出处",
        "next": "接下来检查",
    },
}
_SGR = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "cyan": "36"}
_RISKS = {Risk.READ: "dim", Risk.MODIFY: "yellow", Risk.DANGEROUS: "red"}
_RISK_WORDS = {
    "en": {Risk.READ: "reads only", Risk.MODIFY: "changes the system", Risk.DANGEROUS: "DANGEROUS"},
    "zh": {Risk.READ: "只读", Risk.MODIFY: "会更改系统", Risk.DANGEROUS: "危险"},
}


class Painter:
    """Draws explanations for one terminal: its width, whether it has colour, whether it has only ASCII."""

    def __init__(self, columns: int = 80, colour: bool = False, ascii_only: bool = False) -> None:
        self.columns, self.colour, self.ascii_only = max(columns, 20), colour, ascii_only

    def answer(self, answer: Explanation) -> Iterator[str]:
        """The lines of text, without line ends; safe to print."""
        words = _WORDS[answer.lang]
        yield from self._conclusion(answer)
        yield from self._section(words["why"], [answer.cause] if answer.cause else [])
        yield from self._evidence(answer)
        yield from self._actions(words["check"], answer.checks, answer.lang)
        yield from self._actions(words["fix"], answer.fixes, answer.lang)
        yield from self._section(words["confirm"], [answer.confirm] if answer.confirm else [])
        yield from self._section(words["collect"], [f"- {item}" for item in answer.collect])
        doubts = [f"- {u.token} ({u.reason})" for u in answer.unproved]
        yield from self._section(words["unproved"], doubts, "yellow")
        if answer.dropped_lines:
            left = words["left"].format(lines=answer.dropped_lines, templates=answer.dropped_templates)
            yield ""
            yield from self._paragraph(left, "dim")

    def headline(self, text: str) -> Iterator[str]:
        """A line that begins something new."""
        yield ""
        yield self._paint(self._safe(text), "cyan")

    def brief(self, answer: Explanation) -> Iterator[str]:
        """The conclusion, how it came about, the root line, and the first thing to check and to do."""
        yield from self._conclusion(answer)
        for evidence in answer.evidence:
            if evidence.ref == answer.root:
                yield from self.line(evidence, answer.root, answer.lang)
        words = _WORDS[answer.lang]
        yield from self._actions(words["check"], answer.checks[:1], answer.lang)
        yield from self._actions(words["fix"], answer.fixes[:1], answer.lang)

    def reply(self, answer: Answer) -> Iterator[str]:
        """What a question got, in the same order: the answer, how it came about, what it cites, what to check next."""
        words = _WORDS[answer.lang]
        said = " ".join(
            s.text if s.refs or not answer.model else f"{s.text} ({words['general']})" for s in answer.sentences
        )
        for text in (said, words["cannot"].format(reason=answer.reason) if answer.reason else ""):
            if text:
                yield from self._paragraph(text, "bold")
        yield from self._paragraph(f"[{words[answer.tier.value].format(model=answer.model)}]", "dim")
        for note in answer.notes:
            yield from self._paragraph(note, "yellow")
        cited = set(answer.cites)
        sources = [
            f"[K{n}] {k.title} ({', '.join(filter(None, [k.id, k.source]))})"
            for n, k in enumerate(answer.knowledge, 1)
            if f"K{n}" in cited
        ]
        yield from self._section(words["knowledge"], sources)
        lines = [one for one in answer.evidence if one.ref in cited]
        if lines:
            yield ""
            yield self._paint(words["lines"], "cyan")
            for one in lines:
                yield from self.line(one, "", answer.lang)
        yield from self._actions(words["next"], answer.checks[:2], answer.lang)
        doubts = [f"- {u.token} ({u.reason})" for u in answer.unproved]
        yield from self._section(words["unproved"], doubts, "yellow")

    def _conclusion(self, answer: Explanation) -> Iterator[str]:
        words = _WORDS[answer.lang]
        if answer.tier is Tier.INSUFFICIENT:
            yield from self._paragraph(words["abstain"].format(reason=answer.reason), "bold")
        if answer.summary:
            yield from self._paragraph(answer.summary, "bold")
        certain = f" · {words['certain'].format(value=answer.certainty)}" if answer.certainty else ""
        tier = words[answer.tier.value].format(model=answer.model)
        yield from self._paragraph(f"[{tier}{certain}]", "dim")
        for note in answer.notes:
            yield from self._paragraph(note, "yellow")

    def _evidence(self, answer: Explanation) -> Iterator[str]:
        logs = [e for e in answer.evidence if e.kind == "log"]
        if not logs:
            return
        yield ""
        yield self._paint(_WORDS[answer.lang]["lines"], "cyan")
        for evidence in logs:
            yield from self.line(evidence, answer.root, answer.lang)

    def line(self, evidence: Evidence, root: str, lang: str) -> Iterator[str]:
        """One line of evidence in full, below its ref and place; the root is marked."""
        mark = ">" if evidence.ref == root else " "
        where = f"{evidence.source}:{evidence.line}"
        again = _WORDS[lang]["times"].format(count=evidence.count) if evidence.count > 1 else ""
        head = " ".join(part for part in (mark, evidence.ref, self._safe(where), f"({again})" if again else "") if part)
        yield self._paint(head, "red" if mark == ">" else "dim")
        for text in show_lines(evidence.text, ascii_only=self.ascii_only).split("\n"):
            yield from wrap(f"    {text}", self.columns, indent="      ")

    def _actions(self, title: str, actions: tuple[Action, ...], lang: str) -> Iterator[str]:
        if not actions:
            return
        words = _WORDS[lang]
        yield ""
        yield self._paint(title, "cyan")
        for number, action in enumerate(actions, 1):
            how = _RISK_WORDS[lang][action.risk] if action.argv else words["hand"]
            if action.missing:
                how += f"; {words['missing'].format(names=', '.join(action.missing))}"
            yield from wrap(self._safe(f"{number}. {action.text} ({how})"), self.columns, indent="   ")
            if action.argv:
                # Never wrapped: it is there to be copied.
                yield self._paint("   $ " + self._safe(command_of(action)), _RISKS[action.risk])

    def _section(self, title: str, paragraphs: list[str], paint: str = "") -> Iterator[str]:
        if paragraphs:
            yield ""
            yield self._paint(title, "cyan")
            for paragraph in paragraphs:
                yield from self._paragraph(paragraph, paint)

    def _paragraph(self, text: str, paint: str = "") -> Iterator[str]:
        for line in wrap(self._safe(text), self.columns):
            yield self._paint(line, paint)

    def _safe(self, text: str) -> str:
        return show(text, ascii_only=self.ascii_only)

    def _paint(self, text: str, paint: str) -> str:
        return f"\x1b[{_SGR[paint]}m{text}\x1b[0m" if self.colour and paint else text
