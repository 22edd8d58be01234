#pragma once
// Identifiers. Names of releases have to be the same on every machine for ever, so they are derived (UUID version 5 of
// the canonical URL, RFC 9562 section 5.5); everything else is random (version 4). Pure and thread-safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dateline {

// The name-space UUID of all our derived ids; part of the contract, never changes.
inline constexpr std::string_view kUuidNamespace = "6f1d5c3e-52a4-5b0e-9b1f-0d8a6c7e4f21";

// 36 characters, lower case.
std::string UuidV5(std::string_view name);
std::string UuidV4();
// True for the 36-character form with hexadecimal digits of either case.
bool IsUuid(std::string_view text);

// Identifies one life of an event log: 16 random bytes made when the database is.
using Epoch = std::array<uint8_t, 16>;
Epoch RandomEpoch();
// 32 lower-case hexadecimal digits.
std::string EpochToHex(const Epoch& epoch);
// False when `hex` is not 32 hexadecimal digits.
bool EpochFromHex(std::string_view hex, Epoch* epoch);
// The 16 bytes themselves, as databases and messages keep them; valid as long as `epoch` is.
std::string_view EpochToBytes(const Epoch& epoch);
// False, and `epoch` as it was, when `bytes` are not 16.
bool EpochFromBytes(std::string_view bytes, Epoch* epoch);

// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace dateline
