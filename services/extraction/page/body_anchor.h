#pragma once
// The text that a page's JSON-LD gives of its article (articleBody), as an anchor for the blocks of the page: a block
// whose words stand there is the article's. It often is a teaser, lacks headings or runs words together, so that it is
// never the text itself. Built once for each page; pure; linear; bounded by kMaxAnchorBytes.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dateline::extraction {

inline constexpr std::size_t kMaxAnchorBytes = std::size_t{512} << 10;

class BodyAnchor {
 public:
  // Tags inside `body` are passed over; a body of less than a few words anchors nothing.
  explicit BodyAnchor(std::string_view body);

  bool empty() const { return slots_.empty(); }
  // Runs of three words in it.
  std::size_t size() const { return size_; }

  // The share of the runs of three words of `text` that stand in the body; of shorter texts, whether all of it does, at
  // half the worth. 0 when empty.
  float Share(std::string_view text) const;

 private:
  void Insert(std::uint64_t key);
  bool Has(std::uint64_t key) const;

  std::vector<std::uint64_t> slots_;  // open addressing; 0 is free
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace dateline::extraction
