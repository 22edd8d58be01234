# Every third-party library, found once. All come from Debian 12 (deploy/packages names them); nothing is downloaded.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)       # Debian's protobuf 3.21 has no package configuration of its own
find_package(gRPC CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n data)
find_program(DATELINE_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(nats REQUIRED IMPORTED_TARGET libnats)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(brotli REQUIRED IMPORTED_TARGET libbrotlidec libbrotlienc)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(uuid REQUIRED IMPORTED_TARGET uuid)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# For programs that allocate and free much of all sizes, where glibc's malloc took a quarter of the time. Sanitizers bring
# their own.
add_library(dateline_allocator INTERFACE)
if(NOT DATELINE_SANITIZE)
  target_link_libraries(dateline_allocator INTERFACE PkgConfig::jemalloc)
endif()

# These ship neither pkg-config nor CMake files.
function(dateline_find_bare target header library)
  find_path(${target}_INCLUDE "${header}" REQUIRED)
  find_library(${target}_LIBRARY "${library}" REQUIRED)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE "${${target}_INCLUDE}")
  target_link_libraries(${target} INTERFACE "${${target}_LIBRARY}")
endfunction()
dateline_find_bare(third_party::phonenumber phonenumbers/phonenumberutil.h phonenumber)
dateline_find_bare(third_party::cld2 cld2/public/compact_lang_det.h cld2)
dateline_find_bare(third_party::modest myhtml/api.h modest)
dateline_find_bare(third_party::httplib httplib.h cpp-httplib)
# The layout of httplib's classes depends on these; they have to be as the library was built.
target_compile_definitions(third_party::httplib INTERFACE
  CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
  # Only what our reader of feeds is measured beside.
  find_package(EXPAT REQUIRED)
  find_package(LibXml2 REQUIRED)
  include(GoogleTest)
endif()
