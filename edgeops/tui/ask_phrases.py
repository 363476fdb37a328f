"""What the screen of questions says, in English and Chinese: part of the table of `phrases`."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {
    "ask": ("Ask", "提问"),
    "question": ("question, or a reply to the answer", "问题，或对回答的回复"),
    "how_to_ask": (
        "a asks, in English or Chinese. Replies such as 'no, the disk is fine' and 'that was it' steer the answer.",
        "按 a 提问，中英文皆可。可用“不是，磁盘正常”“就是它”等回复来引导。",
    ),
    "ask_now": ("Ask something", "提一个问题"),
    "go_on": ("Back to the conversation that is open", "回到当前对话"),
    "earlier": ("Conversations before (Enter goes on, / searches)", "以往对话（Enter 继续，/ 搜索）"),
    "no_talks": ("No conversation was kept yet.", "还没有保存的对话。"),
    "no_such_talks": ("No conversation has these words: {words}", "没有包含这些词的对话：{words}"),
    "turns": ("{count} turns", "{count} 轮"),
    "talk_words": ("conversations with", "包含以下词的对话"),
    "looking": ("looking through what is known; esc stops", "正在查阅已知内容… esc 停止"),
    "writing": ("writing; esc stops", "正在书写… esc 停止"),
    "stopped_model": (
        "You stopped the model; this is what is known without it.",
        "您中断了模型；以下是不用模型即可得知的内容。",
    ),
    "cannot": ("I cannot answer that: {reason}.", "无法回答：{reason}。"),
    "general": ("general knowledge, cited by nothing here", "一般知识，此处没有依据"),
    "next_checks": ("Check next (nothing is run; y copies)", "接下来检查（不会执行；y 复制）"),
    "also_read": ("Read as well, not cited", "已查阅但未引用"),
    "unseen": (
        "Left out: {lines} lines at hand that this answer was made without.",
        "未列出：本次回答未用到的 {lines} 行日志。",
    ),
    "at_hand": ("incidents at hand: {count}", "手头事件：{count}"),
    "about": ("about: {what}", "关于：{what}"),
    "nothing_at_hand": ("no logs at hand", "手头没有日志"),
    "ruled_out": ("ruled out: {faults}", "已排除：{faults}"),
    "without_model": ("without the model", "不用模型"),
    "with_model": ("with the model", "使用模型"),
    "model_is": ("model: {model}", "模型：{model}"),
    "mended": ("What mended it? (Enter: nothing to note)", "怎样解决的？（直接 Enter：不记录）"),
    "kept_as": ("Kept as {entry}: {title}", "已保存为 {entry}：{title}"),
    "nothing_to_conclude": ("Nothing was asked yet: a asks.", "尚未提问：按 a 提问。"),
    "new_talk": ("A new conversation.", "新对话。"),
    "answer_there": ("The answer to your question is there: Ask.", "您的问题已有回答：见“提问”。"),
    "not_ready": ("Settings are still being read; try again in a moment.", "正在读取设置，请稍候再试。"),
}
