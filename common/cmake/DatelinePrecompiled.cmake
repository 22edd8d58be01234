# Most of the time of a file goes into reading the headers of the standard library, Abseil, gRPC and GoogleTest; they are read once:
# for libraries (which are compiled with -fPIC) and for tests (-fPIE), without gRPC for those that have nothing to do with it. Files
# include what they use nevertheless: with DATELINE_PRECOMPILE=OFF they have to compile too.
option(DATELINE_PRECOMPILE "Headers that most files include are compiled once" ON)

set(DATELINE_COMMON_HEADERS
  <algorithm> <array> <atomic> <chrono> <functional> <map> <memory> <optional> <set> <string> <string_view> <thread> <utility> <vector>
  <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h> <fmt/format.h>)
set(DATELINE_RPC_HEADERS <google/protobuf/message.h> <google/protobuf/util/json_util.h> <grpcpp/grpcpp.h>)
set(DATELINE_TEST_HEADERS <gmock/gmock.h> <gtest/gtest.h>)

if(DATELINE_PRECOMPILE)
  # A compiled header is of use only where the names that it looked at are defined alike, _REENTRANT by -pthread among them.
  target_compile_definitions(dateline_options INTERFACE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  # GCC forgets that a compiled header is the system's, and reports what it wrongly suspects inside inlined strings (PR 105329, 105651).
  target_compile_options(dateline_options INTERFACE -pthread
    "$<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread>")

  set(empty "${CMAKE_CURRENT_LIST_DIR}/precompiled.cc")
  add_library(dateline_precompiled STATIC "${empty}")
  target_link_libraries(dateline_precompiled PRIVATE dateline_options)
  target_precompile_headers(dateline_precompiled PRIVATE ${DATELINE_COMMON_HEADERS})
  add_library(dateline_precompiled_rpc STATIC "${empty}")
  target_link_libraries(dateline_precompiled_rpc PRIVATE dateline_options gRPC::grpc++)
  target_precompile_headers(dateline_precompiled_rpc PRIVATE ${DATELINE_COMMON_HEADERS} ${DATELINE_RPC_HEADERS})
  if(BUILD_TESTING)
    add_executable(dateline_precompiled_tests "${empty}")
    target_link_libraries(dateline_precompiled_tests PRIVATE dateline_options GTest::gmock GTest::gtest)
    target_precompile_headers(dateline_precompiled_tests PRIVATE ${DATELINE_COMMON_HEADERS} ${DATELINE_TEST_HEADERS})
    add_executable(dateline_precompiled_rpc_tests "${empty}")
    target_link_libraries(dateline_precompiled_rpc_tests PRIVATE dateline_options gRPC::grpc++ GTest::gmock GTest::gtest)
    target_precompile_headers(dateline_precompiled_rpc_tests PRIVATE
      ${DATELINE_COMMON_HEADERS} ${DATELINE_RPC_HEADERS} ${DATELINE_TEST_HEADERS})
    set_target_properties(dateline_precompiled_tests dateline_precompiled_rpc_tests PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  endif()
endif()

# dateline_precompile(<target> <suffix> [dependency…])
# Gives a target the compiled headers dateline_precompiled[_rpc]<suffix>, those with gRPC where one of its dependencies has to do
# with it.
function(dateline_precompile target suffix)
  if(NOT DATELINE_PRECOMPILE)
    return()
  endif()
  if("${ARGN}" MATCHES "_grpc|dateline::rpc")
    string(PREPEND suffix "_rpc")
  endif()
  target_precompile_headers(${target} REUSE_FROM "dateline_precompiled${suffix}")
endfunction()
