#include "services/ingestion/listing/next_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "common/url/url.h"

namespace dateline::listing {
namespace {

bool HoldsToken(std::string_view list, std::string_view token) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(" \t\r\n", at), list.size());
    if (list.substr(at, end - at) == token) return true;
    at = end + 1;
  }
  return false;
}

bool SaysNext(std::string_view words) {
  if (words.empty() || words.size() > 40) return false;
  constexpr std::array<std::string_view, 38> kNext = {"next",
                                                      "next page",
                                                      "next >",
                                                      "next »",
                                                      "next ›",
                                                      "older",
                                                      "older posts",
                                                      "older entries",
                                                      "older news",
                                                      "load more",
                                                      "show more",
                                                      "more news",
                                                      "more results",
                                                      ">",
                                                      "»",
                                                      "›",
                                                      "→",
                                                      ">>",
                                                      "suivant",
                                                      "suivante",
                                                      "page suivante",
                                                      "siguiente",
                                                      "página siguiente",
                                                      "weiter",
                                                      "nächste",
                                                      "nächste seite",
                                                      "avanti",
                                                      "successivo",
                                                      "próximo",
                                                      "próxima",
                                                      "volgende",
                                                      "nästa",
                                                      "następna",
                                                      "далее",
                                                      "следующая",
                                                      "下一页",
                                                      "次へ",
                                                      "التالي"};
  std::string key = text::FoldKey(words);
  if (std::find(kNext.begin(), kNext.end(), key) != kNext.end()) return true;
  for (const std::string_view mark : {"»", "›", "→", ">", "&gt;"}) {
    while (key.ends_with(mark))
      key = std::string(text::TrimSpace(std::string_view(key).substr(0, key.size() - mark.size())));
  }
  return !key.empty() && std::find(kNext.begin(), kNext.end(), key) != kNext.end();
}

std::optional<int> PageNumber(std::string_view words) {
  int number = 0;
  const auto [stop, failed] = std::from_chars(words.data(), words.data() + words.size(), number);
  const bool whole = failed == std::errc() && stop == words.data() + words.size();
  return whole && number > 0 && number < 10'000 ? std::optional(number) : std::nullopt;
}

class Chooser {
 public:
  explicit Chooser(const html::Page& page) : own_(page.Absolute(page.url())) {
    if (const auto parsed = url::Parse(own_); parsed.ok()) origin_ = parsed->Origin();
  }
  // Another page of this site.
  bool Fits(const std::string& url) const {
    if (url.empty() || url == own_) return false;
    const auto parsed = url::Parse(url);
    return parsed.ok() && (origin_.empty() || SameSite(parsed->Origin(), origin_));
  }

 private:
  static std::string_view Host(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    std::string_view host = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
    if (host.starts_with("www.")) host.remove_prefix(4);
    return host;
  }
  static bool SameSite(std::string_view a, std::string_view b) { return Host(a) == Host(b); }

  std::string own_;
  std::string origin_;
};

// The page behind the present one in a row of numbers: the present one is no link, so that its number is missing.
std::string ByNumber(const html::Page& page, const std::vector<PageLink>& links, const Chooser& chooser) {
  std::string next;
  int lowest = 0;
  bool has_first = false;
  std::size_t numbers = 0;
  for (const PageLink& link : links) {
    const auto number = PageNumber(link.words);
    if (!number || !chooser.Fits(link.url) || !SurroundingsOf(page, link.element).navigation) continue;
    ++numbers;
    has_first = has_first || *number == 1;
    if (lowest == 0 || *number < lowest) {
      lowest = *number;
      next = link.url;
    }
  }
  return !has_first && lowest == 2 && numbers >= 1 ? next : std::string();
}

}  // namespace

std::string FindNextPage(const html::Page& page, const std::vector<PageLink>& links) {
  const Chooser chooser(page);
  for (std::uint32_t i = 0; i < page.nodes().size(); ++i) {
    const std::string_view tag = page.node(i).tag;
    if ((tag != "link" && tag != "a") || !HoldsToken(page.Attribute(i, "rel"), "next")) continue;
    if (std::string url = page.Absolute(page.Attribute(i, "href")); chooser.Fits(url)) return url;
  }
  for (const PageLink& link : links) {
    const bool says = SaysNext(link.words) || SaysNext(page.Attribute(link.element, "aria-label")) ||
                      SaysNext(page.Attribute(link.element, "title"));
    if (says && chooser.Fits(link.url)) return link.url;
  }
  // Marked by its class, or by that of the element around it.
  for (const PageLink& link : links) {
    for (const std::uint32_t at : {link.element, page.node(link.element).parent}) {
      const std::string_view classes = page.Attribute(at, "class");
      const bool marked = HoldsToken(classes, "next") || HoldsToken(classes, "pager-next") ||
                          HoldsToken(classes, "pager__item--next") || HoldsToken(classes, "nav-previous") ||
                          HoldsToken(classes, "older");
      if (marked && chooser.Fits(link.url)) return link.url;
    }
  }
  return ByNumber(page, links, chooser);
}

}  // namespace dateline::listing
