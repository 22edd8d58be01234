# The functions that every CMakeLists.txt here is written with, one for each thing that repeats.

# dateline_library(NAME <module> SOURCES a.cc … [DEPS public…] [PRIVATE_DEPS …] [PRECOMPILE <header>…])
# A static library dateline_<module> with the alias dateline::<module>. Our own warnings do not reach those who link an
# installed one. PRECOMPILE: headers that nearly all of its files include, besides those that all libraries have (DatelinePrecompiled.cmake).
function(dateline_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS;PRECOMPILE" ${ARGN})
  set(target "dateline_${ARG_NAME}")
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:dateline_options> ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
    if(NOT ARG_PRECOMPILE)
      dateline_precompile(${target} "" ${ARG_DEPS} ${ARG_PRIVATE_DEPS})
    elseif(DATELINE_PRECOMPILE)
      target_precompile_headers(${target} PRIVATE ${DATELINE_COMMON_HEADERS} ${DATELINE_RPC_HEADERS} ${ARG_PRECOMPILE})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE dateline_options ${ARG_DEPS})
  endif()
  add_library(dateline::${ARG_NAME} ALIAS ${target})
endfunction()

# dateline_export(<module>…)
# Installs the libraries for programs outside this tree, which know them as Dateline::<module>.
function(dateline_export)
  foreach(module IN LISTS ARGN)
    set_target_properties(dateline_${module} PROPERTIES EXPORT_NAME ${module})
    install(TARGETS dateline_${module} EXPORT Dateline
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
  endforeach()
endfunction()

# dateline_embed_files(OUTPUT name.cc ROOT dir PATTERN *.tsv HEADER h NAMESPACE n FUNCTION F TYPE T)
# Generates OUTPUT in the binary directory: FUNCTION() gives the files below ROOT as constants of TYPE{path, content}.
# A file that is added or changed makes it anew.
function(dateline_embed_files)
  cmake_parse_arguments(ARG "" "OUTPUT;ROOT;PATTERN;HEADER;NAMESPACE;FUNCTION;TYPE" "" ${ARGN})
  file(GLOB_RECURSE embedded CONFIGURE_DEPENDS "${ARG_ROOT}/${ARG_PATTERN}")
  set(script "${PROJECT_SOURCE_DIR}/common/cmake/embed_files.cmake")
  add_custom_command(OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${ARG_OUTPUT}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${ARG_OUTPUT}" "-DROOT=${ARG_ROOT}"
      "-DPATTERN=${ARG_PATTERN}" "-DHEADER=${ARG_HEADER}" "-DNAMESPACE=${ARG_NAMESPACE}"
      "-DFUNCTION=${ARG_FUNCTION}" "-DTYPE=${ARG_TYPE}" -P "${script}"
    DEPENDS ${embedded} "${script}" VERBATIM COMMENT "embedding ${ARG_ROOT}")
endfunction()

# Everything that users run: what deploy/quickstart builds.
add_custom_target(programs)

# dateline_executable(NAME <binary> SOURCES main.cc … [DEPS …])
# An installed program in bin/.
function(dateline_executable)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE dateline_options ${ARG_DEPS})
  add_dependencies(programs ${ARG_NAME})
  set_property(GLOBAL APPEND PROPERTY DATELINE_PROGRAMS ${ARG_NAME})
  install(TARGETS ${ARG_NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endfunction()

# The tests that the preset `tsan` builds and runs.
add_custom_target(tsan_tests)

# dateline_test(NAME <binary> SOURCES a_test.cc … [DEPS …] [LABELS unit tsan …] [TIMEOUT seconds])
# One ctest entry for each GoogleTest case. The label `tsan` marks tests of code that links neither gRPC nor
# absl::Mutex; only those are meaningful under ThreadSanitizer with Debian's uninstrumented libraries.
function(dateline_test)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE dateline_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  dateline_precompile(${ARG_NAME} _tests ${ARG_DEPS})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  # A printed parameter may hold an address, which would give the test another name in every build.
  gtest_discover_tests(${ARG_NAME} NO_PRETTY_VALUES DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  # gtest_discover_tests flattens lists, so a second label would be lost and the timeout with it: ctest reads the labels
  # from a file of their own.
  set(labels "${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}_labels.cmake")
  file(CONFIGURE OUTPUT "${labels}" @ONLY CONTENT
    "if(@ARG_NAME@_TESTS)\n  set_tests_properties(\${@ARG_NAME@_TESTS} PROPERTIES LABELS \"@ARG_LABELS@\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels}")
  if("tsan" IN_LIST ARG_LABELS)
    add_dependencies(tsan_tests ${ARG_NAME})
  endif()
endfunction()

# dateline_benchmark(NAME <binary> SOURCES … [DEPS …]): built with the tests, run by hand.
function(dateline_benchmark)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE dateline_options ${ARG_DEPS})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/perf")
endfunction()

# The programs that the preset `fuzz` builds and runs.
add_custom_target(fuzzers)

# dateline_fuzzer(NAME <binary> SOURCES x_fuzz.cc CORPUS dir [DEPS …] [SECONDS n])
# With DATELINE_FUZZ a libFuzzer program; without it the same source is driven over its corpus by a plain main, so that
# every build replays all inputs that ever failed.
function(dateline_fuzzer)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "NAME;CORPUS;SECONDS" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_SECONDS)
    set(ARG_SECONDS 20)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_link_libraries(${ARG_NAME} PRIVATE dateline_options ${ARG_DEPS})
  add_dependencies(fuzzers ${ARG_NAME})
  if(DATELINE_FUZZ)
    target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} -max_total_time=${ARG_SECONDS} -rss_limit_mb=2048
             "${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.found" "${ARG_CORPUS}")
    file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.found")
  else()
    target_link_libraries(${ARG_NAME} PRIVATE dateline::fuzz_replay)
    add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} --seconds ${ARG_SECONDS} "${ARG_CORPUS}")
  endif()
  math(EXPR timeout "${ARG_SECONDS} + 60")
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS fuzz TIMEOUT ${timeout})
endfunction()

# dateline_proto_library(NAME <area> PROTOS path… [DEPS …])
# Generates C++ for the given files (paths relative to proto/) into <build>/gen, with gRPC code for those that declare a
# service, as two targets: dateline_<area>_proto (messages, no gRPC) and dateline_<area>_grpc (services).
# Domain code links the first only.
function(dateline_proto_library)
  cmake_parse_arguments(ARG "" "NAME" "PROTOS;DEPS" ${ARGN})
  set(root "${PROJECT_SOURCE_DIR}/proto")
  set(gen "${PROJECT_BINARY_DIR}/gen")
  file(MAKE_DIRECTORY "${gen}")
  set(messages)
  set(services)
  foreach(proto IN LISTS ARG_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(outputs "${gen}/${stem}.pb.cc" "${gen}/${stem}.pb.h")
    set(arguments "--cpp_out=${gen}")
    list(APPEND messages "${gen}/${stem}.pb.cc")
    file(STRINGS "${root}/${proto}" declares_service REGEX "^service ")
    if(declares_service)
      list(APPEND outputs "${gen}/${stem}.grpc.pb.cc" "${gen}/${stem}.grpc.pb.h")
      list(APPEND arguments "--grpc_out=${gen}" "--plugin=protoc-gen-grpc=${DATELINE_GRPC_CPP_PLUGIN}")
      list(APPEND services "${gen}/${stem}.grpc.pb.cc")
    endif()
    file(GLOB_RECURSE all_protos CONFIGURE_DEPENDS "${root}/*.proto")
    add_custom_command(OUTPUT ${outputs}
      COMMAND protobuf::protoc -I "${root}" ${arguments} "${root}/${proto}"
      DEPENDS ${all_protos} VERBATIM COMMENT "protoc ${proto}")
    get_filename_component(folder "${proto}" DIRECTORY)
    install(FILES "${root}/${proto}" DESTINATION "${CMAKE_INSTALL_DATADIR}/dateline/proto/${folder}" COMPONENT dev)
    set(headers "${gen}/${stem}.pb.h")
    if(declares_service)
      list(APPEND headers "${gen}/${stem}.grpc.pb.h")
    endif()
    install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dateline/${folder}" COMPONENT dev)
  endforeach()
  add_library(dateline_${ARG_NAME}_proto STATIC ${messages})
  target_include_directories(dateline_${ARG_NAME}_proto SYSTEM PUBLIC
    "$<BUILD_INTERFACE:${gen}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/dateline>")
  target_link_libraries(dateline_${ARG_NAME}_proto
    PUBLIC $<BUILD_INTERFACE:dateline_sanitizers> protobuf::libprotobuf ${ARG_DEPS})
  dateline_export(${ARG_NAME}_proto)
  add_library(dateline::${ARG_NAME}_proto ALIAS dateline_${ARG_NAME}_proto)
  if(services)
    # These share nearly all of their headers, and nobody edits them one by one.
    add_library(dateline_${ARG_NAME}_grpc STATIC ${services})
    set_target_properties(dateline_${ARG_NAME}_grpc PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
    target_link_libraries(dateline_${ARG_NAME}_grpc PUBLIC dateline_${ARG_NAME}_proto gRPC::grpc++)
    add_library(dateline::${ARG_NAME}_grpc ALIAS dateline_${ARG_NAME}_grpc)
    dateline_export(${ARG_NAME}_grpc)
  endif()
endfunction()
