from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest

from edgeops import config
from edgeops.config import Config
from edgeops.errors import ConfigError
from edgeops.paths import Paths

CHECKOUT = Path(__file__).parents[1]


def places(home: Path, text: str | bytes = "") -> Paths:
    home.mkdir(exist_ok=True)
    found = Paths(home, home, home / "cache", home / "state")
    found.config_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return found


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    assert config.load(Paths(absent, absent, absent, absent), {}) == Config()
    assert Config().evidence.budget_chars == 6000


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    found = places(
        tmp_path, 'lang = "zh"\n[model]\nthreads = 4\ntemperature = 1\n[catalog]\nfolders = ["/mnt/stick"]\n'
    )
    loaded = config.load(found, {"EDGEOPS_MODEL__THREADS": "2", "EDGEOPS_HOME": "/x", "EDGEOPS_DEBUG": "1"})
    assert loaded.lang == "zh"
    assert (loaded.model.threads, loaded.model.temperature) == (2, 1.0)
    assert loaded.catalog.folders == ("/mnt/stick",)
    assert config.load(found, {"EDGEOPS_LANG": "en", "EDGEOPS_CATALOG__FOLDERS": "/a:/b"}).catalog.folders == (
        "/a",
        "/b",
    )
    assert config.load(found, {"EDGEOPS_MODEL__ALLOW_UNSANDBOXED": "true"}).model.allow_unsandboxed is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[model]\nthreds = 2", r"In .*config.toml: model.threds is not a setting; did you mean model.threads\?"),
        ("langg = 'en'", r"langg is not a setting; did you mean lang\?"),
        ("[modle]\nthreads = 2", r"In .*: modle is not a setting; did you mean model\?"),
        ("[telemetry]\non = true", r"telemetry is not a setting; there are lang, formats, model.name, "),
        ("[model]\nthreads = 'two'", r"model.threads is 'two', but it must be a whole number from 0 to 512\."),
        ("[model]\nthreads = true", r"model.threads is True, but it must be a whole number"),
        ("[model]\ntop_p = 0.0", r"model.top_p is 0.0, but it must be a number above 0, 1 at most\."),
        ("[model]\ntemperature = nan", r"model.temperature is nan"),
        ("[model]\ntemperature = inf", r"model.temperature is inf"),
        ("[intake]\nmax_bytes = -1", r"intake.max_bytes is -1, but it must be a whole number of 0 or more\."),
        ("lang = 'fr'", r"lang is 'fr', but it must be one of auto, en, zh\."),
        ("[remote]\nurl = 'ftp://x'", r"remote.url is 'ftp://x', but it must be an address that begins with http"),
        ("[catalog]\nfolders = '/mnt'", r"catalog.folders is '/mnt', but it must be a list of texts\."),
        ("model = 3", r"model is a section; write \[model\]"),
        ("[lang]\nx = 1", r"lang is \{'x': 1\}, but it must be one of"),
        ("[model\n", r"config.toml is not valid TOML: .*line 1"),
        (b"lang = '\xff'", r"config.toml is not UTF-8 text at byte 8"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config.load(places(tmp_path, text), {})


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("EDGEOPS_MODEL__THREADS", "many", r"EDGEOPS_MODEL__THREADS is 'many', but it must be a whole number from 0"),
        ("EDGEOPS_MODEL__THREDS", "2", r"EDGEOPS_MODEL__THREDS is not a setting; did you mean model.threads\?"),
        ("EDGEOPS_MODEL__ALLOW_UNSANDBOXED", "perhaps", r"is 'perhaps', but it must be true or false\."),
        ("EDGEOPS_LANG", "", r"EDGEOPS_LANG is '', but it must be one of auto, en, zh"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said(tmp_path: Path, variable: str, value: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config.load(places(tmp_path), {variable: value})


def test_a_file_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    found = places(tmp_path, "lang = 'en'")
    found.config_file.chmod(0o666)
    with pytest.raises(ConfigError, match=r"Everybody may write"):
        config.load(found, {})


def test_a_directory_in_place_of_the_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read"):
        config.load(Paths(tmp_path, tmp_path, tmp_path, tmp_path), {})


def test_every_setting_can_be_written_with_its_default(tmp_path: Path) -> None:
    environ = {
        "EDGEOPS_" + key.upper().replace(".", "__"): ":".join(one.default)
        if isinstance(one.default, tuple)
        else str(one.default)
        for key, one in config.settings().items()
    }
    assert config.load(places(tmp_path), environ) == Config()


def test_loading_takes_a_few_milliseconds(tmp_path: Path) -> None:
    found = places(tmp_path, "[model]\nthreads = 4\n")
    config.settings.cache_clear()
    begin = time.process_time()
    config.load(found, {})
    assert time.process_time() - begin < 0.015


def test_the_page_of_settings_is_current() -> None:
    spec = importlib.util.spec_from_file_location("config_page", CHECKOUT / "packaging" / "config_page.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (CHECKOUT / "docs" / "config.md").read_text("utf-8")
    assert module.page() == written, "run: python packaging/config_page.py > docs/config.md"


def test_formats_are_tables_of_the_file(tmp_path: Path) -> None:
    table = "[[formats]]\nname = 'press'\npattern = '(?P<message>.*)'\n"
    assert config.load(places(tmp_path, table), {}).formats == (config.LogFormat("press", "(?P<message>.*)"),)
    for wrong in ("formats = ['x']", table + "smaple = 'x'", "[[formats]]\nname = 'press'"):
        with pytest.raises(ConfigError, match=r"formats is .*, but it must be tables \[\[formats\]\], each with name"):
            config.load(places(tmp_path, wrong), {})
