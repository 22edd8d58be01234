#include "services/ingestion/feeds/charset.h"

#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "common/text/decode.h"
#include "common/text/utf8.h"
#include "services/ingestion/feeds/references.h"

namespace dateline::feeds {
namespace {

// Bytes that the detector looks at, and how sure it must be.
constexpr std::size_t kDetectedBytes = 8 << 10;
constexpr int32_t kDetectionConfidenceMin = 30;
// UTF-8 with at most one bad sequence in so many good ones is damaged UTF-8 and not another charset.
constexpr std::size_t kGoodPerBad = 20;

struct Mark {
  std::string_view bytes;
  std::string_view encoding;
};
using namespace std::string_view_literals;
constexpr std::array<Mark, 5> kMarks = {{{"\xEF\xBB\xBF"sv, "utf-8"sv},
                                         {"\x00\x00\xFE\xFF"sv, "utf-32be"sv},
                                         {"\xFF\xFE\x00\x00"sv, "utf-32le"sv},
                                         {"\xFE\xFF"sv, "utf-16be"sv},
                                         {"\xFF\xFE"sv, "utf-16le"sv}}};
// "<" and the character behind it.
constexpr std::array<Mark, 4> kPatterns = {{{"\0\0\0<\0\0\0"sv, "utf-32be"sv},
                                            {"<\0\0\0"sv, "utf-32le"sv},
                                            {"\0<\0"sv, "utf-16be"sv},
                                            {"<\0"sv, "utf-16le"sv}}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The declaration of the header, cleared of quotation marks that only some programs write.
std::string HeaderCharset(std::string_view content_type) {
  const std::string lower = Lower(content_type);
  const std::size_t key = lower.find("charset");
  if (key == std::string::npos) return {};
  std::size_t at = lower.find_first_not_of(" \t", key + 7);
  if (at == std::string::npos || lower[at] != '=') return {};
  at = lower.find_first_not_of(" \t'\"", at + 1);
  if (at == std::string::npos) return {};
  return lower.substr(at, lower.find_first_of(" \t'\";,", at) - at);
}

// Text that is sent as text/xml without charset is US-ASCII by RFC 3023, which is what its bytes say, or they lie.
bool IsTextXml(std::string_view content_type) {
  const std::string type = Lower(content_type.substr(0, content_type.find(';')));
  return type.starts_with("text/") && (type.find("xml") != std::string::npos);
}

// The charset whose superset is what people mean.
std::string Widened(const std::string& name) {
  if (name == "gb2312" || name == "gbk" || name == "gb_2312-80") return "gb18030";
  if (name == "ks_c_5601-1987" || name == "ksc5601") return "euc-kr";
  if (name == "utf8") return "utf-8";
  return name;
}

bool ReadAs(std::string_view bytes, const std::string& name, DecodedXml* out) {
  auto decoded = text::Decode(bytes, {.charset = name});
  if (!decoded.ok()) return false;
  out->text = std::string(decoded->text());
  out->encoding = name;
  out->repaired = out->repaired || decoded->replacements > 0;
  return decoded->replacements * kGoodPerBad <= bytes.size();
}

bool IsMultiByte(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"euc-kr",  "euc-jp", "shift_jis",
                                                      "gb18030", "big5",   "iso-2022-jp"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Only multi-byte charsets: their structure shows, while those of one byte differ in nothing but letter statistics.
std::string DetectEastAsian(std::string_view bytes) {
  UErrorCode failed = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, void (*)(UCharsetDetector*)> detector(ucsdet_open(&failed), ucsdet_close);
  if (U_FAILURE(failed)) return {};
  // What is ASCII says nothing; long feeds begin with much of it.
  std::string sample;
  for (std::size_t i = 0; i + 1 < bytes.size() && sample.size() < kDetectedBytes; ++i) {
    const bool near =
        static_cast<unsigned char>(bytes[i]) >= 0x80 || (i > 0 && static_cast<unsigned char>(bytes[i - 1]) >= 0x80);
    if (near) sample.push_back(bytes[i]);
  }
  ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &failed);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &failed);
  if (U_FAILURE(failed) || match == nullptr) return {};
  const char* name = ucsdet_getName(match, &failed);
  const int32_t confidence = ucsdet_getConfidence(match, &failed);
  if (U_FAILURE(failed) || name == nullptr || confidence < kDetectionConfidenceMin) return {};
  const std::string lower = Lower(name);
  return IsMultiByte(lower) ? lower : std::string();
}

// UTF-8, also with a few bad bytes.
bool ReadAsUtf8(std::string_view bytes, DecodedXml* out) {
  if (text::IsValidUtf8(bytes)) {
    out->text = std::string(bytes);
    out->encoding = "utf-8";
    return true;
  }
  std::size_t good = 0;
  std::size_t bad = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const text::CodePoint point = text::CodePointAt(bytes, at);
    if (point.value >= 0x80) ++(point.length == 1 ? bad : good);
    at += point.length;
  }
  if (good < bad * kGoodPerBad) return false;
  out->text = text::ReplaceInvalidUtf8(bytes);
  out->encoding = "utf-8";
  out->repaired = true;
  return true;
}

void Choose(std::string_view bytes, std::string_view content_type, DecodedXml* out) {
  for (const Mark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    bytes.remove_prefix(mark.bytes.size());
    if (mark.encoding == "utf-8" ? ReadAsUtf8(bytes, out) : ReadAs(bytes, std::string(mark.encoding), out)) return;
  }
  for (const Mark& pattern : kPatterns) {
    if (bytes.starts_with(pattern.bytes) && ReadAs(bytes, std::string(pattern.encoding), out)) return;
  }
  const std::string header = Widened(HeaderCharset(content_type));
  const std::string declared = Widened(text::PrescanCharset(bytes));
  if (header.empty() && IsTextXml(content_type) && IsAscii(bytes)) {
    out->text = std::string(bytes);
    out->encoding = "us-ascii";
    return;
  }
  for (const std::string& name : {header, declared}) {
    if (name.empty()) continue;
    if (name == "utf-8") {
      if (ReadAsUtf8(bytes, out)) return;
    } else if (name == "us-ascii" || name == "ascii") {
      if (IsAscii(bytes)) {
        out->text = std::string(bytes);
        out->encoding = "us-ascii";
        return;
      }
    } else if (name == "iso-8859-1" || name == "latin1") {
      // Where UTF-8 fits it is hardly an accident; controls mean windows-1252, as everywhere on the web.
      const bool utf8 = !IsAscii(bytes) && text::IsValidUtf8(bytes);
      const bool controls = std::any_of(bytes.begin(), bytes.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 && static_cast<unsigned char>(c) < 0xA0;
      });
      if (!(utf8 && controls) && ReadAs(bytes, controls ? "windows-1252" : "iso-8859-1", out)) return;
    } else if (ReadAs(bytes, name, out)) {
      return;
    }
    out->repaired = true;
  }
  if (ReadAsUtf8(bytes, out)) return;
  out->repaired = true;
  const std::string detected = DetectEastAsian(bytes);
  if (!detected.empty() && ReadAs(bytes, detected, out)) return;
  ReadAs(bytes, "windows-1252", out);
}

bool IsForbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

// Text in windows-1252 that somebody turned into UTF-8 as if it were Latin-1: its quotation marks and dashes have
// become controls, which no feed means.
void MendControls(DecodedXml* decoded) {
  const std::string& text = decoded->text;
  const auto is_control = [&](std::size_t at) {
    return text[at] == '\xC2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
  };
  std::size_t at = text.find('\xC2');
  while (at != std::string::npos && !is_control(at)) at = text.find('\xC2', at + 1);
  if (at == std::string::npos) return;
  std::string mended = text.substr(0, at);
  for (; at < text.size(); ++at) {
    if (!is_control(at)) {
      mended.push_back(text[at]);
      continue;
    }
    ++at;
    text::AppendUtf8(FromWindows1252(static_cast<unsigned char>(text[at])), mended);
  }
  decoded->text = std::move(mended);
  decoded->repaired = true;
}

bool HasForbidden(std::string_view text) {
  // Eight bytes at a time: nearly all hold neither controls nor DEL.
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t low = (word - kOnes * 0x20) & ~word & kHighs;
    const std::uint64_t del = word ^ (kOnes * 0x7F);
    const std::uint64_t is_del = (del - kOnes) & ~del & kHighs;
    if ((low | is_del) == 0) continue;
    for (std::size_t i = at; i < at + 8; ++i) {
      if (IsForbidden(text[i])) return true;
    }
  }
  return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), IsForbidden);
}

}  // namespace

DecodedXml DecodeXml(std::string_view bytes, std::string_view content_type) {
  DecodedXml decoded;
  Choose(bytes, content_type, &decoded);
  if (decoded.encoding.starts_with("utf-8")) MendControls(&decoded);
  if (HasForbidden(decoded.text)) {
    std::erase_if(decoded.text, IsForbidden);
    decoded.repaired = true;
  }
  return decoded;
}

}  // namespace dateline::feeds
