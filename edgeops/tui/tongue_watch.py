"""Sentences of the watch, its feeds and the session, and what cannot be kept. As the code says them, and in Chinese."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # ---- the watch
    "{count} more sources cannot be followed; 'edgeops watch --status' names them.": (
        "另有 {count} 个来源无法跟随；'edgeops watch --status' 会列出它们。"
    ),
    "Incidents are explained again.": "已恢复解释事件。",
    "So many incidents that {count} of the less grave ones will not be explained; 'edgeops incidents list' has them.": (
        "事件过多，较轻的 {count} 个不会解释；'edgeops incidents list' 中有它们。"
    ),
    "The model failed {count} times in a row; known faults are explained without it.": (
        "模型连续失败 {count} 次；已知故障不用模型解释。"
    ),
    "Incidents are found but not explained: {error}": "能发现事件但不能解释：{error}",
    "The watch goes on when it can write again; the files keep what is new meanwhile.": (
        "恢复可写后监视会继续；在此期间新内容留在文件中。"
    ),
    "The store can be written to again; the watch goes on.": "存储恢复可写；监视继续。",
    "It waits to be explained": "等待解释",
    "Nothing is watched: --readonly was given, and a watch keeps what it reads in the store.": (
        "未开始监视：使用了 --readonly，而监视会把读到的内容存入存储。"
    ),
    "The full screen reads keys from standard input, so it cannot follow a log there; name a file.": (
        "全屏界面从标准输入读取按键，不能从那里跟随日志；请给出文件。"
    ),
    "On battery with {left} % left; the model waits for power.": "正在使用电池，剩余 {left} %；模型等待接通电源。",
    "The processor is at {degrees} °C; the model waits until it is cooler.": "处理器温度 {degrees} °C；模型等待降温。",
    "The host is busy; the model waits for its processors.": "主机繁忙；模型等待处理器空闲。",
    "{name} is too slow: it was not run for incident {incident}.": "{name} 太慢：未对事件 {incident} 运行。",
    "{name} could not be run ({error}); correct watch.exec_on_incident.": (
        "{name} 无法运行（{error}）；请改正 watch.exec_on_incident。"
    ),
    "{name} ran longer than {seconds} s for incident {incident} and was ended.": (
        "{name} 对事件 {incident} 运行超过 {seconds} 秒，已结束。"
    ),
    "{name} failed with code {code} for incident {incident}: {words}": (
        "{name} 对事件 {incident} 运行失败，代码 {code}：{words}"
    ),
    # ---- files that are followed
    "Its directory or its file system is not there; it is waited for.": "其目录或文件系统不存在；正在等待。",
    "Its directory is not there or cannot be listed.": "其目录不存在或无法列出。",
    "It cannot be listed ({error}).": "无法列出（{error}）。",
    "It cannot be listed; is it there, and may this user read it?": "无法列出；它是否存在，此用户是否可读？",
    "It cannot be looked at ({error}).": "无法查看（{error}）。",
    "It cannot be read ({error}).": "无法读取（{error}）。",
    "It cannot be read ({error}); it is tried again.": "无法读取（{error}）；会再次尝试。",
    "It is not there.": "它不存在。",
    "It is UTF-16 text, which is not followed; read it with: edgeops scan {path}": (
        "它是 UTF-16 文本，无法跟随；请用：edgeops scan {path}"
    ),
    "It is a pipe, a socket or a device, not a file; it is not followed.": "它是管道、套接字或设备，不是文件；不会跟随。",
    "No directory fits this pattern.": "没有目录符合此模式。",
    "This process may not open more files (see: ulimit -n); files are opened in turn, which is slower.": (
        "此进程不能打开更多文件（见 ulimit -n）；文件将轮流打开，速度较慢。"
    ),
    "the files are looked at once a second instead, and nothing is missed.": "改为每秒查看一次文件，不会遗漏。",
    "There are {count} directories to watch, which is too many for notices of the system;": (
        "要监视的目录有 {count} 个，超过系统通知的上限；"
    ),
    "The package watchdog is not installed;": "未安装软件包 watchdog；",
    "The system gives no notice of changed files ({error});": "系统不通知文件变化（{error}）；",
    # ---- why bytes were never read
    "truncated": "文件被截断",
    "vanished": "文件消失",
    "hole": "空洞",
    "too long": "行过长",
    "damaged": "已损坏",
    "overrun": "来不及读取",
    # ---- the journal
    "The journal no longer has the entry where reading stopped (it was vacuumed or replaced); reading goes on at the "
    "oldest entry left behind it, and what was between is lost.": (
        "journal 中已没有上次停止处的条目（已被清理或替换）；从其后最早的条目继续，其间的内容已丢失。"
    ),
    "journalctl printed something that is no entry of a journal; it was left out.": (
        "journalctl 输出了不是 journal 条目的内容；已略去。"
    ),
    "journalctl is not on this machine, so its journal cannot be followed; follow its log files instead.": (
        "本机没有 journalctl，无法跟随其 journal；请改为跟随日志文件。"
    ),
    "The journal may not be read by this user; add the user to the group systemd-journal (usermod -aG systemd-journal "
    "NAME) and log in again.": (
        "此用户无权读取 journal；请将用户加入 systemd-journal 组（usermod -aG systemd-journal NAME）后重新登录。"
    ),
    "journalctl ended ({error}); it is started again after {seconds} s.": "journalctl 已结束（{error}）；{seconds} 秒后重新启动。",
    "it cannot be started: {error}": "无法启动：{error}",
    "it closed its output": "它关闭了输出",
    "No journal is kept on this machine (there is no {places}); follow its log files instead.": (
        "本机没有保存 journal（没有 {places}）；请改为跟随日志文件。"
    ),
    "The system's journal may not be read by this user, so at most the user's own messages are followed; add the user to "
    "the group systemd-journal (usermod -aG systemd-journal NAME) and log in again.": (
        "此用户无权读取系统 journal，最多只能跟随用户自己的消息；请将用户加入 systemd-journal 组"
        "（usermod -aG systemd-journal NAME）后重新登录。"
    ),
    # ---- what could not be kept in the store
    "The beginning": "起点",
    "What was read": "已读取的内容",
    "What cannot be followed": "无法跟随的来源",
    "What was tidied": "整理的内容",
    "What was given up": "放弃的内容",
    "What is normal": "常态记录",
    "The entry": "条目",
    "The change": "更改",
    "The outcome": "处理结果",
    "The feedback": "反馈",
    "The incident": "事件",
    "The incident's state": "事件状态",
    "The vectors": "向量",
    "The bundle": "知识包",
    "The index": "索引",
    "The note": "批注",
    "The conversation": "对话",
    # ---- what no line bears out
    "stands in no evidence line": "证据行中没有",
    "no such evidence": "没有此证据",
    "stands before the root {root}, so it cannot be its effect": "出现在根因行 {root} 之前，不可能是其结果",
    # ---- answers that were made without the model
    "You stopped the model; this is what is known without it.": "您中断了模型；以下是不用模型即可得知的内容。",
    "The model did not answer: {error}": "模型未能回答：{error}",
    "模型未能回答：{error}": "模型未能回答：{error}",
}
