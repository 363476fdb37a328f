# Included right after project(llama_cpp): the bindings load libllama alone, so its command-line helpers, web server and
# chat-template parsers need not be compiled (57 of 140 steps, the slowest among them).
set(LLAMA_BUILD_COMMON OFF)

# AMX, which only server processors have, stays out: of ggml's tile configuration on the stack, GCC up to 13 writes no more than the
# 8 bytes that its own header names, and the first product of matrices then ends the process (SIGSEGV in
# ggml_backend_amx_mul_mat; ggml-org/llama.cpp pull request 26954). The AVX-512 code beside it does the same work.
add_compile_options(-U__AMX_INT8__)
