"""Sentences about the file of a model and the process that answers with it. As the code says them, and in Chinese."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # ---- the file of a model
    "{path} is not a usable model: {reason}. Get the file again, or use another.": (
        "{path} 不是可用的模型：{reason}。请重新获取该文件，或使用其他模型。"
    ),
    "{path} cannot be opened ({error}); check the path and its permissions.": "{path} 无法打开（{error}）；请检查路径及其权限。",
    "{path} is not a regular file; give the model file itself.": "{path} 不是普通文件；请给出模型文件本身。",
    "The header of {path} could not be read: {error}": "{path} 的文件头无法读取：{error}",
    "The header of {path} could not be read: the reader spoke out of turn. Try again.": (
        "{path} 的文件头无法读取：读取进程应答错乱。请重试。"
    ),
    "its header does not end where the file does": "文件头超出文件末尾",
    "it became shorter while it was read": "文件在读取时变短",
    "it is GGUF version {version}, and versions 2 and 3 are read here": "它是 GGUF 版本 {version}，此处只支持版本 2 和 3",
    "it has {size} bytes and its tensors need {needed}: it was cut off": "文件有 {size} 字节，而张量需要 {needed}：文件被截断",
    "it names no architecture or holds no tensors": "没有写明架构，或不含张量",
    "it claims {what} of {value}, which is more than {most}": "它声称 {what} 为 {value}，超过 {most}",
    "a value in it is of the unknown type {kind}": "其中一个值的类型 {kind} 未知",
    "a tensor in it has {count} dimensions": "其中一个张量有 {count} 维",
    "its tensors claim more weights than any file holds": "其张量声称的权重数超过任何文件所能容纳",
    "it is neither GGUF nor ONNX": "既不是 GGUF 也不是 ONNX",
    "it keeps weights in other files, which is refused; export it as one file": (
        "权重存放在其他文件中，不予接受；请导出为单个文件"
    ),
    "a part of it ends beyond the whole; it is cut off or no ONNX file": "其中一部分超出文件末尾；文件被截断或不是 ONNX 文件",
    "a number in it does not end; it is cut off or no ONNX file": "其中一个数没有结束；文件被截断或不是 ONNX 文件",
    "it carries no tokenizer.json; import the folder that it was exported to": (
        "不含 tokenizer.json；请导入它所导出到的文件夹"
    ),
    # ---- loading and answering
    "No model is installed that fits into the free memory; 'edgeops model list' shows what there is and "
    "'edgeops model pull NAME' fetches one.": (
        "没有已安装且能放入可用内存的模型；'edgeops model list' 列出模型，'edgeops model pull 名称' 获取一个。"
    ),
    "The model {name} could not be loaded{said}. Check the file with `edgeops model verify`, and model.memory_mb.": (
        "模型 {name} 无法加载{said}。请用 `edgeops model verify` 校验文件，并检查 model.memory_mb。"
    ),
    "The model is not a plain decoder (it has an encoder or a recurrent state); use another.": (
        "该模型不是纯解码器（含有编码器或循环状态）；请使用其他模型。"
    ),
    "The adapter {name} could not be loaded{said}: it is broken or made for another model. Set model.adapter to false "
    "to go on without, or put the one before back with `edgeops model rollback`.": (
        "适配器 {name} 无法加载{said}：它已损坏或属于其他模型。请将 model.adapter 设为 false 以不使用它，"
        "或用 `edgeops model rollback` 恢复前一个。"
    ),
    "A context of {count} tokens does not fit into the memory allowed{said}. Set a smaller model.context or a larger "
    "model.memory_mb.": ("{count} 个词元的上下文超出允许的内存{said}。请减小 model.context 或增大 model.memory_mb。"),
    "The model could not read {count} tokens at {at} (code {code}){said}; try again.": (
        "模型在位置 {at} 无法读取 {count} 个词元（代码 {code}）{said}；请重试。"
    ),
    "There is no chat template for the family {family}; use a model of {known}.": (
        "没有 {family} 系列的对话模板；请使用 {known} 的模型。"
    ),
    "The model's process could not be started ({error}); check memory and limits.": (
        "模型进程无法启动（{error}）；请检查内存和各项限制。"
    ),
    "The model's process ended unexpectedly ({how}){said}. Try again; if it ends every time, check the model with "
    "`edgeops model verify` and raise model.memory_mb.": (
        "模型进程意外结束（{how}）{said}。请重试；若每次都结束，请用 `edgeops model verify` 校验模型并增大 model.memory_mb。"
    ),
    "; its last words were: {words}": "；其最后的输出为：{words}",
    "exit code {code}": "退出码 {code}",
    "signal {number}": "信号 {number}",
    "The model's process was silent for {seconds} s and was stopped. Try again when the machine is less busy, or raise "
    "model.timeout_s.": "模型进程 {seconds} 秒没有响应，已停止。请在机器较空闲时重试，或增大 model.timeout_s。",
    "The model's process could not be cut off from the network ({error}), so it was not started. Use a kernel with "
    "seccomp; without one the known faults are answered all the same.": (
        "无法将模型进程与网络隔离（{error}），因此未启动。请使用支持 seccomp 的内核；没有它，已知故障仍可解答。"
    ),
    "The model is already answering; wait for that answer to end.": "模型正在解答；请等待其结束。",
    "The model failed {count} times in a row and is not tried again. The last time: {error}": (
        "模型连续失败 {count} 次，不再尝试。最近一次：{error}"
    ),
    "The model ended without a word; check its file with `edgeops model verify`.": (
        "模型没有任何输出就结束了；请用 `edgeops model verify` 校验其文件。"
    ),
    "The model stopped before it had finished; nothing of its answer is used.": "模型未完成就停止了；不采用其任何输出。",
    "The model stopped before it had finished; nothing of its answer is used. Try again, or use --no-model.": (
        "模型未完成就停止了；不采用其任何输出。请重试，或使用 --no-model。"
    ),
    "The prompt needs {needed} tokens but the model's context holds {room}; nothing was cut. Give less evidence "
    "(--budget-chars) or a larger context (model.context).": (
        "提示需要 {needed} 个词元，而模型的上下文只有 {room}；未作截断。请减少证据（--budget-chars）"
        "或增大上下文（model.context）。"
    ),
    "The {what} {path} cannot be opened ({error}); {advice}.": "{what} {path} 无法打开（{error}）；{advice}。",
    "model file": "模型文件",
    "adapter": "适配器",
    "get it with `edgeops model pull`": "请用 `edgeops model pull` 获取",
    "set model.adapter to false to go on without": "将 model.adapter 设为 false 可不使用它",
    "llama-cpp-python is not installed; install edgeops with the extra `llama`, or run `make demo`.": (
        "未安装 llama-cpp-python；请安装带 `llama` 附加项的 edgeops，或运行 `make demo`。"
    ),
    "llama-cpp-python cannot be loaded ({error}); install it again for this machine.": (
        "llama-cpp-python 无法加载（{error}）；请为本机重新安装。"
    ),
    "onnxruntime cannot be loaded ({error}); install edgeops with the extra `onnx`, or use a GGUF model.": (
        "onnxruntime 无法加载（{error}）；请安装带 `onnx` 附加项的 edgeops，或使用 GGUF 模型。"
    ),
    "An ONNX model takes no adapter; export it with the adapter merged in (`edgeops-quantize onnx --adapter`).": (
        "ONNX 模型不使用适配器；请在导出时合并适配器（`edgeops-quantize onnx --adapter`）。"
    ),
    "The model's saved state was spoilt and is deleted; run the command again.": "模型保存的状态已损坏并删除；请重试。",
    # ---- a server that is asked instead
    "The variable {name} holds no key for {host}; set it.": "变量 {name} 中没有 {host} 的密钥；请设置它。",
    "{host} was silent for {seconds} s; try again, or raise model.timeout_s.": (
        "{host} 在 {seconds} 秒内没有响应；请重试，或增大 model.timeout_s。"
    ),
    "{host} cannot be used ({error}); check remote.url and the server.": (
        "无法使用 {host}（{error}）；请检查 remote.url 和服务器。"
    ),
    "{host} answered {status}: {words}. Check remote.url, remote.model and the key.": (
        "{host} 回应 {status}：{words}。请检查 remote.url、remote.model 和密钥。"
    ),
    "{host} does not stop answering; it was cut off. Try again.": "{host} 的回答没有结束，已中断。请重试。",
    "{host} does not speak the OpenAI chat API ({error}); check remote.url.": (
        "{host} 不支持 OpenAI 对话接口（{error}）；请检查 remote.url。"
    ),
    "remote.url is {url}; give an address such as http://llm.site:8080/v1.": (
        "remote.url 为 {url}；请给出 http://llm.site:8080/v1 之类的地址。"
    ),
    # ---- what is wrong with a file or its vocabulary
    "it needs operators of an unknown maker ({name})": "需要未知来源的算子（{name}）",
    "its graphs are nested too deep": "计算图嵌套过深",
    "its config.json cannot be read ({error})": "其 config.json 无法读取（{error}）",
    "its tokenizer.json is of a kind that is not read here ({words})": "其 tokenizer.json 的类型不受支持（{words}）",
    "its tokeniser is a {name}; only byte-level BPE is read here": "其分词器为 {name}；此处只支持字节级 BPE",
    "its tokeniser cuts text in a way that is not known here": "其分词器的切分方式不受支持",
    "its tokeniser cannot be used{said}": "其分词器无法使用{said}",
    "the numbers of its tokens make no sense": "其词元编号不合理",
    "The model does not know {text}, so it is not of the family {family}; import it again, or use another.": (
        "模型不认识 {text}，因此不属于 {family} 系列；请重新导入，或使用其他模型。"
    ),
    "A text of {count} bytes could not be cut into tokens; give less.": "{count} 字节的文本无法切分为词元；请减少内容。",
    "The model gave no usable numbers; verify its file with `edgeops model verify`.": (
        "模型没有给出可用的数值；请用 `edgeops model verify` 校验其文件。"
    ),
    "The adapter could not be put on the model{said}. Set model.adapter to false to go on without.": (
        "适配器无法用于该模型{said}。将 model.adapter 设为 false 可不使用它。"
    ),
    "The model {name} could not be loaded ({words}). Check the file with `edgeops model verify`, and "
    "model.memory_mb.": "模型 {name} 无法加载（{words}）。请用 `edgeops model verify` 校验文件，并检查 model.memory_mb。",
    "The model {name} is no language model with a KV cache; export it with `edgeops-quantize onnx`.": (
        "模型 {name} 不是带 KV 缓存的语言模型；请用 `edgeops-quantize onnx` 导出。"
    ),
    "The model {name} has no KV cache of a kind that is known; export it with `edgeops-quantize onnx`.": (
        "模型 {name} 没有已知类型的 KV 缓存；请用 `edgeops-quantize onnx` 导出。"
    ),
    "The model has room for {most} tokens, and {count} were read; give less.": (
        "模型可容纳 {most} 个词元，已读取 {count} 个；请减少内容。"
    ),
    "The model could not read {count} tokens at {at} ({words}); try again.": (
        "模型在位置 {at} 无法读取 {count} 个词元（{words}）；请重试。"
    ),
    "The script is larger than any context; give less evidence (--budget-chars).": (
        "内容超过任何上下文；请减少证据（--budget-chars）。"
    ),
    # ---- the process that answers breaks its protocol
    "The model's process spoke out of turn while loading; it was stopped.": "模型进程在加载时应答错乱，已停止。",
    "The model's process spoke out of turn; it was stopped.": "模型进程应答错乱，已停止。",
    "The model's process sent something that is no message ({words}); it was stopped.": (
        "模型进程发来的内容不是消息（{words}），已停止。"
    ),
    "The model's process sent a reply of the unknown kind {name}; it was stopped.": (
        "模型进程发来未知类型 {name} 的应答，已停止。"
    ),
    "The model's process sent a broken {name} ({words}); it was stopped.": "模型进程发来损坏的 {name}（{words}），已停止。",
    "The model's process announced a message of {count} bytes; it was stopped.": (
        "模型进程声称要发送 {count} 字节的消息，已停止。"
    ),
    "The model's answer broke off before it was finished; try again.": "模型的回答中途中断；请重试。",
    "no filter is known for {machine}": "没有适用于 {machine} 的过滤器",
    "the filter has no effect": "过滤器不起作用",
    "The server's answer lacks {names}; try a larger model, or the local one (model.engine).": (
        "服务器的回答缺少 {names}；请换用更大的模型，或本地模型（model.engine）。"
    ),
    "The server chose {value} for {name}, which was not offered; try a larger model.": (
        "服务器为 {name} 选择了未提供的 {value}；请换用更大的模型。"
    ),
}
