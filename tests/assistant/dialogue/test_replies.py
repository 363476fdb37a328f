"""What people type when something was proposed to them."""

from __future__ import annotations

import pytest

from edgeops.assistant.dialogue.replies import Intent, intent_of


@pytest.mark.parametrize(
    "text",
    ["that was it", "That's it, thanks", "yes", "yep, it was the disk", "it works now", "fixed!", "this solved it",
     "解决了", "好了，谢谢", "就是这个原因", "搞定", "服务恢复了"],
)  # fmt: skip
def test_confirmations(text: str) -> None:
    assert intent_of(text) is Intent.CONFIRMS


@pytest.mark.parametrize(
    "text",
    ["no", "no, disk is fine", "nope", "that wasn't it", "it didn't help", "still failing", "the disk looks good",
     "not fixed", "there is plenty of space", "no, that was fixed last week", "it is still not working",
     "不是", "磁盘正常", "没用", "还是不行", "没有解决", "空间充足"],
)  # fmt: skip
def test_denials(text: str) -> None:
    assert intent_of(text) is Intent.DENIES


@pytest.mark.parametrize("text", ["what else?", "next", "anything else could it be?", "还有什么", "下一步呢", "然后呢"])
def test_asking_for_more(text: str) -> None:
    assert intent_of(text) is Intent.MORE


@pytest.mark.parametrize(
    "text",
    ["why does nginx answer 502?", "how do I see whether it is fixed", "is the disk fine?", "web1 answers 502 since noon",
     "怎么查看磁盘空间", "数据库还是很慢，为什么？", "x" * 400 + " not fixed"],
)  # fmt: skip
def test_everything_else_is_a_question(text: str) -> None:
    assert intent_of(text) is Intent.ASKS
