// Any bytes as a newsroom page, as a selector, and as a page to discover sources on: nothing crashes, items have
// absolute http(s) addresses, and what is found has the confidence that it must have.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/ingestion/discovery/discovery.h"
#include "services/ingestion/listing/listing.h"

namespace {

void CheckItems(const dateline::listing::Listing& listing) {
  if (listing.items.empty() || listing.items.size() > dateline::listing::kItemsMax) std::abort();
  for (const auto& item : listing.items) {
    if (!item.url.starts_with("http://") && !item.url.starts_with("https://")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dateline;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kUrl = "https://news.example/press";
  const listing::ListingInput input{.bytes = bytes, .url = kUrl, .content_type = "text/html"};
  if (const auto found = listing::FindListing(input); found.ok()) {
    CheckItems(*found);
    if (found->confidence < listing::kConfidenceMin) std::abort();
  }
  // The first line as a selector.
  listing::Recipe recipe;
  recipe.item = std::string(bytes.substr(0, bytes.find('\n')));
  if (const auto read = listing::ReadListing(input, recipe); read.ok()) CheckItems(*read);
  const auto candidates = discovery::FindCandidates(
      {.bytes = bytes, .url = kUrl, .content_type = "text/html", .robots_txt = bytes.substr(size / 2)});
  if (candidates.size() > discovery::kCandidatesMax) std::abort();
  (void)discovery::Examine({.url = std::string(kUrl), .title = {}}, {.bytes = bytes, .url = kUrl});
  return 0;
}
