"""Sentences about models: the catalogue, our adapters, fetching, importing. As the code says them, and in Chinese."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # ---- the catalogue and the shelf
    "Qwen2.5-Coder 0.5B Instruct, Q4_K_M: the small tier, for 2 GB of free memory or less.": (
        "Qwen2.5-Coder 0.5B Instruct，Q4_K_M：小型，适用于 2 GB 或更少的可用内存。"
    ),
    "Qwen2.5-Coder 1.5B Instruct, Q4_K_M: better than the plain 0.5B, where memory allows.": (
        "Qwen2.5-Coder 1.5B Instruct，Q4_K_M：优于未训练的 0.5B，需内存允许。"
    ),
    "SmolLM2 135M Instruct, Q4_1: small enough to test the plumbing with, useless for answers.": (
        "SmolLM2 135M Instruct，Q4_1：体积小，只用于测试流程，不适合解答。"
    ),
    "The model catalogue {path} cannot be read: {error}. Correct it or restore it.": (
        "模型目录 {path} 无法读取：{error}。请改正或恢复它。"
    ),
    "{name} may mean {names}; give the whole name.": "{name} 可能指 {names}；请给出完整名称。",
    "There is no model {name}; {hint} `edgeops model list` shows them all.": (
        "没有模型 {name}；{hint}`edgeops model list` 列出全部模型。"
    ),
    "{name} is not on this machine; `edgeops model pull {same}` fetches it.": (
        "本机没有 {name}；用 `edgeops model pull {same}` 获取。"
    ),
    "{name} cannot write answers; `edgeops model list` shows which can.": (
        "{name} 不能写解答；`edgeops model list` 会列出可以的模型。"
    ),
    "{name} has not been verified since its file changed; checking it.": "{name} 的文件更改后尚未校验；正在校验。",
    "{path} is there but not verified; checking it.": "{path} 已存在但未校验；正在校验。",
    "{path} changed while it was read; verify it again when nothing writes to it.": (
        "{path} 在读取时被改动；请在没有程序写入时重新校验。"
    ),
    "{name} is damaged: its SHA-256 is {found}, but {right} is right. {reason}; {way} a good one.": (
        "{name} 已损坏：其 SHA-256 为 {found}，应为 {right}。{reason}；用 {way}完好的文件。"
    ),
    "It is now called {name} and is not used any more": "它已改名为 {name}，不再使用",
    "It is not used, though it could not be renamed to {name} ({error})": "它不再使用，但无法改名为 {name}（{error}）",
    "`edgeops model pull {name}` fetches": "`edgeops model pull {name}` 可获取",
    "`edgeops model import` takes": "`edgeops model import` 可导入",
    "{name} was exchanged while it was opened; `edgeops model verify {same}` says more.": (
        "{name} 在打开时被替换；`edgeops model verify {same}` 会说明详情。"
    ),
    "Another edgeops is fetching {name}; waiting for it.": "另一个 edgeops 正在获取 {name}；等待其完成。",
    "The index of models {path} cannot be read ({error}). Delete it; catalogue models are found again by themselves, "
    "others by `edgeops model import`.": (
        "模型索引 {path} 无法读取（{error}）。请删除它；目录中的模型会自动重新找到，其他模型用 `edgeops model import` 导入。"
    ),
    "{name} is an adapter: {way}; its base is a model that can be removed.": (
        "{name} 是适配器：{way}；可以删除的是它的基础模型。"
    ),
    "`edgeops model rollback` takes it out of service": "用 `edgeops model rollback` 停用",
    "it came with edgeops": "它随 edgeops 提供",
    "The catalogue has no model; import a file instead.": "目录中没有模型；请改为导入文件。",
    "Our adapter for {name}, version {version}, {reason}; loaded with it unless the plain model is asked for.": (
        "{name} 的自有适配器，版本 {version}，{reason}；除非指定使用原模型，否则随其加载。"
    ),
    "came with edgeops": "随 edgeops 提供",
    "promoted here": "在本机启用",
    "Imported from {name}.": "导入自 {name}。",
    "Linked to {name}.": "链接到 {name}。",
    # ---- our adapters
    "The adapter {name} is damaged: {path} has the SHA-256 {found}, but {right} is right.": (
        "适配器 {name} 已损坏：{path} 的 SHA-256 为 {found}，应为 {right}。"
    ),
    "{file} cannot be read ({error}); move it aside, then the adapter that came with edgeops counts again.": (
        "{file} 无法读取（{error}）；将其移走后，随 edgeops 提供的适配器会重新生效。"
    ),
    "The adapter {name} is not here any more; the plain {bare} answers.": "适配器 {name} 已不存在；由原模型 {bare} 解答。",
    "{built} was built from an older {name} and still answers; `edgeops model build` builds it anew.": (
        "{built} 由旧版 {name} 构建，仍由它解答；用 `edgeops model build` 可重新构建。"
    ),
    "{name} goes with {base}, which is not on this machine; {way}.": "{name} 需要 {base}，本机没有它；{way}。",
    "`edgeops model pull {name}` fetches it": "用 `edgeops model pull {name}` 获取",
    "bring it with `edgeops model import`": "请用 `edgeops model import` 导入",
    "{error} It is not used.": "{error}不会使用它。",
    "{error} The plain {name} answers.": "{error}由原模型 {name} 解答。",
    "{path} has the SHA-256 {found}, but its manifest says {right}; release the adapter anew.": (
        "{path} 的 SHA-256 为 {found}，但其清单写的是 {right}；请重新发布适配器。"
    ),
    "{path} is no manifest of a release ({error}); release the adapter anew.": (
        "{path} 不是发布清单（{error}）；请重新发布适配器。"
    ),
    "{path} cannot be read ({error}); release the adapter anew.": "{path} 无法读取（{error}）；请重新发布适配器。",
    "The signature of {path} is wrong: its manifest was changed after it was made. Get it again.": (
        "{path} 的签名不符：其清单在生成后被改动。请重新获取。"
    ),
    # ---- fetching
    "{name} needs {needed} free in {path}, but there are {free}; free {more} or set EDGEOPS_HOME to a larger disk.": (
        "{name} 需要 {path} 有 {needed} 可用空间，现有 {free}；请释放 {more}，或将 EDGEOPS_HOME 设到更大的磁盘。"
    ),
    "{where} could not give {name}: {reason}.": "{where}无法提供 {name}：{reason}。",
    "The model hub": "模型中心",
    "The package registry": "软件包仓库",
    "The local copy": "本地副本",
    "{error} Going on with the next source.": "{error}继续尝试下一个来源。",
    "{reason} ({path})": "{reason}（{path}）",
    "Try again with a network, or carry the file here: `edgeops model pull {name} --from PATH`.": (
        "请在有网络时重试，或把文件带到本机：`edgeops model pull {name} --from PATH`。"
    ),
    "What an earlier run had kept was damaged; starting anew.": "上次保留的部分已损坏；重新开始。",
    "the hub address {address} does not begin with https://": "中心地址 {address} 不是以 https:// 开头",
    "it answered {code} {words}": "它回应 {code} {words}",
    "it cannot be read ({error})": "无法读取（{error}）",
    "it offers another file: {offered} bytes where {missing} are missing": (
        "它提供的是另一个文件：{offered} 字节，而缺少的是 {missing} 字节"
    ),
    "it broke off after {done} of {whole} bytes ({error})": "在 {done}/{whole} 字节处中断（{error}）",
    "it ended after {done} of {whole} bytes": "在 {done}/{whole} 字节处结束",
    "{file} ended after {done} of {whole} bytes": "{file} 在 {done}/{whole} 字节处结束",
    "its address is wrong ({error})": "其地址有误（{error}）",
    "no connection within {seconds} s": "{seconds} 秒内无法连接",
    "no connection ({error})": "无法连接（{error}）",
    "{path} does not exist": "{path} 不存在",
    "{path} holds no file of {count} bytes{again}": "{path} 中没有 {count} 字节的文件{again}",
    " and none of the {count} wheels that hold it": "，也没有包含它的 {count} 个 wheel",
    "{path} cannot be read ({error})": "{path} 无法读取（{error}）",
    "the wheel of {requirement} is not there": "没有 {requirement} 的 wheel",
    "{name} is damaged ({error})": "{name} 已损坏（{error}）",
    "pip brought nothing of {requirement} for {seconds} s": "pip 在 {seconds} 秒内没有取得 {requirement} 的任何数据",
    "pip could not get {requirement} ({error})": "pip 无法取得 {requirement}（{error}）",
    "no reason given": "未说明原因",
    "{path}: {reason}. Make room or mend the disk, then run this again.": (
        "{path}：{reason}。请腾出空间或修复磁盘后重试。"
    ),
    "{name}: more bytes came than the {count} that the catalogue says, so this is another file; it was deleted.": (
        "{name}：收到的字节多于目录所写的 {count}，因此是另一个文件；已删除。"
    ),
    "{name}: the {count} bytes that came have the SHA-256 {found}, but the catalogue says {bytes} bytes with {right}; "
    "the file was deleted.": (
        "{name}：收到的 {count} 字节的 SHA-256 为 {found}，而目录写的是 {bytes} 字节、{right}；文件已删除。"
    ),
    # ---- importing
    "Another import runs; waiting for it.": "另一个导入正在进行；等待其完成。",
    "This file is on the shelf already, as {name}.": "此文件已在本机，名为 {name}。",
    "By its hash this is {name} of the catalogue.": "按哈希值，它是目录中的 {name}。",
    "Give the path of a GGUF or ONNX file, or of an exported ONNX folder.": (
        "请给出 GGUF 或 ONNX 文件的路径，或导出的 ONNX 文件夹。"
    ),
    "{path} cannot be opened: {error}. {advice}": "{path} 无法打开：{error}。{advice}",
    "{path} is not a plain file. {advice}": "{path} 不是普通文件。{advice}",
    "{path} begins like neither a GGUF nor an ONNX file. Other formats must be converted first (`edgeops-quantize`).": (
        "{path} 的开头既不像 GGUF 也不像 ONNX 文件。其他格式须先转换（`edgeops-quantize`）。"
    ),
    "{path} needs {needed} free in {folder}, but there are {free}; free {more}, or import it with --link.": (
        "{path} 需要 {folder} 有 {needed} 可用空间，现有 {free}；请释放 {more}，或用 --link 导入。"
    ),
    "{path} changed while it was read, so it was not imported. Import it when it is still.": (
        "{path} 在读取时被改动，因此未导入。请在其不再变化时导入。"
    ),
    "{name} cannot be a model's name; give one of a-z, 0-9, '.', '_' and '-' with --name.": (
        "{name} 不能作为模型名称；请用 --name 给出由 a-z、0-9、'.'、'_'、'-' 组成的名称。"
    ),
    "Another model is called {name} already; give this one a name with --name.": (
        "已有模型名为 {name}；请用 --name 为此模型另取名称。"
    ),
    "{folder} is no exported ONNX model: it has no {missing}. Give a GGUF file, or a folder that "
    "`edgeops-quantize onnx` wrote.": (
        "{folder} 不是导出的 ONNX 模型：缺少 {missing}。请给出 GGUF 文件，或由 `edgeops-quantize onnx` 写出的文件夹。"
    ),
    "{path} is damaged: its SHA-256 is {found}, but {right} is right by the manifest. Export or copy the folder again.": (
        "{path} 已损坏：其 SHA-256 为 {found}，按清单应为 {right}。请重新导出或复制该文件夹。"
    ),
    "The manifest {path} cannot be read ({error}). Export or copy the folder again.": (
        "清单 {path} 无法读取（{error}）。请重新导出或复制该文件夹。"
    ),
    "{path} is larger than any such file ({most} MB at most); give another folder.": (
        "{path} 超过此类文件的上限（{most} MB）；请给出其他文件夹。"
    ),
}
