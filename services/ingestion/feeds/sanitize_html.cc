#include "services/ingestion/feeds/sanitize_html.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/references.h"

namespace dateline::feeds {
namespace {

constexpr std::size_t kTagNameMax = 24;
constexpr std::size_t kAttributesMax = 64;

// Sorted, for binary search.
constexpr std::array<std::string_view, 96> kElements = {
    "a",          "abbr",   "acronym",    "address", "area",    "article", "aside",  "audio",   "b",    "bdi",
    "bdo",        "big",    "blockquote", "br",      "caption", "center",  "circle", "cite",    "code", "col",
    "colgroup",   "dd",     "del",        "details", "dfn",     "dir",     "div",    "dl",      "dt",   "em",
    "figcaption", "figure", "font",       "footer",  "g",       "h1",      "h2",     "h3",      "h4",   "h5",
    "h6",         "header", "hr",         "i",       "img",     "ins",     "kbd",    "legend",  "li",   "line",
    "main",       "map",    "mark",       "math",    "mi",      "mn",      "mo",     "mrow",    "nav",  "ol",
    "p",          "path",   "picture",    "pre",     "q",       "rp",      "rt",     "ruby",    "s",    "samp",
    "section",    "small",  "source",     "span",    "strike",  "strong",  "sub",    "summary", "sup",  "svg",
    "table",      "tbody",  "td",         "tfoot",   "th",      "thead",   "time",   "title",   "tr",   "track",
    "tt",         "u",      "ul",         "var",     "video",   "wbr"};
constexpr std::array<std::string_view, 5> kWithContent = {"applet", "noembed", "script", "style", "template"};
constexpr std::array<std::string_view, 26> kAttributes = {
    "abbr",    "align", "alt",      "cite", "class",  "colspan", "controls", "datetime", "dir",
    "height",  "href",  "hreflang", "id",   "lang",   "media",   "name",     "poster",   "rel",
    "rowspan", "scope", "span",     "src",  "srcset", "start",   "title",    "width"};
constexpr std::array<std::string_view, 4> kUrls = {"cite", "href", "poster", "src"};
constexpr std::array<std::string_view, 30> kBlocks = {
    "address", "article", "aside",      "blockquote", "br",     "caption", "center", "dd",      "details", "div",
    "dl",      "dt",      "figcaption", "figure",     "footer", "h1",      "h2",     "h3",      "h4",      "h5",
    "h6",      "header",  "hr",         "li",         "ol",     "p",       "pre",    "section", "table",   "ul"};
constexpr std::array<std::string_view, 4> kCells = {"td", "th", "tr", "option"};

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerAscii(c);
  return lower;
}

struct Attribute {
  std::string name;        // Lower case.
  std::string_view value;  // With its references.
};

struct Tag {
  std::string name;  // Lower case; empty for comments and declarations.
  bool closing = false;
  bool empty = false;
  std::vector<Attribute> attributes;
  std::size_t end = 0;  // Behind ">".
};

std::size_t ReadValue(std::string_view html, std::size_t at, std::string_view* value) {
  while (at < html.size() && IsSpace(html[at])) ++at;
  if (at >= html.size()) return at;
  const char quote = html[at];
  if (quote == '"' || quote == '\'') {
    const std::size_t close = std::min(html.find(quote, at + 1), html.size());
    *value = html.substr(at + 1, close - at - 1);
    return std::min(close + 1, html.size());
  }
  const std::size_t begin = at;
  while (at < html.size() && !IsSpace(html[at]) && html[at] != '>') ++at;
  *value = html.substr(begin, at - begin);
  return at;
}

void ReadAttributes(std::string_view html, std::size_t at, Tag* tag) {
  while (at < html.size() && html[at] != '>') {
    if (IsSpace(html[at]) || html[at] == '/') {
      tag->empty = html[at] == '/';
      ++at;
      continue;
    }
    tag->empty = false;
    const std::size_t begin = at;
    while (at < html.size() && !IsSpace(html[at]) && html[at] != '>' && html[at] != '=' && html[at] != '/') ++at;
    Attribute attribute{Lower(html.substr(begin, at - begin)), {}};
    if (at == begin) ++at;
    std::size_t equals = at;
    while (equals < html.size() && IsSpace(html[equals])) ++equals;
    if (equals < html.size() && html[equals] == '=') at = ReadValue(html, equals + 1, &attribute.value);
    if (!attribute.name.empty() && tag->attributes.size() < kAttributesMax) tag->attributes.push_back(attribute);
  }
  tag->end = std::min(at + 1, html.size());
}

// The tag, comment or declaration that begins with the "<" at `at`; its end is 0 when it is text. The same `tag` serves
// for a whole text, so that its memory is used again.
void ReadTag(std::string_view html, std::size_t at, Tag* read) {
  Tag& tag = *read;
  tag.name.clear();
  tag.attributes.clear();
  tag.closing = false;
  tag.empty = false;
  tag.end = 0;
  const std::string_view rest = html.substr(at);
  if (rest.starts_with("<!--")) {
    // One that is not closed ends with the next tag end, so that the text behind it is not lost.
    const std::size_t end = html.find("-->", at + 4);
    const std::size_t other = end == std::string_view::npos ? html.find('>', at) : end + 2;
    tag.end = other == std::string_view::npos ? html.size() : other + 1;
    return;
  }
  const char next = rest.size() > 1 ? rest[1] : '\0';
  if (next == '?' || (next == '!' && rest.size() > 2 && IsLetter(rest[2]))) {
    const std::size_t end = html.find('>', at);
    tag.end = end == std::string_view::npos ? html.size() : end + 1;
    return;
  }
  tag.closing = next == '/';
  std::size_t name = at + (tag.closing ? 2 : 1);
  if (name >= html.size() || !IsLetter(html[name])) return;
  std::size_t end = name;
  while (end < html.size() && !IsSpace(html[end]) && html[end] != '>' && html[end] != '/') ++end;
  for (const char c : html.substr(name, std::min(end - name, kTagNameMax))) tag.name.push_back(LowerAscii(c));
  if (const std::size_t colon = tag.name.find(':'); colon != std::string::npos) tag.name.erase(0, colon + 1);
  ReadAttributes(html, end, &tag);
}

// Behind the end tag of an element whose content goes too.
std::size_t SkipContent(std::string_view html, std::size_t at, std::string_view name) {
  for (std::size_t close = html.find("</", at); close != std::string_view::npos; close = html.find("</", close + 2)) {
    if (Lower(html.substr(close + 2, name.size())) != name) continue;
    const std::size_t end = html.find('>', close);
    return end == std::string_view::npos ? html.size() : end + 1;
  }
  return html.size();
}

void WriteAttributes(const Tag& tag, std::string_view base, std::string& out) {
  for (const Attribute& attribute : tag.attributes) {
    if (!Holds(kAttributes, attribute.name)) continue;
    std::string value = Resolved(attribute.value);
    if (Holds(kUrls, attribute.name)) {
      value = AbsoluteUrl(value, base);
      if (value.empty()) continue;
    }
    if (attribute.name == "srcset") continue;  // A list of addresses; `src` stands beside it.
    out.push_back(' ');
    out.append(attribute.name).append("=\"");
    AppendEscaped(value, out);
    out.push_back('"');
  }
}

void WriteTag(const Tag& tag, std::string_view base, std::string& out) {
  if (!Holds(kElements, tag.name)) return;
  out.append(tag.closing ? "</" : "<").append(tag.name);
  if (!tag.closing) WriteAttributes(tag, base, out);
  out.append(tag.empty ? " />" : ">");
}

}  // namespace

std::string SanitizeHtml(std::string_view html, std::string_view base) {
  std::string out;
  out.reserve(html.size());
  std::size_t at = 0;
  Tag tag;
  while (at < html.size()) {
    const std::size_t open = std::min(html.find('<', at), html.size());
    out.append(html, at, open - at);
    if (open == html.size()) break;
    ReadTag(html, open, &tag);
    if (tag.end == 0) {
      out.append("&lt;");
      at = open + 1;
      continue;
    }
    at = tag.end;
    if (!tag.closing && Holds(kWithContent, tag.name)) {
      if (!tag.empty || tag.name == "script") at = SkipContent(html, at, tag.name);
    } else if (!tag.name.empty()) {
      WriteTag(tag, base, out);
    }
  }
  return out;
}

bool LooksLikeHtml(std::string_view text) {
  Tag tag;
  for (std::size_t at = FindMarkup(text, 0); at < text.size(); at = FindMarkup(text, at + 1)) {
    if (text[at] == '&') {
      std::string ignored;
      if (ResolveReference(text.substr(at), nullptr, ignored) != 0) return true;
      continue;
    }
    if (text.substr(at).starts_with("<!--")) return true;
    ReadTag(text, at, &tag);
    if (tag.end == 0) continue;
    at = tag.end - 1;
    if (tag.name.empty() || text[at] != '>') continue;
    constexpr std::array<std::string_view, 12> kMore = {"body",   "button", "embed", "form", "head",   "html",
                                                        "iframe", "input",  "link",  "meta", "object", "param"};
    if (Holds(kElements, tag.name) || Holds(kWithContent, tag.name) || Holds(kMore, tag.name)) return true;
  }
  return false;
}

std::string PlainText(std::string_view html) {
  std::string words;
  std::size_t at = 0;
  Tag tag;
  while (at < html.size()) {
    const std::size_t open = std::min(html.find('<', at), html.size());
    AppendResolved(html.substr(at, open - at), nullptr, words);
    if (open == html.size()) break;
    ReadTag(html, open, &tag);
    if (tag.end == 0) words.push_back('<');
    at = tag.end == 0 ? open + 1 : tag.end;
    if (!tag.closing && Holds(kWithContent, tag.name)) at = SkipContent(html, at, tag.name);
    if (Holds(kBlocks, tag.name) || std::find(kCells.begin(), kCells.end(), tag.name) != kCells.end())
      words.push_back(' ');
  }
  return text::CollapseSpace(words);
}

std::string FirstImage(std::string_view html) {
  Tag tag;
  for (std::size_t at = html.find("<img"); at != std::string_view::npos; at = html.find("<img", at)) {
    ReadTag(html, at, &tag);
    if (tag.name == "img") {
      for (const Attribute& attribute : tag.attributes) {
        if (attribute.name == "src" && !attribute.value.empty()) return Resolved(attribute.value);
      }
    }
    at = std::max(tag.end, at + 1);
  }
  return {};
}

}  // namespace dateline::feeds
