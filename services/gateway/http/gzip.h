#pragma once
// Compression of whole answers (RFC 1952). Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::gateway {

// Whether compressing a body of this type and size pays.
bool PaysToCompress(std::string_view content_type, size_t bytes);
// Empty when zlib has no memory.
std::string Gzip(std::string_view body);

}  // namespace dateline::gateway
