#pragma once
// Resource names of documents and releases. A document's name is derived from its URI and version, so that the same
// content history has the same names on every machine; a release's name is given by extraction. Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dateline::storage {

// "documents/{UUIDv5 of uri, line feed, version}".
std::string DocumentName(std::string_view uri, uint32_t version);

// A release, or one of its revisions.
struct ReleaseKey {
  std::string name;       // "releases/{uuid}", in lower case.
  uint32_t revision = 0;  // 0: the latest.
};

// nullopt when `name` is neither "releases/{uuid}" nor "releases/{uuid}/revisions/{n}" with n from 1.
std::optional<ReleaseKey> ParseReleaseName(std::string_view name);
// The canonical spelling of "documents/{uuid}"; nullopt when it is none.
std::optional<std::string> ParseDocumentName(std::string_view name);
std::string RevisionName(std::string_view release, uint32_t revision);

// The 16 bytes of the UUID that a canonical name ends with, the form in which databases keep it; and back.
std::string NameToKey(std::string_view name);
std::string KeyToUuid(std::string_view key);

// The host of an absolute URI in the form it stands there, without port; empty when it has none.
std::string UriHost(std::string_view uri);

// `text` cut to at most `bytes_max` bytes at a character boundary, with an ellipsis when something was left out.
std::string Shorten(std::string_view text, size_t bytes_max);

}  // namespace dateline::storage
