"""What of a hostile log, name or setting reaches the terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.torture.calls import OOM, home, terminal


def payloads() -> list[str]:
    """What a terminal might obey: some 350 texts, alone and mixed into words."""
    openings = ["\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x9b", "\x9d", "\x90", "\x9f", "\x9e", "\x98"]
    bodies = [
        "2J",
        "31m",
        "?1049h",
        "6n",
        "c",
        "5i",
        "0;pwned",
        "52;c;ZXZpbA==",
        "8;;file:///etc/passwd",
        "1337;File=:AA",
    ]
    ends = ["\x07", "\x1b\\", "\x9c", ""]
    sequences = [
        o + b + e for n, o in enumerate(openings) for m, b in enumerate(bodies) for e in (ends[(n + m) % 4], "")
    ]
    single = [chr(n) for n in (*range(1, 10), *range(11, 32), 0x7F, *range(0x80, 0xA0))]
    hidden = [chr(n) for n in (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F))]
    hidden += [
        chr(n) for n in (*range(0x2060, 0x2070), 0x2800, 0x3164, 0xFE0F, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0xE0100)
    ]
    markup = ["[/admin]", "[red]x[/red]", "[@click=app.quit]y[/]", "[link=file:///x]z[/link]", "%s%n", "{0.__class__}"]
    overwrites = ["failed\rall is well", "x\b\b\bfine", "a" + "\u0301" * 40, "\x1b", "\x1b[" * 50, "\x0e\x0f", "\x05"]
    return [*sequences, *single, *hidden, *markup, *overwrites]


OURS = re.compile(r"\x1b\[(?:0|1|2|31|33|36)m|\r?\n|\r[^\r\n]*\x1b\[K")
HOSTILE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)


def assert_tame(shown: str) -> None:
    found = HOSTILE.search(OURS.sub("\n", shown))
    assert found is None, shown[max(0, found.start() - 80) : found.end() + 40]


def poisoned(kind: str, payload: str, number: int) -> str:
    """An error line that carries a payload somewhere."""
    stamp = f"2026-03-01T02:{number // 60 % 60:02}:{number % 60:02}Z"
    word = "".join(chr(97 + number // 26**place % 26) for place in range(3)) * 2  # keeps the lines' shapes apart
    if kind == "json":
        record = {
            "time": stamp,
            "level": "error",
            "host": f"web{payload}",
            "service": f"app{payload}",
            payload: payload,
        }
        return json.dumps({**record, "msg": f"{word} broke {payload} down"}, ensure_ascii=number % 2 == 0)
    return f"{stamp} web1 app{payload}[7]: ERROR {word} broke {payload} down"


@pytest.mark.parametrize("kind", ["syslog", "json"])
def test_a_terminal_sees_only_our_own_sequences_whatever_a_log_says(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    lines = [poisoned(kind, payload, number) for number, payload in enumerate(payloads())]
    path.write_bytes(b"\n".join(line.encode("utf-8", "surrogatepass") for line in lines))
    for command in (["evidence", "--budget-chars", "200000"], ["scan"], ["explain", "--no-model", "--lang", "zh"]):
        code, shown = terminal(*command, path)
        assert code == 1
        assert_tame(shown)
    code, shown = terminal("evidence", "--budget-chars", "200000", "--json", path)
    assert_tame(shown)
    told = json.loads(shown[shown.index("{") :])["evidence"]
    assert len(told) > 150
    texts = [one["text"].replace("\\u001b", "\x1b").replace("\\u0007", "\x07") for one in told]
    assert any("\x1b]52;c;ZXZpbA==" in text for text in texts), "JSON loses nothing"


def test_names_options_and_settings_are_shown_tame_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "\x1b]52;c;eA==\x07\x9b31m\u202e\r\u200b[x]"
    path = tmp_path / f"a{odd}.log"
    path.write_text(OOM, "utf-8")
    for arguments in (
        ["explain", path],
        ["explain", f"{path}.gone"],
        ["explain", f"--{odd}"],
        ["explain", "--since", odd, path],
        ["explain", "--tier", odd, path],
        [odd],
        ["model", "use", odd],
        ["model", "import", path],
        ["model", odd],
        ["incidents", "show", odd],
    ):
        code, shown = terminal(*arguments)
        assert code in (1, 2)
        assert_tame(shown)
    monkeypatch.setenv("EDGEOPS_LANG", odd)
    assert_tame(terminal("explain", path)[1])
    monkeypatch.delenv("EDGEOPS_LANG")
    (home() / "config.toml").write_text(f'lang = "x"\n"{odd[5:12]}" = 1\n', "utf-8")
    assert_tame(terminal("explain", path)[1])
