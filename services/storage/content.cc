#include "services/storage/content.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "services/storage/limits.h"

namespace dateline::storage {
namespace {

// The level at which text shrinks to a third at several hundred MB/s.
constexpr int kLevel = 3;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

int HexValue(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

}  // namespace

std::string Sha256Bytes(std::string_view content) {
  const std::string hex = Sha256Hex(content);
  std::string bytes(hex.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(HexValue(hex[2 * i]) * 16 + HexValue(hex[2 * i + 1]));
  }
  return bytes;
}

std::string BytesToHex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

std::string HexToBytes(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes;
  if (hex.size() % 2 != 0) return bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const size_t high = kDigits.find(hex[i]);
    const size_t low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string CompressContent(std::string_view content) {
  // One for each thread: making a context costs more than compressing a small page.
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  DATELINE_CHECK(context != nullptr, "out of memory");
  std::string compressed(ZSTD_compressBound(content.size()), '\0');
  const size_t size =
      ZSTD_compressCCtx(context.get(), compressed.data(), compressed.size(), content.data(), content.size(), kLevel);
  DATELINE_CHECK(!ZSTD_isError(size), "the buffer has the size that the library asks for");
  compressed.resize(size);
  compressed.shrink_to_fit();
  return compressed;
}

absl::StatusOr<std::string> DecompressContent(std::string_view compressed, size_t content_bytes) {
  const auto corrupt = [](std::string_view why) {
    return Error(absl::StatusCode::kDataLoss, "CONTENT_CORRUPT",
                 fmt::format("a stored document cannot be read back: {}; restore the archive from a backup", why));
  };
  if (content_bytes > kDocumentBytesMax) return corrupt("its size is impossible");
  std::string content(content_bytes, '\0');
  const size_t size = ZSTD_decompress(content.data(), content.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(size)) return corrupt(ZSTD_getErrorName(size));
  if (size != content_bytes) return corrupt("its size differs");
  return content;
}

}  // namespace dateline::storage
