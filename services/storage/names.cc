#include "services/storage/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/truncate_utf8.h"

namespace dateline::storage {
namespace {

constexpr std::string_view kDocuments = "documents/";
constexpr std::string_view kReleases = "releases/";
constexpr std::string_view kRevisions = "/revisions/";
constexpr size_t kUuidChars = 36;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string DocumentName(std::string_view uri, uint32_t version) {
  return fmt::format("{}{}", kDocuments, UuidV5(fmt::format("{}\n{}", uri, version)));
}

std::optional<ReleaseKey> ParseReleaseName(std::string_view name) {
  if (!name.starts_with(kReleases)) return std::nullopt;
  const std::string_view rest = name.substr(kReleases.size());
  const std::string_view uuid = rest.substr(0, kUuidChars);
  if (!IsUuid(uuid)) return std::nullopt;
  ReleaseKey key{fmt::format("{}{}", kReleases, Lower(uuid)), 0};
  const std::string_view tail = rest.substr(kUuidChars);
  if (tail.empty()) return key;
  if (!tail.starts_with(kRevisions)) return std::nullopt;
  const std::string_view digits = tail.substr(kRevisions.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), key.revision);
  if (error != std::errc() || end != digits.data() + digits.size() || key.revision == 0) return std::nullopt;
  return key;
}

std::optional<std::string> ParseDocumentName(std::string_view name) {
  if (!name.starts_with(kDocuments) || !IsUuid(name.substr(kDocuments.size()))) return std::nullopt;
  return Lower(name);
}

std::string RevisionName(std::string_view release, uint32_t revision) {
  return fmt::format("{}{}{}", release, kRevisions, revision);
}

std::string NameToKey(std::string_view name) {
  DATELINE_CHECK(name.size() >= kUuidChars, "names are checked before they become keys");
  std::string key;
  int high = -1;
  for (const char c : name.substr(name.size() - kUuidChars)) {
    const int value = HexValue(c);
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      key.push_back(static_cast<char>(high * 16 + value));
      high = -1;
    }
  }
  DATELINE_CHECK(key.size() == 16, "names are checked before they become keys");
  return key;
}

std::string KeyToUuid(std::string_view key) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string uuid;
  uuid.reserve(kUuidChars);
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    uuid.push_back(kHex[byte >> 4]);
    uuid.push_back(kHex[byte & 15]);
    if (uuid.size() == 8 || uuid.size() == 13 || uuid.size() == 18 || uuid.size() == 23) uuid.push_back('-');
  }
  return uuid;
}

std::string UriHost(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view authority = uri.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const size_t user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
  if (authority.starts_with('[')) return std::string(authority.substr(0, authority.find(']') + 1));
  return std::string(authority.substr(0, authority.find(':')));
}

std::string Shorten(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  if (bytes_max <= kEllipsis.size()) return {};
  return std::string(TruncateUtf8(text, bytes_max - kEllipsis.size())).append(kEllipsis);
}

}  // namespace dateline::storage
