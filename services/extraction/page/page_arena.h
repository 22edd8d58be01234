#pragma once
// The sums over a page's nodes from which its main content is judged: text, link text, running text and scores of every
// subtree, the signs that pass down from its ancestors, and the elements that may hold the article. Built in a fixed
// number of passes over the flat tree, without recursion; plain data afterwards. Belongs to the tree that it was made
// of.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

inline constexpr std::uint32_t kNoElement = 0xFFFFFFFF;

// What stands below a node, itself included, in bytes.
struct NodeSums {
  std::uint32_t text = 0;
  std::uint32_t link_text = 0;
  // The same without what is set around an article (navigation, asides, footers, hidden elements).
  std::uint32_t inner_text = 0;
  std::uint32_t inner_link_text = 0;
  // Text of paragraphs outside links.
  std::uint32_t paragraph_text = 0;
  // Readability of the paragraphs right below, with shares of those deeper down.
  float score = 0;
  // Siblings of the same element and class, itself included.
  std::uint32_t alike = 0;
};

// The elements that may hold the article; kNoElement where there is none.
struct Containers {
  std::uint32_t body = 0;
  std::uint32_t marked = kNoElement;   // named or marked as an article's body
  std::uint32_t article = kNoElement;  // the largest <article>
  std::uint32_t main = kNoElement;     // the largest <main>
  std::uint32_t scored = kNoElement;   // the best by score
  std::uint32_t chosen = 0;
  std::string_view rule;  // by which it was chosen
  std::uint32_t articles = 0;
};

class PageArena {
 public:
  explicit PageArena(const HtmlTree& tree);

  const std::vector<HtmlNode>& nodes() const { return nodes_; }
  // Never text: scripts, styles, fields, embedded documents. Their descendants are dead too.
  bool dead(std::uint32_t i) const { return (flags_[i] & kDead) != 0; }
  // Set around the article by its element or by being hidden.
  bool outer(std::uint32_t i) const { return (flags_[i] & kOuter) != 0; }
  std::uint32_t signs(std::uint32_t i) const { return signs_[i]; }
  const NodeSums& sums(std::uint32_t i) const { return sums_[i]; }
  const Containers& containers() const { return containers_; }
  // Whether `i` stands in `ancestor`, or is it.
  bool Inside(std::uint32_t i, std::uint32_t ancestor) const {
    return ancestor != kNoElement && i >= ancestor && i < nodes_[ancestor].end;
  }
  // Whether a box inside the chosen container looks like no part of the article: named so, or a group of links.
  bool IsBox(std::uint32_t i) const;

 private:
  static constexpr std::uint8_t kDead = 1;
  static constexpr std::uint8_t kOuter = 2;

  bool IsDrawnByScripts() const;
  void Mark();
  void AddUp();
  void AddScore(std::uint32_t parent, std::uint32_t child, float value);
  void CountAlike();
  void Choose();
  std::uint32_t Widen(std::uint32_t i) const;
  bool IsParagraph(std::uint32_t i) const;

  const HtmlTree& tree_;
  const std::vector<HtmlNode>& nodes_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::uint32_t> own_signs_;
  std::vector<std::uint32_t> signs_;
  std::vector<NodeSums> sums_;
  Containers containers_;
};

}  // namespace dateline::extraction
