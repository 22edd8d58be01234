#include "common/http/content_decoder.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace dateline::http {
namespace {

constexpr size_t kStagesMax = 3;
constexpr size_t kChunkBytes = size_t{32} << 10;
// Memory that the window of a zstd frame may ask for, as a power of two: what browsers allow (RFC 9659).
constexpr int kZstdWindowLogMax = 23;

// gzip, of one or more members, or deflate.
class InflateStage final : public ContentDecoder::Stage {
 public:
  explicit InflateStage(bool is_gzip) : is_gzip_(is_gzip) {}
  ~InflateStage() override {
    if (ready_) inflateEnd(&stream_);
  }
  InflateStage(const InflateStage&) = delete;
  InflateStage& operator=(const InflateStage&) = delete;

  bool Add(std::string_view bytes, const ContentDecoder::Sink& sink) override {
    if (bytes.empty()) return true;
    if (!ready_ && !Begin(bytes)) return false;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, kChunkBytes> chunk;
    while (true) {
      if (ended_) {
        // Another member, or what some servers leave behind the end, which nobody reads.
        if (!is_gzip_ || stream_.avail_in == 0 || *stream_.next_in != 0x1F || inflateReset(&stream_) != Z_OK)
          return true;
        ended_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = static_cast<uInt>(chunk.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      const size_t made = chunk.size() - stream_.avail_out;
      if (made > 0 && !sink({chunk.data(), made})) return false;
      ended_ = result == Z_STREAM_END;
      if (ended_) continue;
      if (result != Z_OK && result != Z_BUF_ERROR) return false;
      if (stream_.avail_in == 0 && stream_.avail_out != 0) return true;
    }
  }
  bool whole() const override { return ended_; }

 private:
  // "deflate" means the zlib format, but many servers send the bare one.
  bool Begin(std::string_view bytes) {
    const bool has_header = (static_cast<unsigned char>(bytes[0]) & 0x0F) == Z_DEFLATED;
    const int window = is_gzip_ ? MAX_WBITS + 16 : has_header ? MAX_WBITS : -MAX_WBITS;
    ready_ = inflateInit2(&stream_, window) == Z_OK;
    return ready_;
  }

  const bool is_gzip_;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
};

class BrotliStage final : public ContentDecoder::Stage {
 public:
  bool Add(std::string_view bytes, const ContentDecoder::Sink& sink) override {
    if (state_ == nullptr) return false;
    size_t left = bytes.size();
    const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
    std::array<uint8_t, kChunkBytes> chunk;
    while (!whole()) {
      size_t room = chunk.size();
      uint8_t* out = chunk.data();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(state_.get(), &left, &in, &room, &out, nullptr);
      const size_t made = chunk.size() - room;
      if (made > 0 && !sink({reinterpret_cast<const char*>(chunk.data()), made})) return false;
      if (result == BROTLI_DECODER_RESULT_ERROR) return false;
      if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return true;
    }
    return true;
  }
  bool whole() const override { return BrotliDecoderIsFinished(state_.get()) != BROTLI_FALSE; }

 private:
  struct Deleter {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  const std::unique_ptr<BrotliDecoderState, Deleter> state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

class ZstdStage final : public ContentDecoder::Stage {
 public:
  ZstdStage() {
    if (stream_ != nullptr) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  bool Add(std::string_view bytes, const ContentDecoder::Sink& sink) override {
    if (stream_ == nullptr) return false;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::array<char, kChunkBytes> chunk;
    while (true) {
      ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
      const size_t result = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(result) != 0) return false;
      if (out.pos > 0 && !sink({chunk.data(), out.pos})) return false;
      ended_ = result == 0;
      if (in.pos == in.size && out.pos < out.size) return true;
    }
  }
  bool whole() const override { return ended_; }

 private:
  struct Deleter {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };
  const std::unique_ptr<ZSTD_DCtx, Deleter> stream_{ZSTD_createDCtx()};
  bool ended_ = false;
};

std::unique_ptr<ContentDecoder::Stage> NewStage(std::string_view encoding) {
  if (encoding == "gzip" || encoding == "x-gzip") return std::make_unique<InflateStage>(true);
  if (encoding == "deflate") return std::make_unique<InflateStage>(false);
  if (encoding == "br") return std::make_unique<BrotliStage>();
  if (encoding == "zstd") return std::make_unique<ZstdStage>();
  return nullptr;
}

// The names in a list that is parted by commas, in lower case.
std::vector<std::string> NamesIn(std::string_view header) {
  std::vector<std::string> names;
  std::string name;
  for (size_t i = 0; i <= header.size(); ++i) {
    const char c = i < header.size() ? header[i] : ',';
    if (c == ',') {
      if (!name.empty() && name != "identity") names.push_back(name);
      name.clear();
    } else if (c != ' ' && c != '\t') {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return names;
}

}  // namespace

ContentDecoder::~ContentDecoder() = default;

std::unique_ptr<ContentDecoder> ContentDecoder::Create(std::string_view header) {
  std::unique_ptr<ContentDecoder> decoder(new ContentDecoder());
  std::vector<std::string> names = NamesIn(header);
  if (names.size() > kStagesMax) return nullptr;
  std::reverse(names.begin(), names.end());  // The last one listed was applied last.
  for (const std::string& name : names) {
    decoder->stages_.push_back(NewStage(name));
    if (decoder->stages_.back() == nullptr) return nullptr;
  }
  return decoder;
}

bool ContentDecoder::Add(std::string_view bytes, const Sink& sink) {
  began_ = began_ || !bytes.empty();
  return AddTo(0, bytes, sink);
}

bool ContentDecoder::AddTo(size_t stage, std::string_view bytes, const Sink& sink) {
  if (stage == stages_.size()) return sink(bytes);
  return stages_[stage]->Add(bytes, [&](std::string_view decoded) { return AddTo(stage + 1, decoded, sink); });
}

bool ContentDecoder::whole() const {
  return !began_ || std::all_of(stages_.begin(), stages_.end(), [](const auto& stage) { return stage->whole(); });
}

}  // namespace dateline::http
