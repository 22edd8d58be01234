// Any bytes as a URL and as a file path: nothing crashes, what parses prints to something that parses
// to the same, and the canonical form of a canonical form is itself, because names of releases are derived from it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/url/canonical.h"
#include "common/url/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = dateline::url::Parse(text); url.ok()) {
    const auto again = dateline::url::Parse(url->Href());
    if (!again.ok() || again->Href() != url->Href()) std::abort();
  }
  if (const auto canonical = dateline::url::Canonicalize(text); canonical.ok()) {
    const auto again = dateline::url::Canonicalize(*canonical);
    if (!again.ok() || *again != *canonical) std::abort();
  }
  if (const auto url = dateline::url::FileUrl(text); url.ok()) {
    const auto path = dateline::url::FilePath(*url);
    if (!path.ok()) std::abort();
  }
  return 0;
}
