#include "services/ingestion/feeds/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "common/base/error.h"

namespace dateline::feeds {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr std::size_t kChunk = std::size_t{64} << 10;

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, kGzipWindowBits) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

bool IsGzip(std::string_view bytes) {
  return bytes.starts_with("\x1F\x8B\x08");
}

absl::StatusOr<std::string> Gunzip(std::string_view bytes, std::size_t max_bytes) {
  Inflater inflater;
  if (!inflater.ready()) return absl::ResourceExhaustedError("zlib could not be set up; memory may be short");
  z_stream& stream = inflater.stream();
  // zlib's interface takes no const input, though it changes nothing.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
  std::string out;
  std::array<char, kChunk> chunk{};
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.size() > max_bytes) {
      return Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE",
                   "decompressed it is over the limit; ask the publisher to split it");
    }
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0 || inflateReset(&stream) != Z_OK) return out;
      continue;
    }
    if (result == Z_OK) continue;
    // Cut off, or followed by something else.
    if (!out.empty()) return out;
    return Error(absl::StatusCode::kInvalidArgument, "BAD_GZIP", "not readable as gzip");
  }
}

}  // namespace dateline::feeds
