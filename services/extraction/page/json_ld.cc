#include "services/extraction/page/json_ld.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/markup_text.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxAuthors = 20;
constexpr std::size_t kMaxTopics = 50;
constexpr std::size_t kMaxArticleImages = 8;
// More articles than this on one level without the page's own headline are a list of teasers.
constexpr std::size_t kMaxArticles = 2;

bool IsBlank(char c) {
  return static_cast<unsigned char>(c) <= ' ';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char32_t HexAt(std::string_view s, std::size_t at) {
  char32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = i < s.size() ? HexValue(s[i]) : -1;
    if (digit < 0) return text::kReplacement;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
}

// A string without JSON's escapes.
std::string Unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 >= raw.size()) {
      out.push_back(raw[i]);
      continue;
    }
    const char c = raw[++i];
    if (c != 'u') {
      out.push_back(c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f' ? ' ' : c);
      continue;
    }
    char32_t point = HexAt(raw, i + 1);
    i = std::min(i + 4, raw.size() - 1);
    if (point >= 0xD800 && point < 0xDC00 && raw.substr(i + 1).starts_with("\\u")) {
      const char32_t low = HexAt(raw, i + 3);
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        i += 6;
      }
    }
    text::AppendUtf8(point, out);
  }
  return out;
}

}  // namespace

void JsonLdReader::Add(std::string_view json) {
  if (bytes_ + json.size() > kMaxJsonLdBytes) return;
  bytes_ += json.size();
  struct Open {
    std::uint32_t node;
    std::uint32_t last;  // its last child so far
  };
  std::vector<Open> open;
  std::string_view key;
  bool have_key = false;
  const auto add = [&](Node::Kind kind, std::string_view value) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, 0, 0, key, value});
    key = {};
    have_key = false;
    if (open.empty()) {
      roots_.push_back(index);
    } else {
      Open& parent = open.back();
      (parent.last == 0 ? nodes_[parent.node].first : nodes_[parent.last].next) = index;
      parent.last = index;
    }
    return index;
  };
  for (std::size_t i = 0; i < json.size() && nodes_.size() < kMaxJsonLdNodes;) {
    const char c = json[i];
    if (IsBlank(c) || c == ',' || c == ':' || c == ';') {
      ++i;
    } else if (c == '{' || c == '[') {
      if (open.size() >= kMaxJsonLdDepth) return;
      const std::uint32_t index = add(c == '{' ? Node::Kind::kObject : Node::Kind::kList, {});
      open.push_back({index, 0});
      ++i;
    } else if (c == '}' || c == ']') {
      if (!open.empty()) {
        // References hold nothing but the @id; what they mean holds more.
        const std::uint32_t object = open.back().node;
        const std::uint32_t id = Find(object, "@id");
        if (id != 0 && nodes_[nodes_[object].first].next != 0) {
          const auto [it, fresh] = by_id_.try_emplace(nodes_[id].value, object);
          // A reference may repeat the name; the object itself has the type.
          if (!fresh && Find(it->second, "@type") == 0 && Find(object, "@type") != 0) it->second = object;
        }
        open.pop_back();
      }
      ++i;
    } else if (c == '"') {
      std::size_t end = i + 1;
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      end = std::min(end, json.size());
      const std::string_view value = json.substr(i + 1, end - i - 1);
      i = end + 1;
      std::size_t behind = i;
      while (behind < json.size() && IsBlank(json[behind])) ++behind;
      const bool in_object = !open.empty() && nodes_[open.back().node].kind == Node::Kind::kObject;
      if (in_object && !have_key && behind < json.size() && json[behind] == ':') {
        key = value;
        have_key = true;
      } else if (!open.empty()) {
        add(Node::Kind::kString, value);
      }
    } else {
      // Numbers, true, false, null; outside of all brackets comment marks.
      const std::size_t begin = i;
      while (i < json.size() && !IsBlank(json[i]) &&
             std::string_view(",:{}[]\"").find(json[i]) == std::string_view::npos)
        ++i;
      if (!open.empty() && have_key) {
        const bool number = json[begin] >= '0' && json[begin] <= '9';
        add(number ? Node::Kind::kString : Node::Kind::kOther, json.substr(begin, i - begin));
      }
    }
  }
}

std::uint32_t JsonLdReader::Find(std::uint32_t object, std::string_view key) const {
  if (object == 0 || nodes_[object].kind != Node::Kind::kObject) return 0;
  for (std::uint32_t at = nodes_[object].first; at != 0; at = nodes_[at].next) {
    if (nodes_[at].key == key) return at;
  }
  return 0;
}

std::string JsonLdReader::String(std::uint32_t node) const {
  // A list stands for its first member, an object for its @value.
  if (node != 0 && nodes_[node].kind == Node::Kind::kList) node = nodes_[node].first;
  if (node != 0 && nodes_[node].kind == Node::Kind::kObject) node = Find(node, "@value");
  if (node == 0 || nodes_[node].kind != Node::Kind::kString) return {};
  return MarkupLine(Unescape(nodes_[node].value.substr(0, kMaxMarkupLineBytes)));
}

bool JsonLdReader::HasType(std::uint32_t object, std::string_view wanted) const {
  const std::uint32_t type = Find(object, "@type");
  if (type == 0) return false;
  if (nodes_[type].kind == Node::Kind::kString) return nodes_[type].value.find(wanted) != std::string_view::npos;
  for (std::uint32_t at = nodes_[type].first; at != 0; at = nodes_[at].next) {
    if (nodes_[at].value.find(wanted) != std::string_view::npos) return true;
  }
  return false;
}

std::uint32_t JsonLdReader::Resolve(std::uint32_t node) const {
  const std::uint32_t id = Find(node, "@id");
  // Only a bare reference is followed.
  if (id == 0 || Find(node, "name") != 0) return node;
  const auto it = by_id_.find(nodes_[id].value);
  if (it == by_id_.end()) return node;
  return it->second;
}

// `node`, or the object of the same @id that has a type.
std::uint32_t JsonLdReader::Typed(std::uint32_t node) const {
  if (Find(node, "@type") != 0) return node;
  const std::uint32_t id = Find(node, "@id");
  const auto it = id == 0 ? by_id_.end() : by_id_.find(nodes_[id].value);
  return it == by_id_.end() ? node : it->second;
}

bool JsonLdReader::IsArticle(std::uint32_t object) const {
  static constexpr std::array<std::string_view, 9> kTypes = {"Article", "Posting", "PressRelease", "Report",  "Recipe",
                                                             "Review",  "HowTo",   "CreativeWork", "Question"};
  if (HasType(object, "JobPosting") || HasType(object, "Aggregate") || HasType(object, "CreativeWorkS") ||
      HasType(object, "HowToS"))
    return false;
  // A question of a forum has an author; those of a page's own list of questions have none.
  if (HasType(object, "Question") && Find(object, "author") == 0) return false;
  return std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view type) { return HasType(object, type); });
}

void JsonLdReader::ReadAuthors(std::uint32_t node, std::vector<JsonLdAuthor>* authors) const {
  std::vector<std::uint32_t> items;
  if (node != 0 && nodes_[node].kind == Node::Kind::kList) {
    for (std::uint32_t at = nodes_[node].first; at != 0 && items.size() < kMaxAuthors; at = nodes_[at].next)
      items.push_back(at);
  } else if (node != 0) {
    items.push_back(node);
  }
  for (std::uint32_t item : items) {
    JsonLdAuthor author;
    if (nodes_[item].kind == Node::Kind::kString) {
      author.name = String(item);
    } else {
      item = Resolve(item);
      // Some name several people in one object.
      const std::uint32_t name = Find(item, "name");
      if (name != 0 && nodes_[name].kind == Node::Kind::kList) {
        ReadAuthors(name, authors);
        continue;
      }
      author.name = String(name);
      const std::uint32_t typed = Typed(item);
      author.uri = StringOf(item, "url");
      if (author.uri.empty()) author.uri = StringOf(typed, "url");
      if (HasType(typed, "Person"))
        author.kind = JsonLdAuthor::Kind::kPerson;
      else if (HasType(typed, "Organization"))
        author.kind = JsonLdAuthor::Kind::kOrganization;
    }
    if (!author.name.empty() && authors->size() < kMaxAuthors) authors->push_back(std::move(author));
  }
}

void JsonLdReader::ReadImages(std::uint32_t node, std::vector<JsonLdImage>* images) const {
  if (node == 0 || images->size() >= kMaxArticleImages) return;
  if (nodes_[node].kind == Node::Kind::kList) {
    for (std::uint32_t at = nodes_[node].first; at != 0; at = nodes_[at].next) {
      if (nodes_[at].kind != Node::Kind::kList) ReadImages(at, images);
    }
    return;
  }
  JsonLdImage image;
  if (nodes_[node].kind == Node::Kind::kString) {
    image.uri = String(node);
  } else {
    const std::uint32_t id = Find(node, "@id");
    const auto it = id == 0 ? by_id_.end() : by_id_.find(nodes_[id].value);
    if (Find(node, "url") == 0 && Find(node, "contentUrl") == 0 && it != by_id_.end()) node = it->second;
    image.uri = StringOf(node, "contentUrl");
    if (image.uri.empty()) image.uri = StringOf(node, "url");
    image.caption = StringOf(node, "caption");
    if (image.caption.empty()) image.caption = StringOf(node, "description");
    image.credit = StringOf(node, "creditText");
    for (const std::string_view key : {"creator", "author"}) {
      if (!image.credit.empty()) break;
      const std::uint32_t who = Find(node, key);
      image.credit = who != 0 && nodes_[who].kind == Node::Kind::kObject ? StringOf(Resolve(who), "name") : String(who);
    }
    if (image.credit.empty()) image.credit = StringOf(node, "copyrightNotice");
  }
  if (!image.uri.empty() && images->size() < kMaxArticleImages) images->push_back(std::move(image));
}

JsonLdArticle JsonLdReader::Choose(std::string_view titles) const {
  JsonLdArticle out;
  std::vector<std::uint32_t> articles;
  std::uint32_t page = 0;
  std::string publisher;
  std::vector<std::pair<std::uint32_t, std::size_t>> pending;
  for (auto it = roots_.rbegin(); it != roots_.rend(); ++it) pending.emplace_back(*it, 0);
  while (!pending.empty()) {
    const auto [node, depth] = pending.back();
    pending.pop_back();
    if (depth > kMaxJsonLdDepth) continue;
    if (nodes_[node].kind == Node::Kind::kList) {
      const std::size_t first = pending.size();
      for (std::uint32_t at = nodes_[node].first; at != 0; at = nodes_[at].next) pending.emplace_back(at, depth + 1);
      std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(first), pending.end());
      continue;
    }
    if (nodes_[node].kind != Node::Kind::kObject) continue;
    if (IsArticle(node)) articles.push_back(node);
    if (page == 0 && (HasType(node, "WebPage") || HasType(node, "VideoObject"))) page = node;
    if (out.site_name.empty() && HasType(node, "WebSite")) out.site_name = StringOf(node, "name");
    for (const std::string_view key : {"@graph", "mainEntity", "mainEntityOfPage"}) {
      if (const std::uint32_t inner = Find(node, key); inner != 0) pending.emplace_back(inner, depth + 1);
    }
  }
  std::uint32_t article = 0;
  for (const std::uint32_t candidate : articles) {
    std::string headline = StringOf(candidate, "headline");
    if (headline.empty()) headline = StringOf(candidate, "name");
    const std::string key = text::FoldKey(headline);
    if (key.size() >= 8 && titles.find(key) != std::string_view::npos) {
      article = candidate;
      break;
    }
  }
  if (article == 0 && !articles.empty() && articles.size() <= kMaxArticles) article = articles.front();
  if (page != 0) {
    out.page_published = StringOf(page, "datePublished");
    if (out.page_published.empty()) out.page_published = StringOf(page, "uploadDate");
    out.modified = StringOf(page, "dateModified");
  }
  if (page != 0) ReadAuthors(Find(page, "author"), &out.page_authors);
  if (article == 0) return out;
  out.found = true;
  out.discussion = HasType(article, "DiscussionForum") || HasType(article, "Question");
  out.headline = StringOf(article, "headline");
  if (out.headline.empty()) out.headline = StringOf(article, "name");
  out.subtitle = StringOf(article, "alternativeHeadline");
  out.published = StringOf(article, "datePublished");
  if (out.published.empty()) out.published = StringOf(article, "dateCreated");
  if (std::string modified = StringOf(article, "dateModified"); !modified.empty()) out.modified = std::move(modified);
  out.license = StringOf(article, "license");
  ReadImages(Find(article, "image"), &out.images);
  for (const std::string_view key : {"articleBody", "reviewBody", "text"}) {
    const std::uint32_t body = Find(article, key);
    if (body == 0 || nodes_[body].kind != Node::Kind::kString) continue;
    out.body = Unescape(nodes_[body].value.substr(0, kMaxArticleBodyBytes));
    break;
  }
  if (out.site_name.empty()) out.site_name = StringOf(Resolve(Find(article, "publisher")), "name");
  ReadAuthors(Find(article, "author"), &out.authors);
  if (out.authors.empty()) ReadAuthors(Find(article, "creator"), &out.authors);
  if (const std::uint32_t keywords = Find(article, "keywords"); keywords != 0) {
    if (nodes_[keywords].kind == Node::Kind::kList) {
      for (std::uint32_t at = nodes_[keywords].first; at != 0 && out.topics.size() < kMaxTopics; at = nodes_[at].next)
        out.topics.push_back(String(at));
    } else {
      out.topics.push_back(String(keywords));
    }
  }
  return out;
}

}  // namespace dateline::extraction
