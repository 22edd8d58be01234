#pragma once
// The place in a stream, kept in a file of one line. Used by one thread and one process at a time.

#include <string>

#include "absl/status/status.h"

namespace dateline::client {

// The token; empty when there is no file or it is empty.
std::string LoadCursor(const std::string& path);

// Replaces the file by rename, so that it is always whole. UNAVAILABLE (CURSOR_NOT_WRITABLE; metadata path).
absl::Status SaveCursor(const std::string& path, const std::string& token);

}  // namespace dateline::client
