"""Habits of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
LONGEST_FILE = 400
TABLES = {"edgeops/records.py"}  # the nouns stand in one place, however many they are
LONGEST_FUNCTION = 60
# In halves, so that this file passes its own test.
HOSTS = [
    "pypi." + "org",
    "python" + "hosted",
    "hugging" + "face.co",
    "hf-" + "mirror",
    "modelscope" + ".cn",
    "npm" + "js.org",
]
LEFT_OVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|managers?|misc|common|stuff)(?:_|$)")


def tracked() -> list[Path]:
    """Files under version control and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.splitlines()
    return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file()]


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]
CODE = [path for path in PYTHON if path.relative_to(CHECKOUT).parts[0] in ("edgeops", "quantize", "packaging", "bench")]


def named(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def texts() -> Iterator[tuple[Path, str]]:
    for path in FILES:
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:  # a sample in another encoding, an archive
            continue


@pytest.mark.skipif(not FILES, reason="not a git checkout")
def test_no_address_of_a_registry_or_hub_is_written_down() -> None:
    assert [(named(path), host) for path, text in texts() for host in HOSTS if host in text] == []


def test_nothing_is_left_for_later() -> None:
    assert [
        named(path) for path, text in texts() if path.suffix in (".py", ".md", ".toml") and LEFT_OVER.search(text)
    ] == []


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_a_module_is_short_and_named_by_a_noun(path: Path) -> None:
    assert named(path) in TABLES or len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE
    assert not VAGUE.search(path.stem.removeprefix("test_"))


@pytest.mark.parametrize("path", CODE, ids=named)
def test_functions_are_short_and_modules_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION] == []
    assert ast.get_docstring(tree) or not tree.body, "a module begins with what it is"


def broad(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and does not raise it again."""
    names = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"Exception"}
    )
    again = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
    return bool(names & {"Exception", "BaseException"}) and not again


@pytest.mark.parametrize("path", CODE, ids=named)
def test_a_broad_except_says_why_on_the_line_above(path: Path) -> None:
    text = path.read_text("utf-8")
    handlers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler) and broad(node)]
    lines = text.splitlines()
    assert [node.lineno for node in handlers if not lines[node.lineno - 2].strip().startswith("#")] == []


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_an_ignore_names_what_it_ignores(path: Path) -> None:
    assert not re.search(r"#\s*(?:noqa|type: ignore)\s*$", path.read_text("utf-8"), re.MULTILINE)


def test_every_dependency_has_its_reason_above_it() -> None:
    lines = (CHECKOUT / "pyproject.toml").read_text("utf-8").splitlines()
    inside = False
    for above, line in pairwise(lines):
        inside = (inside or line.startswith("dependencies = [")) and line != "]"
        if inside and line.startswith('  "'):
            assert above.startswith("  #"), line


def test_every_locked_package_has_a_hash_and_no_file_an_address() -> None:
    for name in ("run.txt", "dev.txt", "build.txt"):
        text = (CHECKOUT / "requirements" / name).read_text("utf-8")
        entries = re.findall(
            r"^[a-z0-9][^\n]*==[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE
        )
        assert len(entries) == len(re.findall(r"^[a-z]", text, re.MULTILINE)) > 4
        assert "://" not in text


def test_the_development_lock_holds_the_run_lock() -> None:
    versions = {}
    for name in ("run.txt", "dev.txt"):
        text = (CHECKOUT / "requirements" / name).read_text("utf-8")
        versions[name] = set(re.findall(r"^([a-z0-9-]+==\S+)", text, re.MULTILINE))
    assert versions["run.txt"] <= versions["dev.txt"]
