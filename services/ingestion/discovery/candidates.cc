// Which addresses on and around a page are worth looking at.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/http/robots.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/discovery/discovery.h"
#include "services/ingestion/html/page.h"

namespace dateline::discovery {
namespace {

// Links of a page that are looked at.
constexpr std::size_t kAnchorsMax = 5'000;
constexpr std::size_t kNewsLinksMax = 8;
constexpr std::size_t kFeedAnchorsMax = 12;

constexpr std::array<std::string_view, 9> kFeedPaths = {"feed",      "rss",       "rss.xml",   "feed.xml", "atom.xml",
                                                        "feed.json", "index.xml", "feeds/all", "news/rss"};
constexpr std::array<std::string_view, 5> kSitemapPaths = {"sitemap.xml", "sitemap_index.xml", "news-sitemap.xml",
                                                           "sitemap-news.xml", "sitemap.xml.gz"};

// Words of links to newsrooms, folded, in the languages that newsrooms most often have.
constexpr std::array<std::string_view, 54> kNewsWords = {"news",
                                                         "newsroom",
                                                         "press",
                                                         "press releases",
                                                         "press release",
                                                         "media",
                                                         "media centre",
                                                         "media center",
                                                         "media releases",
                                                         "latest news",
                                                         "statements",
                                                         "announcements",
                                                         "actualités",
                                                         "actualité",
                                                         "presse",
                                                         "communiqués",
                                                         "communiqués de presse",
                                                         "espace presse",
                                                         "salle de presse",
                                                         "salle de nouvelles",
                                                         "noticias",
                                                         "prensa",
                                                         "sala de prensa",
                                                         "comunicados",
                                                         "notas de prensa",
                                                         "comunicados de prensa",
                                                         "aktuelles",
                                                         "nachrichten",
                                                         "neuigkeiten",
                                                         "pressemitteilungen",
                                                         "pressemeldungen",
                                                         "presseinformationen",
                                                         "notizie",
                                                         "comunicati",
                                                         "comunicati stampa",
                                                         "stampa",
                                                         "sala stampa",
                                                         "notícias",
                                                         "imprensa",
                                                         "sala de imprensa",
                                                         "nieuws",
                                                         "persberichten",
                                                         "nyheter",
                                                         "nyheder",
                                                         "pressmeddelanden",
                                                         "aktualności",
                                                         "новости",
                                                         "пресс-центр",
                                                         "пресс-релизы",
                                                         "أخبار",
                                                         "新闻",
                                                         "新闻中心",
                                                         "ニュース",
                                                         "報道発表"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsFeedType(std::string_view type) {
  const std::string bare = Lower(text::TrimSpace(type.substr(0, type.find(';'))));
  return bare == "application/rss+xml" || bare == "application/atom+xml" || bare == "application/feed+json" ||
         bare == "application/rdf+xml" || bare == "text/rss+xml" || bare == "application/x-rss+xml" ||
         bare == "application/json+feed";
}

// A path that most likely is a feed: ".rss", "/feed/", "rss.xml", "atom.xml", "format=feed".
bool LooksLikeFeed(const url::Url& url) {
  const std::string path = Lower(url.path);
  std::string_view last = path;
  while (last.ends_with('/')) last.remove_suffix(1);
  last = last.substr(last.rfind('/') + 1);
  const auto ends = [&](std::string_view suffix) { return last.ends_with(suffix); };
  if (ends(".rss") || ends(".atom") || ends(".rdf") || last == "feed" || last == "rss" || last == "atom" ||
      last == "feeds")
    return true;
  const bool xml = ends(".xml") || ends(".json") || ends(".php") || ends(".aspx");
  if (xml && (last.find("rss") != std::string_view::npos || last.find("feed") != std::string_view::npos ||
              last.find("atom") != std::string_view::npos)) {
    return true;
  }
  const std::string query = Lower(url.query.value_or(""));
  return query.find("format=feed") != std::string::npos || query.find("feed=rss") != std::string::npos ||
         query.find("feed=atom") != std::string::npos || query.find("type=rss") != std::string::npos;
}

bool HoldsWord(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// Feeds of comments, searches and single pages are not what a newsroom publishes.
double FeedPenalty(const url::Url& url, std::string_view title) {
  const std::string all = Lower(url.PathAndQuery()) + " " + text::FoldKey(title);
  double penalty = 0;
  if (HoldsWord(all, "comment") || HoldsWord(all, "kommentar") || HoldsWord(all, "commentaire")) penalty += 40;
  if (HoldsWord(all, "oembed") || HoldsWord(all, "wp-json")) penalty += 60;
  if (HoldsWord(all, "/tag/") || HoldsWord(all, "/category/") || HoldsWord(all, "/author/")) penalty += 15;
  if (HoldsWord(all, "podcast") || HoldsWord(all, "job") || HoldsWord(all, "event") || HoldsWord(all, "tender"))
    penalty += 12;
  return penalty;
}

double NewsBonus(const url::Url& url, std::string_view title) {
  const std::string all = Lower(url.PathAndQuery()) + " " + text::FoldKey(title);
  double bonus = 0;
  if (HoldsWord(all, "press") || HoldsWord(all, "communiqu") || HoldsWord(all, "prensa") || HoldsWord(all, "stampa"))
    bonus += 10;
  if (HoldsWord(all, "news") || HoldsWord(all, "media") || HoldsWord(all, "actualit") || HoldsWord(all, "noticia"))
    bonus += 6;
  return bonus;
}

class Collector {
 public:
  explicit Collector(const PageInput& input) : input_(input) {
    if (auto parsed = url::Parse(input.url); parsed.ok() && parsed->IsHttp()) own_ = *std::move(parsed);
    if (own_) Seen(own_->Href());
  }

  std::vector<Candidate> Collect() {
    if (auto page = html::Page::Parse(input_.bytes, input_.content_type, input_.url); page.ok()) {
      LinkElements(**page);
      Anchors(**page);
    }
    Robots();
    WellKnown();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    if (candidates_.size() > kCandidatesMax) candidates_.resize(kCandidatesMax);
    return std::move(candidates_);
  }

 private:
  bool Seen(const std::string& url) { return !seen_.insert(url).second; }

  void Add(std::string_view reference, std::string_view base, Kind kind, Basis basis, std::string title, double score) {
    const auto base_url = url::Parse(base);
    auto parsed = url::Parse(text::TrimSpace(reference), base_url.ok() ? &*base_url : nullptr);
    if (!parsed.ok() || !parsed->IsHttp() || parsed->HasCredentials()) return;
    parsed->fragment.reset();
    std::string href = parsed->Href();
    if (Seen(href)) return;
    if (kind == Kind::kFeed) score += NewsBonus(*parsed, title) - FeedPenalty(*parsed, title);
    candidates_.push_back({std::move(href), kind, basis, std::move(title), score});
  }

  void LinkElements(const html::Page& page) {
    double order = 0;
    for (std::uint32_t i = 0; i < page.nodes().size(); ++i) {
      if (page.node(i).tag != "link") continue;
      const std::string rel = Lower(page.Attribute(i, "rel"));
      if (!HoldsWord(rel, "alternate") && rel != "feed") continue;
      if (!IsFeedType(page.Attribute(i, "type")) && rel != "feed") continue;
      // The first that a page names is its main one.
      Add(page.Attribute(i, "href"), page.base_url(), Kind::kFeed, Basis::kLinkElement,
          text::CollapseSpace(page.Attribute(i, "title")), 100 - order);
      order += 1;
    }
  }

  void Anchors(const html::Page& page) {
    std::size_t looked = 0;
    std::size_t feeds = 0;
    std::size_t news = 0;
    for (std::uint32_t i = 0; i < page.nodes().size() && looked < kAnchorsMax; ++i) {
      if (page.node(i).tag != "a") continue;
      ++looked;
      const std::string href = page.Absolute(page.Attribute(i, "href"));
      const auto parsed = url::Parse(href);
      if (href.empty() || !parsed.ok()) continue;
      const std::string words = page.Words(i);
      const bool typed = IsFeedType(page.Attribute(i, "type"));
      if ((typed || LooksLikeFeed(*parsed)) && feeds < kFeedAnchorsMax) {
        ++feeds;
        Add(href, {}, Kind::kFeed, Basis::kAnchor, words, 80);
      } else if (news < kNewsLinksMax && SameSite(*parsed) && SaysNews(words)) {
        ++news;
        Add(href, {}, Kind::kListing, Basis::kNewsLink, words,
            50 + NewsBonus(*parsed, words) - 0.1 * static_cast<double>(news));
      }
    }
  }

  static bool SaysNews(std::string_view words) {
    if (words.empty() || words.size() > 80) return false;
    const std::string key = text::FoldKey(words);
    return std::any_of(kNewsWords.begin(), kNewsWords.end(), [&](std::string_view word) {
      return key == word || (key.size() <= word.size() + 12 &&
                             (key.starts_with(std::string(word) + " ") || key.ends_with(" " + std::string(word))));
    });
  }

  bool SameSite(const url::Url& url) const {
    if (!own_ || !own_->host || !url.host) return true;
    const auto bare = [](std::string_view host) { return host.starts_with("www.") ? host.substr(4) : host; };
    const std::string_view a = bare(*own_->host);
    const std::string_view b = bare(*url.host);
    return a == b || a.ends_with("." + std::string(b)) || b.ends_with("." + std::string(a));
  }

  void Robots() {
    const auto rules = http::RobotsRules::Parse(input_.robots_txt, "Dateline");
    for (const std::string& sitemap : rules.sitemaps()) {
      const bool news = Lower(sitemap).find("news") != std::string::npos;
      Add(sitemap, input_.url, Kind::kSitemap, Basis::kRobots, {}, news ? 60 : 40);
    }
  }

  void WellKnown() {
    if (!own_ || !own_->host) return;
    const std::string origin = own_->Origin();
    double order = 0;
    // Below the page itself first: "/news/feed" before "/feed".
    std::string folder = own_->path;
    if (!folder.ends_with('/')) folder += '/';
    if (folder != "/") Add(origin + folder + "feed", {}, Kind::kFeed, Basis::kWellKnownPath, {}, 31);
    if (folder != "/") Add(origin + folder + "rss", {}, Kind::kFeed, Basis::kWellKnownPath, {}, 30.5);
    for (const std::string_view path : kFeedPaths) {
      Add(origin + "/" + std::string(path), {}, Kind::kFeed, Basis::kWellKnownPath, {}, 30 - order);
      order += 0.5;
    }
    order = 0;
    for (const std::string_view path : kSitemapPaths) {
      Add(origin + "/" + std::string(path), {}, Kind::kSitemap, Basis::kWellKnownPath, {}, 20 - order);
      order += 0.5;
    }
  }

  const PageInput& input_;
  std::optional<url::Url> own_;
  std::set<std::string> seen_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::vector<Candidate> FindCandidates(const PageInput& page) {
  return Collector(page).Collect();
}

}  // namespace dateline::discovery
