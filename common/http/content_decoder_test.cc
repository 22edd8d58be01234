// Proves that every Content-Encoding is undone, in pieces of any size; that a body which was cut off is not whole; that
// a sink stops a bomb; and that damaged bytes of any kind end with an error and nothing else.

#include "common/http/content_decoder.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

namespace dateline::http {
namespace {

std::string Deflated(const std::string& text, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 1'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Encoded(const std::string& how, const std::string& text) {
  if (how == "gzip") return Deflated(text, MAX_WBITS + 16);
  if (how == "deflate") return Deflated(text, MAX_WBITS);
  if (how == "raw deflate") return Deflated(text, -MAX_WBITS);
  if (how == "br") {
    size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 100;
    std::string out(size, '\0');
    EXPECT_EQ(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(), reinterpret_cast<const uint8_t*>(text.data()),
                                    &size, reinterpret_cast<uint8_t*>(out.data())),
              BROTLI_TRUE);
    out.resize(size);
    return out;
  }
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string NameOf(const std::string& how) {
  return how == "raw deflate" ? "deflate" : how;
}

struct Result {
  bool good = true;
  bool whole = false;
  std::string text{};
};

Result Decode(const std::string& header, const std::string& bytes, size_t piece = 1'000, size_t most = 1 << 22) {
  Result result;
  const auto decoder = ContentDecoder::Create(header);
  if (decoder == nullptr) return {.good = false};
  for (size_t at = 0; at < bytes.size() && result.good; at += piece) {
    result.good = decoder->Add(std::string_view(bytes).substr(at, piece), [&](std::string_view decoded) {
      result.text += decoded;
      return result.text.size() <= most;
    });
  }
  result.whole = decoder->whole();
  return result;
}

const std::vector<std::string> kHow = {"gzip", "deflate", "raw deflate", "br", "zstd"};

std::string Text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "Release " + std::to_string(i * 7'919) + "\n";
  return text;
}

TEST(ContentDecoder, UndoesEveryEncodingInPiecesOfAnySize) {
  const std::string text = Text();
  for (const std::string& how : kHow) {
    const std::string encoded = Encoded(how, text);
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4'096}, encoded.size()}) {
      const Result result = Decode(NameOf(how), encoded, piece);
      EXPECT_TRUE(result.good) << how << piece;
      EXPECT_TRUE(result.whole) << how << piece;
      EXPECT_TRUE(result.text == text) << how << piece;
    }
    const Result empty = Decode(NameOf(how), Encoded(how, ""));
    EXPECT_TRUE(empty.good && empty.whole && empty.text.empty()) << how;
  }
  EXPECT_EQ(Decode("", "as it is").text, "as it is");
  EXPECT_EQ(Decode("Identity", "as it is").text, "as it is");
}

TEST(ContentDecoder, KnowsWhatWasCutOff) {
  for (const std::string& how : kHow) {
    const std::string encoded = Encoded(how, Text());
    for (const size_t cut : {size_t{1}, size_t{4}, encoded.size() / 2, encoded.size() - 1}) {
      const Result result = Decode(NameOf(how), encoded.substr(0, cut));
      EXPECT_FALSE(result.whole) << how << " cut at " << cut;
    }
  }
  EXPECT_TRUE(Decode("gzip", "").whole) << "an answer without a body";
}

TEST(ContentDecoder, UndoesSeveralInTheirOrder) {
  EXPECT_EQ(Decode("gzip, br", Encoded("br", Encoded("gzip", "twice"))).text, "twice");
  EXPECT_EQ(Decode("BR , X-GZIP", Encoded("gzip", Encoded("br", "twice"))).text, "twice");
  const std::string inner = Encoded("gzip", Text());
  EXPECT_FALSE(Decode("gzip, br", Encoded("br", inner.substr(0, inner.size() / 2))).whole);
  EXPECT_EQ(ContentDecoder::Create("gzip, gzip, gzip, gzip"), nullptr);
  EXPECT_EQ(ContentDecoder::Create("compress"), nullptr);
  EXPECT_EQ(ContentDecoder::Create("gzip, exi"), nullptr);
}

TEST(ContentDecoder, ReadsMembersAndPassesOverWhatFollows) {
  EXPECT_EQ(Decode("gzip", Encoded("gzip", "one ") + Encoded("gzip", "two")).text, "one two");
  const Result padded = Decode("gzip", Encoded("gzip", "one") + std::string(100, '\0'));
  EXPECT_TRUE(padded.good && padded.whole);
  EXPECT_EQ(padded.text, "one");
}

TEST(ContentDecoder, StopsAtTheSinksWill) {
  const std::string bomb(size_t{16} << 20, 'x');
  for (const std::string& how : kHow) {
    const Result result = Decode(NameOf(how), Encoded(how, bomb), size_t{1} << 20, 1'000'000);
    EXPECT_FALSE(result.good) << how;
    EXPECT_LE(result.text.size(), 1'000'000U + (size_t{64} << 10)) << how;
  }
}

TEST(ContentDecoder, EndsAtDamage) {
  std::mt19937 random(1);
  for (const std::string& how : kHow) {
    EXPECT_FALSE(Decode(NameOf(how), "<html>not encoded at all, as some servers send it</html>").whole) << how;
    const std::string good = Encoded(how, Text());
    for (int i = 0; i < 200; ++i) {
      std::string bad = good;
      for (int k = 0; k < 3; ++k) bad[random() % bad.size()] = static_cast<char>(random());
      Decode(NameOf(how), bad, 1 + random() % 5'000);
    }
  }
}

}  // namespace
}  // namespace dateline::http
