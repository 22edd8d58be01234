#include "services/extraction/page/html_metadata.h"

#include <myhtml/api.h>

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/headline_area.h"
#include "services/extraction/page/json_ld.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/page/page_title.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxValueBytes = 1000;
constexpr std::size_t kMaxAuthors = 12;
constexpr std::size_t kMaxTopics = 50;
constexpr std::size_t kMaxTranslations = 60;
constexpr std::size_t kMaxHeadlines = 40;
constexpr std::size_t kMaxDates = 40;

std::string Lower(std::string_view s) {
  std::string out(s.substr(0, kMaxValueBytes));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void AddUnique(std::string value, std::size_t limit, std::vector<std::string>& values) {
  if (value.empty() || values.size() >= limit || std::find(values.begin(), values.end(), value) != values.end()) return;
  values.push_back(std::move(value));
}

template <std::size_t N>
bool IsOneOf(std::string_view value, const std::array<std::string_view, N>& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string_view HostOf(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = uri.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/:?#"));
  return host.starts_with("www.") ? host.substr(4) : host;
}

class Collector {
 public:
  Collector(const HtmlTree& tree, std::string_view base_uri) : tree_(tree), base_uri_(base_uri) {}

  HtmlMetadata Run() {
    const std::vector<HtmlNode>& nodes = tree_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) Node(nodes[i], i);
    const std::string titles =
        text::FoldKey(signs_.og_title) + "\n" + text::FoldKey(signs_.html_title) + "\n" +
        (signs_.headlines.empty() ? std::string() : text::FoldKey(signs_.headlines.front().text));
    const JsonLdArticle article = json_ld_.Choose(titles);
    if (out_.site_name.empty()) out_.site_name = article.site_name;
    signs_.json_headline = article.headline;
    signs_.site_name = out_.site_name;
    if (out_.canonical.empty() && !og_url_.empty()) out_.canonical = Absolute(og_url_);
    signs_.host = HostOf(base_uri_.empty() ? std::string_view(out_.canonical) : std::string_view(base_uri_));
    TitleChoice title = ChooseTitle(signs_);
    out_.title = std::move(title.title);
    out_.title_rule = title.rule;
    SiteKeys();
    HeadlineArea area = ReadHeadlineArea(tree_, title.node, site_keys_);
    Dates(article, area);
    Authors(article, area);
    Rest(article, area);
    return std::move(out_);
  }

 private:
  void Node(const HtmlNode& node, std::size_t i) {
    switch (node.tag) {
      case MyHTML_TAG_META:
        return Meta(node);
      case MyHTML_TAG_LINK:
        return Link(node);
      case MyHTML_TAG_HTML:
        out_.language = MarkupLine(tree_.Attribute(node, "lang"));
        return;
      case MyHTML_TAG_TITLE:
        // Drawings have titles too.
        if (signs_.html_title.empty() && tree_.nodes()[node.parent].tag != MyHTML_TAG_SVG)
          signs_.html_title = ElementLine(tree_, i);
        return;
      case MyHTML_TAG_H1:
        return Heading(node, i, 1);
      case MyHTML_TAG_H2:
        return Heading(node, i, 2);
      case MyHTML_TAG_H3:
        return Heading(node, i, 3);
      case MyHTML_TAG_SCRIPT:
        if (i + 1 < node.end && Lower(tree_.Attribute(node, "type")).starts_with("application/ld+json"))
          json_ld_.Add(tree_.nodes()[i + 1].text);
        return;
      case MyHTML_TAG_A:
        if (out_.license.empty() && tree_.Attribute(node, "rel").find("license") != std::string_view::npos)
          out_.license = Absolute(tree_.Attribute(node, "href"));
        return;
      default:
        return;
    }
  }

  void Heading(const HtmlNode& node, std::size_t i, int level) {
    if (signs_.headlines.size() >= kMaxHeadlines) return;
    const std::string names = Lower(tree_.Attribute(node, "class"));
    const bool marked = names.find("headline") != std::string::npos || names.find("entry-title") != std::string::npos ||
                        names.find("post-title") != std::string::npos || names.find("article") != std::string::npos ||
                        names.find("page-title") != std::string::npos ||
                        tree_.Attribute(node, "itemprop") == "headline";
    std::string line = HeadingLine(tree_, i);
    if (!line.empty()) signs_.headlines.push_back({std::move(line), i, level, marked});
  }

  std::string Absolute(std::string_view reference) const {
    if (reference.empty() || reference.size() > 4096) return {};
    const absl::StatusOr<std::string> resolved = url::Resolve(base_uri_, reference);
    return resolved.ok() ? *resolved : std::string();
  }

  void Meta(const HtmlNode& node) {
    std::string key = Lower(tree_.Attribute(node, "property"));
    if (key.empty()) key = Lower(tree_.Attribute(node, "name"));
    if (key.empty()) key = Lower(tree_.Attribute(node, "itemprop"));
    if (key.empty()) return;
    const std::string_view content = tree_.Attribute(node, "content");
    if (content.empty()) return;
    constexpr std::array<std::string_view, 22> kDates = {"article:published_time",
                                                         "og:published_time",
                                                         "og:article:published_time",
                                                         "datepublished",
                                                         "dc.date.issued",
                                                         "dcterms.issued",
                                                         "pubdate",
                                                         "publish_date",
                                                         "publishdate",
                                                         "publish-date",
                                                         "publication_date",
                                                         "publication-date",
                                                         "parsely-pub-date",
                                                         "sailthru.date",
                                                         "citation_publication_date",
                                                         "citation_date",
                                                         "article.published",
                                                         "cxenseparse:recs:publishtime",
                                                         "date.published",
                                                         "published_time",
                                                         "rnews:datepublished",
                                                         "bt:pubdate"};
    constexpr std::array<std::string_view, 8> kLooseDates = {
        "date",        "dc.date",         "dcterms.date", "dcterms.created",
        "datecreated", "dc.date.created", "created",      "article.created"};
    constexpr std::array<std::string_view, 6> kModified = {"article:modified_time", "og:updated_time", "datemodified",
                                                           "dcterms.modified",      "last-modified",   "lastmod"};
    constexpr std::array<std::string_view, 12> kAuthors = {
        "author",          "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "article:author_name",
        "citation_author", "byl",        "authors",         "article:author", "dc.author",       "twitter:data1"};
    constexpr std::array<std::string_view, 6> kTitles = {"twitter:title",  "dc.title",      "dcterms.title",
                                                         "citation_title", "parsely-title", "sailthru.title"};
    if (key == "og:title") {
      if (signs_.og_title.empty()) signs_.og_title = MarkupLine(content);
    } else if (IsOneOf(key, kTitles)) {
      if (signs_.other_title.empty()) signs_.other_title = MarkupLine(content);
    } else if (key == "og:site_name" || key == "application-name") {
      if (out_.site_name.empty() || key[0] == 'o') out_.site_name = MarkupLine(content);
    } else if (key == "og:url") {
      og_url_ = std::string(content);
    } else if (IsOneOf(key, kModified)) {
      if (out_.modified.empty()) out_.modified = MarkupLine(content);
    } else if (IsOneOf(key, kAuthors)) {
      // The second value of a card is a reading time as often as a name.
      if (key != "twitter:data1" && meta_authors_.size() < kMaxAuthors) meta_authors_.push_back(MarkupLine(content));
    } else if (key == "article:tag") {
      AddUnique(MarkupLine(content), kMaxTopics, out_.topics);
    } else if (key == "keywords" || key == "news_keywords") {
      Keywords(content);
    } else if (key == "robots" || key == "googlebot") {
      Robots(content);
    } else if (key == "dcterms.license" || key == "dc.rights.license") {
      if (out_.license.empty()) out_.license = MarkupLine(content);
    } else if (IsOneOf(key, kDates)) {
      if (meta_dates_.size() < kMaxDates) meta_dates_.push_back(MarkupLine(content));
    } else if (IsOneOf(key, kLooseDates)) {
      if (loose_dates_.size() < kMaxDates) loose_dates_.push_back(MarkupLine(content));
    }
  }

  void Keywords(std::string_view content) {
    for (std::size_t begin = 0; begin <= content.size();) {
      const std::size_t end = std::min(content.find(',', begin), content.size());
      AddUnique(MarkupLine(content.substr(begin, end - begin)), kMaxTopics, out_.topics);
      begin = end + 1;
    }
  }

  void Robots(std::string_view content) {
    const std::string lower = Lower(content);
    for (const std::string_view directive : {"noarchive", "noindex", "nosnippet", "noai", "none"}) {
      if (lower.find(directive) != std::string::npos) AddUnique(std::string(directive), 10, out_.robots);
    }
  }

  void Link(const HtmlNode& node) {
    const std::string rel = Lower(tree_.Attribute(node, "rel"));
    const std::string_view href = tree_.Attribute(node, "href");
    if (rel == "canonical" && out_.canonical.empty()) out_.canonical = Absolute(href);
    if (rel == "license" && out_.license.empty()) out_.license = Absolute(href);
    const std::string_view language = tree_.Attribute(node, "hreflang");
    if (rel == "alternate" && !language.empty() && Lower(language) != "x-default" &&
        out_.translations.size() < kMaxTranslations) {
      if (std::string uri = Absolute(href); !uri.empty())
        out_.translations.emplace_back(MarkupLine(language), std::move(uri));
    }
  }

  // What the site calls itself, and its host with and without its last label: no person's name.
  void SiteKeys() {
    const auto add = [&](std::string key) {
      if (key.size() >= 3) site_keys_.push_back(std::move(key));
    };
    add(NameKey(out_.site_name));
    add(NameKey(signs_.host));
    add(NameKey(std::string_view(signs_.host).substr(0, signs_.host.rfind('.'))));
    add(NameKey(out_.title));
  }

  void Dates(const JsonLdArticle& article, HeadlineArea& area) {
    const auto add = [&](std::string_view basis, std::string raw) {
      if (!raw.empty() && out_.dates.size() < kMaxDates) out_.dates.push_back({std::string(basis), std::move(raw), {}});
    };
    add("json_ld", article.published);
    for (std::string& raw : meta_dates_) add("meta", std::move(raw));
    for (std::string& raw : loose_dates_) add("meta_loose", std::move(raw));
    add("json_ld_page", article.page_published);
    for (DateSign& sign : area.dates) {
      if (out_.dates.size() < kMaxDates) out_.dates.push_back(std::move(sign));
    }
    if (out_.modified.empty()) out_.modified = article.modified;
    if (out_.modified.empty()) out_.modified = std::move(area.modified);
  }

  void Set(const std::vector<std::string>& names, std::string_view rule, bool confirmed) {
    for (const std::string& name : names) {
      if (out_.authors.size() < kMaxAuthors) out_.authors.push_back({name, rule, confirmed});
    }
  }

  void Authors(const JsonLdArticle& article, const HeadlineArea& area) {
    std::vector<std::string> json;
    // A site may be named after its one author.
    const std::vector<std::string> no_keys;
    for (const JsonLdAuthor& author : article.authors) {
      if (author.kind == JsonLdAuthor::Kind::kOrganization) continue;
      const bool person = author.kind == JsonLdAuthor::Kind::kPerson;
      for (std::string& name :
           NamesOfByline(author.name, person ? BylineTrust::kTyped : BylineTrust::kLabel,
                         person && author.name.find(' ') != std::string::npos ? no_keys : site_keys_))
        AddUnique(std::move(name), kMaxAuthors, json);
    }
    std::vector<std::string> meta;
    for (const std::string& raw : meta_authors_) {
      for (std::string& name : NamesOfByline(raw, BylineTrust::kLabel, site_keys_))
        AddUnique(std::move(name), kMaxAuthors, meta);
    }
    const Byline* byline = area.bylines.empty() ? nullptr : &area.bylines.front();
    const auto shown = [&](const std::vector<std::string>& names) {
      return !names.empty() && ShowsName(tree_, names.front());
    };
    if (shown(json)) {
      // JSON-LD often names only the first of several.
      const bool more = byline != nullptr && byline->near && byline->names.size() > json.size() &&
                        std::all_of(json.begin(), json.end(), [&](const std::string& name) {
                          return std::find(byline->names.begin(), byline->names.end(), name) != byline->names.end();
                        });
      return Set(more ? byline->names : json, more ? byline->rule : "author.json_ld", true);
    }
    if (byline != nullptr && byline->near) return Set(byline->names, byline->rule, true);
    if (shown(meta)) return Set(meta, "author.meta", true);
    // What only machines are told is as often who typed it in; it is left out.
    if (byline != nullptr && byline->rule != "author.byline") return Set(byline->names, byline->rule, false);
  }

  void Rest(const JsonLdArticle& article, HeadlineArea& area) {
    out_.subtitle = !area.subtitle.empty() ? std::move(area.subtitle) : article.subtitle;
    if (text::FoldKey(out_.subtitle) == text::FoldKey(out_.title)) out_.subtitle.clear();
    if (out_.license.empty()) out_.license = article.license;
    if (out_.topics.empty()) {
      for (const std::string& topic : article.topics) Keywords(topic);
    }
  }

  const HtmlTree& tree_;
  std::string base_uri_;
  HtmlMetadata out_;
  JsonLdReader json_ld_;
  TitleSigns signs_;
  std::string og_url_;
  std::vector<std::string> site_keys_;
  std::vector<std::string> meta_authors_;
  std::vector<std::string> meta_dates_;
  std::vector<std::string> loose_dates_;
};

}  // namespace

HtmlMetadata ReadMetadata(const HtmlTree& tree, std::string_view base_uri) {
  return Collector(tree, base_uri).Run();
}

}  // namespace dateline::extraction
