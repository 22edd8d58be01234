#pragma once
// What a site's robots.txt allows (RFC 9309). Parsing never fails: lines that are no rules are passed over, as the RFC
// asks. Pure; a RobotsRules is immutable and may be read by many threads.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::http {

// Bytes of a robots.txt that are read, as the RFC's least; the rest is passed over.
inline constexpr std::size_t kRobotsBytesMax = std::size_t{500} << 10;

class RobotsRules {
 public:
  // Everything is allowed.
  RobotsRules() = default;

  // The rules for the crawler with this product token ("Dateline", matched without regard to case; what follows a
  // token, as in "Dateline/1.0", is passed over): all its groups together, else those of "*", else none.
  static RobotsRules Parse(std::string_view robots_txt, std::string_view product_token);
  // Nothing is allowed: for a robots.txt that cannot be reached.
  static RobotsRules DisallowAll();

  // Whether "/path?query" may be fetched. The rule with the longest pattern decides, an allow before a disallow of the
  // same length. /robots.txt itself always may. A path that is not escaped has no one form: it may be fetched when the
  // rules allow it escaped and as it stands.
  bool Allows(std::string_view path_and_query) const;
  // The same, but a group that names our token decides on /robots.txt too: the RFC's permission is for reading the
  // rules, and a site that names a crawler to turn it away is not to be argued with.
  bool RulesAllow(std::string_view path_and_query) const;

  // The least time between two requests that the group asks for (not in the RFC, but usual).
  std::optional<std::chrono::milliseconds> crawl_delay() const { return crawl_delay_; }

  // The values of the Sitemap lines, which belong to no group; at most kSitemapsMax.
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }
  static constexpr std::size_t kSitemapsMax = 100;

 private:
  struct Rule {
    std::string pattern;  // Percent-escapes in one form; "*" and a final "$" are special.
    bool allow = false;
  };
  static bool Allowed(const std::vector<Rule>& rules, std::string_view path);

  std::vector<Rule> rules_;
  bool by_token_ = false;   // A group names our token, in the RFC's sense.
  std::vector<Rule> also_;  // Those of "*", where it is open which group is meant.
  std::optional<std::chrono::milliseconds> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace dateline::http
