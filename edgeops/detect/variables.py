"""The variable parts of a message and what kind they are. A pure function of the message: it learns nothing.

First phrases (a stamp with spaces in it, `3.9 KB`, `for user ann`), then the chunks between spaces that hold a digit, a
slash, an at or a dot; all else is constant. Names of things that merely have a digit in them (`sha256`, `ext4`) stay.
"""

from __future__ import annotations

import re

KINDS = (
    *("uuid", "url", "email", "mac", "time", "ip", "path", "host", "user", "duration", "size"),
    *("hex", "number", "port", "pid", "id", "command"),
)
"""The kinds of variables; in a pattern each stands in angle brackets, and `<*>` is one of several kinds."""

VARIABLE = re.compile(rf"<(?:{'|'.join(KINDS)}|\*)>")

_CONSTANT = frozenset(
    """a11y aarch64 aes128 aes256 amd64 arm64 armv7 armv8 base64 bzip2 cgroup2 cgroupv2 crc32 crc32c cifs2 cp1252 db2 des3
    dhcpv4 dhcpv6 e2fsck e820 ec2 ed25519 ext2 ext3 ext4 float32 float64 h2 h264 http2 http3 i2c i18n i386 i486 i586 i686
    icmp6 icmpv6 imap4 inet4 inet6 int16 int32 int64 int8 ip4 ip6 ipv4 ipv6 iso8601 k8s l1 l2 l3 l10n log4j log4j2
    md4 md5 mp3 mp4 mpeg4 neo4j nfs2 nfs3 nfs4 nfsv2 nfsv3 nfsv4 ntlmv1 ntlmv2 oauth2 p12 p2p pkcs1 pkcs7 pkcs8 pkcs11 pkcs12
    pop3 ps2 python2 python3 raid0 raid1 raid10 raid5 raid6 rc4 rfc1918 rfc3164 rfc5424 s3 sha1 sha224 sha256 sha384 sha512
    slf4j smb1 smb2 smb3 socks4 socks5 ssh1 ssh2 sslv2 sslv3 tcp4 tcp6 tlsv1 udp4 udp6 uint16 uint32 uint64 uint8 usb2 usb3
    utf16 utf32 utf8 win32 win64 x11 x25 x500 x509 x64 x86 x86_64 utf-8 utf-16 sha-1 sha-256 sha-512 x86-64 iso-8859-1 md-5
    base-64""".split()
)

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
_UNIT = "(?:ns|us|µs|ms|s|secs?|seconds?|min|mins|minutes?|h|hours?)"
_BYTES = r"(?:[kKMGTP]i?)?B\b"
_WHO = r"[^\s()\[\],;:'\"<>]{1,64}"

# What only a phrase tells, behind a word that must be in the text: a test that costs next to nothing.
_PHRASES = (
    (
        ":",
        re.compile(
            rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:{_MONTH} \d{{1,2}},?|\d{{1,2}} {_MONTH})(?: \d{{4}})? {_CLOCK}"
            r"(?: [A-Z]{3,4}\b)?(?: [+-]\d{4}\b)?(?: \d{4}\b)?"
            rf"|\d{{4}}[-/.]\d\d[-/.]\d\d {_CLOCK}(?: ?[+-]\d\d:?\d\d\b| UTC\b| GMT\b)?"
            rf"|\d{{1,2}}/(?:{_MONTH}|\d\d)/\d{{4}}[: ]{_CLOCK}(?: [+-]\d{{4}}\b)?"
        ),
        "<time>",
    ),
    ("<", re.compile(rf"<\s?\d+ {_UNIT}\b"), "<duration>"),
    ("bytes (", re.compile(rf"\d+ bytes \(\d[\d.,]* ?{_BYTES}(?:, \d[\d.,]* ?{_BYTES})?\)"), "<size> bytes"),
    ("B", re.compile(rf"\d+(?:[.,]\d+)? {_BYTES}"), "<size>"),
    ("CMD (", re.compile(r"^\([^()\s]{1,64}\) CMD \(.*\)$"), "(<user>) CMD (<command>)"),
    (
        "COMMAND=",
        re.compile(rf"^ ?{_WHO} : (.*)USER={_WHO} ; (.*)COMMAND=.*"),
        r"<user> : \1USER=<user> ; \2COMMAND=<command>",
    ),
    ("user ", re.compile(rf"\b((?:for|of|as|by|[iI]nvalid|[iI]llegal) user ){_WHO}"), r"\1<user>"),
    (
        " for ",
        re.compile(rf"\b((?:password|publickey|failures) for )(?!(?:invalid|illegal) user |user ){_WHO}"),
        r"\1<user>",
    ),
)

_GENERIC = "com|net|org|edu|gov|mil|local|lan|internal|localdomain|arpa"
_COUNTRY = "cn|de|fr|uk|jp|ru|it|nl|br|in|kr|tw|hk|au|ca|us|eu|mx|es|se|ch|at|be|pl|cz|tr|ar|cl|co|id|th|vn|my|sg|ph|ua|ro|hu|gr|pt|dk|fi|no|ie|il|za|nz|io"
_SOURCE = "c|cc|cpp|h|hpp|py|go|java|js|ts|rb|rs|cs|php|pl|sh|lua|kt|scala|ex|erl|m|swift"
_NO_PACKAGE = r"(?<![\w.@-])(?!(?:com|org|net|edu|gov|io)\.)"
_STEP = r"[\w.@%+~=:,#$*-]*[\w@%+~=#$*-]"

_TYPES = (
    ("url", r"(?<=://)[^\s\"'<>)\]}]*[^\s\"'<>)\]}.,;:]"),
    ("user", rf"(?<=user=)(?!<){_WHO}"),
    ("uuid", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    ("email", r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,}\b"),
    ("mac", r"\b(?:[0-9a-fA-F]{2}[:-]){5,}[0-9a-fA-F]{2}\b"),
    (
        "time",
        r"\b\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T-]\d\d[:.]\d\d(?:[:.]\d\d)?(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\b"
        rf"|\b\d\d?/(?:{_MONTH}|\d\d)/\d{{4}}(?::{_CLOCK})?\b|\b{_CLOCK}\b(?!:)|\b\d\d:\d\d\b(?!:)",
    ),
    ("id", r"\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]\b"),
    (
        "ip",
        r"(?<![\w./])/?\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)(?:/\d{1,2}\b)?"
        r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}:?[0-9a-fA-F]{1,4}(?:%\w+)?(?![\w:])"
        r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}:?){0,6}(?![\w:])|(?<![\w:])::1(?![\w:])",
    ),
    (
        "path",
        rf"(?<![\w.)\]>%/-])(?<!:(?=//))(?:~|\.{{1,2}})?(?:/{{1,3}}{_STEP})+/?"
        r"|\b[A-Za-z]:\\[^\s\"'<>|,;()\[\]]*|\\\\\w[^\s\"'<>|,;()\[\]]*"
        r"|(?<![\w./])[\w.-]+(?:/[\w.-]+)+\.[A-Za-z]\w{0,4}(?![\w.])|(?<![\w./])[A-Za-z]\w*(?:\.\w+){2,}/[\w.$]+",
    ),
    (
        "host",
        rf"(?<![\w.@-])(?:(?=[A-Za-z0-9])[\w-]+\.)+(?!(?:{_SOURCE}):)(?:[a-z][a-z-]*|[A-Z][A-Z-]*)(?=:\d{{2,5}}\b)|\blocalhost\b(?!\.)"
        rf"|{_NO_PACKAGE}(?:[\w-]+\.)+(?:{_GENERIC})\b(?![.\w(-])"
        rf"|{_NO_PACKAGE}(?=[\w.-]*\d|[\w.-]*\.(?:co|com|net|org|edu|ac|gov|ne|or|go)\.)(?:[\w-]+\.){{2,}}(?:{_COUNTRY})\b(?![.\w(-])",
    ),
    ("duration", rf"(?<!\w)<\d+{_UNIT}\b|\b\d+(?:\.\d+)?(?:ns|us|µs|ms|s|secs?|mins?|h|hrs?|d|days?)\b"),
    ("duration", r"\b(?:\d+[dhm])+\d+(?:\.\d+)?(?:ms|s|m)\b"),
    ("size", r"\b\d+(?:[.,]\d+)*(?:[kKMGTP]i?(?:[Bb](?:ytes)?)?|B|bytes)\b"),
    (
        "hex",
        r"\b0[xX][0-9a-fA-F]+\b|(?<![A-Za-z0-9_])(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{6,}(?![A-Za-z0-9_])"
        r"|(?<=SHA256:)[A-Za-z0-9+/=]{8,}",
    ),
    (
        "number",
        r"(?<![\w.-])[+-]?\d++(?:[.,]\d++)*+(?![\w-]|\.[A-Za-z])%?|(?<![\w.])\d++(?:[.,]\d++)*+(?!\w|\.[A-Za-z])%?|(?<=\.)\d+(?![\w.]|\.\w)",
    ),
    ("file", r"(?<![\w.-])(?=[A-Za-z_-]*\d)[\w-]+\.[A-Za-z]{1,5}(?![\w.(=-])"),
    ("id", r"(?<![\w.-])(?=[\w.-]*[A-Za-z])(?=[\w.-]*\d)[\w$-]+(?:\.[\w$-]++){2,}+(?<!Exception)(?<!Error)(?![\w(=])"),
    ("word", r"\b(?=[\w-]*\d)(?!\w+(?:=|::))(?!v\d\.[A-Za-z])\w+(?:-\w+)*"),
)


def _alternatives(parts: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}_{at}>{pattern})" for at, (kind, pattern) in enumerate(parts)))


_TYPE = _alternatives(_TYPES)
_DIGIT = re.compile(r"\d")
_ZEROS = str.maketrans("123456789", "000000000")
_ZEROED = frozenset(word.translate(_ZEROS) for word in _CONSTANT)
_WORD = re.compile(r"[a-z_0]+(?:-[0]+)*")
_MOST_KNOWN = 20_000
_known: dict[str, str] = {}
_ONE_DIGIT = re.compile(r"[A-Za-z_]{2,}\d[A-Za-z_]{2,}")
_JOINED = re.compile(r"<\w+>(?:[.\-+_]?<\w+>)+")
_CONTEXT = re.compile(
    r"(?:(?<=<ip>:)|(?<=<host>:)|(?<=\bport )|(?<=\bport=))(?P<port><number>)"
    r"|(?:(?<=\b[pP]id )|(?<=\b[pP]id=)|(?<=\bPID )|(?<=\b[pP]rocess )|(?<=\w\[))(?P<pid><number>)(?!\])"
    rf"|(?P<duration><number>)(?= ?(?:{_UNIT}|microseconds|milliseconds|days?)\b)|(?P<size><number>)(?= ?(?:bytes|octets)\b)"
)


def masked(message: str) -> str:
    """The message with its variables as kinds (`<ip>`, `<path>`, …) and each run of white space as one space."""
    text = " ".join(message.split())
    for needle, phrase, kind in _PHRASES:
        if needle in text:
            text = phrase.sub(kind, text)
    text = " ".join([chunk if chunk.isalpha() else _chunk(chunk) for chunk in text.split(" ")])
    if "<" not in text:
        return text
    text = _JOINED.sub("<id>", text)
    return _CONTEXT.sub(lambda found: f"<{found.lastgroup}>", text) if "<number>" in text else text


def _chunk(chunk: str) -> str:
    """The chunk with its kinds. Chunks that differ in digits only have the same ones, unless a digit is constant."""
    key = chunk.translate(_ZEROS)
    known = _known.get(key)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _TYPE.sub(_typed, chunk)
        _known[key] = "" if _DIGIT.search(known) or _ZEROED.intersection(_WORD.findall(key.lower())) else known
    return known or _TYPE.sub(_typed, chunk)


def _typed(found: re.Match[str]) -> str:
    kind = _kind(found)
    if kind == "file":
        return "<path>"
    if kind == "word":
        return found[0] if _is_constant(found[0]) else "<id>"
    return f"<{kind}>"


def _is_constant(word: str) -> bool:
    """Whether a word with a digit in it is a name: `sha256`, `EXT4-fs`, `Slf4jLogger`."""
    if word.lower() in _CONSTANT or _ONE_DIGIT.fullmatch(word):
        return True
    parts = word.lower().split("-")
    return len(parts) > 1 and all(part in _CONSTANT or part.isalpha() for part in parts)


def _kind(found: re.Match[str]) -> str:
    return (found.lastgroup or "").partition("_")[0]
