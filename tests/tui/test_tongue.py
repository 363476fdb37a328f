"""What is said below the app is shown in the language of the app."""

from __future__ import annotations

import ast
import asyncio
import re
import time
from contextlib import closing
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pysqlite3
import pytest

import edgeops
from edgeops.catalog.entries import read_catalog
from edgeops.engines.probe import read_header
from edgeops.errors import ContextOverflow, ModelUnfit
from edgeops.knowledge.store import Store
from edgeops.paths import find, writable
from edgeops.records import Explanation, Skipped, Tier, Unproved
from edgeops.tui.answer import Writer
from edgeops.tui.phrases import Phrases
from edgeops.tui.tongue import sentences, translated
from edgeops.tui.watch_page import Page
from tests.tui.stage import app_of, running, screen, status, until
from tests.tui.test_hostile import PAYLOADS
from tests.tui.test_watch_screen import look, shown

ROOT = Path(edgeops.__file__).parent
HOLE = "\0"


def _bare(template: str) -> str:
    """A template without the names of its holes; holes side by side are one."""
    return re.sub(f"{HOLE}+", HOLE, re.sub(r"\{\w+\}", HOLE, template))


def _ways(node: ast.expr) -> list[str]:
    """What may stand there: a text, one of two, texts one after the other; a hole for all that is filled in."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(parts):
            return ["".join(one) for one in product(*map(_ways, parts))]
        case ast.BinOp(left, ast.Add(), right):
            return ["".join(one) for one in product(_ways(left), _ways(right))]
        case ast.FormattedValue(ast.IfExp(_, one, other)):
            return [*_ways(one), *_ways(other)]
    return [HOLE]


def _texts(tree: ast.AST) -> list[str]:
    """All texts of a module, what is filled in as a hole."""
    texts = (ast.Constant, ast.JoinedStr, ast.BinOp)
    return [text for node in ast.walk(tree) if isinstance(node, texts) for text in _ways(node)]


@cache
def _said() -> set[str]:
    """What the code says: whole texts, and their first sentences; NAME is filled in later."""
    found = set()
    for file in ROOT.rglob("*.py"):
        if not file.name.startswith("tongue_"):
            for text in _texts(ast.parse(file.read_text("utf-8"))):
                first, stop, _ = text.partition(". ")
                found |= {_bare(text), _bare(text.replace("NAME", HOLE)), _bare(first + stop[:1])}
    return found | {model.note for model in read_catalog()}


def _holes(template: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", template)


def test_every_sentence_of_the_tables_is_one_that_the_code_says() -> None:
    assert not [english for english, _ in sentences() if _bare(english) not in _said()]


@pytest.mark.parametrize(("english", "chinese"), list(sentences()))
def test_a_sentence_has_the_same_holes_in_both_languages(english: str, chinese: str) -> None:
    assert sorted(_holes(english)) == sorted(_holes(chinese))
    assert len(_holes(english)) == len(set(_holes(english)))
    assert chinese and not re.search(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]", chinese)


def test_no_sentence_is_in_two_tables() -> None:
    every = [english for english, _ in sentences()]
    assert len(every) == len(set(every)) > 300


@pytest.mark.parametrize(("english", "chinese"), [pair for pair in sentences() if "{" not in pair[0]])
def test_a_sentence_without_holes_is_known_whole(english: str, chinese: str) -> None:
    assert translated(english) == chinese


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("/var/log/a: It is empty; there is nothing to read.", "/var/log/a：文件为空，没有可读取的内容。"),
        (
            "a cannot be read (Permission denied); check its permissions.; "
            "b cannot be read (No such file or directory); check its permissions.",
            "无法读取 a（权限不足）；请检查其权限。无法读取 b（没有此文件或目录）；请检查其权限。",
        ),
        (
            "The incident could not be kept in /s (disk I/O error); the answer above is complete. "
            "Check the file and its permissions, then run the command again.",
            "事件无法保存到 /s（磁盘输入输出错误）；上面的解答是完整的。请检查该文件及其权限后重试。",
        ),
        (
            "The local copy (/mnt) could not give q: /mnt holds no file of 9 bytes. Going on with the next source.",
            "本地副本（/mnt）无法提供 q：/mnt 中没有 9 字节的文件。继续尝试下一个来源。",
        ),
        (
            "The model hub could not give q: no connection ([Errno 111] Connection refused). Try again with a network, "
            "or carry the file here: `edgeops model pull q --from PATH`.",
            "模型中心无法提供 q：无法连接（连接被拒绝）。请在有网络时重试，或把文件带到本机：`edgeops model pull q --from PATH`。",
        ),
        (
            "模型未能回答：The model is already answering; wait for that answer to end.",
            "模型未能回答：模型正在解答；请等待其结束。",
        ),
        ("It is a packet capture.", "它是抓包文件。"),
        (
            "The package watchdog is not installed; the files are looked at once a second instead, and nothing is missed.",
            "未安装软件包 watchdog；改为每秒查看一次文件，不会遗漏。",
        ),
        # What follows and is not known stays as it is.
        ("It has no files. Nobody knows this.", "其中没有文件。Nobody knows this."),
    ],
)
def test_sentences_are_known_with_what_is_filled_in_and_one_after_the_other(text: str, chinese: str) -> None:
    assert translated(text) == chinese


def test_what_is_filled_in_stays_as_it_is() -> None:
    name = "{path} It is empty; there is nothing to read. \\1 $& %s"
    said = translated(f"{name} is not UTF-8 text at byte 7; save it as UTF-8.")
    assert said == f"{name} 在第 7 字节处不是 UTF-8 文本；请存为 UTF-8。"


def test_what_a_real_engine_refuses_is_said_in_chinese_to_its_end() -> None:
    with pytest.raises(ModelUnfit) as refused:
        read_header(Path("/nowhere/it.gguf"))
    assert translated(f"The model did not answer: {refused.value}") == (
        "模型未能回答：/nowhere/it.gguf 无法打开（没有此文件或目录）；请检查路径及其权限。"
    )
    assert translated(f"模型未能回答：{ContextOverflow(9, 5)}").startswith("模型未能回答：提示需要 9 个词元")


HOSTILE = [
    "",
    "Killed process 4121 (java) total-vm:1kB, anon-rss:1kB",
    "已复制：web1: It is empty; there is nothing to read.",
    "已复制：foo. It is empty; there is nothing to read.",
    "It is a fine day.",
    "It is empty; there is nothing to read",
    "it is empty; there is nothing to read.",
    "signal lost",
    "In short: no",
    "\x1b[31mIt is empty; there is nothing to read.\x1b[0m",
    "It is empty; there is nothing to read.\n" * 3,
    "{error} {0.__class__} %s \\1",
    "x" * 4_001,
    *PAYLOADS,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_sentence_of_ours_stays_as_it_is(text: str) -> None:
    assert translated(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "It is " * 700,
        "cannot be read (" * 300,
        "; ".join(["a cannot be read (x"] * 300),
        ". " * 2_000,
        "x: " * 1_400,
        "The model did not answer: " * 160,
        " ".join(english for english, _ in sentences()),
        "x" * 4_000,
    ],
)
def test_hostile_text_costs_no_more_than_a_moment(text: str) -> None:
    text = text[:4_000]
    translated("It has no files.")
    taken = []
    for at in range(5):
        begun = time.perf_counter()
        translated(text[: 4_000 - at])
        taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.02


def test_english_stays_english() -> None:
    assert Phrases("en").told("It has no files.") == "It has no files."
    assert Phrases("zh").told("It has no files.") == "其中没有文件。"


# ------------------------------------------------------------ on the screen


def _shown(*paths: Path, words: str) -> None:
    """The screen of an app in Chinese comes to say so."""

    async def act() -> None:
        async with running(app_of(*paths, lang="zh"), (240, 24), read=False) as pilot:
            await until(pilot, lambda: words in screen(pilot.app))

    asyncio.run(act())


def test_a_log_that_is_not_there_is_told_in_chinese(tmp_path: Path) -> None:
    _shown(tmp_path / "none.log", words="none.log：没有此文件；请检查名称和目录。")


def test_what_is_no_log_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 9)
    _shown(tmp_path / "app.log", words="它是 SQLite 数据库。")


def test_a_setting_that_is_none_is_told_in_chinese(tmp_path: Path) -> None:
    file = find().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[model]\nnam = 'x'\n")
    _shown(words=f"{file} 中的 model.nam 不是设置项；是否指 model.name？")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE TABLE theirs (a)", "store.db 无法打开：它是其他程序的数据库。"),
        ("PRAGMA user_version = 999", "store.db 已损坏（写明的模式版本为 999，实际为"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_in_chinese(sql: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    writable(find().data)
    if "theirs" not in sql:
        with Store(find().store_file):
            pass
    with closing(pysqlite3.connect(find().store_file, isolation_level=None)) as other:
        other.execute(sql)
        _shown(words=words)


def test_what_is_no_model_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("These are notes.\n" * 99)

    async def act() -> None:
        async with running(app := app_of(lang="zh"), (240, 24)) as pilot:
            await pilot.press("6")
            app.import_model(str(tmp_path / "notes.gguf"))
            await until(pilot, lambda: "notes.gguf 的开头既不像 GGUF 也不像 ONNX 文件。" in status(app))

    asyncio.run(act())


def test_the_watch_says_in_chinese_what_it_cannot_follow_and_what_it_told() -> None:
    seen = replace(
        look(troubles=(Skipped("/srv/app.log", "It is not there."),)),
        failure="The store /s is locked by another edgeops; try again.",
        pause="The host is busy; the model waits for its processors.",
    )
    text = shown(Page(Phrases("zh"), 100), seen, told=("/srv/b: Its directory is not there or cannot be listed.",))
    assert "/srv/app.log: 它不存在。" in text
    assert "存储 /s 被另一个 edgeops 锁定；请重试。" in text
    assert "/srv/b：其目录不存在或无法列出。" in text
    assert "主机繁忙；模型等待处理器空闲。" in text
    assert "来不及读取" in text


def test_a_note_of_an_answer_is_in_chinese_and_what_it_concludes_is_not_touched() -> None:
    answer = Explanation(
        "i",
        Tier.KNOWN,
        "zh",
        summary="It has no files.",
        notes=("The model did not answer: It has no files.",),
        unproved=(Unproved("cause", "eth9", "stands in no evidence line"),),
    )
    text = "\n".join(text for line in Writer(Phrases("zh"), 100).answer(answer) for _, text in line.spans)
    assert "模型未能回答：其中没有文件。" in text
    assert "- eth9 (证据行中没有)" in text
    assert "It has no files." in text
