#include "services/extraction/page/html_metadata.h"

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/byline_labels.h"
#include "services/extraction/page/desk_names.h"
#include "services/extraction/page/headline_area.h"
#include "services/extraction/page/json_ld.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/page/page_images.h"
#include "services/extraction/page/page_title.h"
#include "services/extraction/page/script_dates.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxValueBytes = 1000;
constexpr std::size_t kMaxAuthors = 12;
constexpr std::size_t kMaxWholeName = 60;
constexpr std::size_t kMaxTopics = 50;
constexpr std::size_t kMaxTranslations = 60;
constexpr std::size_t kMaxHeadlines = 40;
constexpr std::size_t kMaxDates = 40;
constexpr std::size_t kMaxLeads = 8;
constexpr std::size_t kMaxUri = 2000;

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
    JsonLdArticle article = json_ld_.Choose(titles);
    out_.article_body = std::move(article.body);
    if (out_.site_name.empty()) out_.site_name = article.site_name;
    signs_.json_headline = article.headline;
    signs_.site_name = out_.site_name;
    if (out_.canonical.empty() && !og_url_.empty()) out_.canonical = Absolute(og_url_);
    signs_.host = HostOf(base_uri_.empty() ? std::string_view(out_.canonical) : std::string_view(base_uri_));
    TitleChoice title = ChooseTitle(signs_);
    out_.title = std::move(title.title);
    out_.title_rule = title.rule;
    out_.heading = out_.title;
    if (title.node != kNoNode) {
      if (std::string part = StatedPart(HeadingParts(tree_, title.node), out_.title, signs_); !part.empty()) {
        out_.title = std::move(part);
        out_.title_rule = "title.h1_part";
      }
    }
    SiteKeys();
    HeadlineArea area = ReadHeadlineArea(tree_, title.node);
    Dates(article, area);
    Authors(article, area);
    Rest(article, area);
    return std::move(out_);
  }

 private:
  void Node(const HtmlNode& node, std::size_t i) {
    switch (node.tag) {
      case Tag::kMeta:
        return Meta(node);
      case Tag::kLink:
        return Link(node);
      case Tag::kHtml:
        out_.language = MarkupLine(tree_.Attribute(node, "lang"));
        return;
      case Tag::kTitle:
        // Drawings have titles too.
        if (signs_.html_title.empty() && tree_.nodes()[node.parent].tag != Tag::kSvg)
          signs_.html_title = ElementLine(tree_, i);
        return;
      case Tag::kH1:
        return Heading(node, i, 1);
      case Tag::kH2:
        return Heading(node, i, 2);
      case Tag::kH3:
        return Heading(node, i, 3);
      case Tag::kScript:
        out_.copy = false;
        if (i + 1 < node.end && Lower(tree_.Attribute(node, "type")).starts_with("application/ld+json"))
          json_ld_.Add(tree_.nodes()[i + 1].text);
        return;
      case Tag::kA:
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
    // Outside the head these belong to the elements around them, which the area of the headline reads.
    if (key.empty() && tree_.nodes()[node.parent].tag == Tag::kHead) key = Lower(tree_.Attribute(node, "itemprop"));
    if (key.empty()) return;
    std::string_view content = tree_.Attribute(node, "content");
    // Pages that were saved or written by hand have it there too.
    if (content.empty()) content = tree_.Attribute(node, "value");
    if (content.empty()) return;
    static constexpr std::array<std::string_view, 36> kDates = {"prism.publicationdate",
                                                                "published",
                                                                "published-date",
                                                                "published_date",
                                                                "citation_online_date",
                                                                "dcterms.available",
                                                                "dc.date.published",
                                                                "publishedtime",
                                                                "og:pubdate",
                                                                "w-published-date",
                                                                "article_date_original",
                                                                "originalpublicationdate",
                                                                "article:create_at",
                                                                "search.pubdate",
                                                                "article:published_time",
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
    static constexpr std::array<std::string_view, 10> kLooseDates = {
        "ms.date",     "publisheddate",   "date",    "dc.date",        "dcterms.date", "dcterms.created",
        "datecreated", "dc.date.created", "created", "article.created"};
    static constexpr std::array<std::string_view, 14> kModified = {
        "revision_date",         "modified-time",   "last_modified", "dc:date.modified",
        "dc.date.modified",      "article.updated", "dateupdate",    "modified_time",
        "article:modified_time", "og:updated_time", "datemodified",  "dcterms.modified",
        "last-modified",         "lastmod"};
    static constexpr std::array<std::string_view, 13> kAuthors = {"dc.creator",
                                                                  "dcterms.creator",
                                                                  "parsely-author",
                                                                  "sailthru.author",
                                                                  "article:author_name",
                                                                  "citation_author",
                                                                  "byl",
                                                                  "authors",
                                                                  "article:author",
                                                                  "dc.author",
                                                                  "og:author",
                                                                  "og:article:author",
                                                                  "cxenseparse:author"};
    static constexpr std::array<std::string_view, 6> kTitles = {"twitter:title",  "dc.title",      "dcterms.title",
                                                                "citation_title", "parsely-title", "sailthru.title"};
    if (key == "og:title") {
      if (signs_.og_title.empty()) signs_.og_title = MarkupLine(content);
    } else if (IsOneOf(key, kTitles)) {
      if (signs_.other_title.empty()) signs_.other_title = MarkupLine(content);
    } else if (key == "og:site_name" || key == "application-name") {
      if (out_.site_name.empty() || key[0] == 'o') out_.site_name = MarkupLine(content);
    } else if (key == "og:image" || key == "og:image:url" || key == "og:image:secure_url") {
      AddImage({.uri = std::string(content.substr(0, kMaxUri)), .alt_text = {}});
    } else if (key == "og:image:alt") {
      if (!out_.images.empty() && out_.images.back().alt_text.empty())
        out_.images.back().alt_text = MarkupLine(content);
    } else if (key == "twitter:image" || key == "twitter:image:src") {
      card_image_ = std::string(content.substr(0, kMaxUri));
    } else if (key == "og:url") {
      og_url_ = std::string(content);
    } else if (IsOneOf(key, kModified)) {
      if (out_.modified.empty()) out_.modified = MarkupLine(content);
    } else if (key == "author") {
      if (meta_authors_.size() < kMaxAuthors) meta_authors_.push_back(MarkupLine(content));
    } else if (IsOneOf(key, kAuthors)) {
      if (news_authors_.size() < kMaxAuthors) news_authors_.push_back(MarkupLine(content));
    } else if (key == "twitter:label1") {
      card_label_ = MarkupLine(content);
    } else if (key == "twitter:data1") {
      card_value_ = MarkupLine(content);
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
    // Pages that scripts draw keep the fields of their article in them.
    if (article.published.empty() && meta_dates_.empty()) add("script", ScriptPublishDate(tree_));
    for (DateSign& sign : area.foot_dates) out_.dates.push_back(std::move(sign));
    for (DateSign& sign : out_.dates) sign.copy = out_.copy;
    add("modified", area.modified);
    if (out_.modified.empty()) out_.modified = article.modified;
    add("modified", out_.modified);
    if (out_.modified.empty()) out_.modified = std::move(area.modified);
  }

  // A value that only machines read names nobody in sentences: what is no list of persons is taken whole.
  std::vector<std::string> MachineNames(const std::string& raw, BylineTrust trust) const {
    std::vector<std::string> names = NamesOfByline(WithoutSiteName(raw, out_.site_name), trust, {});
    if (names.empty() && raw.size() >= 2 && raw.size() <= kMaxWholeName && raw.find("://") == std::string::npos &&
        raw.find('@') == std::string::npos)
      names.push_back(raw);
    return names;
  }

  void JsonAuthors(const std::vector<JsonLdAuthor>& authors, bool of_page, std::vector<AuthorSign>* signs) const {
    std::array<AuthorSign, 3> by_kind;
    for (const JsonLdAuthor& author : authors) {
      const bool person = author.kind == JsonLdAuthor::Kind::kPerson;
      AuthorSign& sign = by_kind[static_cast<std::size_t>(author.kind)];
      sign.source = of_page                                            ? AuthorSource::kJsonPage
                    : person                                           ? AuthorSource::kJsonPerson
                    : author.kind == JsonLdAuthor::Kind::kOrganization ? AuthorSource::kJsonOrganization
                                                                       : AuthorSource::kJsonUntyped;
      if (sign.names.empty()) sign.uri = author.uri;
      for (std::string& name : MachineNames(author.name, person ? BylineTrust::kTyped : BylineTrust::kLabel))
        AddUnique(std::move(name), kMaxAuthors, sign.names);
    }
    for (AuthorSign& sign : by_kind) {
      if (!sign.names.empty()) signs->push_back(std::move(sign));
    }
  }

  void Authors(const JsonLdArticle& article, HeadlineArea& area) {
    std::vector<AuthorSign> signs;
    JsonAuthors(article.authors, false, &signs);
    JsonAuthors(article.page_authors, true, &signs);
    for (const auto& [source, values] :
         {std::pair(AuthorSource::kMeta, &meta_authors_), std::pair(AuthorSource::kNewsMeta, &news_authors_)}) {
      AuthorSign sign{.names = {}, .source = source};
      for (const std::string& raw : *values) {
        for (std::string& name : MachineNames(raw, BylineTrust::kLabel))
          AddUnique(std::move(name), kMaxAuthors, sign.names);
      }
      if (!sign.names.empty()) signs.push_back(std::move(sign));
    }
    // "Written by" with a name; the second value of a card is a reading time as often.
    if (const std::size_t label = BylineLabel(card_label_); label > 0 && label >= card_label_.size()) {
      if (std::vector<std::string> names = MachineNames(card_value_, BylineTrust::kTyped); !names.empty())
        signs.push_back({.names = std::move(names), .source = AuthorSource::kCard});
    }
    for (AuthorSign& sign : area.authors) signs.push_back(std::move(sign));
    AuthorContext context;
    context.tree = &tree_;
    context.site_keys = site_keys_;
    context.title_key = NameKey(out_.title);
    context.article = article.found;
    context.discussion = article.discussion;
    const std::size_t scheme = base_uri_.find("://");
    const std::size_t path = scheme == std::string::npos ? scheme : base_uri_.find('/', scheme + 3);
    context.front_page = scheme != std::string::npos && (path == std::string::npos || path + 1 == base_uri_.size());
    out_.author_candidates = WeighAuthors(signs, context);
    const AuthorCandidate* best = ChooseAuthor(out_.author_candidates);
    if (best == nullptr) return;
    for (const std::string& name : best->names) {
      if (out_.authors.size() >= kMaxAuthors) break;
      const std::string_view rule = IsDeskName(name) ? "author.desk" : AuthorRule(best->sources.front());
      out_.authors.push_back({name, rule, best->probability, {}});
    }
    out_.authors.front().uri = Absolute(best->uri);
  }

  void AddImage(PageImage image) {
    image.uri = Absolute(MarkupLine(image.uri));
    if (image.uri.empty() || IsDecorationUri(image.uri) || out_.images.size() >= kMaxLeads) return;
    const std::string key = ImageKey(image.uri);
    for (PageImage& known : out_.images) {
      if (ImageKey(known.uri) != key) continue;
      if (known.caption.empty()) known.caption = std::move(image.caption);
      if (known.credit.empty()) known.credit = std::move(image.credit);
      return;
    }
    out_.images.push_back(std::move(image));
  }

  void Images(const JsonLdArticle& article) {
    for (const JsonLdImage& image : article.images) {
      CaptionParts parts = SplitCredit(image.caption);
      if (!image.credit.empty()) parts.credit = WithoutCreditMarks(image.credit);
      AddImage({.uri = image.uri,
                .alt_text = {},
                .caption = std::string(parts.caption),
                .credit = std::string(parts.credit)});
    }
    if (out_.images.empty()) AddImage({.uri = card_image_, .alt_text = {}});
  }

  void Rest(const JsonLdArticle& article, HeadlineArea& area) {
    Images(article);
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
  std::vector<std::string> news_authors_;
  std::string card_label_;
  std::string card_value_;
  std::string card_image_;
  std::vector<std::string> meta_dates_;
  std::vector<std::string> loose_dates_;
};

}  // namespace

HtmlMetadata ReadMetadata(const HtmlTree& tree, std::string_view base_uri) {
  return Collector(tree, base_uri).Run();
}

PageHints HintsOf(const HtmlMetadata& metadata) {
  PageHints hints{metadata.heading, {}, metadata.article_body};
  for (const PageAuthor& author : metadata.authors) hints.authors.push_back(author.name);
  return hints;
}

}  // namespace dateline::extraction
