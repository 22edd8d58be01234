#include "common/http/robots.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "common/url/percent.h"

namespace dateline::http {
namespace {

constexpr double kCrawlDelayMaxSeconds = 24 * 60 * 60;

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The product token of RFC 9309 at the beginning: letters, "-" and "_".
std::string_view TokenOf(std::string_view agent) {
  const auto* end = std::find_if(agent.begin(), agent.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_');
  });
  return agent.substr(0, static_cast<size_t>(end - agent.begin()));
}

std::string_view FirstWord(std::string_view agent) {
  return agent.substr(0, std::min(agent.find_first_of(" \t/"), agent.size()));
}

bool HasTwoWords(std::string_view agent) {
  return Trim(agent).find_first_of(" \t") != std::string_view::npos;
}

// Whether a User-agent line means the crawler of this name: by the token that the RFC sees in the line, or by the whole
// name, since names with digits are none by the RFC but are in use.
bool NamesByToken(std::string_view value, std::string_view agent) {
  return EqualsIgnoreCase(TokenOf(value), FirstWord(agent));
}
bool NamesWhole(std::string_view value, std::string_view agent) {
  return EqualsIgnoreCase(FirstWord(value), FirstWord(agent));
}

// Paths are compared with the same characters escaped on both sides.
std::string Comparable(std::string_view text) {
  return url::NormalizeEscapes(url::Encode(text, url::EncodeSet::kC0Control));
}

// Whether a pattern with "*" and a final "$" matches a prefix of `path`. Only the last star is ever tried again, so the
// time is at most pattern times path.
bool Matches(std::string_view pattern, std::string_view path) {
  const bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  size_t at = 0;
  size_t in_pattern = 0;
  size_t star_pattern = std::string_view::npos;
  size_t star_at = 0;
  for (;;) {
    if (in_pattern == pattern.size() && (!anchored || at == path.size())) return true;
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star_pattern = ++in_pattern;
      star_at = at;
      continue;
    }
    if (in_pattern < pattern.size() && at < path.size() && pattern[in_pattern] == path[at]) {
      ++in_pattern;
      ++at;
      continue;
    }
    if (star_pattern == std::string_view::npos || star_at >= path.size()) return false;
    in_pattern = star_pattern;
    at = ++star_at;
  }
}

struct Line {
  std::string_view key;
  std::string_view value;
};

// Mistakes that are common enough for the large crawlers to read them as they are meant.
std::string_view Corrected(std::string_view key) {
  for (const std::string_view wrong : {"useragent", "user agent"}) {
    if (EqualsIgnoreCase(key, wrong)) return "user-agent";
  }
  for (const std::string_view wrong : {"dissallow", "dissalow", "disalow", "diasllow", "disallaw"}) {
    if (EqualsIgnoreCase(key, wrong)) return "disallow";
  }
  return EqualsIgnoreCase(key, "site-map") ? "sitemap" : key;
}

// The next line as key and value, without comment; both empty for a line that is no rule. A space may stand for the
// colon between two words.
Line NextLine(std::string_view& text) {
  const size_t end = std::min(text.find_first_of("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  line = Trim(line.substr(0, line.find('#')));
  size_t split = line.find(':');
  if (split == std::string_view::npos) {
    split = line.find_first_of(" \t");
    if (split == std::string_view::npos || HasTwoWords(line.substr(split))) return {};
  }
  return {Corrected(Trim(line.substr(0, split))), Trim(line.substr(split + 1))};
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  // Editors have been seen to leave only part of it.
  for (const char byte : {'\xEF', '\xBB', '\xBF'}) {
    if (!text.starts_with(byte)) break;
    text.remove_prefix(1);
  }
  return text;
}

std::optional<std::chrono::milliseconds> ParseDelay(std::string_view value) {
  double seconds = 0;
  const auto [stop, failed] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failed != std::errc() || !(seconds >= 0)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(std::min(seconds, kCrawlDelayMaxSeconds) * 1000));
}

}  // namespace

RobotsRules RobotsRules::Parse(std::string_view robots_txt, std::string_view product_token) {
  robots_txt = robots_txt.substr(0, kRobotsBytesMax);
  std::vector<std::string> sitemaps;
  robots_txt = WithoutByteOrderMark(robots_txt);
  RobotsRules ours;
  RobotsRules general;
  bool named = false;           // A group names our token.
  bool doubtful = false;        // It does so only if both names, of several words, are read as their first.
  bool in_ours = false;         // The present group is ours.
  bool in_general = false;      // The present group is for "*".
  bool reading_agents = false;  // The line before was a user-agent line too.
  while (!robots_txt.empty()) {
    const Line line = NextLine(robots_txt);
    if (EqualsIgnoreCase(line.key, "user-agent")) {
      if (!reading_agents) in_ours = in_general = false;
      reading_agents = true;
      if (line.value.starts_with('*')) {
        in_general = true;
      } else if (NamesByToken(line.value, product_token) || NamesWhole(line.value, product_token)) {
        in_ours = named = true;
        ours.by_token_ = ours.by_token_ || NamesByToken(line.value, product_token);
        doubtful = doubtful || (HasTwoWords(product_token) && HasTwoWords(line.value));
      }
      continue;
    }
    const bool allow = EqualsIgnoreCase(line.key, "allow");
    if (!allow && !EqualsIgnoreCase(line.key, "disallow")) {
      if (EqualsIgnoreCase(line.key, "crawl-delay")) {
        reading_agents = false;
        const auto delay = ParseDelay(line.value);
        if (in_ours) ours.crawl_delay_ = delay;
        if (in_general) general.crawl_delay_ = delay;
      }
      const bool sitemap = EqualsIgnoreCase(line.key, "sitemap") && !line.value.empty();
      if (sitemap && sitemaps.size() < kSitemapsMax) sitemaps.emplace_back(line.value);
      continue;
    }
    reading_agents = false;
    if (line.value.empty()) continue;
    const Rule rule{Comparable(line.value), allow};
    if (in_ours) ours.rules_.push_back(rule);
    if (in_general) general.rules_.push_back(rule);
  }
  RobotsRules& chosen = named ? ours : general;
  chosen.sitemaps_ = std::move(sitemaps);
  if (doubtful) chosen.also_ = std::move(general.rules_);
  return std::move(chosen);
}

RobotsRules RobotsRules::DisallowAll() {
  RobotsRules rules;
  rules.rules_.push_back({"/", false});
  return rules;
}

bool RobotsRules::Allows(std::string_view path_and_query) const {
  return path_and_query == "/robots.txt" || RulesAllow(path_and_query);
}

bool RobotsRules::RulesAllow(std::string_view path_and_query) const {
  if (path_and_query == "/robots.txt" && !by_token_) return true;
  const std::string path = Comparable(path_and_query);
  if (!Allowed(rules_, path) || !Allowed(also_, path)) return false;
  const bool escaped = std::all_of(path_and_query.begin(), path_and_query.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return escaped || Allowed(rules_, path_and_query);
}

bool RobotsRules::Allowed(const std::vector<Rule>& rules, std::string_view path) {
  const Rule* best = nullptr;
  for (const Rule& rule : rules) {
    const bool longer = best == nullptr || rule.pattern.size() > best->pattern.size() ||
                        (rule.pattern.size() == best->pattern.size() && rule.allow);
    if (longer && Matches(rule.pattern, path)) best = &rule;
  }
  return best == nullptr || best->allow;
}

}  // namespace dateline::http
