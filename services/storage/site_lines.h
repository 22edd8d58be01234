#pragma once
// Which lines stand on most pages of a site: menus, footers, cookie notices. Extraction reports the hashes of the lines
// of each document; here they are counted over the latest documents of the site, in bounded space: what is rare and was
// not seen for long is forgotten, and old counts fade, so that a site may change its looks. A plain value, which a
// store keeps as bytes; not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::storage {

// Fewer documents say nothing about a site.
inline constexpr uint32_t kSiteDocumentsMin = 5;
// When so many documents are counted, all counts are halved.
inline constexpr uint32_t kSiteDocumentsMax = 200;
// Of a site that is known so well, one document in so many is counted.
inline constexpr uint32_t kSiteSampling = 8;
// Lines that are remembered of a site, and hashes that are taken of one document.
inline constexpr size_t kSiteLinesMax = 2048;
inline constexpr int kDocumentLinesMax = 1000;
// Lines that are answered as boilerplate.
inline constexpr size_t kBoilerplateMax = 1000;

// The site of a document: the host of its URI without "www.", else its source. Empty when it has neither: then its
// lines are not counted.
std::string SiteOf(const v1::Document& document);

// Whether this commit counts the lines of its document: each document counts once, at the first commit of its first
// version.
bool CountsLines(const v1::Document& document, const v1::CommitReleasesRequest& request);

class SiteLines {
 public:
  SiteLines() = default;
  // nullopt when the bytes are not those of Serialize().
  static std::optional<SiteLines> Parse(std::string_view bytes);
  // Little-endian: uint32 documents, uint32 clock, then for each line in ascending order of hash: uint64 hash, uint32
  // documents, uint32 clock when it was last seen.
  std::string Serialize() const;

  // Whether this document, one that was not counted before, is to be counted.
  bool Wants(std::string_view document_name) const;
  // Counts a document with these lines; each counts once.
  void Add(std::span<const uint64_t> hashes);
  // The lines that stand on more than half of the documents, the most frequent first; empty while the site is hardly
  // known.
  std::vector<uint64_t> Boilerplate() const;

  size_t size() const { return lines_.size(); }
  uint32_t documents() const { return documents_; }

 private:
  struct Line {
    uint64_t hash = 0;
    uint32_t documents = 0;
    uint32_t seen = 0;
  };
  void Forget();
  void Fade();

  uint32_t documents_ = 0;  // That the counts stand for.
  uint32_t clock_ = 0;      // Documents ever counted.
  std::vector<Line> lines_;
};

}  // namespace dateline::storage
