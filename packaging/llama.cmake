# Included right after project(llama_cpp): the bindings load libllama alone, so its command-line helpers, web server and
# chat-template parsers need not be compiled (57 of 140 steps, the slowest among them).
set(LLAMA_BUILD_COMMON OFF)

# Server processors have AMX, with which Q4_0 and Q8_0 read prompts twice as fast. ggml lays its tile configuration of 64 bytes on
# the stack; the header of GCC up to 13 names only the first 8 of them to the compiler, which then leaves out the others, so that
# the first product of matrices ends the process (SIGSEGV in ggml_backend_amx_mul_mat; GCC bug 114098, ggml-org/llama.cpp pull
# request 26954). Here all 64 are named. GENERATE writes only what has changed: a compilation that was stopped goes on.
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/tile.h" CONTENT [=[
#if defined(__AMX_TILE__) && !defined(__clang__)
#include <immintrin.h>
#undef _tile_loadconfig
#define _tile_loadconfig(config) __asm__ volatile("ldtilecfg\t%X0" ::"m"(*(const char(*)[64])(config)))
#endif
]=])
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-include${CMAKE_BINARY_DIR}/tile.h>")
