"""Lines that healthy systems write in alarming words: strangers at the door, clients that leave, probes that may fail."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 1_000
MOST_ASKED = 2_048
MANY = 10
"""So many lines of the second kind in one incident's time are no longer ordinary."""

_ALWAYS = re.compile(
    r"""
    \[ufw\ block\] | ^open\(\)\ ".{1,300}"\ failed\ \(2:\ no\ such\ file | \bopen\(\)\ ".{1,300}"\ failed\ \(2:\ no\ such\ file
  | \bfile\ does\ not\ exist:\ | \bdirectory\ index\ of\ ".{1,200}"\ is\ forbidden | query\ (?:\(cache\)\ )?'.{1,260}'\ denied
  | client\ denied\ by\ server\ configuration
  | ssl_do_handshake\(\)\ failed\ .{1,200}while\ ssl\ handshaking,\ client:
  | could\ not\ (?:send\ data\ to|receive\ data\ from)\ client: | connection\ to\ client\ lost | unexpected\ eof\ on\ client\ connection
  | kex_exchange_identification: | bad\ protocol\ version\ identification | (?:closed|reset)\ by\ .{1,120}\[preauth\]
  | ssl_accept\ error\ from | lost\ connection\ after\ \w+\ from | got\ timeout\ reading\ communication\ packets
  | using\ degraded\ feature\ set\ udp\ instead
  | --\ .{1,200}\ -\ (?:failed|not\ found)$ | ^checking\ .{1,200}\.\.\.\ (?:failed|no)$
  | hostname\ .{1,200}\ does\ not\ resolve\ to\ address | ip\ address\ '.{1,60}'\ could\ not\ be\ resolved
  | /\w+:\ ssl\ handshake\ failure$ | error\ record\ serialization\ table | \bbar\ \d+:\ (?:failed\ to\ assign|no\ space\ for)
  | machine\ check\ (?:architecture|reporting|polling) | \bfpu\ exception\ support | register_security\ failed
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FEW = re.compile(
    r"failed (?:password|publickey) for |authentication failures?; |check pass; user unknown|^invalid user |"
    r"maximum authentication attempts exceeded|too many authentication failures|"
    r"^timed out waiting for reply from ",
    re.IGNORECASE,
)


def is_stranger(message: str) -> bool:
    """Whether healthy systems write this all day (or at every boot or build): alone it is never an incident."""
    return _always(message[:LONGEST])


def is_mistake(message: str) -> bool:
    """Whether a slip or a lost packet explains this (a mistyped password): an incident only when there are many."""
    return _few(message[:LONGEST])


# The same messages are asked about many times while they are grouped.
@lru_cache(maxsize=MOST_ASKED)
def _always(message: str) -> bool:
    return _ALWAYS.search(message) is not None


@lru_cache(maxsize=MOST_ASKED)
def _few(message: str) -> bool:
    return _FEW.search(message) is not None
