#pragma once
// A folder that lives as long as the object: made under $TMPDIR (or /tmp) with a unique name, removed with all its
// contents at the end. With DATELINE_KEEP_TEMP set in the environment it stays, and its path is printed. Movable, for
// one owner.

#include <filesystem>
#include <string>
#include <string_view>

#include "common/testing/namespace.h"

namespace dateline::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;

  const std::filesystem::path& path() const { return path_; }
  // The path of an entry, as text.
  std::string File(std::string_view name) const { return (path_ / name).string(); }
  // Writes a file with these contents and returns its path.
  std::string Write(std::string_view name, std::string_view contents) const;

 private:
  void Remove() noexcept;
  std::filesystem::path path_;
};

// The contents of a file; empty when it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace dateline::testing
