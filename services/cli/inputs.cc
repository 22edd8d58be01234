#include "services/cli/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/limits.h"
#include "common/url/canonical.h"

namespace dateline::cli {
namespace {

namespace fs = std::filesystem;

bool IsUrl(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

absl::Status PathError(absl::StatusCode code, std::string_view reason, const std::string& path, std::string_view what) {
  return Error(code, reason, fmt::format("{}: {}", path, what), {{"path", path}});
}

void FindInFolder(const std::string& folder, Inputs& inputs) {
  std::error_code failed;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failed);
  if (failed) {
    inputs.errors.push_back(PathError(absl::StatusCode::kPermissionDenied, "CANNOT_READ", folder,
                                      failed.message() + "; check its permissions"));
    return;
  }
  std::vector<std::string> found;
  for (const auto end = fs::recursive_directory_iterator(); entry != end; entry.increment(failed)) {
    if (failed) break;
    const bool hidden = entry->path().filename().string().starts_with('.');
    std::error_code ignored;
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    if (hidden || !entry->is_regular_file(ignored)) continue;
    found.push_back(entry->path().string());
    if (inputs.items.size() + found.size() > kItemsMax) {
      inputs.errors.push_back(
          PathError(absl::StatusCode::kResourceExhausted, "TOO_MANY_FILES", folder,
                    fmt::format("holds more than {} files; name its sub-folders one by one", kItemsMax)));
      break;
    }
  }
  if (failed)
    inputs.errors.push_back(PathError(absl::StatusCode::kUnavailable, "CANNOT_READ", folder, failed.message()));
  if (found.empty() && !failed) {
    inputs.errors.push_back(
        PathError(absl::StatusCode::kNotFound, "NO_FILES", folder, "the folder holds no files to read"));
  }
  std::sort(found.begin(), found.end());
  for (std::string& path : found) inputs.items.push_back({Item::Kind::kFile, std::move(path)});
}

// The error for a stream that could not be read to its end.
absl::StatusOr<std::string> ReadStream(std::FILE* stream, const std::string& name, size_t expected = 0) {
  // One byte more than is expected, so that the end is seen without a second buffer.
  constexpr size_t kStep = size_t{64} << 10;
  std::string bytes(std::min(expected, text::kMaxDocumentBytes) + 1, '\0');
  size_t filled = 0;
  while (const size_t count = std::fread(bytes.data() + filled, 1, bytes.size() - filled, stream)) {
    filled += count;
    if (filled == bytes.size()) bytes.resize(filled + std::max(kStep, filled));
    if (filled > text::kMaxDocumentBytes) {
      return PathError(
          absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE", name,
          fmt::format("over the limit of {} MiB for one document; split it", text::kMaxDocumentBytes >> 20));
    }
  }
  if (std::ferror(stream) != 0) {
    return PathError(absl::StatusCode::kUnavailable, "CANNOT_READ", name, std::strerror(errno));
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Inputs FindInputs(const std::vector<std::string>& arguments) {
  Inputs inputs;
  for (const std::string& argument : arguments) {
    if (argument == "-") {
      inputs.items.push_back({Item::Kind::kStdin, "standard input"});
    } else if (IsUrl(argument)) {
      inputs.items.push_back({Item::Kind::kUrl, argument});
    } else {
      std::error_code ignored;
      const fs::file_status status = fs::status(argument, ignored);
      if (fs::is_directory(status)) {
        FindInFolder(argument, inputs);
      } else if (fs::exists(status)) {
        inputs.items.push_back({Item::Kind::kFile, argument});
      } else {
        inputs.errors.push_back(
            PathError(absl::StatusCode::kNotFound, "NO_SUCH_FILE", argument,
                      "no such file or folder; check the path (URLs begin with http:// or https://)"));
      }
    }
  }
  return inputs;
}

absl::StatusOr<std::string> ReadItem(const Item& item) {
  if (item.kind == Item::Kind::kStdin) return ReadStream(stdin, item.given);
  std::error_code failed;
  if (!fs::is_regular_file(item.given, failed)) {
    return PathError(absl::StatusCode::kInvalidArgument, "CANNOT_READ", item.given,
                     failed ? failed.message() : "not a regular file; save its content to a file first");
  }
  const uintmax_t size = fs::file_size(item.given, failed);
  if (!failed && size > text::kMaxDocumentBytes) {
    return PathError(absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE", item.given,
                     fmt::format("{} MiB are over the limit of {} MiB for one document; split it",
                                 (size + (1 << 20) - 1) >> 20, text::kMaxDocumentBytes >> 20));
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(item.given.c_str(), "rb"), std::fclose);
  if (file != nullptr) std::setvbuf(file.get(), nullptr, _IONBF, 0);  // it is read in large pieces
  if (file == nullptr) {
    return PathError(absl::StatusCode::kPermissionDenied, "CANNOT_READ", item.given,
                     fmt::format("{}; check its permissions", std::strerror(errno)));
  }
  return ReadStream(file.get(), item.given, failed ? 0 : static_cast<size_t>(size));
}

absl::StatusOr<std::string> ItemUri(const Item& item) {
  if (item.kind == Item::Kind::kUrl) return url::Canonicalize(item.given);
  if (item.kind == Item::Kind::kStdin) {
    return Error(absl::StatusCode::kInvalidArgument, "URI_REQUIRED",
                 "standard input: has no address of its own; name one with --uri", {});
  }
  std::error_code failed;
  const fs::path path = fs::canonical(item.given, failed);
  if (failed) return PathError(absl::StatusCode::kNotFound, "NO_SUCH_FILE", item.given, failed.message());
  return url::FileUrl(path.string());
}

std::string ContentTypeOfPath(const std::string& path) {
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (ending == ".html" || ending == ".htm" || ending == ".xhtml") return "text/html";
  if (ending == ".txt" || ending == ".md") return "text/plain";
  return {};
}

}  // namespace dateline::cli
