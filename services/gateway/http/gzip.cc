#include "services/gateway/http/gzip.h"

#include <zlib.h>

namespace dateline::gateway {
namespace {

// Below, the answer fits a packet anyway.
constexpr size_t kBytesMin = 1'200;
// Most of the gain for a third of the time of the default.
constexpr int kLevel = 4;
constexpr int kWindowBits = 15 + 16;  // 16 makes it gzip.
constexpr int kMemoryLevel = 8;

}  // namespace

bool PaysToCompress(std::string_view content_type, size_t bytes) {
  if (bytes < kBytesMin || content_type.starts_with("text/event-stream")) return false;
  return content_type.starts_with("text/") || content_type.find("json") != std::string_view::npos ||
         content_type.find("xml") != std::string_view::npos;
}

std::string Gzip(std::string_view body) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib does not write there.
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return done ? out : std::string();
}

}  // namespace dateline::gateway
