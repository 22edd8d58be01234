#include "services/extraction/names/name_lists.h"

#include <algorithm>
#include <array>

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinMembers = 3;
constexpr std::size_t kMaxMembers = 60;
constexpr std::uint32_t kMaxMemberTokens = 6;
constexpr float kKnown = 0.6F;
constexpr float kMember = 0.63F;

class ListReader {
 public:
  ListReader(const NameText& text, const Mentions& chosen, Mentions* out) : text_(text), chosen_(chosen), out_(out) {}

  void Run() {
    for (std::uint32_t i = 0; i < text_.size();) {
      if (!text_.Usable(i) || !text_.NameWord(i) || text_.TitleCase(i)) {
        ++i;
        continue;
      }
      std::vector<TokenRange> members;
      const std::uint32_t end = Read(i, &members);
      if (members.size() >= kMinMembers) Vote(members);
      i = std::max(end, i + 1);
    }
  }

 private:
  // The end of the name that begins at `i`.
  std::uint32_t Member(std::uint32_t i) const {
    if (const Mention* m = Chosen(i); m != nullptr && m->tokens.begin == i) return m->tokens.end;
    std::uint32_t end = i;
    while (end < text_.size() && end - i < kMaxMemberTokens) {
      const bool word = text_.NameWord(end) && (end == i || text_.Spaced(end) || text_.Hyphen(end - 1));
      const bool inner =
          end > i && (text_.Hyphen(end) || (text_.Is(end, Lexicon::kNameParticles) && text_.NameWord(end + 1)));
      if (!word && !inner) break;
      ++end;
    }
    return end;
  }

  std::uint32_t Read(std::uint32_t i, std::vector<TokenRange>* members) const {
    std::uint32_t at = i;
    while (members->size() < kMaxMembers) {
      const std::uint32_t end = Member(at);
      if (end == at) break;
      members->push_back({at, end});
      std::uint32_t next = end;
      if (text_.Mark(next, ",") || text_.Mark(next, ";")) ++next;
      if (text_.Is(next, Lexicon::kConjunctions) && !text_.Capital(next)) ++next;
      if (next == end || next >= text_.size() || text_.analysis().token(next).Has(kLineStart)) return end;
      if (text_.Is(next, Lexicon::kDeterminers) && !text_.Capital(next)) ++next;
      if (next >= text_.size() || !text_.NameWord(next)) return end;
      at = next;
    }
    return at;
  }

  const Mention* Chosen(std::uint32_t token) const {
    const auto at = std::upper_bound(chosen_.begin(), chosen_.end(), token,
                                     [](std::uint32_t t, const Mention& m) { return t < m.tokens.end; });
    return at != chosen_.end() && at->tokens.begin <= token ? &*at : nullptr;
  }

  void Vote(const std::vector<TokenRange>& members) {
    std::array<std::size_t, 4> votes{};
    for (const TokenRange& member : members) {
      const Mention* m = Chosen(member.begin);
      if (m != nullptr && m->score >= kKnown && m->tokens.begin == member.begin && m->tokens.end == member.end)
        ++votes[static_cast<std::size_t>(m->type)];
    }
    const auto best = static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
    const auto type = static_cast<NameType>(best);
    if (votes[best] < 2 || votes[best] * 3 < members.size() || type == NameType::kOther || type == NameType::kPerson)
      return;
    for (std::size_t other = 0; other < votes.size(); ++other) {
      if (other != best && votes[other] * 2 > votes[best]) return;
    }
    for (const TokenRange& member : members) {
      const Mention* m = Chosen(member.begin);
      if (m != nullptr && m->score >= kKnown) continue;
      // "…, and European and Chinese experts": peoples' adjectives are no names.
      if (text_.Is(member.begin, Lexicon::kDemonyms) && text_.Is(member.end - 1, Lexicon::kDemonyms)) continue;
      // "Alabama, Louisiana, and Senator Lott": an office and whoever holds it.
      if (text_.Is(member.begin, Lexicon::kHonorifics) || text_.Is(member.begin, Lexicon::kRoles)) continue;
      out_->push_back({member, type, kMember, type == NameType::kPlace ? "place.list" : "organization.list"});
    }
  }

  const NameText& text_;
  const Mentions& chosen_;
  Mentions* out_;
};

}  // namespace

void ProposeListMembers(const NameText& text, const Mentions& chosen, Mentions* out) {
  ListReader(text, chosen, out).Run();
}

}  // namespace dateline::extraction
