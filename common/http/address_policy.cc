#include "common/http/address_policy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/base/error.h"

namespace dateline::http {
namespace {

constexpr size_t kAddressTextMax = 64;
constexpr int kMappedBits = 96;

bool InRange(const IpAddress& address, const IpAddress& base, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), base.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest));
  return (address[whole] & mask) == (base[whole] & mask);
}

IpAddress Mapped(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

bool IsMapped(const IpAddress& address) {
  return InRange(address, Mapped(0, 0, 0, 0), kMappedBits);
}

struct V4Range {
  uint8_t a, b, c;
  int bits;
};

// What IANA's registry of special IPv4 addresses does not call globally reachable.
constexpr std::array kSpecialV4 = {
    V4Range{0, 0, 0, 8},        // this network
    V4Range{10, 0, 0, 8},       // private
    V4Range{100, 64, 0, 10},    // shared by a carrier
    V4Range{127, 0, 0, 8},      // loopback
    V4Range{169, 254, 0, 16},   // link-local, cloud metadata
    V4Range{172, 16, 0, 12},    // private
    V4Range{192, 0, 0, 24},     // protocol assignments
    V4Range{192, 0, 2, 24},     // documentation
    V4Range{192, 88, 99, 24},   // 6to4 relays
    V4Range{192, 168, 0, 16},   // private
    V4Range{198, 18, 0, 15},    // benchmarks
    V4Range{198, 51, 100, 24},  // documentation
    V4Range{203, 0, 113, 24},   // documentation
    V4Range{224, 0, 0, 4},      // multicast
    V4Range{240, 0, 0, 4},      // reserved, broadcast
};

bool IsPublicV4(const IpAddress& mapped) {
  return std::none_of(kSpecialV4.begin(), kSpecialV4.end(), [&](const V4Range& range) {
    return InRange(mapped, Mapped(range.a, range.b, range.c, 0), kMappedBits + range.bits);
  });
}

bool IsPublicV6(const IpAddress& address) {
  // The well-known prefix of NAT64 and 6to4 carry an IPv4 address that decides.
  if (InRange(address, {0x00, 0x64, 0xFF, 0x9B}, 96)) {
    return IsPublicV4(Mapped(address[12], address[13], address[14], address[15]));
  }
  if (address[0] == 0x20 && address[1] == 0x02) {
    return IsPublicV4(Mapped(address[2], address[3], address[4], address[5]));
  }
  // Only 2000::/3 is handed out to the public; inside it Teredo, benchmarks, ORCHID and documentation are not.
  return InRange(address, {0x20}, 3) && !InRange(address, {0x20, 0x01, 0x00, 0x00}, 23) &&
         !InRange(address, {0x20, 0x01, 0x0D, 0xB8}, 32) && !InRange(address, {0x3F, 0xFF}, 20);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

absl::Status BadEntry(std::string_view entry) {
  return Error(
      absl::StatusCode::kInvalidArgument, "INVALID_ADDRESS_RANGE",
      fmt::format("\"{}\" is no address range; write an address (10.1.2.3), a range (10.0.0.0/8, fd00::/8) or a host "
                  "name (intranet.example)",
                  entry.substr(0, 100)),
      {{"entry", std::string(entry.substr(0, 100))}});
}

bool LooksLikeHost(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos &&
         text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string_view::npos;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (text.empty() || text.size() >= kAddressTextMax) return std::nullopt;
  const std::string copy(text);
  in_addr v4{};
  if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4, sizeof v4);
    return Mapped(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  IpAddress v6{};
  if (::inet_pton(AF_INET6, copy.c_str(), v6.data()) == 1) return v6;
  return std::nullopt;
}

std::optional<IpAddress> FromSockaddr(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return Mapped(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    IpAddress bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return bytes;
  }
  return std::nullopt;
}

std::string FormatIpAddress(const IpAddress& address) {
  if (IsMapped(address)) return fmt::format("{}.{}.{}.{}", address[12], address[13], address[14], address[15]);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

bool IsPublicAddress(const IpAddress& address) {
  return IsMapped(address) ? IsPublicV4(address) : IsPublicV6(address);
}

bool IsLoopbackAddress(const IpAddress& address) {
  static constexpr IpAddress kLoopbackV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return InRange(address, Mapped(127, 0, 0, 0), kMappedBits + 8) || address == kLoopbackV6;
}

absl::StatusOr<AddressPolicy> AddressPolicy::Create(const std::vector<std::string>& allowed) {
  AddressPolicy policy;
  for (const std::string& entry : allowed) {
    const size_t slash = entry.find('/');
    const std::optional<IpAddress> address = ParseIpAddress(std::string_view(entry).substr(0, slash));
    if (!address) {
      const std::string host = Lower(entry);
      if (!LooksLikeHost(host)) return BadEntry(entry);
      policy.hosts_.push_back(host);
      continue;
    }
    Range range{*address, 128};
    if (slash != std::string::npos) {
      const bool v4 = entry.find(':') == std::string::npos;
      const char* const begin = entry.data() + slash + 1;
      const char* const end = entry.data() + entry.size();
      int bits = 0;
      const auto [stop, failed] = std::from_chars(begin, end, bits);
      if (failed != std::errc() || stop != end || bits < 0 || bits > (v4 ? 32 : 128)) return BadEntry(entry);
      range.prefix_bits = bits + (v4 ? kMappedBits : 0);
    }
    policy.ranges_.push_back(range);
  }
  return policy;
}

bool AddressPolicy::Allows(std::string_view host, const IpAddress& address) const {
  if (IsPublicAddress(address)) return true;
  if (std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end()) return true;
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return InRange(address, range.base, range.prefix_bits); });
}

}  // namespace dateline::http
