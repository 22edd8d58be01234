# Compiler, linker and warning settings. Everything that is ours links dateline_options; nothing is set globally
# besides the language standard and where binaries go.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
# Line tables are enough for a stack trace and halve compile time and size against full debug information.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")

option(DATELINE_WERROR "Warnings are errors" ON)
option(DATELINE_FUZZ "Build the libFuzzer targets (clang only)" OFF)
set(DATELINE_SANITIZE "" CACHE STRING "Comma-separated list for -fsanitize=, for example address,undefined")

find_program(DATELINE_CCACHE ccache)
if(DATELINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache's manual asks for where headers are compiled beforehand; the list of those is written just before they are.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${DATELINE_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${DATELINE_CCACHE}")
endif()

add_library(dateline_options INTERFACE)
target_compile_options(dateline_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${DATELINE_WERROR}>:-Werror>)
target_compile_definitions(dateline_options INTERFACE DATELINE_VERSION="${PROJECT_VERSION}")
target_include_directories(dateline_options INTERFACE "${PROJECT_SOURCE_DIR}")

# Sanitizers have to reach the generated protobuf code too, so they are a target of their own.
add_library(dateline_sanitizers INTERFACE)
if(DATELINE_SANITIZE)
  target_compile_options(dateline_sanitizers INTERFACE
    "-fsanitize=${DATELINE_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(dateline_sanitizers INTERFACE "-fsanitize=${DATELINE_SANITIZE}")
endif()
if(DATELINE_FUZZ)
  target_compile_options(dateline_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_libraries(dateline_options INTERFACE dateline_sanitizers)

find_program(DATELINE_MOLD mold)
if(DATELINE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
