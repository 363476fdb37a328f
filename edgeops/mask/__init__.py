"""Takes secrets out of text before it is stored, put into a prompt or shown: `password=hunter2` → `password=[masked:password]`.

Three ways of knowing a secret: by its shape (a GitHub token, a JWT), by where it stands (`Authorization:`, a URL's
user part, `mysql -p…`), and by the name before it (`db_password: …`). Names that are as often harmless (`token`, `key`)
only count when the value looks random. Every expression is bounded, so hostile text costs linear time.
"""

from __future__ import annotations

from collections.abc import Callable

from edgeops.mask.names import chinese, names
from edgeops.mask.places import arguments, authorizations, cookies, userinfos
from edgeops.mask.shapes import key_body, shapes

_ARGUMENT_TRACES = (
    " --| -p| -a |sshpass|requirepass |masterauth |curl |identified by|with password| 5 | 7 | 8 | 9 |community "
)
_NAME_TRACES = "pass|pw|psk|secret|key|token|credential|sig=|signature|sessid|sessionid|session_id|session-id|connect.sid|cookie|csrf|xsrf|otp"
# A rule runs only on text that holds one of its traces (lower case); nearly every line is let through by these tests.
_RULES: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("bearer ", "basic ", "digest ", "negotiate ", "ntlm ", "token ", "apikey ", "aws4-"), authorizations),
    (("cookie",), cookies),
    (("://",), userinfos),
    (tuple(_ARGUMENT_TRACES.split("|")), arguments),
    (tuple(_NAME_TRACES.split("|")), names),
    (("密", "口令", "令牌", "金鑰"), chinese),
)


_ROUNDS = 4


def mask(text: str) -> str:
    """The text with each secret replaced by `[masked:kind]`. Masking twice changes nothing."""
    for _ in range(_ROUNDS):
        # A mark can make a secret of what stands beside it, as a longer value looks more random. Text without a secret is read once.
        before, text = text, _masked(text)
        if text == before:
            break
    return text


def _masked(text: str) -> str:
    text = shapes(text)
    lowered = text.lower()
    for traces, rule in _RULES:
        if any(map(lowered.__contains__, traces)):
            text = rule(text)
    return key_body(text)
