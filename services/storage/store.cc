#include "services/storage/store.h"

#include <fmt/format.h>

#include <set>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/url/canonical.h"
#include "services/storage/site_lines.h"

namespace dateline::storage {
namespace {

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view description) {
  return FieldError(reason, field, description);
}

bool HasScheme(std::string_view uri) {
  const size_t colon = uri.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < uri.size() &&
         uri.find_first_of(" \t\r\n") == std::string_view::npos;
}

absl::Status CheckRelease(const release::v1::Release& release, int index) {
  const auto invalid = [index](std::string_view field, std::string_view description) {
    return Invalid("INVALID_RELEASE", fmt::format("releases[{}].{}", index, field), description);
  };
  const auto key = ParseReleaseName(release.name());
  if (!key.has_value() || key->revision != 0) return invalid("name", "has to be \"releases/{uuid}\"");
  if (!HasScheme(release.uri()) || release.uri().size() > kUriBytesMax) {
    return invalid("uri", fmt::format("has to be an absolute URI of at most {} bytes", kUriBytesMax));
  }
  if (release.extractor().version().empty()) return invalid("extractor.version", "is missing");
  if (release.text().size() > kReleaseTextBytesMax) {
    return invalid("text",
                   fmt::format("has {} bytes; at most {} are kept", release.text().size(), kReleaseTextBytesMax));
  }
  if (release.ByteSizeLong() > kReleaseBytesMax) {
    return invalid("facts", fmt::format("the record has more than {} bytes", kReleaseBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDocument(const v1::Document& document) {
  if (!HasScheme(document.uri()) || document.uri().size() > kUriBytesMax) {
    return Invalid("INVALID_URI", "document.uri",
                   fmt::format("has to be an absolute URI in canonical form of at most {} bytes", kUriBytesMax));
  }
  if (document.content().empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "EMPTY_DOCUMENT",
                 fmt::format("{}: the document is empty; there is nothing to store", Shorten(document.uri(), 200)));
  }
  if (document.content().size() > kDocumentBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE",
                 fmt::format("{}: the document has {} bytes, more than {} MiB; split it or leave it out",
                             Shorten(document.uri(), 200), document.content().size(), kDocumentBytesMax >> 20),
                 {{"limit_bytes", std::to_string(kDocumentBytesMax)}});
  }
  for (const auto& [field, text] :
       {std::pair<std::string_view, const std::string&>{"document.source", document.source()},
        {"document.content_type", document.content_type()},
        {"document.charset", document.charset()},
        {"document.guid", document.guid()},
        {"document.given_uri", document.given_uri()}}) {
    if (text.size() > kDocumentTextBytesMax) {
      return Invalid("INVALID_DOCUMENT", field, fmt::format("has more than {} bytes", kDocumentTextBytesMax));
    }
  }
  if (document.feed_hints().ByteSizeLong() > kFeedHintsBytesMax) {
    return Invalid("INVALID_DOCUMENT", "document.feed_hints",
                   fmt::format("has more than {} bytes", kFeedHintsBytesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckCommit(const v1::CommitReleasesRequest& request) {
  if (!ParseDocumentName(request.document()).has_value()) {
    return Invalid("INVALID_DOCUMENT", "document", "has to be \"documents/{uuid}\"");
  }
  if (!request.failure().empty() && request.releases_size() > 0) {
    return Invalid("INVALID_RELEASE", "releases", "a failed document gives no release; leave releases or failure out");
  }
  if (request.releases_size() > kReleasesPerDocumentMax) {
    return Invalid("INVALID_RELEASE", "releases", fmt::format("more than {} of one document", kReleasesPerDocumentMax));
  }
  if (request.line_hashes_size() > kDocumentLinesMax) {
    return Invalid("INVALID_DOCUMENT", "line_hashes", fmt::format("more than {} of one document", kDocumentLinesMax));
  }
  if (request.has_lease() && request.lease().topic() != kDocumentTopic) {
    return Invalid("INVALID_DOCUMENT", "lease.topic", fmt::format("has to be \"{}\"", kDocumentTopic));
  }
  std::set<std::string_view> names;
  for (int i = 0; i < request.releases_size(); ++i) {
    if (absl::Status checked = CheckRelease(request.releases(i), i); !checked.ok()) return checked;
    if (!names.insert(request.releases(i).name()).second) {
      return Invalid("INVALID_RELEASE", fmt::format("releases[{}].name", i), "stands twice in one request");
    }
  }
  return absl::OkStatus();
}

absl::Status ResolveTranslations(const std::function<absl::StatusOr<bool>(const std::string&)>& holds,
                                 release::v1::Release* release) {
  for (auto& translation : *release->mutable_translations()) {
    const auto uri = url::Canonicalize(translation.uri());
    if (!uri.ok()) continue;
    const std::string name = "releases/" + UuidV5(*uri);
    if (name == release->name()) continue;
    DATELINE_ASSIGN_OR_RETURN(const bool held, holds(name));
    if (held) translation.set_release(name);
  }
  return absl::OkStatus();
}

absl::Status DerivedChanged() {
  return Error(absl::StatusCode::kAborted, kReasonDerivedChanged,
               "links and entities changed at the same time; read them again and repeat the call");
}

absl::Status DocumentNotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND",
               fmt::format("{}: the archive holds no such document", Shorten(name, 200)),
               {{"name", Shorten(name, 200)}});
}

absl::Status ContentRemoved(std::string_view document) {
  return Error(absl::StatusCode::kNotFound, "CONTENT_REMOVED",
               fmt::format("the content of {} was removed by a rule of retention; its releases stay", document),
               {{"name", std::string(document)}});
}

absl::Status ReleaseNotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND",
               fmt::format("{}: the archive holds no such release", Shorten(name, 200)),
               {{"name", Shorten(name, 200)}});
}

absl::Status RevisionNotFound(std::string_view name, uint32_t revision) {
  return Error(absl::StatusCode::kNotFound, "REVISION_NOT_FOUND",
               fmt::format("{}: the release has no revision {}", Shorten(name, 200), revision),
               {{"name", Shorten(name, 200)}, {"revision", std::to_string(revision)}});
}

}  // namespace dateline::storage
