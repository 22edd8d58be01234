#include "common/base/secret_file.h"

#include <cstdio>

#include "common/base/error.h"

namespace dateline {
namespace {

constexpr size_t kSecretBytesMax = 64 * 1024;

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  std::string text;
  // Not a stream: that throws when the path is a folder.
  if (std::FILE* file = std::fopen(path.c_str(), "rb"); file != nullptr) {
    text.resize(kSecretBytesMax + 1);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (text.empty() || text.size() > kSecretBytesMax || text.find('\0') != std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "SECRET_UNREADABLE",
                 path + ": cannot be read, or holds no text; give the service a file that it may read");
  }
  return text;
}

}  // namespace dateline
