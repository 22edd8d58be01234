#include "services/storage/revisions/fold.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dateline::storage {
namespace {

// What typesetting changes without changing what is said. An empty replacement removes, " " joins the white space.
constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kFolded = {{
    {"\xE2\x80\x98", "'"},  {"\xE2\x80\x99", "'"},  {"\xE2\x80\x9A", "'"},
    {"\xE2\x80\xB2", "'"},                                                   // single quotes, prime
    {"\xE2\x80\x9C", "\""}, {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x9E", "\""},  // double quotes
    {"\xC2\xAB", "\""},     {"\xC2\xBB", "\""},                              // guillemets
    {"\xE2\x80\x90", "-"},  {"\xE2\x80\x91", "-"},  {"\xE2\x80\x92", "-"},
    {"\xE2\x80\x93", "-"},                                                    // hyphens, dashes
    {"\xE2\x80\x94", "-"},  {"\xE2\x88\x92", "-"},  {"\xE2\x80\xA6", "..."},  // ellipsis
    {"\xC2\xA0", " "},      {"\xE2\x80\xAF", " "},  {"\xE2\x80\x89", " "},    // fixed spaces
    {"\xC2\xAD", ""},       {"\xE2\x80\x8B", ""},                             // invisible
}};

}  // namespace

std::string FoldForComparison(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  bool space = false;
  const auto put = [&folded, &space](std::string_view piece) {
    if (space && !folded.empty()) folded.push_back(' ');
    space = false;
    folded.append(piece);
  };
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x80) {
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        space = true;
      } else {
        put(text.substr(at, 1));
      }
      ++at;
      continue;
    }
    const auto* const known = std::find_if(kFolded.begin(), kFolded.end(),
                                           [&](const auto& entry) { return text.substr(at).starts_with(entry.first); });
    if (known == kFolded.end()) {
      put(text.substr(at, 1));
      ++at;
      continue;
    }
    if (known->second == " ") {
      space = true;
    } else if (!known->second.empty()) {
      put(known->second);
    }
    at += known->first.size();
  }
  return folded;
}

}  // namespace dateline::storage
