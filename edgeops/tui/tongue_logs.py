"""Sentences about logs: finding, opening, unpacking, reading, looking through. As the code says them, and in Chinese."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # ---- intake.sources, intake.reader: why something is not read
    "The name is empty; name a file, a directory, or - for standard input.": "名称为空；请给出文件、目录，或用 - 表示标准输入。",
    "No file fits this pattern; check it, and quote it if the shell changed it.": "没有文件符合此模式；请检查模式，若被 shell 改写请加引号。",
    "It shows the kernel's state and holds no logs; name a directory such as /var/log.": (
        "此处反映内核状态，不含日志；请给出 /var/log 之类的目录。"
    ),
    "It is {kind}, not a log file; to read from a pipe use: edgeops explain - < {name}.": (
        "它不是日志文件（{kind}）；要从管道读取请用：edgeops explain - < {name}。"
    ),
    "a directory": "目录",
    "a pipe": "管道",
    "a socket": "套接字",
    "It is a device, not a log file; name a regular file.": "它是设备，不是日志文件；请给出普通文件。",
    "There is no such file; check the name and the directory.": "没有此文件；请检查名称和目录。",
    "There is no such file; check the name.": "没有此文件；请检查名称。",
    "You are not allowed to read it; run as a user of its group (often adm), or copy it with sudo first.": (
        "没有读取权限；请以其所属组（通常是 adm）的用户运行，或先用 sudo 复制一份。"
    ),
    "It is a link that leads to itself; name the real file.": "它是指向自身的链接；请给出真实文件。",
    "It cannot be opened ({error}); check the path and the disk.": "无法打开（{error}）；请检查路径和磁盘。",
    "It cannot be read ({error}); check the disk and its mount.": "无法读取（{error}）；请检查磁盘及其挂载。",
    "It cannot be read at byte {at} ({error}); check the disk and its mount.": (
        "在第 {at} 字节处无法读取（{error}）；请检查磁盘及其挂载。"
    ),
    "It is empty; there is nothing to read.": "文件为空，没有可读取的内容。",
    "It is a hole of {size} without data; there is nothing to read.": "文件是 {size} 的空洞，没有数据可读取。",
    "It is a {kind} archive; name one of its members: {path}!/NAME.": "它是 {kind} 归档；请指定其中的成员：{path}!/NAME。",
    "{file} is no archive, so it has no members; name the file alone.": "{file} 不是归档，没有成员；请只给出文件名。",
    "There is no such member in it; unpack or list the archive to see their names.": (
        "归档中没有此成员；请解包或列出归档以查看成员名称。"
    ),
    "It has no files.": "其中没有文件。",
    "It has {count} more members that were not read.": "另有 {count} 个成员未读取。",
    "It is an archive inside an archive; unpack the outer one and name this one.": (
        "它是归档中的归档；请先解包外层，再指定此归档。"
    ),
    "It was compressed twice; unpack it once and name what comes out.": "它被压缩了两次；请先解压一次，再指定解压结果。",
    "There is no room to unpack it ({error}); free some space.": "没有空间解压（{error}）；请释放一些空间。",
    "There is no standard input; name a file.": "没有标准输入；请给出文件。",
    "The process that read it ended before it was done ({how}), perhaps because memory ran out; "
    "read it alone, or set intake.workers to 1.": (
        "读取它的进程未完成就结束了（{how}），可能是内存耗尽；请单独读取它，或将 intake.workers 设为 1。"
    ),
    # ---- what it is, if no log
    "It {reason}.": "它{reason}。",
    "It is {kind}.": "它是 {kind}。",
    "Its {reason}.": "其 {reason}。",
    "is a binary journal file; export it first: journalctl --file {name} -o json > {same}.json": (
        "是二进制 journal 文件；请先导出：journalctl --file {name} -o json > {same}.json"
    ),
    "is a binary login record; read it with: last -f {name}": "是二进制登录记录；请用 last -f {name} 查看",
    "is an archive of a kind that is not read; unpack it and name the directory": "是不支持的归档；请解包后指定目录",
    "is a picture or document": "是图片或文档",
    "is a binary file": "是二进制文件",
    "is a link to another member; that one is read": "是指向另一成员的链接；已读取那个成员",
    "is a link; where it leads is not looked at": "是链接，不会跟随其目标",
    "has holes (it was archived as sparse); unpack the archive to read it": "含有空洞（以稀疏方式归档）；请解包归档后读取",
    "is encrypted; unpack the archive to read it": "已加密；请解包归档后读取",
    "is packed by a method that is not read here (number {number}); unpack the archive": (
        "使用了不支持的压缩方法（编号 {number}）；请解包归档"
    ),
    "is of unknown length; unpack the archive to read it": "长度未知；请解包归档后读取",
    # ---- notes on what was read
    "only the last {held} of {whole} were read{again}": "只读取了末尾 {held}（共 {whole}）{again}",
    "; line 1 is the first line read, at byte {start}": "；第 1 行指所读的首行，位于第 {start} 字节",
    "only the last {count} lines were kept instead of {wanted}": "只保留了末尾 {count} 行，而非 {wanted} 行",
    "only the first {limit} bytes of the stream were read": "只读取了数据流的前 {limit} 字节",
    "only the first {limit} bytes of it were read": "只读取了前 {limit} 字节",
    "could not be read beyond byte {at}: {error}": "第 {at} 字节之后无法读取：{error}",
    "shrank while it was read: it ended at byte {at} instead of {end}": "在读取时变短：结束于第 {at} 字节，而非 {end}",
    "{codec} was converted to UTF-8": "{codec} 已转换为 UTF-8",
    "{count} lines longer than {most} were cut; {size} were left out": "{count} 行超过 {most} 被截断；省略了 {size}",
    "{count} holes of {size} in all (NUL bytes) were passed over": "跳过了 {count} 处空洞（NUL 字节），共 {size}",
    "{kind}: stopped after {met} members; unpack it to read more": "{kind}：读取 {met} 个成员后停止；解包后可读取更多",
    "stopped after {text} bytes of text from {packed} bytes of archive": (
        "读取 {text} 字节文本后停止（归档 {packed} 字节）"
    ),
    "{kind}: stopped after {at} bytes of text from {packed} packed bytes; unpack it to read more": (
        "{kind}：由 {packed} 字节解压出 {at} 字节后停止；解压后可读取更多"
    ),
    "{kind} ends too early, at byte {at} of the text: what came before was read": (
        "{kind} 提前结束于文本第 {at} 字节：此前的内容已读取"
    ),
    "{kind}: the bytes after its end, at byte {at} of the text, are not {same} and were not read": (
        "{kind}：文本第 {at} 字节处结束之后的内容不是 {same}，未读取"
    ),
    "{kind} damaged at byte {at} of the text: what came before was read": (
        "{kind} 在文本第 {at} 字节处损坏：此前的内容已读取"
    ),
    "{kind} ends too early, at its byte {at}: what came before was read": (
        "{kind} 提前结束于第 {at} 字节：此前的内容已读取"
    ),
    "tar damaged at its byte {at}: {count} bytes were passed over": "tar 在第 {at} 字节处损坏：跳过了 {count} 字节",
    "tar damaged at its byte {at}: what came before was read": "tar 在第 {at} 字节处损坏：此前的内容已读取",
    "tar has no end mark: it may have been cut off": "tar 没有结束标记：可能被截断",
    "zip is damaged, or a member's length unknown, at its byte {at}": "zip 在第 {at} 字节处损坏，或成员长度未知",
    "zip damaged at byte {at} of the text: what came before was read": "zip 在文本第 {at} 字节处损坏：此前的内容已读取",
    "zip {reason} at its byte {at}: what came before was read": "zip {reason}（第 {at} 字节处）：此前的内容已读取",
    "is damaged": "已损坏",
    "has no end mark and may have been cut off,": "没有结束标记，可能被截断",
    "zip: its checksum is wrong, so it may be damaged": "zip：校验和不符，可能已损坏",
    "from line {number} on its format is {again}{format}": "自第 {number} 行起格式为 {again}{format}",
    "the format changes {count} times more": "格式另有 {count} 次变化",
    # ---- intake.binary: what it is instead of a log
    "a journal file; export it first: journalctl --file {name} -o json > {same}.json": (
        "journal 文件；请先导出：journalctl --file {name} -o json > {same}.json"
    ),
    "a SQLite database": "SQLite 数据库",
    "a zip archive; unpack it and name the log inside": "zip 归档；请解包后指定其中的日志",
    "a 7z archive; unpack it and name the log inside": "7z 归档；请解包后指定其中的日志",
    "a rar archive; unpack it and name the log inside": "rar 归档；请解包后指定其中的日志",
    "a tar archive; unpack it and name the log inside": "tar 归档；请解包后指定其中的日志",
    "compressed with lz4; unpack it first: lz4 -d {name}": "lz4 压缩文件；请先解压：lz4 -d {name}",
    "compressed with compress; unpack it first: uncompress {name}": "compress 压缩文件；请先解压：uncompress {name}",
    "a package or library archive": "软件包或库归档",
    "a Windows event log; export it as text or XML first": "Windows 事件日志；请先导出为文本或 XML",
    "a packet capture": "抓包文件",
    "binary data, not text": "二进制数据，不是文本",
    # ---- formats and zones that a person set
    "There is already a format {name}; give the one of the configuration another name.": (
        "已有格式 {name}；请为配置中的格式另取名称。"
    ),
    "The pattern of the format {name} cannot be used ({error}); correct it.": "格式 {name} 的模式无法使用（{error}）；请改正。",
    "The pattern of the format {name} has no group (?P<message>...); name the part that is the message so.": (
        "格式 {name} 的模式没有 (?P<message>...) 组；请这样命名消息部分。"
    ),
    "The pattern of the format {name} takes too long for {words}; let its repeats match in one way only.": (
        "格式 {name} 的模式匹配 {words} 耗时过长；请让其中的重复只有一种匹配方式。"
    ),
    "The pattern of the format {name} does not match its sample {sample}; correct either.": (
        "格式 {name} 的模式与其样例 {sample} 不符；请改正其一。"
    ),
    "The lnav formats in {path} were passed over: {error}.": "{path} 中的 lnav 格式已跳过：{error}。",
    "In {path}, of the format {name}, something was passed over: {error}.": (
        "{path} 中格式 {name} 的部分内容已跳过：{error}。"
    ),
    "it is larger than 1 MiB": "大于 1 MiB",
    "it is no JSON ({error})": "不是 JSON（{error}）",
    "intake.zone is {name}, which this machine does not know as a time zone; write a name such as Europe/Berlin "
    "(they come with the package tzdata), an offset such as +02:00, local or UTC.": (
        "intake.zone 为 {name}，本机没有此时区；请写 Europe/Berlin 之类的名称（由软件包 tzdata 提供）、"
        "+02:00 之类的偏移、local 或 UTC。"
    ),
    "There is no format {name}; there are {known}.": "没有格式 {name}；可用：{known}。",
    # ---- looking through logs
    "What to look for has 1 to {most} characters; yours has {count}.": "搜索内容应为 1 至 {most} 个字符；当前为 {count} 个。",
    "{phrase} is no regular expression: {error}.": "{phrase} 不是正则表达式：{error}。",
    "Searching is not possible: its process ended; leave edgeops and start it again.": (
        "无法搜索：搜索进程已结束；请退出 edgeops 后重新启动。"
    ),
    "That took longer than {seconds} s for one piece of the file and was stopped; use a simpler expression, "
    "without a repetition inside of another.": (
        "搜索文件的一段超过 {seconds} 秒，已停止；请使用更简单的表达式，不要嵌套重复。"
    ),
    "The process that searches ended; try again, and free memory if it does again.": (
        "搜索进程已结束；请重试，若再次发生请释放内存。"
    ),
    "{most} files are open; :reload begins anew": "已打开 {most} 个文件；用 :reload 重新开始",
    "{path} was rotated, and its new file cannot be opened: {reason}.": "{path} 已轮转，但新文件无法打开：{reason}。",
    # ---- what was left out of the reading
    "There were so many errors in all that {count} of the weaker ones were left out.": (
        "错误总数过多，略去了较弱的 {count} 个。"
    ),
    "There were so many new lines in all that those of {count} sources were left out as hints.": (
        "新出现的行总数过多，{count} 个来源的此类行未作为线索。"
    ),
    "{source}: so many kinds of errors that {count} of the weaker ones were left out": (
        "{source}：错误种类过多，略去了较弱的 {count} 种"
    ),
    "{kinds} evenly all through these logs and made no incident; most often ({count} times): {example}": (
        "{kinds}，在这些日志中均匀分布，未成为事件；最多的（{count} 次）：{example}"
    ),
    "One kind of error comes": "有 1 种错误出现",
    "{count} kinds of errors come": "有 {count} 种错误出现",
}
