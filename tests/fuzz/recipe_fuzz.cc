// Four lines of any bytes as the selectors of title, date, body and what is to be removed, and the rest as the page of
// a release: nothing crashes, limits hold, the markup that is cut out can be read again, and a field is either found or
// said to be missing.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/text/utf8.h"
#include "services/ingestion/listing/release_page.h"

namespace {

std::string NextLine(std::string_view* rest) {
  const size_t end = std::min(rest->find('\n'), rest->size());
  std::string line(rest->substr(0, end));
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dateline;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  listing::ReleaseRecipe recipe;
  recipe.title = NextLine(&rest);
  recipe.date = NextLine(&rest);
  recipe.body = NextLine(&rest);
  recipe.remove.push_back(NextLine(&rest));
  const listing::ListingInput input{.bytes = rest, .url = "https://news.example/press/1", .content_type = "text/html"};
  const auto page = listing::ReadRelease(input, recipe);
  if (!page.ok()) return 0;
  if (page->body_html.size() > listing::kReleaseMarkupMax || page->text.size() > listing::kReleaseTextMax) std::abort();
  // "<scripted>" is none.
  for (const char* script : {"<script>", "<script "}) {
    if (page->body_html.find(script) != std::string::npos) std::abort();
  }
  for (const std::string* text : {&page->title, &page->date_text, &page->text, &page->body_html}) {
    if (!text::IsValidUtf8(*text)) std::abort();
  }
  const bool missing =
      std::find(page->unmatched.begin(), page->unmatched.end(), "body") != page->unmatched.end() || recipe.body.empty();
  if (missing && !(page->body_html.empty() && page->text.empty())) std::abort();
  if (page->body_html.empty()) return 0;
  const listing::ListingInput again{
      .bytes = page->body_html, .url = input.url, .content_type = "text/html; charset=utf-8"};
  // What is left of a page may be refused as one, for example when it holds little but control characters.
  (void)listing::ReadRelease(again, {.title = "h1", .date = {}, .body = "p", .remove = {}});
  return 0;
}
