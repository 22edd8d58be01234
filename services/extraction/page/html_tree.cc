#include "services/extraction/page/html_tree.h"

#include <myhtml/api.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/word_index.h"

namespace dateline::extraction {
namespace {

// Between two looks at the number of nodes. Not larger, since a few bytes can reopen all open formats.
constexpr std::size_t kParseChunk = std::size_t{64} << 10;
constexpr std::size_t kMaxTagName = 12;

void CountNode(myhtml_tree_t*, myhtml_tree_node_t*, void* count) {
  ++*static_cast<std::size_t*>(count);
}

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What LimitNesting has to know of an element.
enum class Nesting : std::uint8_t {
  kDeep,        // counts as depth: all that are not in the list
  kFlat,        // never holds others, or the next of its kind closes it
  kFormatting,  // counts twice: browsers reopen what is left open
  kRaw,         // its content is no markup
};
constexpr std::array<std::string_view, 51> kNestingNames = {
    "area",     "base",  "br",       "col",   "embed", "hr",     "img",     "input",    "link",   "meta", "param",
    "source",   "track", "wbr",      "p",     "li",    "dt",     "dd",      "td",       "th",     "tr",   "option",
    "optgroup", "tbody", "thead",    "tfoot", "html",  "head",   "body",    "colgroup", "a",      "b",    "big",
    "code",     "em",    "font",     "i",     "nobr",  "s",      "small",   "strike",   "strong", "tt",   "u",
    "script",   "style", "textarea", "title", "xmp",   "iframe", "noframes"};
constexpr std::size_t kFirstFormatting = 30;
constexpr std::size_t kFirstRaw = 44;
static_assert(kNestingNames[kFirstFormatting] == "a" && kNestingNames[kFirstRaw] == "script");
constexpr WordIndex kNestingIndex(kNestingNames);

Nesting NestingOf(std::string_view lower_name) {
  const std::size_t i = kNestingIndex.Find(lower_name);
  if (i == kNestingIndex.kNone) return Nesting::kDeep;
  return i >= kFirstRaw ? Nesting::kRaw : i >= kFirstFormatting ? Nesting::kFormatting : Nesting::kFlat;
}

// Where the raw text of element `name` ends, from `at`. Linear over all calls together, since the scan goes on behind
// it.
std::size_t SkipRawText(std::string_view html, std::size_t at, std::string_view name) {
  for (std::size_t close = html.find("</", at); close != std::string_view::npos; close = html.find("</", close + 2)) {
    if (close + 2 + name.size() > html.size()) break;
    bool same = true;
    for (std::size_t i = 0; i < name.size() && same; ++i) same = LowerAscii(html[close + 2 + i]) == name[i];
    if (same) return close;
  }
  return html.size();
}

// How much of `rest` is parsed in one piece: up to a tag, for MyHTML misreads character references that a piece ends
// in.
std::size_t ChunkLength(std::string_view rest) {
  if (rest.size() <= kParseChunk) return rest.size();
  const std::size_t tag = rest.rfind('<', kParseChunk);
  return tag == std::string_view::npos || tag < kParseChunk / 2 ? kParseChunk : tag;
}

// Numbers for the values of class and id.
class NameNumbers {
 public:
  explicit NameNumbers(std::vector<std::string_view>* names) : names_(*names), slots_(256, 0) {
    names_.assign(1, std::string_view());
  }

  std::uint32_t Of(std::string_view name) {
    if (name.empty()) return 0;
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = XXH3_64bits(name.data(), name.size()) & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
      if (names_[slots_[slot]] == name) return slots_[slot];
    }
    const auto number = static_cast<std::uint32_t>(names_.size());
    slots_[slot] = number;
    names_.push_back(name);
    if (names_.size() * 2 > slots_.size()) Grow();
    return number;
  }

 private:
  void Grow() {
    slots_.assign(slots_.size() * 4, 0);
    for (std::uint32_t number = 1; number < names_.size(); ++number) {
      std::size_t slot = XXH3_64bits(names_[number].data(), names_[number].size()) & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = number;
    }
  }

  std::vector<std::string_view>& names_;
  std::vector<std::uint32_t> slots_;  // a power of two, at most half full; 0 is free
};

// Appends the values of the attributes that are read, in the order of their table; the first of two alike counts.
std::uint64_t AppendAttributes(myhtml_tree_node_t* node, std::vector<std::string_view>* values) {
  std::uint64_t bits = 0;
  const std::size_t first = values->size();
  for (myhtml_tree_attr_t* at = myhtml_node_attribute_first(node); at != nullptr; at = myhtml_attribute_next(at)) {
    std::size_t length = 0;
    const char* key = myhtml_attribute_key(at, &length);
    const std::size_t number = key == nullptr ? kAttributeCount : FindAttribute({key, length});
    const std::uint64_t bit = std::uint64_t{1} << (number % kAttributeCount);
    if (number == kAttributeCount || (bits & bit) != 0) continue;
    const char* value = myhtml_attribute_value(at, &length);
    const auto before = static_cast<std::ptrdiff_t>(first) + std::popcount(bits & (bit - 1));
    values->insert(values->begin() + before, value == nullptr ? std::string_view() : std::string_view(value, length));
    bits |= bit;
  }
  return bits;
}

}  // namespace

bool LimitNesting(std::string_view html, std::string* out) {
  std::size_t depth = 0;
  std::size_t formats = 0;
  std::string kept;
  std::size_t copied = 0;  // html up to here is in `kept` or was left out
  bool dropped = false;
  for (std::size_t at = html.find('<'); at != std::string_view::npos && at + 1 < html.size(); at = html.find('<', at)) {
    if (html.substr(at).starts_with("<!--")) {
      const std::size_t end = html.find("-->", at + 4);
      if (end == std::string_view::npos) break;
      at = end + 3;
      continue;
    }
    const bool closing = html[at + 1] == '/';
    std::size_t name_begin = at + (closing ? 2 : 1);
    if (name_begin >= html.size() || !IsLetter(html[name_begin])) {
      ++at;
      continue;
    }
    std::array<char, kMaxTagName> lower;
    std::size_t length = 0;
    std::size_t i = name_begin;
    while (i < html.size() && html[i] != '>' && html[i] != '/' && static_cast<unsigned char>(html[i]) > ' ') {
      if (length < kMaxTagName) lower[length++] = LowerAscii(html[i]);
      ++i;
    }
    const std::string_view name(lower.data(), length);
    const Nesting nesting = NestingOf(name);
    const std::size_t close = html.find('>', i);
    const std::size_t end = close == std::string_view::npos ? html.size() : close + 1;
    if (nesting != Nesting::kFlat) {
      const bool formatting = nesting == Nesting::kFormatting;
      if (closing) {
        if (depth > 0) --depth;
        if (formatting && formats > 0) --formats;
      } else if (depth >= kMaxDepth || (formatting && formats >= kMaxFormatting)) {
        kept.append(html.substr(copied, at - copied));
        copied = end;
        dropped = true;
      } else if (nesting != Nesting::kRaw) {
        ++depth;
        formats += formatting ? 1 : 0;
      }
    }
    at = end;
    if (!closing && nesting == Nesting::kRaw) {
      at = SkipRawText(html, end, name);
      // Behind the closing tag, so that it does not count.
      const std::size_t behind = html.find('>', at);
      at = behind == std::string_view::npos ? html.size() : behind + 1;
    }
    if (at >= html.size()) break;
  }
  if (!dropped) return false;
  kept.append(html.substr(copied));
  *out = std::move(kept);
  return true;
}

struct HtmlTree::Handles {
  myhtml_t* parser = nullptr;
  myhtml_tree_t* tree = nullptr;
  ~Handles() {
    if (tree != nullptr) myhtml_tree_destroy(tree);
    if (parser != nullptr) myhtml_destroy(parser);
  }
};

HtmlTree::HtmlTree() : handles_(std::make_unique<Handles>()) {}
HtmlTree::~HtmlTree() = default;

absl::StatusOr<std::unique_ptr<HtmlTree>> HtmlTree::Parse(std::string_view html) {
  std::unique_ptr<HtmlTree> page(new HtmlTree());
  Handles& handles = *page->handles_;
  const auto failed = [] {
    return Error(absl::StatusCode::kInternal, "HTML_PARSER",
                 "the HTML parser could not be set up; memory may be short");
  };
  handles.parser = myhtml_create();
  if (handles.parser == nullptr || myhtml_init(handles.parser, MyHTML_OPTIONS_PARSE_MODE_SINGLE, 1, 0) != 0)
    return failed();
  handles.tree = myhtml_tree_create();
  if (handles.tree == nullptr || myhtml_tree_init(handles.tree, handles.parser) != 0) return failed();
  std::size_t count = 0;
  myhtml_callback_tree_node_insert_set(handles.tree, CountNode, &count);
  myhtml_encoding_set(handles.tree, MyENCODING_UTF_8);

  std::string limited;
  if (LimitNesting(html, &limited)) {
    html = limited;
    page->truncated_ = true;
  }
  // MyHTML cannot end what it was never fed, and a document may be nothing but a byte order mark.
  if (html.empty()) html = " ";
  for (std::size_t at = 0; at < html.size();) {
    if (count > kMaxNodes) {
      page->truncated_ = true;
      break;
    }
    const std::string_view chunk = html.substr(at, ChunkLength(html.substr(at)));
    if (myhtml_parse_chunk_single(handles.tree, chunk.data(), chunk.size()) != 0) return failed();
    at += chunk.size();
  }
  if (myhtml_parse_chunk_end(handles.tree) != 0) return failed();
  page->Flatten(count);
  return page;
}

void HtmlTree::Flatten(std::size_t expected) {
  nodes_.reserve(expected + 2);
  NameNumbers numbers(&names_);
  myhtml_tree_node_t* node = myhtml_tree_get_document(handles_->tree);
  std::vector<std::uint32_t> open;  // indices of the ancestors of `node`
  while (node != nullptr) {
    HtmlNode flat;
    flat.tag = static_cast<std::uint32_t>(myhtml_node_tag_id(node));
    flat.parent = open.empty() ? 0 : open.back();
    flat.depth = static_cast<std::uint32_t>(open.size());
    if (flat.tag == MyHTML_TAG__TEXT) {
      std::size_t length = 0;
      const char* text = myhtml_node_text(node, &length);
      if (text != nullptr) flat.text = {text, length};
    } else {
      flat.first_attribute = static_cast<std::uint32_t>(attributes_.size());
      flat.attributes = AppendAttributes(node, &attributes_);
      flat.class_name = numbers.Of(Attribute(flat, "class"));
      flat.id_name = numbers.Of(Attribute(flat, "id"));
    }
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(flat);
    nodes_.back().end = index + 1;
    if (myhtml_tree_node_t* child = myhtml_node_child(node); child != nullptr) {
      open.push_back(index);
      node = child;
      continue;
    }
    // The document node itself has no siblings to go to.
    myhtml_tree_node_t* next = open.empty() ? nullptr : myhtml_node_next(node);
    while (next == nullptr && !open.empty()) {
      nodes_[open.back()].end = static_cast<std::uint32_t>(nodes_.size());
      node = myhtml_node_parent(node);
      open.pop_back();
      next = open.empty() ? nullptr : myhtml_node_next(node);
    }
    node = next;
  }
}

}  // namespace dateline::extraction
