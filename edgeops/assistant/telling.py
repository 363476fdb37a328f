"""A log line in words: who says what, in an answer's own sentence. Only what the line shows."""

from __future__ import annotations

import re

from edgeops.records import Evidence
from edgeops.text import show

MOST_QUOTED, LEAST_QUOTED = 64, 8
REPORTED = {"en": "reported", "zh": "报告"}
_CUT = re.compile(r"[“”]|(?<=\w)[;,，；。] |(?<=\w)\. |: (?=\S{0,80}(?:\w+Exception|Error)\b)")
_DANGLING = re.compile(r"(?:[ ,:;=(\[-]+(?:of|the|an?|to|for|in|on|with|from|and|by|at|is|was|that|as)?)+$")
_MESSAGE = re.compile(r"\b(?:msg|message|err|error)=\"([^\"]{8,})\"")
_LEADING = re.compile(r"(?:[(\[<][^()\[\]<>]{0,40}[)\]>]\s*|[\"“”'(\[<*#-])+")
_TALKS = re.compile(r"([^\W\d][\w.-]{1,24}): (?=\S)")


def first(title: str, line: Evidence, lang: str) -> str:
    """What broke first: the title of the fault, if there is one and it lacks no name (`<name>`; a plugin's may), else what the line says."""
    return title if title and "<" not in title else told(line, lang)


def quoted(message: str) -> str:
    """A telling piece of a message, word for word; "" where there is none that can stand in quotation marks."""
    text = message.strip().split("\n")[0]
    if show(text) != text:
        return ""
    if told := _MESSAGE.search(text):
        text = told[1]
    start = found.end() if (found := _LEADING.match(text)) else 0
    piece = _CUT.split(text[start:], maxsplit=1)[0]
    if len(piece) > MOST_QUOTED:
        piece = piece[:MOST_QUOTED].rsplit(" ", 1)[0] if " " in piece[:MOST_QUOTED] else piece[:MOST_QUOTED]
    piece = _DANGLING.sub("", piece.rstrip(" .:,;=-(['、，。：；（"))
    after = text[start + len(piece) : start + len(piece) + 1]
    if piece.count('"') % 2 or ('"' in piece and "'" in piece):
        piece = piece.partition('"')[0].rstrip(" =:(")
    elif (after == "'" and piece.count("'") % 2) or (after == ")" and piece.count("(") > piece.count(")")):
        piece += after
    return piece if len(piece) >= (LEAST_QUOTED if piece.isascii() else 4) else ""


def told(line: Evidence, lang: str, near: str = "", said: str = "") -> str:
    """Who says what, in a clause that needs its ref behind it. near: the host named last, not named again; said: another verb."""
    bare = line.message == line.text
    unit, host = ("", "") if bare else (show(line.unit), show(line.host))
    message = line.message
    if not unit and (talks := _TALKS.match(message)):
        unit, message = talks[1], message[talks.end() :]
    what, said = quoted(message), said or REPORTED[lang]
    host = "" if host == near else host
    if lang == "zh":
        who = f"{host} 上的 {unit}" if host and unit else unit or (f"{host} 上的程序" if host else "某个程序")
        space = " " if who[-1:].isascii() else ""
        return f"{who}{space}{said}“{what}”" if what else f"{who}{space}报错"
    who = f"{unit} on {host}" if host and unit else unit or (f"a program on {host}" if host else "a program")
    mark = "'" if '"' in what else '"'
    return f"{who} {said} {mark}{what}{mark}" if what else f"{who} {said} an error"
