"""Which names are one log, rotated."""

from __future__ import annotations

import pytest

from edgeops.intake.tail.families import archives, by_age, family_of, is_rotated


@pytest.mark.parametrize(
    "name",
    "app.log.1 app.log.2.gz app.log-20240501 app.log-20240501.gz app.1.log app.1.log.gz app-2024-05-01.log "
    "app-2024-05-01-3.log.gz app.log.old app.log.2024-05-01_12 app.log-1714521600 app.log-20240501-1714521600 "
    "app.log.2024-05-01.1 app.log.gz app.log.1.zst app.log.3.bz2 app.log.4.xz".split(),
)
def test_a_rotated_name_is_told(name: str) -> None:
    assert family_of(f"/var/log/{name}") == "/var/log/app.log"
    assert is_rotated(name)


@pytest.mark.parametrize(
    "name", "app.log 10.0.0.1.log 10.0.0.1 web-10.0.0.1 worker-1.log worker-1 syslog x2.log".split()
)
def test_a_number_alone_makes_no_rotated_name(name: str) -> None:
    assert family_of(f"/logs/{name}") == f"/logs/{name}"
    assert not is_rotated(name)


def test_the_oldest_comes_first_and_the_file_in_use_last() -> None:
    assert by_age(["a.log", "a.log.1", "a.log.10.gz", "a.log.2"]) == ["a.log.10.gz", "a.log.2", "a.log.1", "a.log"]
    dated = ["a.log-20240502", "a.log", "a.log-20240501.gz"]
    assert by_age(dated) == ["a.log-20240501.gz", "a.log-20240502", "a.log"]


def test_the_youngest_dated_file_is_in_use_where_none_has_the_bare_name() -> None:
    assert archives(["a-2024-05-01.log", "a-2024-05-02.log"]) == {"a-2024-05-01.log"}
    assert archives(["a.log", "a.log.1", "a.log.2.gz"]) == {"a.log.1", "a.log.2.gz"}
    assert archives(["a.log.1.gz"]) == {"a.log.1.gz"}
