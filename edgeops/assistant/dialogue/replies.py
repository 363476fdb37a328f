"""What a person's reply means for the diagnosis: that it was it, that it was not, what else, or another question."""

from __future__ import annotations

import re
from enum import StrEnum

_SHORT = 160
_QUESTION = re.compile(
    r"[?？]|^\s*(?:why|how|what|which|where|when|who|can|could|should|is there|does|do|为什么|怎么|如何|什么|哪)\b",
    re.I,
)


class Intent(StrEnum):
    ASKS = "asks"
    CONFIRMS = "confirms"
    DENIES = "denies"
    MORE = "more"


_DENIES = re.compile(
    r"""^\s*(?:no|nope|nah|negative)\b
      | \bnot\s+(?:it|that|this|the\s+(?:cause|case|problem|reason)|fixed|solved|resolved|working)\b
      | \b(?:did|does|do|was|is|are|has|have)(?:n['’]?t|\s+not)\b
      | \bstill\s+(?:fail\w*|broken|down|the\s+same|happen\w*|not|no|there|wrong|slow)\b
      | \b(?:is|are|looks?|seems?)\s+(?:all\s+)?(?:fine|ok|okay|good|normal|healthy|green|clean|enough)\b
      | \bno\s+(?:change|difference|effect|luck|errors?)\b | \b(?:enough|plenty\s+of|lots\s+of)\s+(?:space|memory|room|disk)\b
      | 不是 | 没有?(?:用|效果|效|解决|变化|恢复|问题|成功|好) | 未(?:解决|恢复|见|发现) | 无效 | 还是不?(?:行|一样|失败|报错) | 依然 | 仍然 | 不行 | 不对
      | (?:正常|没问题|充足|足够|健康|很空)[。！!]?\s*$""",
    re.I | re.X,
)
_CONFIRMS = re.compile(
    r"""\b(?:that|this|it)\s*(?:was|is|['’]s)\s+(?:it|the\s+(?:cause|problem|reason|one|culprit))\b
      | \bthat['’]s\s+(?:it|the\s+one|right)\b
      | \b(?:that|this|it|which)\s+(?:has\s+)?(?:fixed|solved|did|helped|worked|resolved)\b | \b(?:fixed|solved|resolved|works|working)(?:\s+(?:now|again|it))?\s*[.!,]?\s*(?:thanks?.*)?$
      | ^\s*(?:yes|yep|yeah|correct|exactly|right)\b
      | 解决了 | 修好了 | 好了 | 搞定 | 恢复了 | 恢复正常 | 就是(?:它|这个|这样|因为) | 对了?[，,。！!]|^对$|^是的 | 成功了 | 有效$""",
    re.I | re.X,
)
_MORE = re.compile(
    r"\b(?:what|anything)\s+else\b|\bnext\s*(?:one|check|step)?\s*[?.!]*\s*$|^\s*(?:and\s+)?(?:then|so)\s+what\b|\bother\s+(?:causes?|ideas?|reasons?)\b"
    r"|还有(?:什么|别的|其他)|下一[步个]|其他(?:原因|可能)|然后呢|继续",
    re.I,
)  # fmt: skip


def intent_of(text: str) -> Intent:
    """What the reply means when something was proposed before. A denial goes before a confirmation: `no, that was fixed before`."""
    if _MORE.search(text) and len(text) <= _SHORT:
        return Intent.MORE
    if len(text) > _SHORT or _QUESTION.search(text):
        return Intent.ASKS
    if _DENIES.search(text):
        return Intent.DENIES
    return Intent.CONFIRMS if _CONFIRMS.search(text) else Intent.ASKS
