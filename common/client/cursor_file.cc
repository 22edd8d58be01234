#include "common/client/cursor_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "common/base/error.h"

namespace dateline::client {
namespace {

absl::Status NotWritable(const std::string& path, const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, "CURSOR_NOT_WRITABLE",
               fmt::format("{}: cannot write the cursor ({}); check the folder and the free space", path, why),
               {{"path", path}});
}

}  // namespace

std::string LoadCursor(const std::string& path) {
  std::ifstream in(path);
  std::string token;
  in >> token;
  return token;
}

absl::Status SaveCursor(const std::string& path, const std::string& token) {
  const std::string draft = path + ".new";
  {
    std::ofstream out(draft, std::ios::trunc);
    out << token << '\n';
    if (!out.flush()) return NotWritable(path, "writing failed");
  }
  std::error_code failed;
  std::filesystem::rename(draft, path, failed);
  return failed ? NotWritable(path, failed.message()) : absl::OkStatus();
}

}  // namespace dateline::client
