"""Secrets known by the name before them: `db_password = …`, `"apiKey": "…"`, `token=…`, `密码：…`."""

from __future__ import annotations

import re

from edgeops.mask.looks import PATH, mark, placeholder, random_looking

_I = re.IGNORECASE

_LOOSE = 0
# kind, least length of a value that must look random (_LOOSE: nearly any value counts), names
_NAMES = (
    ("password", _LOOSE, r"password|passwd|passphrase|passcode|(?<![a-z])(?:user|root|db|admin|sudo|become)?_?pass"),
    ("password", _LOOSE, r"pwd|(?:bind|root|user|admin)pw|psk"),
    (
        "secret",
        _LOOSE,
        r"(?:client|app|shared|consumer|webhook|jwt|oauth|api)[_-]?secret|secret[_-]?(?:access[_-]?)?key",
    ),
    (
        "key",
        12,
        r"(?:api|access|account|auth|private|encryption|signing|master|license|deploy|storage|service)[_-]?key",
    ),
    ("key", 12, r"sharedaccesskey|sharedaccesssignature|credentials?"),
    ("token", 8, r"token|secret|csrf|xsrf|otp[_-]?seed"),
    ("session", 16, r"sess(?:ion[_-]?)?id|connect\.sid|cookie"),
    ("signature", 20, r"signature|(?<![a-z])sig"),
    ("value", 24, r"(?<![a-z])key"),
)
_SUFFIX = (
    r"(?:[_-]?(?:\d{1,3}|prod|dev|test|staging|live|value|b64|base64|hash|plain|plaintext|string|new|old|confirm))?"
)
_BETWEEN = (
    r"\\{0,3}[\"']?\]?(?:\s{0,3}(?:=>|:=|[=:])\s{0,3}|\s{0,2},\s{0,2}\\?[\"']?value\\?[\"']?\s{0,2}[:=]\s{0,2}"
    r"|>(?=[^<>]{1,400}</)|\s(?:is|was)\s)"
)
# A cheap look for what may be a name and a separator; the full expression is tried there only.
_TRACE = re.compile(
    r"(?:pass|pwd?|psk|secret|key|token|credential|sig|sess|connect\.sid|cookie|csrf|xsrf|otp)"
    r"(?=[\w.-]{0,24}(?:\\{0,3}[\"']?\]?\s{0,3}[=:>,]|\s(?:is|was)\s))",
    _I,
)
_REACH = 12
_NAMED = re.compile(
    rf"[\s\S]{{0,{_REACH}}}?(?:"
    + "|".join(f"(?P<n{i}>{names})" for i, (_, _, names) in enumerate(_NAMES))
    + f"){_SUFFIX}(?P<between>{_BETWEEN})",
    _I,
)
_CHINESE = re.compile(r"(?:密码|口令|密钥|令牌|密碼|金鑰)(?:\s{0,3}[:：=]\s{0,3}|\s{0,2}[为是為]\s{0,3}[:：]?\s{0,3})")
_QUOTE = re.compile(r"\\{0,3}[\"'`]")
_BARE_CHAR = r"(?:[^\s\"'`;,&<>})\]\\]|[;,&})\]\\](?!\s|$|[\"'`;,&})\]]|[\w.-]{1,40}[=:]))"
_BARE = re.compile(_BARE_CHAR + "{1,512}")
_MORE = re.compile(_BARE_CHAR + "*")
_PRINTABLE = re.compile(r"[!-~]+")
_PROSE = re.compile(r"\s+(?![\w.-]{1,40}=)[A-Za-z]{2,}")


def names(text: str) -> str:
    """The text without the values that follow a telling name."""
    out: list[str] = []
    done = position = 0
    for trace in _TRACE.finditer(text):
        found = _NAMED.match(text, max(position, trace.start() - _REACH)) if trace.end() > position else None
        if not found:
            continue
        position = found.end()
        kind, least, name = next((*_NAMES[i][:2], found[f"n{i}"]) for i in range(len(_NAMES)) if found[f"n{i}"])
        start, end, bare = _value(text, position)
        if _secret(name.lower(), least, kind, text, found["between"], start, end):
            out += (text[done:start], mark(kind))
            done = position = _end(text, end) if bare else end
    return "".join((*out, text[done:])) if out else text


def _value(text: str, position: int) -> tuple[int, int, bool]:
    """Where the value that begins here starts and ends (without its quotes), and whether it is unquoted."""
    quote = _QUOTE.match(text, position)
    if not quote:
        bare = _BARE.match(text, position)
        return position, bare.end() if bare else position, True
    start = at = quote.end()
    while (at := text.find(quote[0], at)) > 0 and len(quote[0]) == 1 and text[at - 1] == "\\":
        at += 1
    return start, at if at >= 0 else len(text), False


def _end(text: str, position: int) -> int:
    more = _MORE.match(text, position)
    return more.end() if more else position


def _secret(name: str, least: int, kind: str, text: str, between: str, start: int, end: int) -> bool:
    value = text[start:end]
    if not value or placeholder(value) or PATH.match(value):
        return False
    if least != _LOOSE:
        return random_looking(value, least, strict=kind == "value")
    tame_number = value.isdigit() and len(value) < 6
    if name in ("pwd", "pass", "_pass") and (
        value.startswith("/") or tame_number or (":" in between and value.isalpha())
    ):
        return False
    if between.strip() in ("is", "was"):
        return not value.rstrip(".,;!").isalpha()
    prose = between.endswith((": ", ":  ")) and value.isalpha() and (value.islower() or value.istitle())
    return not (prose and _PROSE.match(text, end))


def chinese(text: str) -> str:
    """The text without the values that follow a telling Chinese name."""
    out: list[str] = []
    done = 0
    for found in _CHINESE.finditer(text):
        start, end, _ = _value(text, found.end())
        bare = _PRINTABLE.match(text, start, end)
        if start >= done and bare and not placeholder(bare[0]):
            out += (text[done:start], mark("password"))
            done = bare.end()
    return "".join((*out, text[done:])) if out else text
