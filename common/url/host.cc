#include "common/url/host.h"

#include <fmt/format.h>
#include <unicode/uidna.h>
#include <unicode/utypes.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "common/url/percent.h"

namespace dateline::url {
namespace {

constexpr std::size_t kShownBytes = 80;

absl::Status BadHost(std::string_view input, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI",
               fmt::format("the host \"{}\" {}; correct the URL",
                           Encode(input.substr(0, kShownBytes), EncodeSet::kC0Control), why),
               {{"part", "host"}});
}

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool IsForbiddenHostByte(unsigned char c) {
  return c == 0 || c == '\t' || c == '\n' || c == '\r' ||
         std::string_view(" #/:<>?@[\\]^|").find(static_cast<char>(c)) != std::string_view::npos;
}

bool IsForbiddenDomainByte(unsigned char c) {
  return IsForbiddenHostByte(c) || c < 0x20 || c == '%' || c == 0x7F;
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// ICU's tables; the object is immutable, so one serves all threads. It lives as long as the process.
const UIDNA* Idna() {
  static const UIDNA* const idna = [] {
    UErrorCode error = U_ZERO_ERROR;
    UIDNA* made = uidna_openUTS46(
        UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        &error);
    return U_SUCCESS(error) ? made : nullptr;
  }();
  return idna;
}

// The domain in ASCII; nullopt when IDNA has none. Length and hyphens are DNS's business, not the URL's.
std::optional<std::string> ToAscii(std::string_view domain) {
  constexpr uint32_t kTolerated = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                  UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                  UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
  const UIDNA* const idna = Idna();
  if (idna == nullptr) return std::nullopt;
  std::string out(domain.size() * 4 + 64, '\0');
  for (int attempt = 0; attempt < 2; ++attempt) {
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const int32_t length = uidna_nameToASCII_UTF8(idna, domain.data(), static_cast<int32_t>(domain.size()), out.data(),
                                                  static_cast<int32_t>(out.size()), &info, &error);
    if (error == U_BUFFER_OVERFLOW_ERROR) {
      out.resize(static_cast<std::size_t>(length) + 1);
      continue;
    }
    if (U_FAILURE(error) || (info.errors & ~kTolerated) != 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(length));
    return out;
  }
  return std::nullopt;
}

// One number of an IPv4 address, decimal, octal (0…) or hexadecimal (0x…); nullopt when it is none. Saturates.
std::optional<uint64_t> Ipv4Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = HexValue(c);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    if (value > 0xFFFFFFFFFFULL) value = 0xFFFFFFFFFFULL;
  }
  return value;
}

std::vector<std::string_view> SplitLabels(std::string_view host) {
  std::vector<std::string_view> labels;
  for (std::size_t begin = 0;;) {
    const std::size_t dot = host.find('.', begin);
    labels.push_back(host.substr(begin, dot == std::string_view::npos ? dot : dot - begin));
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

// A host whose last label is a number is meant as an IPv4 address, or is wrong.
bool EndsInNumber(const std::vector<std::string_view>& labels) {
  const std::string_view last = labels.back();
  if (last.empty()) return false;
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return true;
  return last.size() >= 2 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X') && Ipv4Number(last).has_value();
}

absl::StatusOr<std::string> ParseIpv4(std::string_view input, const std::vector<std::string_view>& labels) {
  if (labels.size() > 4) return BadHost(input, "ends in a number but has more than four parts");
  uint64_t address = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::optional<uint64_t> number = Ipv4Number(labels[i]);
    if (!number) return BadHost(input, "ends in a number but is no IPv4 address");
    const bool last = i + 1 == labels.size();
    const uint64_t limit = last ? uint64_t{1} << (8 * (4 - i)) : 256;
    if (*number >= limit) return BadHost(input, "is an IPv4 address with a number that is too large");
    address += last ? *number : *number << (8 * (3 - i));
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}

// Reads the text between the brackets.
class Ipv6Parser {
 public:
  explicit Ipv6Parser(std::string_view text) : text_(text) {}

  // False when it is no IPv6 address.
  bool Run() {
    if (Peek() == ':') {
      if (Peek(1) != ':') return false;
      at_ += 2;
      compress_ = ++piece_;
    }
    while (at_ < text_.size()) {
      if (piece_ == 8) return false;
      if (Peek() == ':') {
        if (compress_ != 0) return false;
        ++at_;
        compress_ = ++piece_;
        continue;
      }
      const std::size_t start = at_;
      uint32_t value = 0;
      while (at_ < text_.size() && at_ - start < 4 && HexValue(Peek()) >= 0) {
        value = value * 16 + static_cast<uint32_t>(HexValue(Peek()));
        ++at_;
      }
      if (Peek() == '.') {
        at_ = start;
        if (!EmbeddedIpv4()) return false;
        break;
      }
      if (Peek() == ':') {
        if (++at_ == text_.size()) return false;
      } else if (at_ < text_.size()) {
        return false;
      }
      pieces_[piece_++] = static_cast<uint16_t>(value);
    }
    return Expand();
  }

  const std::array<uint16_t, 8>& pieces() const { return pieces_; }

 private:
  char Peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool EmbeddedIpv4() {
    if (piece_ > 6) return false;
    for (int seen = 0; at_ < text_.size(); ++seen) {
      if (seen > 0) {
        if (Peek() != '.' || seen == 4) return false;
        ++at_;
      }
      const std::size_t start = at_;
      uint32_t value = 0;
      while (Peek() >= '0' && Peek() <= '9') {
        if (at_ > start && value == 0) return false;
        value = value * 10 + static_cast<uint32_t>(Peek() - '0');
        if (value > 255) return false;
        ++at_;
      }
      if (at_ == start) return false;
      pieces_[piece_] = static_cast<uint16_t>(pieces_[piece_] * 256 + value);
      if (seen == 1 || seen == 3) ++piece_;
      if (seen == 3) return at_ == text_.size();
    }
    return false;
  }

  // Moves the pieces behind "::" to the end.
  bool Expand() {
    if (compress_ == 0) return piece_ == 8;
    std::size_t swaps = piece_ - compress_;
    for (std::size_t to = 7; to != 0 && swaps > 0; --to, --swaps) {
      std::swap(pieces_[to], pieces_[compress_ + swaps - 1]);
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::array<uint16_t, 8> pieces_{};
  std::size_t piece_ = 0;
  // The piece behind "::"; 0 when there is none. "::" at the very beginning counts as one empty piece, so 0 is free.
  std::size_t compress_ = 0;
};

std::string FormatIpv6(const std::array<uint16_t, 8>& pieces) {
  // The first longest run of at least two zeros becomes "::".
  std::size_t run_at = 8;
  std::size_t run_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && pieces[end] == 0) ++end;
    if (end - i > run_length) {
      run_at = i;
      run_length = end - i;
    }
    i = end + 1;
  }
  std::string out = "[";
  for (std::size_t i = 0; i < 8;) {
    if (i == run_at) {
      out += i == 0 ? "::" : ":";
      i += run_length;
      continue;
    }
    out += fmt::format("{:x}", pieces[i]);
    if (i != 7) out += ':';
    ++i;
  }
  return out + "]";
}

absl::StatusOr<std::string> ParseDomain(std::string_view input) {
  const std::string decoded = Decode(input);
  std::string ascii;
  if (IsAscii(decoded)) {
    // Also "xn--" labels that decode to nothing: browsers leave them to DNS.
    ascii = LowerAscii(decoded);
  } else {
    std::optional<std::string> converted = ToAscii(decoded);
    if (!converted) return BadHost(input, "is not a valid international domain name");
    ascii = *std::move(converted);
  }
  if (ascii.empty()) return BadHost(input, "is empty");
  for (const char c : ascii) {
    if (IsForbiddenDomainByte(static_cast<unsigned char>(c)))
      return BadHost(input, "holds a character that no host may hold");
  }
  const std::vector<std::string_view> labels = SplitLabels(ascii);
  if (EndsInNumber(labels)) return ParseIpv4(input, labels);
  return ascii;
}

}  // namespace

absl::StatusOr<std::string> ParseHost(std::string_view input, bool special) {
  if (!input.empty() && input.front() == '[') {
    if (input.back() != ']') return BadHost(input, "has a bracket that is not closed");
    Ipv6Parser parser(input.substr(1, input.size() - 2));
    if (!parser.Run()) return BadHost(input, "is no IPv6 address");
    return FormatIpv6(parser.pieces());
  }
  if (special) return ParseDomain(input);
  for (const char c : input) {
    if (IsForbiddenHostByte(static_cast<unsigned char>(c)))
      return BadHost(input, "holds a character that no host may hold");
  }
  return Encode(input, EncodeSet::kC0Control);
}

}  // namespace dateline::url
