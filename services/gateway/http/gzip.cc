#include "services/gateway/http/gzip.h"

#include <zlib.h>

#include <array>

namespace dateline::gateway {
namespace {

// Below, the answer fits a packet anyway.
constexpr size_t kBytesMin = 1'200;
// Most of the gain for a third of the time of the default.
constexpr int kLevel = 4;
constexpr int kWindowBits = 15 + 16;  // 16 makes it gzip.
constexpr int kMemoryLevel = 8;
constexpr uInt kPieceBytes = 32 << 10;
constexpr size_t kInputBytesMax = size_t{1} << 30;

}  // namespace

bool PaysToCompress(std::string_view content_type, size_t bytes) {
  if (bytes < kBytesMin || content_type.starts_with("text/event-stream")) return false;
  return content_type.starts_with("text/") || content_type.find("json") != std::string_view::npos ||
         content_type.find("xml") != std::string_view::npos;
}

std::string Gzip(std::string_view body) {
  const auto writer = GzipWriter::Create();
  std::string out;
  if (writer == nullptr) return out;
  const auto append = [&out](std::string_view piece) {
    out += piece;
    return true;
  };
  return writer->Add(body, append) && writer->Finish(append) ? out : std::string();
}

struct GzipWriter::State {
  z_stream zlib{};
  std::array<char, kPieceBytes> out{};
};

std::unique_ptr<GzipWriter> GzipWriter::Create() {
  auto state = std::make_unique<State>();
  if (deflateInit2(&state->zlib, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  return std::unique_ptr<GzipWriter>(new GzipWriter(std::move(state)));
}

GzipWriter::GzipWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
GzipWriter::~GzipWriter() {
  deflateEnd(&state_->zlib);
}

bool GzipWriter::Run(std::string_view piece, bool last, const Sink& sink) {
  z_stream& zlib = state_->zlib;
  // zlib counts in 32 bits.
  for (bool more = true; more;) {
    const std::string_view part = piece.substr(0, kInputBytesMax);
    piece.remove_prefix(part.size());
    more = !piece.empty();
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // zlib does not write there.
    zlib.avail_in = static_cast<uInt>(part.size());
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(state_->out.data());
      zlib.avail_out = kPieceBytes;
      if (deflate(&zlib, last && !more ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) return false;
      const std::string_view made(state_->out.data(), kPieceBytes - zlib.avail_out);
      if (!made.empty() && !sink(made)) return false;
    } while (zlib.avail_out == 0);
  }
  return true;
}

}  // namespace dateline::gateway
