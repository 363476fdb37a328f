"""What a hurried person types wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.cli import main


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["explian"], "mean explain?"),
        (["explain", "--teir", "known"], "--tier"),
        (["explain", "--tier", "knwon"], "'auto', 'known', 'reasoned'"),
        (["explain", "--last", "-5"], "x>=1"),
        (["explain", "--since", "yesterdya"], "or yesterday"),
        (["explain", "--since", "999999 weeks ago"], "less far back"),
        (["explain", "--since", "2026-02-01", "--until", "2026-01-01"], "swap them"),
        (["explain", "/proc"], "/var/log"),
        (["explain", ""], "name a file"),
        (["explain", "two\nlines"], "two␊lines: There is no such file"),
        (["incidents", "shwo"], "show"),
        (["model", "use", "qwen2.5-coder-0.5"], "model pull qwen2.5-coder-0.5b"),
        (["model", "use", "quen0.5b"], "mean qwen2.5-coder-0.5b?"),
        (["model", "import", "/etc"], "Give a GGUF file"),
    ],
)
def test_a_slip_gets_one_sentence_that_helps(
    arguments: list[str], hint: str, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    named = (
        [*arguments, str(log)] if arguments[0] == "explain" and arguments[-1][:1] not in ("/", "", "t") else arguments
    )
    assert main.run(named) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert hint in err


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("EDGEOPS_MODEL__THREDS", "2", "did you mean model.threads?"),
        ("EDGEOPS_MODEL__THREADS", "two", "a whole number from 0 to 512"),
        ("EDGEOPS_LANG", "fr", "one of auto, en, zh"),
        ("EDGEOPS_REMOTE__URL", "ftp://x", "begins with http://"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    variable: str, value: str, hint: str, log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert main.run(["explain", str(log)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert variable in err
    assert hint in err


def test_a_span_of_time_without_errors_is_not_called_a_log_without_errors(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", "--since", "now", str(log)]) == 0
    assert "in the time given" in capfd.readouterr().out
