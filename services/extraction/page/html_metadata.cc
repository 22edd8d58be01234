#include "services/extraction/page/html_metadata.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <myhtml/api.h>

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/extraction/page/block.h"

namespace dateline::extraction {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr std::size_t kMaxValueBytes = 1000;
constexpr std::size_t kMaxAuthors = 20;
constexpr std::size_t kMaxTopics = 50;
constexpr std::size_t kMaxTranslations = 60;
constexpr std::size_t kMaxTimeElements = 10;
constexpr std::size_t kMaxJsonLdNodes = 20'000;
constexpr std::size_t kMaxHeadlines = 8;

std::string Lower(std::string_view s) {
  std::string out(s.substr(0, kMaxValueBytes));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string Line(std::string_view s) {
  return CleanLine(text::TruncateUtf8(s, kMaxValueBytes));
}

void AddUnique(std::string value, std::size_t limit, std::vector<std::string>& values) {
  if (value.empty() || values.size() >= limit || std::find(values.begin(), values.end(), value) != values.end()) return;
  values.push_back(std::move(value));
}

// The text of an element in one line.
std::string TextOf(const HtmlTree& tree, std::size_t i) {
  std::string raw;
  for (std::size_t at = i; at < tree.nodes()[i].end && raw.size() < kMaxValueBytes; ++at) {
    const HtmlNode& node = tree.nodes()[at];
    if (node.tag == MyHTML_TAG__TEXT)
      raw.append(node.text.substr(0, kMaxValueBytes));
    else
      raw.push_back(' ');
  }
  return Line(raw);
}

// What JSON-LD says of the article.
class JsonLd {
 public:
  explicit JsonLd(HtmlMetadata* out) : out_(out) {}

  void Read(std::string_view json) {
    if (bytes_ + json.size() > kMaxJsonLdBytes) return;
    bytes_ += json.size();
    Value root;
    // Pages put it into comments, or leave raw line ends in strings; what does not parse is passed over.
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const std::string text(text::TrimSpace(json));
    if (!google::protobuf::util::JsonStringToMessage(text, &root, options).ok()) return;
    Walk(root);
  }

  const std::string& headline() const { return headline_; }

 private:
  static std::string String(const Struct& object, const char* key) {
    const auto it = object.fields().find(key);
    if (it == object.fields().end()) return {};
    if (it->second.has_string_value()) return it->second.string_value();
    if (it->second.has_list_value() && it->second.list_value().values_size() > 0 &&
        it->second.list_value().values(0).has_string_value()) {
      return it->second.list_value().values(0).string_value();
    }
    return {};
  }

  static bool IsType(const Struct& object, std::string_view wanted) {
    const auto it = object.fields().find("@type");
    if (it == object.fields().end()) return false;
    const auto matches = [&](const Value& v) {
      return v.has_string_value() && v.string_value().find(wanted) != std::string::npos;
    };
    if (matches(it->second)) return true;
    return it->second.has_list_value() &&
           std::any_of(it->second.list_value().values().begin(), it->second.list_value().values().end(), matches);
  }

  void Walk(const Value& root) {
    std::vector<std::pair<const Value*, int>> pending{{&root, 0}};
    while (!pending.empty() && seen_ < kMaxJsonLdNodes) {
      const auto [value, depth] = pending.back();
      pending.pop_back();
      ++seen_;
      if (depth > kMaxJsonLdDepth) continue;
      if (value->has_list_value()) {
        for (const Value& item : value->list_value().values()) pending.emplace_back(&item, depth + 1);
      } else if (value->has_struct_value()) {
        const Struct& object = value->struct_value();
        if (IsType(object, "Article") || IsType(object, "BlogPosting") || IsType(object, "Report") ||
            IsType(object, "PressRelease"))
          Article(object);
        const auto graph = object.fields().find("@graph");
        if (graph != object.fields().end()) pending.emplace_back(&graph->second, depth + 1);
        const auto main = object.fields().find("mainEntity");
        if (main != object.fields().end()) pending.emplace_back(&main->second, depth + 1);
      }
    }
  }

  void Article(const Struct& object) {
    if (headline_.empty()) headline_ = Line(String(object, "headline"));
    if (std::string date = String(object, "datePublished"); !date.empty())
      out_->dates.push_back({"json_ld", Line(date)});
    if (out_->modified.empty()) out_->modified = Line(String(object, "dateModified"));
    const auto author = object.fields().find("author");
    if (author != object.fields().end()) Authors(author->second);
  }

  void Authors(const Value& value) {
    if (value.has_list_value()) {
      for (const Value& item : value.list_value().values()) {
        if (item.has_struct_value()) Person(item.struct_value());
      }
    } else if (value.has_struct_value()) {
      Person(value.struct_value());
    }
  }

  void Person(const Struct& object) {
    if (IsType(object, "Person")) AddUnique(Line(String(object, "name")), kMaxAuthors, out_->authors);
  }

  HtmlMetadata* out_;
  std::string headline_;
  std::size_t bytes_ = 0;
  std::size_t seen_ = 0;
};

class Collector {
 public:
  Collector(const HtmlTree& tree, std::string_view base_uri) : tree_(tree), base_uri_(base_uri), json_ld_(&out_) {}

  HtmlMetadata Run() {
    const std::vector<HtmlNode>& nodes = tree_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const HtmlNode& node = nodes[i];
      switch (node.tag) {
        case MyHTML_TAG_META:
          Meta(node);
          break;
        case MyHTML_TAG_LINK:
          Link(node);
          break;
        case MyHTML_TAG_HTML:
          out_.language = Line(tree_.Attribute(node, "lang"));
          break;
        case MyHTML_TAG_TITLE:
          if (title_.empty()) title_ = TextOf(tree_, i);
          break;
        case MyHTML_TAG_H1:
          if (headlines_.size() < kMaxHeadlines) headlines_.push_back(TextOf(tree_, i));
          break;
        case MyHTML_TAG_SCRIPT:
          if (Lower(tree_.Attribute(node, "type")).starts_with("application/ld+json") && i + 1 < node.end)
            json_ld_.Read(nodes[i + 1].text);
          break;
        case MyHTML_TAG_TIME:
          Time(node, i);
          break;
        case MyHTML_TAG_A:
          if (tree_.Attribute(node, "rel") == "author") AddUnique(TextOf(tree_, i), kMaxAuthors, byline_);
          if (Lower(tree_.Attribute(node, "rel")).find("license") != std::string::npos)
            out_.license = Absolute(tree_.Attribute(node, "href"));
          break;
        default:
          break;
      }
    }
    if (out_.authors.empty()) out_.authors = byline_;
    ChooseTitle();
    return std::move(out_);
  }

 private:
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
    constexpr std::array<std::string_view, 14> kDates = {
        "article:published_time", "datepublished",  "dc.date",          "dc.date.issued",
        "dcterms.date",           "dcterms.issued", "dcterms.created",  "pubdate",
        "publish_date",           "publishdate",    "publication_date", "date",
        "parsely-pub-date",       "sailthru.date"};
    if (key == "og:title" && og_title_.empty())
      og_title_ = Line(content);
    else if (key == "og:site_name" || key == "application-name") {
      if (out_.site_name.empty()) out_.site_name = Line(content);
    } else if (key == "article:modified_time" && out_.modified.empty())
      out_.modified = Line(content);
    else if (key == "author" || key == "dc.creator" || key == "article:author_name")
      MetaAuthor(content);
    else if (key == "article:tag")
      AddUnique(Line(content), kMaxTopics, out_.topics);
    else if (key == "keywords" || key == "news_keywords")
      Keywords(content);
    else if (key == "robots" || key == "googlebot")
      Robots(content);
    else if (std::find(kDates.begin(), kDates.end(), key) != kDates.end())
      out_.dates.push_back({"meta", Line(content)});
  }

  void MetaAuthor(std::string_view content) {
    std::string name = Line(content);
    // Sites put themselves, addresses and account names there.
    if (name.find('@') != std::string::npos || name.find("//") != std::string::npos ||
        name.find(' ') == std::string::npos || name == out_.site_name)
      return;
    AddUnique(std::move(name), kMaxAuthors, byline_);
  }

  void Keywords(std::string_view content) {
    for (std::size_t begin = 0; begin <= content.size();) {
      const std::size_t end = std::min(content.find(',', begin), content.size());
      AddUnique(Line(content.substr(begin, end - begin)), kMaxTopics, out_.topics);
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
        out_.translations.emplace_back(Line(language), std::move(uri));
    }
  }

  void Time(const HtmlNode& node, std::size_t i) {
    if (times_ >= kMaxTimeElements) return;
    std::string raw = Line(tree_.Attribute(node, "datetime"));
    if (raw.empty()) raw = TextOf(tree_, i);
    if (raw.empty()) return;
    // The first one is most often that of the article; later ones belong to teasers.
    if (times_++ == 0 || tree_.HasAttribute(node, "pubdate")) out_.dates.push_back({"time_element", std::move(raw)});
  }

  void ChooseTitle() {
    const std::string_view whole = og_title_.empty() ? std::string_view(title_) : std::string_view(og_title_);
    const std::string og_key = text::FoldKey(og_title_);
    const std::string title_key = text::FoldKey(title_);
    for (const std::string& headline : headlines_) {
      const std::string key = text::FoldKey(headline);
      // A headline of a word or two may be the site's name.
      if (key.size() < 8 || key == text::FoldKey(out_.site_name)) continue;
      if (og_key.find(key) != std::string::npos || title_key.find(key) != std::string::npos)
        return Set(headline, "title.h1");
    }
    if (!og_title_.empty()) return Set(WithoutSiteName(og_title_, out_.site_name), "title.og");
    if (!json_ld_.headline().empty()) return Set(json_ld_.headline(), "title.json_ld");
    if (headlines_.size() == 1 && !headlines_.front().empty()) return Set(headlines_.front(), "title.h1_only");
    if (!whole.empty()) return Set(WithoutSiteName(whole, out_.site_name), "title.title");
  }

  void Set(std::string title, std::string_view rule) {
    out_.title = std::move(title);
    out_.title_rule = rule;
  }

  const HtmlTree& tree_;
  std::string base_uri_;
  HtmlMetadata out_;
  JsonLd json_ld_;
  std::string title_;
  std::string og_title_;
  std::vector<std::string> headlines_;
  std::vector<std::string> byline_;
  std::size_t times_ = 0;
};

}  // namespace

HtmlMetadata ReadMetadata(const HtmlTree& tree, std::string_view base_uri) {
  return Collector(tree, base_uri).Run();
}

std::string WithoutSiteName(std::string_view title, std::string_view site_name) {
  constexpr std::array<std::string_view, 8> kSeparators = {" | ",      " - ",  " \u2013 ", " \u2014 ",
                                                           " \u00B7 ", " :: ", " \u00BB ", " \u2022 "};
  const std::string site = text::FoldKey(site_name);
  std::size_t cut = std::string_view::npos;
  std::size_t length = 0;
  for (const std::string_view separator : kSeparators) {
    const std::size_t at = title.rfind(separator);
    if (at == std::string_view::npos) continue;
    if (cut == std::string_view::npos || at > cut) {
      cut = at;
      length = separator.size();
    }
  }
  if (cut == std::string_view::npos) return std::string(title);
  const std::string_view head = title.substr(0, cut);
  const std::string_view tail = title.substr(cut + length);
  const std::string tail_key = text::FoldKey(tail);
  if (!site.empty() &&
      (tail_key == site || tail_key.find(site) != std::string::npos || site.find(tail_key) != std::string::npos))
    return std::string(text::TrimSpace(head));
  if (!site.empty() && text::FoldKey(title.substr(0, title.find_first_of("|-"))) == site) {
    return std::string(text::TrimSpace(title.substr(title.find_first_of("|-") + 1)));
  }
  // A stroke parts off the site; a dash may belong to the headline.
  const bool stroke = length == 3 && title[cut + 1] == '|';
  if (stroke && head.size() >= tail.size()) return std::string(text::TrimSpace(head));
  if (site.empty() && head.size() >= 3 * tail.size()) return std::string(text::TrimSpace(head));
  return std::string(title);
}

}  // namespace dateline::extraction
