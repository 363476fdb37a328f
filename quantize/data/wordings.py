"""The words of right answers, in both languages: what broke first, what followed, what cannot be told. Only what the lines show."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from edgeops.assistant.telling import told
from edgeops.records import Evidence

_NO_EFFECT = {"en": "no other line shows an effect yet", "zh": "其他日志行尚未显示影响"}
_WATCH = {
    "en": f"watch what depends on it; {_NO_EFFECT['en']}",
    "zh": f"应留意依赖它的服务；{_NO_EFFECT['zh']}",
}
_PASSED = {"en": "it was disturbed for a while", "zh": "服务一度受到影响"}
_SAID = {"en": ("reported", "logged", "said"), "zh": ("报告", "记录", "提示")}
_SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)[.;](?=\s|$)|[。；]")
_ENGLISH_NAME = re.compile(r"[A-Z][a-z]+ |A |An |The |Two |Too |This |Log ")
_PROPER = re.compile(
    r"\w*[A-Z]\w*[A-Z]|\S*\d|(?:Kafka|Redis|Python|Apache|Java|Docker|Kubernetes|Linux|Patroni|Ceph|Consul|Tomcat|Oracle|Squid|Spark|Windows|Postfix|Dovecot|Prometheus|Zabbix|Vault|Galera|Lustre)\b"
)


def clause(line: Evidence, near: str, lang: str, dice: random.Random) -> str:
    """Who says what, with the line's ref, in one of several words. near is the host that was named last and is not named again."""
    return f"{told(line, lang, near, dice.choice(_SAID[lang]))} [{line.ref}]"


def lowered(title: str) -> str:
    """A title as the beginning of a clause: names keep their capital."""
    return title if _PROPER.match(title) or not _ENGLISH_NAME.match(title) else title[0].lower() + title[1:]


def joined(clauses: Sequence[str], lang: str, over: bool = False) -> str:
    """Clauses as one, fit to follow `, so`. over: what happened is over, as the next sentence says."""
    if not clauses:
        return (_PASSED if over else _WATCH)[lang]
    if lang == "zh":
        return "，".join(clauses)
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def ended(text: str, lang: str) -> str:
    """The text with its full stop and the space that the model writes before it."""
    stop = "。" if lang == "zh" else "."
    bare = text.rstrip(" .。")
    return f"{' ' if bare[:1].isascii() or lang == 'en' else ''}{bare}{stop}"


def refs(lines: Sequence[Evidence]) -> str:
    return " ".join(f"[{line.ref}]" for line in lines)


def first_sentence(text: str, most: int) -> str:
    """The beginning of a text up to the end of a sentence or of a part of it, at most so many characters; "" if there is no such place."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if found.end() <= most]
    cut = next((at for at in ends if text[at - 1] in ".。"), ends[-1] if ends else 0)
    return text[:cut].rstrip(" .;。；") if cut else (text if len(text) <= most else "")


_TOKEN = re.compile(r"\d|[A-Za-z]+|[\u2e80-\uffef]|[^\s\w]|_")


def tokens_about(text: str) -> int:
    """About how many tokens a Qwen model needs, rather too many than too few."""
    found = _TOKEN.findall(text)
    return sum(1 if len(piece) < 6 else -(-len(piece) // 4) for piece in found)
