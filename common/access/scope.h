#pragma once
// What a key may do. Each scope is by itself; admin includes all others. Pure.

#include <cstdint>
#include <string>
#include <string_view>

namespace dateline::access {

enum class Scope : uint8_t {
  kNone = 0,       // Open to everybody: the description of the API.
  kRead = 1,       // Releases, entities, sources, feeds, events.
  kIngest = 2,     // Documents in; sources added, changed, polled.
  kSubscribe = 4,  // Subscriptions and their deliveries.
  kAdmin = 8,      // The archive: backup, erasure, dead letters, merging entities.
};

// A set of scopes, as bits.
using Scopes = uint8_t;

constexpr bool Includes(Scopes scopes, Scope wanted) {
  return (scopes & static_cast<Scopes>(Scope::kAdmin)) != 0 || wanted == Scope::kNone ||
         (scopes & static_cast<Scopes>(wanted)) != 0;
}

constexpr std::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kRead:
      return "read";
    case Scope::kIngest:
      return "ingest";
    case Scope::kSubscribe:
      return "subscribe";
    case Scope::kAdmin:
      return "admin";
    default:
      return "";
  }
}

}  // namespace dateline::access
