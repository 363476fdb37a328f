"""The systemd units promise what docs/watch.md says: no network, no privileges, nothing writable but the watch's own data."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "packaging" / "systemd"
SYSTEM = FOLDER / "edgeops-watch.service"
USER = FOLDER / "user" / "edgeops-watch.service"
LISTEN = FOLDER / "listen.conf"


def settings(unit: Path) -> dict[str, list[str]]:
    """Each setting with its values in order; an empty one begins anew, as systemd has it."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        if not value:
            found[name] = []
        else:
            found[name].append(value)
    return found


@pytest.mark.parametrize("unit", [SYSTEM, USER])
def test_systemd_hears_when_the_watch_is_ready_and_starts_it_again_when_it_hangs(unit: Path) -> None:
    found = settings(unit)
    assert found["Type"] == ["notify"] and found["WatchdogSec"] and found["Restart"] == ["always"]
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert found["StartLimitIntervalSec"] == ["0"], "a full disk is no reason to give up for good"


@pytest.mark.parametrize("unit", [SYSTEM, USER])
def test_the_watch_gives_way_and_the_model_is_what_is_killed_for_memory(unit: Path) -> None:
    found = settings(unit)
    assert found["Nice"] == ["10"] and found["IOSchedulingClass"] == ["idle"]
    assert found["MemoryMax"] and found["OOMPolicy"] == ["continue"] and found["LimitCORE"] == ["0"]


@pytest.mark.parametrize("unit", [SYSTEM, USER])
def test_no_address_of_a_network_can_be_had(unit: Path) -> None:
    assert settings(unit)["RestrictAddressFamilies"] == ["AF_UNIX"]


@pytest.mark.parametrize("unit", [SYSTEM, USER])
def test_the_system_calls_that_the_watch_and_its_model_need_are_left(unit: Path) -> None:
    found = settings(unit)
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["SystemCallFilter"][0] == "@system-service"
    refused = " ".join(found["SystemCallFilter"][1:])
    assert "@resources" not in refused, "the watch makes itself nice"
    assert "@process" not in refused and "MemoryDenyWriteExecute" not in found


def test_the_service_reads_everything_and_writes_its_own_data_only() -> None:
    found = settings(SYSTEM)
    assert found["ProtectSystem"] == ["strict"] and found["ProtectHome"] == ["yes"]
    assert found["ReadWritePaths"] == ["/var/lib/edgeops"]
    assert "EDGEOPS_HOME=/var/lib/edgeops" in found["Environment"][0].split()
    assert found["User"] == ["edgeops"] and found["SupplementaryGroups"] == ["adm systemd-journal"]
    assert found["PrivateNetwork"] == ["yes"] and found["CapabilityBoundingSet"] == []


def test_the_user_of_the_service_is_in_the_groups_that_may_read_logs() -> None:
    lines = (FOLDER / "edgeops.sysusers.conf").read_text().splitlines()
    assert {"m edgeops adm", "m edgeops systemd-journal"} < set(lines)
    assert any(line.startswith("u edgeops ") for line in lines)


def test_listening_is_allowed_on_loopback_alone_and_on_the_ports_that_are_listened_on() -> None:
    found = settings(LISTEN)
    assert found["PrivateNetwork"] == ["no"] and found["IPAddressAllow"] == ["localhost"]
    asked = [word for word in found["ExecStart"][0].split() if word.startswith(("udp:", "tcp:"))]
    assert asked and asked == found["SocketBindAllow"]
    assert "any" in settings(SYSTEM)["IPAddressDeny"], "what the drop-in does not allow stays denied"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_every_line_and_finds_little_to_attack(tmp_path: Path) -> None:
    unit = tmp_path / SYSTEM.name
    unit.write_text(SYSTEM.read_text().replace("/opt/edgeops/bin/edgeops", "/bin/true"))
    seen = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (seen.returncode, seen.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=15", unit],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout
