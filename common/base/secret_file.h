#pragma once
// Secrets that come as files, as clusters hand them out. Thread-safe.

#include <string>

#include "absl/status/statusor.h"

namespace dateline {

// The contents of a small text file without the white space at its end. INVALID_ARGUMENT (SECRET_UNREADABLE) when it
// cannot be read, is empty, too large or no text; the message names the file and never what is in it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace dateline
