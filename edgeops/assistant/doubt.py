"""When what a model wrote should rather not be shown."""

from __future__ import annotations

from edgeops.assistant.cite import checkable, cited
from edgeops.records import Unproved

LEAST_CERTAINTY = 0.25
LEAST_CHARACTERS = 8
MOST_REFS = 7
MOST_UNPROVED = 0.5

_DOUBTS = {
    "en": {
        "empty": "the model wrote nothing usable",
        "rambling": "the model only listed lines without saying what happened",
        "unsure": "the model is not sure which line came first (certainty {certainty:.2f}) and no known fault fits",
        "unproved": "too much of what the model wrote stands in no line ({tokens})",
    },
    "zh": {
        "empty": "模型没有给出可用的内容",
        "rambling": "模型只是罗列了日志行，没有说明发生了什么",
        "unsure": "模型不能确定哪一行是根因（把握 {certainty:.2f}），也没有合适的已知故障",
        "unproved": "模型所写内容有太多在日志行中找不到依据（{tokens}）",
    },
}


def doubt(texts: tuple[str, ...], unproved: tuple[Unproved, ...], certainty: float, fault: str, lang: str) -> str:
    """The reason, or "" when the words may stand. texts are what the model wrote, the summary first."""
    words = _DOUBTS[lang]
    if len(texts[0]) < LEAST_CHARACTERS:
        return words["empty"]
    if len(cited(texts[0])) > MOST_REFS:
        return words["rambling"]
    if certainty < LEAST_CERTAINTY and not fault:
        return words["unsure"].format(certainty=certainty)
    claims = sum(len(checkable(text)) + len(cited(text)) for text in texts)
    if len(unproved) > 1 and len(unproved) > MOST_UNPROVED * claims:
        return words["unproved"].format(tokens=", ".join(u.token for u in unproved[:4]))
    return ""
