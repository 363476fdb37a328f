"""Sentences about the store, what is known, directories, and the configuration. As the code says them, and in Chinese."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # ---- knowledge.database
    "The store {path} is damaged ({error}). 'edgeops restore' puts a backup in its place; 'edgeops restore --salvage' "
    "makes a new one of what can still be read and keeps the old one.": (
        "存储 {path} 已损坏（{error}）。'edgeops restore' 可用备份替换；'edgeops restore --salvage' "
        "用尚可读取的内容新建存储并保留旧文件。"
    ),
    "SQLite {version} can corrupt a store with two writers; reinstall pysqlite3 (make demo).": (
        "SQLite {version} 在两个进程同时写入时会损坏存储；请重新安装 pysqlite3（make demo）。"
    ),
    "The file {path} is no store of edgeops ({error}). Move it aside, or set another EDGEOPS_HOME.": (
        "文件 {path} 不是 edgeops 的存储（{error}）。请将其移走，或设置其他 EDGEOPS_HOME。"
    ),
    "The disk of the store {path} is full; nothing was changed. Free some space, then run the command again.": (
        "存储 {path} 所在磁盘已满；未做任何更改。请释放一些空间后重试。"
    ),
    "The store {path} cannot be opened ({error}); answers go on without it. Check its permissions and the free space, "
    "or move it aside.": "存储 {path} 无法打开（{error}）；将不使用它继续解答。请检查其权限和可用空间，或将其移走。",
    "The store {path} was made by a newer edgeops (schema {found}, this one knows {known}); nothing was changed. "
    "Use that version, or another EDGEOPS_HOME.": (
        "存储 {path} 由更新版本的 edgeops 创建（模式版本 {found}，本版本支持到 {known}）；未做任何更改。"
        "请使用该版本，或设置其他 EDGEOPS_HOME。"
    ),
    "The file {path} cannot be opened: it is a database of another program. Move it aside, or set another "
    "EDGEOPS_HOME.": "文件 {path} 无法打开：它是其他程序的数据库。请将其移走，或设置其他 EDGEOPS_HOME。",
    "{what} could not be kept in {path} ({error});": "{what}无法保存到 {path}（{error}）；",
    "nothing was changed.": "未做任何更改。",
    "the answer above is complete.": "上面的解答是完整的。",
    "Check the file and its permissions, then run the command again.": "请检查该文件及其权限后重试。",
    "Another edgeops has been writing for {seconds} s; run the command again when it is done.": (
        "另一个 edgeops 已持续写入 {seconds} 秒；请在其完成后重试。"
    ),
    "The disk is full: free some space, then run the command again.": "磁盘已满：请释放一些空间后重试。",
    "It is open for reading only: check the permissions of the file and its directory.": (
        "只能以只读方式打开：请检查该文件及其目录的权限。"
    ),
    "The store {path} is locked by another edgeops; try again.": "存储 {path} 被另一个 edgeops 锁定；请重试。",
    "The store {path} cannot be read ({error}); it is damaged or not ours. Run 'edgeops restore --salvage', or move it "
    "aside: the next answer begins a new one.": (
        "存储 {path} 无法读取（{error}）；它已损坏或不是 edgeops 的存储。请运行 'edgeops restore --salvage'，"
        "或将其移走：下次解答时会新建。"
    ),
    "its log {name}-wal was damaged": "其日志 {name}-wal 曾损坏",
    "its log {name}-wal is gone with {pages} changed pages": "其日志 {name}-wal 已丢失，其中有 {pages} 个更改页",
    "its log {name}-wal is damaged before {pages} of its changed pages": "其日志 {name}-wal 在 {pages} 个更改页之前损坏",
    "it says that its schema is {stated}, but it is {whole}": "写明的模式版本为 {stated}，实际为 {whole}",
    "its first bytes were changed": "开头的字节被改动",
    "its list of tables was changed": "表的清单被改动",
    "The lock {file} cannot be made ({error}); check its directory's permissions.": (
        "无法创建锁 {file}（{error}）；请检查其目录的权限。"
    ),
    "Another 'edgeops watch' (process {pid}) watches for the store {store}; 'edgeops watch --status' shows how it does. "
    "Stop it, or set another EDGEOPS_HOME.": (
        "另一个 'edgeops watch'（进程 {pid}）正在为存储 {store} 监视；用 'edgeops watch --status' 查看其状态。"
        "请停止它，或设置其他 EDGEOPS_HOME。"
    ),
    # ---- knowledge.library, salvage, starter, retrieval
    "What is in {file} cannot be read ({error}); the starter pack is searched alone.": (
        "{file} 的内容无法读取（{error}）；只搜索内置知识。"
    ),
    "The store {store} is damaged and its directory cannot be written to ({error}).": (
        "存储 {store} 已损坏，且其目录不可写（{error}）。"
    ),
    "The store {store} is damaged ({error}).": "存储 {store} 已损坏（{error}）。",
    "What could be read is in a new store{lack}. The old one is {path}.": (
        "可读取的内容已放入新存储{lack}。旧文件为 {path}。"
    ),
    "; {lack}": "；{lack}",
    "{rows} could not be read": "{rows} 无法读取",
    "Nothing of edgeops can be found in {store}; it was left as it is. Move it aside, and the next command begins anew.": (
        "在 {store} 中找不到 edgeops 的内容；文件保持原样。将其移走后，下一条命令会重新开始。"
    ),
    "Nothing could be saved of {store} ({error}); it was left as it is.": "{store} 中没有可挽救的内容（{error}）；文件保持原样。",
    "The fault file {path} cannot be read: {error}. Correct it or remove it.": (
        "故障文件 {path} 无法读取：{error}。请改正或删除它。"
    ),
    "There is no embedder: the search is by words only.": "没有嵌入模型：只按词语搜索。",
    "The embedder in {folder} cannot be read ({error}); reinstall edgeops.": (
        "{folder} 中的嵌入模型无法读取（{error}）；请重新安装 edgeops。"
    ),
    "The embedder cannot be loaded ({error}); reinstall edgeops.": "嵌入模型无法加载（{error}）；请重新安装 edgeops。",
    "{error} Until then the search is by words only.": "{error}在此之前只按词语搜索。",
    # ---- entries, incidents, conversations
    "{reason} with {name}; 'edgeops kb search WORDS' shows the ids.": (
        "{reason} {name}；用 'edgeops kb search 词语' 查看各条的 id。"
    ),
    "No entry begins": "没有知识条目的 id 开头是",
    "More than one entry begins": "不止一个知识条目的 id 开头是",
    "No incident begins with {name}; see 'edgeops incidents list'.": (
        "没有事件的 id 以 {name} 开头；见 'edgeops incidents list'。"
    ),
    "More than one incident begins with {name}; see 'edgeops incidents list'.": (
        "不止一个事件的 id 以 {name} 开头；见 'edgeops incidents list'。"
    ),
    "{reason} with {name}; 'edgeops chat --list' shows them.": "{reason} {name}；用 'edgeops chat --list' 查看。",
    "No conversation begins": "没有对话的 id 开头是",
    "More than one conversation begins": "不止一个对话的 id 开头是",
    "No conversation was kept yet; 'edgeops chat' begins one.": "尚未保存任何对话；用 'edgeops chat' 开始一个。",
    "The conversation {talk} cannot be read; run 'edgeops restore --salvage'.": (
        "对话 {talk} 无法读取；请运行 'edgeops restore --salvage'。"
    ),
    "Feedback is useful, wrong or note, not {kind}.": "反馈只能是 useful、wrong 或 note，不能是 {kind}。",
    "An entry needs a title; give it a line that says what it is about.": "条目需要标题；请用一行说明其内容。",
    "The entry has {count} characters, more than {most}; split it into several.": (
        "条目有 {count} 个字符，超过 {most}；请拆成几条。"
    ),
    "Trust is a number from 0 to 1, not {trust}.": "可信度应为 0 到 1 的数，不能是 {trust}。",
    'Say what was done in a few words, such as: --did "restarted orders".': '请用几个词说明做了什么，例如：--did "restarted orders"。',
    "Say what was done in a few words: edgeops incidents resolve ID --did 'restarted orders'.": (
        "请用几个词说明做了什么：edgeops incidents resolve ID --did 'restarted orders'。"
    ),
    "Say what there is to note: edgeops incidents feedback ID note --note 'seen after the move'.": (
        "请写下要记的内容：edgeops incidents feedback ID note --note 'seen after the move'。"
    ),
    # ---- questions in SQL
    "Only questions are answered here: SELECT … FROM {views}.": "此处只接受查询：SELECT … FROM {views}。",
    "Nothing was kept yet: explain a log first.": "尚未保存任何内容：请先解释一个日志。",
    "That is not one question: {error}.": "这不是一条查询：{error}。",
    "That takes longer than {seconds} s; ask for less, with WHERE or LIMIT.": (
        "查询超过 {seconds} 秒；请用 WHERE 或 LIMIT 缩小范围。"
    ),
    "Not for here: {error}. There are {views}, to read, with plain functions.": (
        "此处不可用：{error}。可读取 {views}，并可使用普通函数。"
    ),
    "Not understood: {error}.": "无法理解：{error}。",
    # ---- whether anything is kept
    "Nothing was kept: --readonly was given, or {path} cannot be written to.": (
        "未保存：使用了 --readonly，或 {path} 不可写。"
    ),
    "Nothing is kept: --readonly was given, or {path} cannot be written to.": (
        "不会保存：使用了 --readonly，或 {path} 不可写。"
    ),
    "Nothing was kept. {reason}": "未保存。{reason}",
    "Nothing was noted: {path} cannot be written to; set EDGEOPS_HOME to a directory of your own.": (
        "未记下：{path} 不可写；请将 EDGEOPS_HOME 设为您自己的目录。"
    ),
    # ---- paths, identity
    "HOME is not set, so nothing can be kept; set EDGEOPS_HOME to a directory.": (
        "未设置 HOME，无法保存任何内容；请将 EDGEOPS_HOME 设为一个目录。"
    ),
    "The directory {path} cannot be made ({error}); set EDGEOPS_HOME to a directory that you can write to.": (
        "无法创建目录 {path}（{error}）；请将 EDGEOPS_HOME 设为您可写的目录。"
    ),
    "{path} cannot be examined ({error}); check its permissions.": "无法检查 {path}（{error}）；请检查其权限。",
    "{path} belongs to user {user}, not to you ({mine}); change its owner or set EDGEOPS_HOME to a directory of your own.": (
        "{path} 属于用户 {user}，而不是您（{mine}）；请更改其属主，或将 EDGEOPS_HOME 设为您自己的目录。"
    ),
    "Everybody may write to {path}; run 'chmod o-w {same}' or set EDGEOPS_HOME to a directory of your own.": (
        "任何人都可写 {path}；请运行 'chmod o-w {same}'，或将 EDGEOPS_HOME 设为您自己的目录。"
    ),
    "The key of this machine cannot be kept in {path} ({error}).": "本机密钥无法保存到 {path}（{error}）。",
    "Others may read {file}, the key of this machine; run 'chmod 600 {same}'.": (
        "其他人可读取本机密钥 {file}；请运行 'chmod 600 {same}'。"
    ),
    "{file} is not a key; move it aside, and a new one is made (others will see a new machine).": (
        "{file} 不是密钥；请将其移走，会生成新的（其他人会将其视为新机器）。"
    ),
    "The key of this machine {file} cannot be read ({error}).": "无法读取本机密钥 {file}（{error}）。",
    # ---- config
    "{path} cannot be read ({error}); check its permissions.": "无法读取 {path}（{error}）；请检查其权限。",
    "{path} is not UTF-8 text at byte {at}; save it as UTF-8.": "{path} 在第 {at} 字节处不是 UTF-8 文本；请存为 UTF-8。",
    "{path} is not valid TOML: {error}. Correct that line.": "{path} 不是有效的 TOML：{error}。请改正该行。",
    "{where} is not a setting; {hint}": "{where} 不是设置项；{hint}",
    "{where} is {value}, but it must be {allowed}.": "{where} 为 {value}，但应为 {allowed}。",
    "In {path}: {key}": "{path} 中的 {key}",
    "In {path}: {key} is a section; write [{same}] on a line of its own, its settings below.": (
        "{path} 中的 {key} 是一个节；请将 [{same}] 单独写一行，其设置写在下面。"
    ),
    "did you mean {name}?": "是否指 {name}？",
    "there are {names}.": "可用：{names}。",
    "one of {names}": "{names} 之一",
    "text": "文本",
    "true or false": "true 或 false",
    "a list of texts": "文本列表",
    "{allowed} of {least} or more": "{allowed}，不小于 {least}",
    "{allowed} from {least} to {most}": "{allowed}，从 {least} 到 {most}",
    "{allowed} above {least}, {most} at most": "{allowed}，大于 {least}，不大于 {most}",
    "a whole number": "整数",
    "a number": "数",
    "an address that begins with http:// or https://, or empty": "以 http:// 或 https:// 开头的地址，或留空",
    "a variable's name, or empty": "变量名，或留空",
}
