#include "common/text/decode.h"

#include <fmt/format.h>
#include <unicode/ucnv.h>
#include <unicode/utypes.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/text/limits.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"

namespace dateline::text {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kMaxCharsetName = 40;
// HTML that claims to be UTF-8 stays UTF-8 if at most one in so many of its characters past ASCII is ill-formed: a cut
// character or two. What has more is windows-1252 under a false label.
constexpr std::size_t kMinCharactersPerFault = 10;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsAsciiSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// The charset name that starts at `at` in lower-cased text, with or without quotation marks.
std::string NameAt(std::string_view lower, std::size_t at) {
  while (at < lower.size() && (IsAsciiSpace(lower[at]) || lower[at] == '"' || lower[at] == '\'')) ++at;
  std::size_t end = at;
  while (end < lower.size() && end - at < kMaxCharsetName &&
         ((lower[end] >= 'a' && lower[end] <= 'z') || (lower[end] >= '0' && lower[end] <= '9') || lower[end] == '-' ||
          lower[end] == '_' || lower[end] == ':' || lower[end] == '.')) {
    ++end;
  }
  return std::string(lower.substr(at, end - at));
}

// The value after `key` and "=" anywhere in lower-cased text; empty when absent.
std::string ValueOf(std::string_view lower, std::string_view key) {
  for (std::size_t at = lower.find(key); at != std::string_view::npos; at = lower.find(key, at + 1)) {
    std::size_t next = at + key.size();
    while (next < lower.size() && IsAsciiSpace(lower[next])) ++next;
    if (next < lower.size() && lower[next] == '=') {
      std::string name = NameAt(lower, next + 1);
      if (!name.empty()) return name;
    }
  }
  return {};
}

bool IsUtf8Name(std::string_view lower) {
  return lower == "utf-8" || lower == "utf8" || lower == "unicode-1-1-utf-8";
}

// The Encoding Standard reads all these names as windows-1252, which has letters where they have control characters.
std::string CanonicalName(std::string_view name) {
  const std::string lower = Lower(TrimSpace(name));
  if (IsUtf8Name(lower)) return "utf-8";
  constexpr std::array kLatin1 = {"iso-8859-1"sv, "iso8859-1"sv, "iso88591"sv, "iso_8859-1"sv,
                                  "latin1"sv,     "latin-1"sv,   "l1"sv,       "us-ascii"sv,
                                  "ascii"sv,      "cp1252"sv,    "x-cp1252"sv, "windows-1252"sv};
  if (std::find(kLatin1.begin(), kLatin1.end(), lower) != kLatin1.end()) return "windows-1252";
  if (lower == "iso-8859-9" || lower == "latin5") return "windows-1254";
  if (lower == "gb2312" || lower == "gbk" || lower == "gb_2312-80" || lower == "x-gbk") return "gb18030";
  if (lower == "shift-jis" || lower == "sjis" || lower == "x-sjis") return "shift_jis";
  if (lower == "ks_c_5601-1987" || lower == "euc-kr") return "windows-949";
  return lower;
}

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

Converter OpenConverter(const std::string& name) {
  if (name.empty() || name.size() > kMaxCharsetName) return nullptr;
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &status));
  if (U_FAILURE(status)) return nullptr;
  // Every ill-formed sequence becomes U+FFFD.
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_SUBSTITUTE, nullptr, nullptr, nullptr, &status);
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

// Reads `bytes` through ICU in pieces, so that the peak is the result and one small buffer. nullopt: too long.
std::optional<std::string> Convert(UConverter* converter, std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  std::vector<UChar> buffer(16384);
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  char32_t high = 0;  // a high surrogate that the last piece ended with
  for (bool more = true; more;) {
    UErrorCode status = U_ZERO_ERROR;
    UChar* target = buffer.data();
    ucnv_toUnicode(converter, &target, buffer.data() + buffer.size(), &source, end, nullptr, 1, &status);
    more = status == U_BUFFER_OVERFLOW_ERROR;
    for (const UChar* p = buffer.data(); p != target; ++p) {
      const char32_t unit = *p;
      if (high != 0) {
        if (unit >= 0xDC00 && unit <= 0xDFFF) {
          AppendUtf8(0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00), out);
          high = 0;
          continue;
        }
        AppendUtf8(kReplacement, out);
        high = 0;
      }
      if (unit >= 0xD800 && unit <= 0xDBFF) {
        high = unit;
      } else {
        AppendUtf8(unit, out);
      }
    }
    if (out.size() > 2 * kMaxDocumentBytes) return std::nullopt;
    if (!more && U_FAILURE(status)) break;
  }
  if (high != 0) AppendUtf8(kReplacement, out);
  return out;
}

std::size_t CountReplacements(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("\uFFFD"); at != std::string_view::npos; at = text.find("\uFFFD", at + 3)) ++count;
  return count;
}

// Characters past ASCII, the replacement character too.
std::size_t CountNonAscii(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0xC0U; }));
}

absl::Status TooLarge(std::string_view what, std::size_t bytes) {
  return Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE",
               fmt::format("{} has {} bytes, over the limit of {}; split it, or give only the release", what, bytes,
                           kMaxDocumentBytes),
               {{"document", std::string(what)},
                {"bytes", std::to_string(bytes)},
                {"limit", std::to_string(kMaxDocumentBytes)}});
}

absl::Status NotUtf8(std::string_view what, std::size_t offset, unsigned char byte) {
  return Error(
      absl::StatusCode::kInvalidArgument, "INVALID_UTF8",
      fmt::format(
          "{} is not valid UTF-8 at byte offset {} (byte 0x{:02X}); pass its charset, e.g. --charset=windows-1252",
          what, offset, byte),
      {{"document", std::string(what)}, {"offset", std::to_string(offset)}});
}

// Which charset, and who says so.
struct Choice {
  std::string name;
  std::string_view basis;
  std::size_t mark_bytes = 0;  // of the byte order mark
};

Choice Choose(std::string_view bytes, const DecodeOptions& options) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return {"utf-8", "bom", 3};
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return {"utf-32le", "bom", 4};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return {"utf-32be", "bom", 4};
  if (bytes.starts_with("\xFF\xFE")) return {"utf-16le", "bom", 2};
  if (bytes.starts_with("\xFE\xFF")) return {"utf-16be", "bom", 2};
  if (!TrimSpace(options.charset).empty()) return {CanonicalName(options.charset), "declared", 0};
  if (std::string name = CharsetOfContentType(options.content_type); !name.empty())
    return {CanonicalName(name), "content_type", 0};
  if (std::string name = PrescanCharset(bytes); !name.empty()) return {CanonicalName(name), "document", 0};
  return {"utf-8", "default", 0};
}

}  // namespace

std::string CharsetOfContentType(std::string_view content_type) {
  const std::size_t parameters = content_type.find(';');
  if (parameters == std::string_view::npos) return {};
  return ValueOf(Lower(content_type.substr(parameters)), "charset");
}

std::string PrescanCharset(std::string_view bytes) {
  const std::string head = Lower(bytes.substr(0, kCharsetPrescanBytes));
  std::string name;
  for (std::size_t at = head.find("<meta"); at != std::string::npos && name.empty(); at = head.find("<meta", at + 1)) {
    // The declaration has to be whole; a tag that the prescan cuts off is not read.
    const std::size_t close = head.find('>', at);
    if (close == std::string::npos) break;
    name = ValueOf(std::string_view(head).substr(at, close - at), "charset");
  }
  if (name.empty() && head.starts_with("<?xml")) {
    name = ValueOf(std::string_view(head).substr(0, head.find("?>")), "encoding");
  }
  // Whoever could read this declaration as ASCII does not read UTF-16.
  if (name.starts_with("utf-16") || name.starts_with("utf-32")) name = "utf-8";
  return name;
}

absl::StatusOr<Decoded> Decode(std::string_view bytes, const DecodeOptions& options) {
  if (bytes.size() > kMaxDocumentBytes) return TooLarge(options.what, bytes.size());
  Choice choice = Choose(bytes, options);
  Converter converter;
  if (choice.name != "utf-8") {
    converter = OpenConverter(choice.name);
    if (converter == nullptr) {
      if (choice.basis != "document") {
        return Error(
            absl::StatusCode::kInvalidArgument, "UNKNOWN_CHARSET",
            fmt::format(
                "{}: unknown charset \"{}\"; pass one that is known, e.g. --charset=windows-1252, or none for UTF-8",
                options.what, TruncateUtf8(ReplaceInvalidUtf8(choice.name), 64)),
            {{"document", std::string(options.what)}, {"charset", ReplaceInvalidUtf8(choice.name)}});
      }
      choice = {"utf-8", "default", 0};
    }
  }
  const std::string_view content = bytes.substr(choice.mark_bytes);
  Decoded decoded;
  decoded.basis = choice.basis;
  if (converter == nullptr) {
    const std::size_t bad = FirstInvalidUtf8(content);
    if (bad == kAllValid) {
      decoded.unchanged = content;
      decoded.charset = "utf-8";
      return decoded;
    }
    // A browser shows such a page, so we read it; only plain text and an explicit charset are taken at their word.
    const bool forgiving = choice.basis != "declared" && Sniff(content).kind == ContentKind::kHtml;
    if (!forgiving) return NotUtf8(options.what, bad + choice.mark_bytes, static_cast<unsigned char>(content[bad]));
    std::string repaired = ReplaceInvalidUtf8(content);
    const std::size_t replaced = CountReplacements(repaired);
    if (replaced * kMinCharactersPerFault <= CountNonAscii(repaired)) {
      decoded.converted = std::move(repaired);
      decoded.charset = "utf-8";
      decoded.replacements = replaced;
      return decoded;
    }
    choice.name = "windows-1252";
    converter = OpenConverter(choice.name);
    if (converter == nullptr) return absl::InternalError("ICU has no converter for windows-1252");
  }
  std::optional<std::string> text = Convert(converter.get(), content);
  if (!text.has_value()) return TooLarge(options.what, bytes.size());
  decoded.replacements = CountReplacements(*text);
  decoded.converted = std::move(text);
  decoded.charset = choice.name;
  return decoded;
}

}  // namespace dateline::text
