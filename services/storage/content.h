#pragma once
// The content of documents as it is kept: compressed with Zstandard and addressed by its SHA-256. Costs CPU time, so it
// is called on the threads of the handlers, never on the one that writes. Pure and thread-safe.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::storage {

// SHA-256 as 32 bytes, the form in which databases keep it; as 64 hexadecimal digits it stands in Document.
std::string Sha256Bytes(std::string_view content);
std::string BytesToHex(std::string_view bytes);
// Empty when it is not hexadecimal.
std::string HexToBytes(std::string_view hex);

std::string CompressContent(std::string_view content);
// DATA_LOSS (CONTENT_CORRUPT) when it is not what CompressContent made of `content_bytes` bytes.
absl::StatusOr<std::string> DecompressContent(std::string_view compressed, size_t content_bytes);

}  // namespace dateline::storage
