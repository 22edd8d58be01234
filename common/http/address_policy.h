#pragma once
// Which network addresses a fetch may connect to. Whoever can make us fetch a URL could otherwise read what only this
// machine may reach: other services on loopback, the private network, the metadata service of a cloud. The rule looks
// at the address that is really connected to, after name resolution, so that a name cannot lie. Immutable after Create,
// thread-safe, pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

struct sockaddr;

namespace dateline::http {

// An address as 16 bytes; IPv4 in its mapped form ::ffff:a.b.c.d.
using IpAddress = std::array<uint8_t, 16>;

// "127.0.0.1", "::1" or "[::1]"; nullopt for anything else.
std::optional<IpAddress> ParseIpAddress(std::string_view text);
// The address of an AF_INET or AF_INET6 socket address; nullopt for other families.
std::optional<IpAddress> FromSockaddr(const sockaddr& address);
std::string FormatIpAddress(const IpAddress& address);

// Whether the address belongs to the public internet: not private, loopback, link-local (where clouds keep their
// metadata), shared by a carrier, multicast, reserved or for documentation, and no IPv6 form that carries such an IPv4
// address.
bool IsPublicAddress(const IpAddress& address);

// Whether the address is of this very machine: 127.0.0.0/8 or ::1.
bool IsLoopbackAddress(const IpAddress& address);

class AddressPolicy {
 public:
  // Public addresses only.
  AddressPolicy() = default;

  // Besides public addresses those in `allowed`: each entry an address ("10.1.2.3"), a range ("10.0.0.0/8", "fd00::/8")
  // or a host name ("intranet.example": whatever it resolves to). INVALID_ARGUMENT (INVALID_ADDRESS_RANGE) names a bad
  // entry.
  static absl::StatusOr<AddressPolicy> Create(const std::vector<std::string>& allowed);

  // `host` is the host of the URL, lower case.
  bool Allows(std::string_view host, const IpAddress& address) const;

 private:
  struct Range {
    IpAddress base{};
    int prefix_bits = 128;
  };
  std::vector<Range> ranges_;
  std::vector<std::string> hosts_;
};

}  // namespace dateline::http
