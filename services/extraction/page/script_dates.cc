#include "services/extraction/page/script_dates.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace dateline::extraction {
namespace {

constexpr std::size_t kDayBytes = 10;    // "2024-03-05"
constexpr std::size_t kValueBytes = 32;  // with time and zone

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsKeyChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// A field's name is one of those of a time of publishing.
bool IsPublishKey(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kKeys = {
      "datepublished",   "publisheddate", "publishdate",      "published_at",    "publishedat",
      "publicationdate", "pubdate",       "publish_date",     "date_published",  "firstpublished",
      "publishedtime",   "publish_time",  "publication_date", "firstpublishdate"};
  std::string lower(key);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return std::find(kKeys.begin(), kKeys.end(), lower) != kKeys.end();
}

// The date that stands behind a field's name, over quotes, escapes and the colon.
std::string_view ValueBehind(std::string_view s, std::size_t at) {
  constexpr std::size_t kMaxSigns = 12;
  std::size_t begin = at;
  bool colon = false;
  while (begin < s.size() && begin - at < kMaxSigns &&
         std::string_view("\"\\': ").find(s[begin]) != std::string_view::npos)
    colon = s[begin++] == ':' || colon;
  const std::string_view value = s.substr(std::min(begin, s.size()), kValueBytes);
  if (!colon || value.size() < kDayBytes || value[4] != '-' || value[7] != '-') return {};
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (!IsDigit(value[i])) return {};
  }
  return value.substr(0, std::min(value.find_first_of("\"\\'"), value.size()));
}

}  // namespace

std::string ScriptPublishDate(const HtmlTree& tree) {
  std::string_view found;
  const std::vector<HtmlNode>& nodes = tree.nodes();
  for (const HtmlNode& node : nodes) {
    if (node.tag != Tag::kText || nodes[node.parent].tag != Tag::kScript) continue;
    const std::string_view s = node.text;
    for (std::size_t at = s.find("ub"); at != std::string_view::npos; at = s.find("ub", at + 2)) {
      std::size_t begin = at;
      while (begin > 0 && at - begin < 16 && IsKeyChar(s[begin - 1])) --begin;
      std::size_t end = at;
      while (end < s.size() && end - at < 20 && IsKeyChar(s[end])) ++end;
      if (!IsPublishKey(s.substr(begin, end - begin))) continue;
      const std::string_view value = ValueBehind(s, end);
      if (value.empty()) continue;
      if (!found.empty() && found.substr(0, kDayBytes) != value.substr(0, kDayBytes)) return {};
      if (found.empty()) found = value;
    }
  }
  return std::string(found);
}

}  // namespace dateline::extraction
