#include "common/testing/temp_dir.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "common/base/check.h"

namespace dateline::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dateline-test-XXXXXX").string();
  DATELINE_CHECK(mkdtemp(pattern.data()) != nullptr, "cannot make a folder like " + pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  Remove();
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  if (this != &other) {
    Remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

std::string TempDir::Write(std::string_view name, std::string_view contents) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << contents;
  stream.close();
  DATELINE_CHECK(stream.good(), "cannot write " + file.string());
  return file.string();
}

void TempDir::Remove() noexcept {
  if (path_.empty()) return;
  if (std::getenv("DATELINE_KEEP_TEMP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace dateline::testing
