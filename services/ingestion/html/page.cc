#include "services/ingestion/html/page.h"

#include <fmt/format.h>
#include <modest/finder/finder.h>
#include <mycss/mycss.h>
#include <mycss/selectors/init.h>
#include <mycss/selectors/list.h>
#include <myhtml/callback.h>
#include <myhtml/myhtml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/decode.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/html/selector_syntax.h"

namespace dateline::html {
namespace {

constexpr std::size_t kParseChunk = std::size_t{16} << 10;

void CountNode(myhtml_tree_t*, myhtml_tree_node_t*, void* count) {
  ++*static_cast<std::size_t*>(count);
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Elements that hold no others or that the next of their kind closes: they do not nest.
bool ClosesItself(std::string_view name) {
  constexpr std::array<std::string_view, 22> kNames = {
      "br", "img", "input", "hr",    "meta",  "link", "p",   "li",   "dt",     "dd",     "td",
      "th", "tr",  "tbody", "thead", "tfoot", "col",  "wbr", "area", "source", "option", "base"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// How much of the page nests no deeper than kPageDepthMax: an HTML parser walks its open elements for nearly every tag,
// so that its time would be depth times length.
std::size_t BoundedPrefix(std::string_view html) {
  std::size_t depth = 0;
  for (std::size_t at = html.find('<'); at != std::string_view::npos && at + 1 < html.size();
       at = html.find('<', at + 1)) {
    const bool closing = html[at + 1] == '/';
    std::size_t begin = at + (closing ? 2U : 1U);
    std::string name;
    while (begin < html.size() && name.size() < 8 &&
           (IsLetter(html[begin]) || (html[begin] >= '0' && html[begin] <= '9'))) {
      name.push_back(static_cast<char>(html[begin++] | 0x20));
    }
    if (name.empty() || ClosesItself(name)) continue;
    if (closing) {
      depth -= depth > 0 ? 1 : 0;
    } else if (++depth > kPageDepthMax) {
      return at;
    }
  }
  return html.size();
}

bool IsSkipped(std::string_view tag) {
  return tag == "script" || tag == "style" || tag == "noscript" || tag == "template" || tag == "svg";
}

bool PartsWords(std::string_view tag) {
  constexpr std::array<std::string_view, 10> kInline = {"a",   "b",   "i", "em",   "strong",
                                                        "sup", "sub", "u", "mark", "font"};
  return std::find(kInline.begin(), kInline.end(), tag) == kInline.end();
}

absl::Status BadSelector(std::string_view selector) {
  const std::string shown = text::ReplaceInvalidUtf8(text::TruncateUtf8(selector, kSelectorBytesMax));
  return Error(absl::StatusCode::kInvalidArgument, "BAD_SELECTOR",
               fmt::format("\"{}\": no CSS selector; write one like \"ul.news > li\"", shown), {{"selector", shown}});
}

// A parsed list of selectors and what it needs to live.
class Selector {
 public:
  static absl::StatusOr<std::unique_ptr<Selector>> Parse(std::string_view text) {
    text = text::TrimSpace(text);
    if (text.size() > kSelectorBytesMax || !IsSelector(text)) return BadSelector(text);
    std::unique_ptr<Selector> selector(new Selector());
    selector->css_ = mycss_create();
    if (selector->css_ == nullptr || mycss_init(selector->css_) != MyCSS_STATUS_OK) return OutOfMemory();
    selector->entry_ = mycss_entry_create();
    if (selector->entry_ == nullptr || mycss_entry_init(selector->css_, selector->entry_) != MyCSS_STATUS_OK) {
      return OutOfMemory();
    }
    mystatus_t status = MyCSS_STATUS_OK;
    selector->list_ = mycss_selectors_parse(mycss_entry_selectors(selector->entry_), MyENCODING_UTF_8, text.data(),
                                            text.size(), &status);
    if (selector->list_ == nullptr || status != MyCSS_STATUS_OK) return BadSelector(text);
    for (std::size_t i = 0; i < selector->list_->entries_list_length; ++i) {
      for (const mycss_selectors_entry_t* entry = selector->list_->entries_list[i].entry; entry != nullptr;
           entry = entry->next) {
        if ((entry->flags & MyCSS_SELECTORS_FLAGS_SELECTOR_BAD) != 0) return BadSelector(text);
      }
    }
    if ((selector->list_->flags & MyCSS_SELECTORS_FLAGS_SELECTOR_BAD) != 0) return BadSelector(text);
    return selector;
  }
  ~Selector() {
    if (list_ != nullptr) mycss_selectors_list_destroy(mycss_entry_selectors(entry_), list_, true);
    if (entry_ != nullptr) mycss_entry_destroy(entry_, true);
    if (css_ != nullptr) mycss_destroy(css_, true);
  }
  Selector(const Selector&) = delete;
  Selector& operator=(const Selector&) = delete;
  mycss_selectors_list_t* list() const { return list_; }

 private:
  Selector() = default;
  static absl::Status OutOfMemory() { return absl::ResourceExhaustedError("no memory for a selector"); }

  mycss_t* css_ = nullptr;
  mycss_entry_t* entry_ = nullptr;
  mycss_selectors_list_t* list_ = nullptr;
};

}  // namespace

absl::Status CheckSelector(std::string_view selector) {
  return Selector::Parse(selector).status();
}

struct Page::Handles {
  std::string text;
  myhtml_t* parser = nullptr;
  myhtml_tree_t* tree = nullptr;
  ~Handles() {
    if (tree != nullptr) myhtml_tree_destroy(tree);
    if (parser != nullptr) myhtml_destroy(parser);
  }
};

Page::Page() : handles_(std::make_unique<Handles>()) {}
Page::~Page() = default;

absl::StatusOr<std::unique_ptr<Page>> Page::Parse(std::string_view bytes, std::string_view content_type,
                                                  std::string_view url) {
  const std::string_view what = url.empty() ? std::string_view("page") : url;
  DATELINE_RETURN_IF_ERROR(text::CheckDocument(bytes, what, text::CharsetOfContentType(content_type)));
  const text::DecodeOptions as_declared = {.charset = {}, .content_type = content_type, .what = what};
  auto decoded = text::Decode(bytes, as_declared);
  // A server that names a charset nobody knows, or the wrong one: the page itself may know better.
  if (!decoded.ok()) decoded = text::Decode(bytes, {.charset = {}, .content_type = {}, .what = what});
  if (!decoded.ok()) return decoded.status();
  std::unique_ptr<Page> page(new Page());
  Handles& handles = *page->handles_;
  handles.text = std::string(decoded->text());
  const auto failed = [] {
    return absl::ResourceExhaustedError("the HTML parser could not be set up; memory may be short");
  };
  handles.parser = myhtml_create();
  if (handles.parser == nullptr || myhtml_init(handles.parser, MyHTML_OPTIONS_PARSE_MODE_SINGLE, 1, 0) != 0)
    return failed();
  handles.tree = myhtml_tree_create();
  if (handles.tree == nullptr || myhtml_tree_init(handles.tree, handles.parser) != 0) return failed();
  std::size_t count = 0;
  myhtml_callback_tree_node_insert_set(handles.tree, CountNode, &count);
  myhtml_encoding_set(handles.tree, MyENCODING_UTF_8);
  std::string_view html = std::string_view(handles.text).substr(0, BoundedPrefix(handles.text));
  // Of a page that is empty, or a byte order mark alone, MyHTML would end what it has not begun, and crash.
  if (html.empty()) html = "\n";
  for (std::size_t at = 0; at < html.size() && count < kPageNodesMax; at += kParseChunk) {
    const std::string_view chunk = html.substr(at, kParseChunk);
    if (myhtml_parse_chunk_single(handles.tree, chunk.data(), chunk.size()) != 0) return failed();
  }
  if (myhtml_parse_chunk_end(handles.tree) != 0) return failed();
  page->url_ = std::string(url);
  page->Flatten();
  return page;
}

void Page::Flatten() {
  myhtml_tree_node_t* node = myhtml_tree_get_document(handles_->tree);
  std::vector<std::uint32_t> open;
  base_url_ = url_;
  while (node != nullptr) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    PageNode flat;
    flat.parent = open.empty() ? 0 : open.back();
    flat.end = index + 1;
    flat.handle = node;
    const myhtml_tag_id_t tag = myhtml_node_tag_id(node);
    std::size_t length = 0;
    if (tag == MyHTML_TAG__TEXT) {
      if (const char* text = myhtml_node_text(node, &length); text != nullptr) flat.text = {text, length};
    } else if (const char* name = myhtml_tag_name_by_id(handles_->tree, tag, &length); name != nullptr) {
      flat.tag = {name, length};
    }
    nodes_.push_back(flat);
    index_.emplace(node, index);
    if (flat.tag == "base") {
      const auto base = url::Resolve(url_, Attribute(index, "href"));
      if (base.ok() && base_url_ == url_) base_url_ = *base;
    }
    if (myhtml_tree_node_t* child = myhtml_node_child(node); child != nullptr) {
      open.push_back(index);
      node = child;
      continue;
    }
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

std::string_view Page::Attribute(std::uint32_t element, std::string_view name) const {
  // MyHTML's interface takes no const nodes, though it changes nothing here.
  auto* raw = static_cast<myhtml_tree_node_t*>(const_cast<void*>(nodes_[element].handle));
  myhtml_tree_attr_t* attribute = myhtml_attribute_by_key(raw, name.data(), name.size());
  if (attribute == nullptr) return {};
  std::size_t length = 0;
  const char* value = myhtml_attribute_value(attribute, &length);
  return value == nullptr ? std::string_view() : std::string_view(value, length);
}

std::string Page::Words(std::uint32_t begin, std::uint32_t end) const {
  std::string words;
  for (std::uint32_t i = begin; i < end && i < nodes_.size();) {
    const PageNode& node = nodes_[i];
    if (!node.IsElement()) {
      words.append(node.text);
    } else if (IsSkipped(node.tag)) {
      i = node.end;
      continue;
    } else if (PartsWords(node.tag)) {
      words.push_back(' ');
    }
    ++i;
    // Behind the last child of a block.
    if (i < nodes_.size() && i < end && nodes_[i].parent < node.parent) words.push_back(' ');
  }
  return text::CollapseSpace(words);
}

std::string Page::Language() const {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].tag == "html" || nodes_[i].tag == "body") {
      std::string_view language = Attribute(i, "lang");
      if (language.empty()) language = Attribute(i, "xml:lang");
      if (!language.empty()) return std::string(text::TrimSpace(language));
    }
    if (nodes_[i].tag == "body") break;
  }
  return {};
}

std::string Page::Absolute(std::string_view reference) const {
  reference = text::TrimSpace(reference);
  if (reference.empty()) return {};
  const auto base = url::Parse(base_url_);
  auto parsed = url::Parse(reference, base.ok() ? &*base : nullptr);
  if (!parsed.ok() || !parsed->IsHttp()) return {};
  parsed->fragment.reset();
  return parsed->Href();
}

absl::StatusOr<std::vector<std::uint32_t>> Page::Select(std::string_view selector, std::uint32_t scope) const {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<Selector> parsed, Selector::Parse(selector));
  modest_finder_t* finder = modest_finder_create_simple();
  if (finder == nullptr) return absl::ResourceExhaustedError("no memory for a selector");
  myhtml_collection_t* found = nullptr;
  auto* raw = static_cast<myhtml_tree_node_t*>(const_cast<void*>(nodes_[scope].handle));
  modest_finder_by_selectors_list(finder, raw, parsed->list(), &found);
  std::vector<std::uint32_t> matches;
  if (found != nullptr) {
    for (std::size_t i = 0; i < found->length; ++i) {
      const auto at = index_.find(found->list[i]);
      if (at != index_.end()) matches.push_back(at->second);
    }
    myhtml_collection_destroy(found);
  }
  modest_finder_destroy(finder, true);
  std::sort(matches.begin(), matches.end());
  matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
  return matches;
}

}  // namespace dateline::html
