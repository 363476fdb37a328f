"""What holds for every test: no network, no home of a real person; and the fixtures that many rooms use."""

from __future__ import annotations

import importlib.util
import os
import pwd
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.processes import children_of

# Two BLAS threads for products as small as ours cost a hundred times what one does; numpy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Ctrl-C is pressed in many tests, in this process and in those that it starts; xdist's workers do not heed it.
signal.signal(signal.SIGINT, signal.default_int_handler)
_OFFLINE = Path(__file__).parent / "offline"
# Slow machines are no bug; and a red run of the whole suite can be had again.
settings.register_profile("edgeops", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("edgeops")


def _shut_off() -> None:
    """Loads the guard here and, through PYTHONPATH, in every Python process that a test starts."""
    os.environ.setdefault("EDGEOPS_TESTS_REAL_HOME", os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_OFFLINE), os.environ.get("PYTHONPATH")]))
    spec = importlib.util.spec_from_file_location("edgeops_tests_offline", _OFFLINE / "sitecustomize.py")
    assert spec and spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


_shut_off()


@pytest.fixture(autouse=True)
def no_network(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Sockets of the internet raise; those of this machine too, unless the test asks for `loopback`.

    A test in which something reached out fails also where a library swallowed the error, unless it asks for `trespassing`.
    """
    if "loopback" not in request.fixturenames:
        monkeypatch.delenv("EDGEOPS_TESTS_ALLOW_LOOPBACK", raising=False)
    notes = tmp_path_factory.getbasetemp() / "trespasses"
    notes.unlink(missing_ok=True)
    monkeypatch.setenv("EDGEOPS_TESTS_TRESPASSES", str(notes))
    yield
    if notes.exists() and "trespassing" not in request.fixturenames:
        pytest.fail(notes.read_text("utf-8"))


@pytest.fixture
def trespassing() -> None:
    """Lets a test see the guards at work."""


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> str:
    """Lets a test serve and connect on 127.0.0.1."""
    monkeypatch.setenv("EDGEOPS_TESTS_ALLOW_LOOPBACK", "1")
    return "127.0.0.1"


@pytest.fixture(autouse=True)
def no_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the test's own; settings of the real environment do not leak in."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("XDG_", "EDGEOPS_")) and not name.startswith("EDGEOPS_TEST"):
            monkeypatch.delenv(name)
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("EDGEOPS_HOME", str(home / "edgeops"))
    return home


@pytest.fixture
def born() -> Callable[[], list[int]]:
    """The processes that this one has started since the test began and that still exist."""

    before = children_of(os.getpid())
    return lambda: [pid for pid in children_of(os.getpid()) if pid not in before]


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The 0.5B model file that `make test` fetched; tests that use it are marked `model`."""
    given = os.environ.get("EDGEOPS_TEST_MODEL", "")
    if not given:
        if os.environ.get("CI"):
            pytest.fail("EDGEOPS_TEST_MODEL is not set; run the suite by `make test`, which fetches the model.")
        pytest.skip("EDGEOPS_TEST_MODEL names no model file; `make test` fetches one.")
    path = Path(given)
    assert path.is_file(), f"EDGEOPS_TEST_MODEL is {given}, where no file is"
    return path
