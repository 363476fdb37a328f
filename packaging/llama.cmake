# Included right after project(llama_cpp): the bindings load libllama alone, so its command-line helpers, web server and
# chat-template parsers need not be compiled (57 of 140 steps, the slowest among them).
set(LLAMA_BUILD_COMMON OFF)
