"""Files that are no text: what they are, and what to do with them instead."""

from __future__ import annotations

import re

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"LPKSHHRH", "a journal file; export it first: journalctl --file NAME -o json > NAME.json"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive; unpack it and name the log inside"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it and name the log inside"),
    (b"Rar!", "a rar archive; unpack it and name the log inside"),
    (b"\x04\x22\x4d\x18", "compressed with lz4; unpack it first: lz4 -d NAME"),
    (b"\x1f\x9d", "compressed with compress; unpack it first: uncompress NAME"),
    (b"!<arch>\n", "a package or library archive"),
    (b"\xed\xab\xee\xdb", "a package"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"ElfFile\0", "a Windows event log; export it as text or XML first"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\n\r\r\n", "a packet capture"),
)
_TAR = slice(257, 262)
_NULS = re.compile(rb"\0{16,}")
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\b\x1b\a") + b"\x7f"
_MOST_CONTROL = 0.06


def kind_of(head: bytes) -> str:
    """What a file that begins like this is, as words to follow "It is"; empty when it may be text."""
    for magic, words in _KINDS:
        if head.startswith(magic):
            return words
    if head[_TAR] == b"ustar":
        return "a tar archive; unpack it and name the log inside"
    solid = _NULS.sub(b"", head)
    if len(solid) - len(solid.translate(None, _CONTROL)) > _MOST_CONTROL * len(solid):
        return "binary data, not text"
    return ""
