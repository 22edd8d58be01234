#include "services/extraction/facts/mention_index.h"

#include <algorithm>

namespace dateline::extraction {

MentionIndex::MentionIndex(const release::v1::Release& release) {
  const auto add = [&](const auto& entities, NamedKind kind) {
    for (const auto& entity : entities) {
      for (const release::v1::Span& span : entity.mentions())
        mentions_.push_back({span.start(), span.end(), kind, entity.display_name()});
    }
  };
  add(release.people(), NamedKind::kPerson);
  add(release.organizations(), NamedKind::kOrganization);
  add(release.places(), NamedKind::kPlace);
  add(release.programmes(), NamedKind::kProgramme);
  std::stable_sort(mentions_.begin(), mentions_.end(),
                   [](const NamedMention& a, const NamedMention& b) { return a.begin < b.begin; });
}

std::span<const NamedMention> MentionIndex::In(std::uint32_t begin, std::uint32_t end) const {
  const auto before = [](const NamedMention& mention, std::uint32_t offset) { return mention.begin < offset; };
  const auto first = std::lower_bound(mentions_.begin(), mentions_.end(), begin, before);
  const auto last = std::lower_bound(first, mentions_.end(), end, before);
  return {first, last};
}

const NamedMention* MentionIndex::First(NamedKind kind, std::uint32_t begin, std::uint32_t end) const {
  for (const NamedMention& mention : In(begin, end)) {
    if (mention.kind == kind) return &mention;
  }
  return nullptr;
}

const NamedMention* MentionIndex::Last(NamedKind kind, std::uint32_t begin, std::uint32_t end) const {
  const std::span<const NamedMention> inside = In(begin, end);
  for (auto mention = inside.rbegin(); mention != inside.rend(); ++mention) {
    if (mention->kind == kind) return &*mention;
  }
  return nullptr;
}

}  // namespace dateline::extraction
