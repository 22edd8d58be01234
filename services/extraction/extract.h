#pragma once
// A document in, a release out: the one way into the extraction library. It is pure: no I/O, no clock, no randomness,
// and the same input always gives the same release. The worker, the RPC and the command all call it.
// An Extractor is immutable after Create and may be used by any number of threads at once; make one per process, since
// it loads tables. Input is only borrowed for the call.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/release/v1/release.pb.h"
#include "services/extraction/explanation.h"
#include "services/extraction/language_coverage.h"

namespace dateline::extraction {

// Changes whenever the same document may give another record. Stands in Release.extractor.rules.
inline constexpr std::string_view kRulesVersion = "2026.11.7";

// The longest Release.text, in bytes; what is longer is cut at a paragraph with the notice TRUNCATED.
inline constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;

// One document.
struct Input {
  // The document as received; at most text::kMaxDocumentBytes.
  std::string_view bytes = {};
  // Where it came from: an http(s) or file URL. Relative links resolve against it. May be empty.
  std::string_view uri = {};
  // The declared media type, with or without parameters. Empty, "application/octet-stream" or none of HTML, XHTML and
  // text: the bytes decide. A declared text/plain is believed.
  std::string_view content_type = {};
  // The declared charset; empty when none is. It wins over the one in `content_type`.
  std::string_view charset = {};
  // The resource name of the source, "sources/{source}", copied into the release. May be empty.
  std::string_view source = {};
  // The region, ISO 3166-1 alpha-2, whose numbering plan reads telephone numbers without country code where the
  // document itself does not tell. Empty: such numbers stay unresolved.
  std::string_view default_region = {};
  // When the document was observed. It never fills a date in; a publish date after it gives a notice.
  std::optional<std::chrono::sys_seconds> observe_time = {};
  // What the feed or listing that led here says. Used only where the document itself is silent.
  std::string_view title_hint = {};
  std::optional<std::chrono::sys_seconds> publish_hint = {};
  std::vector<std::string_view> author_hints = {};
  // What a recipe that somebody wrote for this site finds on the page: words, a date as it is written, markup. It wins
  // over what the rules would find; empty where it found nothing.
  std::string_view recipe_title = {};
  std::string_view recipe_date = {};
  std::string_view recipe_body = {};
  // Hashes (64-bit xxh3 of the folded line) of lines that stand on most pages of the site.
  std::span<const std::uint64_t> site_boilerplate = {};
  // Gives Extraction::line_hashes, which ExtractAll alone answers.
  bool collect_lines = false;
  // Leaves out what costs time and is no title, text, section or metadata: contacts are not looked for.
  bool omit_facts = false;
};

// Everything that a document holds.
struct Extraction {
  // The document as one release.
  release::v1::Release release;
  // The releases of a bulletin, which announces several at once; empty for other documents. Their URIs are that of the
  // document with a fragment: the anchor of the item's heading, else "item-N" with its number.
  std::vector<release::v1::Release> items;
  // Hashes of the document's distinct lines (site_boilerplate.h), at most kMaxCollectedLines; only when asked for.
  std::vector<std::uint64_t> line_hashes;
};

struct ExtractorOptions {
  // Without it the language packs, most of what is loaded, are left out, and every release is one with omit_facts.
  bool facts = true;
};

// Reads documents.
class Extractor {
 public:
  // Loads the tables. INTERNAL if the libraries' data are damaged.
  static absl::StatusOr<std::unique_ptr<const Extractor>> Create(const ExtractorOptions& options = {});

  ~Extractor();
  Extractor(const Extractor&) = delete;
  Extractor& operator=(const Extractor&) = delete;

  // Extracts. The release has no name and revision 0: storage gives them. All spans are in order and on character
  // boundaries of `text`. Errors are those of text::CheckDocument and text::Decode (INVALID_ARGUMENT with the reasons
  // EMPTY_DOCUMENT, BINARY_CONTENT, DOCUMENT_TOO_LARGE, INVALID_UTF8, UNKNOWN_CHARSET) and NO_TEXT (the document holds
  // no words). A page without an article gives a release with page_type OTHER or NEEDS_RENDERING, not an error.
  // With `explanation` (which may be null) it also tells why each block was kept or left; the release is the same.
  absl::StatusOr<release::v1::Release> Extract(const Input& input, Explanation* explanation = nullptr) const;
  // The same with the items of a bulletin; they share the document's metadata, their titles are their headings.
  absl::StatusOr<Extraction> ExtractAll(const Input& input, Explanation* explanation = nullptr) const;

  // The languages with a pack, and which facts are found in texts of each.
  std::vector<LanguageCoverage> Languages() const;

 private:
  struct Tables;
  explicit Extractor(std::unique_ptr<const Tables> tables);

  std::unique_ptr<const Tables> tables_;
};

}  // namespace dateline::extraction
