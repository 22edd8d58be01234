#pragma once
// What a person names on the command line, as a list of documents: files, folders (searched through), http(s) URLs, and
// "-" for standard input. What cannot be used is reported per item and never stops the others. Used from one thread.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::cli {

// The most items that one command takes.
inline constexpr size_t kItemsMax = 1'000'000;

struct Item {
  enum class Kind { kFile, kUrl, kStdin };
  Kind kind = Kind::kFile;
  std::string given;  // As named, or as found in a folder: for messages.
};

struct Inputs {
  std::vector<Item> items;           // In the order of the command line; within a folder by path.
  std::vector<absl::Status> errors;  // One for each argument that names nothing usable.
};

// Folders are searched through, hidden files and folders inside them left out; symbolic links to folders are not
// followed.
Inputs FindInputs(const std::vector<std::string>& arguments);

// The bytes of a file or of standard input. Errors name the path and the remedy: NOT_FOUND (NO_SUCH_FILE),
// PERMISSION_DENIED (CANNOT_READ), INVALID_ARGUMENT (EMPTY_DOCUMENT, DOCUMENT_TOO_LARGE); the size is checked before
// reading.
absl::StatusOr<std::string> ReadItem(const Item& item);

// The URI that a file is ingested under: its absolute path with links resolved, as a file: URL.
absl::StatusOr<std::string> ItemUri(const Item& item);

// "text/html" for .html, .htm and .xhtml, "text/plain" for .txt and .md, else empty: then the bytes decide.
std::string ContentTypeOfPath(const std::string& path);

}  // namespace dateline::cli
