"""Command lines in a code block: prompts, comments and output are told apart from what a person types."""

from __future__ import annotations

import re

_PROMPT = re.compile(r"^\s*(?:\$|#|>|%|PS [^>]*>|\[[\w.-]+@[\w.-]+[^\]]*\][$#]|[\w.-]+@[\w.-]+:[^$#]*[$#])\s+(?=\S)")
_MOST = 400


def commands(block: str) -> list[str]:
    """The commands of a code block in order. Where some lines show a prompt, the lines without one are output."""
    joined = re.sub(r"[ \t]*\\\r?\n\s*", " ", block)
    lines = [line.rstrip() for line in joined.splitlines() if line.strip()]
    prompted = [_PROMPT.sub("", line) for line in lines if (found := _PROMPT.match(line)) and found[0].strip() != "#"]
    # `# text` is a root prompt only beside other prompts; alone it is a comment.
    found_lines = prompted or [line.strip() for line in lines if not line.lstrip().startswith("#")]
    return [line for line in found_lines if len(line) <= _MOST]
