#pragma once
// A web page as ingestion needs it: a flat list of nodes in document order over MyHTML's tree, with text, attributes
// and CSS selection. Hostile markup is bounded by kPageDepthMax and kPageNodesMax; what is over is left out. A page
// belongs to one thread; making several at once is safe. Views live as long as the page.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::html {

inline constexpr std::size_t kPageDepthMax = 300;
inline constexpr std::size_t kPageNodesMax = 500'000;
inline constexpr std::size_t kSelectorBytesMax = 500;

struct PageNode {
  std::string_view tag;      // Lower case; empty for text.
  std::string_view text;     // Of text.
  std::uint32_t parent = 0;  // The root is its own.
  std::uint32_t end = 0;     // Behind the last descendant.
  const void* handle = nullptr;
  bool IsElement() const { return !tag.empty(); }
};

class Page {
 public:
  // Bytes of any charset; errors as of text::Decode and CheckDocument.
  static absl::StatusOr<std::unique_ptr<Page>> Parse(std::string_view bytes, std::string_view content_type,
                                                     std::string_view url);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  const std::vector<PageNode>& nodes() const { return nodes_; }
  const PageNode& node(std::uint32_t index) const { return nodes_[index]; }
  // The attribute; empty when absent.
  std::string_view Attribute(std::uint32_t element, std::string_view name) const;
  // The words in [begin, end) of the nodes, scripts and styles left out, elements that part blocks as spaces.
  std::string Words(std::uint32_t begin, std::uint32_t end) const;
  std::string Words(std::uint32_t element) const { return Words(element, nodes_[element].end); }
  // The markup of the element with what it holds, for who reads it again: scripts and styles, the elements in
  // `left_out` and attributes other than those of links, images, languages, times and spans left out, references
  // absolute. Cut between elements where it would be longer than `bytes_max`.
  std::string Markup(std::uint32_t element, const std::set<std::uint32_t>& left_out, std::size_t bytes_max) const;
  // `lang` of the page; empty when it does not say.
  std::string Language() const;
  // What references are relative to: <base href>, else the URL.
  const std::string& base_url() const { return base_url_; }
  const std::string& url() const { return url_; }
  // The absolute form of a reference when it is http(s), without fragment; empty otherwise.
  std::string Absolute(std::string_view reference) const;

  // Elements inside `scope` that match, in document order. INVALID_ARGUMENT with reason BAD_SELECTOR.
  absl::StatusOr<std::vector<std::uint32_t>> Select(std::string_view selector, std::uint32_t scope) const;

 private:
  struct Handles;
  Page();
  void Flatten();

  std::unique_ptr<Handles> handles_;
  std::vector<PageNode> nodes_;
  std::unordered_map<const void*, std::uint32_t> index_;
  std::string url_;
  std::string base_url_;
};

// Whether a selector can be read; BAD_SELECTOR otherwise.
absl::Status CheckSelector(std::string_view selector);

}  // namespace dateline::html
