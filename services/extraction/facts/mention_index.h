#pragma once
// Where the release names people, organisations, places and programmes, in order of the text, to ask what is named in a
// stretch of it. Borrows the release, which must not change while it is used. Immutable after construction,
// thread-safe; a question costs a binary search.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::extraction {

enum class NamedKind : std::uint8_t { kPerson, kOrganization, kPlace, kProgramme };

// One mention: bytes [begin, end).
struct NamedMention {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  NamedKind kind{};
  std::string_view name;  // the entity's display_name
};

class MentionIndex {
 public:
  explicit MentionIndex(const release::v1::Release& release);

  // The mentions that begin in bytes [begin, end), in order.
  std::span<const NamedMention> In(std::uint32_t begin, std::uint32_t end) const;
  // The first of one kind among them; nullptr for none.
  const NamedMention* First(NamedKind kind, std::uint32_t begin, std::uint32_t end) const;
  // The last of one kind among them.
  const NamedMention* Last(NamedKind kind, std::uint32_t begin, std::uint32_t end) const;

 private:
  std::vector<NamedMention> mentions_;
};

}  // namespace dateline::extraction
