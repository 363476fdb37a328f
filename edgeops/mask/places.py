"""Secrets known by where they stand: authorization and cookie headers, the user part of a URL, options of a command."""

from __future__ import annotations

import re

from edgeops.mask.looks import PATH, mark, placeholder, random_looking

_I = re.IGNORECASE

_AUTHORIZATION = re.compile(
    r"(authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?|(?<![a-z]))"
    r"(bearer|basic|digest|negotiate|ntlm|token|apikey|aws4-hmac-sha256)\s{1,3}([^\s\"'\\<>]{6,})([^\"'\r\n\\]*)",
    _I,
)
_WHOLE_HEADER = ("digest", "aws4-hmac-sha256")
_COOKIE = re.compile(
    r"(cookie\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)"
    r"([\w.!#$%&*+^`|~-]{1,100}=[^\s;,\"'\\]+(?:;\s?[\w.!#$%&*+^`|~-]{1,100}(?:=[^\s;,\"'\\]*)?)*)",
    _I,
)
_USERINFO = re.compile(
    r"(?<=://)([^\s:/?#@\"'<>]{0,256})(?::([^\s\"'<>@]{1,512}(?:@[^\s\"'<>@/]{1,200})*))?@(?=[\w\[.-])"
)
_PORT = re.compile(r"\d{1,5}(?:[/?#]|$)")
_VALUE = r"(?P<quote>[\"']?)(?P<value>[^\s\"']{1,512})"
_WORDS = "password|passwd|passphrase|pass|pwd|token|secret|api-?key|access-?key"
# traces (lower case), the option up to its value
_OPTIONS = (
    (("--", " -"), rf"(?<![\w-])--?[a-z-]{{0,30}}(?:{_WORDS})\s{{1,3}}"),
    ((" -p ", " -a "), r"\s(?-i:-[pa])\s{1,3}"),
    (("sshpass",), r"sshpass\s{1,3}-p\s{0,3}"),
    (("mysql", "mariadb"), r"\b(?:mysql|mariadb)[a-z-]{0,12}\s(?:[^|;&\n]{0,200}?\s)?(?-i:-p)(?=\S)"),
    (("redis-cli",), r"redis-cli\s(?:[^|;&\n]{0,100}?\s)?-a\s{1,3}"),
    (("curl ",), r"\bcurl\s(?:[^|;&\n]{0,200}?\s)?(?:-u|--user|--proxy-user)\s{0,3}[\w.@-]{1,64}:"),
    (("requirepass ", "masterauth "), r"\b(?:requirepass|masterauth)\s{1,3}"),
    (("identified by", "with password"), r"\b(?:identified\sby|with\spassword)\s{1,3}"),
    (("password 7 ", "password 5 ", "secret 5 ", "secret 8 ", "secret 9 "), r"\b(?:password|secret)\s[5789]\s"),
    (("snmp-server community ",), r"snmp-server\scommunity\s"),
)
_OPTION = [(traces, re.compile(f"(?P<flag>{option}){_VALUE}", _I)) for traces, option in _OPTIONS]
_WEAK_FLAG = re.compile(r"\s-[pa]\s+|--?[a-z-]*(?:token|secret|key)\s+", _I)


def authorizations(text: str) -> str:
    """The text without the credentials of `Authorization:` and of `Bearer …`."""
    return _AUTHORIZATION.sub(_authorization, text)


def _authorization(found: re.Match[str]) -> str:
    start, scheme, value, rest = found.groups()
    if placeholder(value) or not ((start and not value.isalpha()) or random_looking(value, 16)):
        return found[0]
    return f"{start}{scheme} {mark(scheme.lower())}{'' if scheme.lower() in _WHOLE_HEADER else rest}"


def cookies(text: str) -> str:
    """The text without the values of cookies."""
    return _COOKIE.sub(lambda found: found[1] + mark("cookie"), text)


def userinfos(text: str) -> str:
    """The text without the passwords in URLs' user parts."""
    return _USERINFO.sub(_userinfo, text)


def _userinfo(found: re.Match[str]) -> str:
    user, secret = found.groups()
    if secret is None:
        return mark("token") + "@" if random_looking(user, 20) else found[0]
    return found[0] if _PORT.match(secret) or placeholder(secret) else f"{user}:{mark('password')}@"


def arguments(text: str) -> str:
    """The text without the passwords among the options of commands."""
    lowered = text.lower()
    for traces, option in _OPTION:
        if any(map(lowered.__contains__, traces)):
            text = option.sub(_argument, text)
    return text


def _argument(found: re.Match[str]) -> str:
    flag, quote, value = found.group("flag", "quote", "value")
    if value.startswith("-") or placeholder(value) or PATH.match(value):
        return found[0]
    if _WEAK_FLAG.fullmatch(flag) and (value.startswith("/") or not random_looking(value, 8)):
        return found[0]
    return f"{flag}{quote}{mark('password')}"
