#include "services/extraction/names/place_lists.h"

#include <algorithm>

namespace dateline::extraction {
namespace {

// The most tokens of a name that no table knows.
constexpr std::uint32_t kMaxMember = 4;
// The most members that one noun has.
constexpr std::uint32_t kMaxMembers = 60;
constexpr float kMemberScore = 0.78F;

class ListReader {
 public:
  ListReader(const NameText& text, const std::vector<PlaceHit>& hits, Mentions* out)
      : text_(text), hits_(hits), out_(out) {}

  void Run() {
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (text_.Capital(i)) continue;
      const LexiconHit* noun = text_.analysis().HitAt(i, Lexicon::kPlaceNouns);
      if (noun == nullptr || !text_.analysis().Entry(*noun).Has(kEntryPlural)) continue;
      if (!Before(i)) Behind(noun->end);
    }
  }

 private:
  // "Sofala and Inhambane provinces": reads back from the noun; false when no name stands before it.
  bool Before(std::uint32_t noun) {
    std::uint32_t end = noun;
    for (std::uint32_t count = 0; count < kMaxMembers && end > 0 && text_.Spaced(end); ++count) {
      const std::uint32_t begin = MemberBefore(end);
      if (begin == end) break;
      Add({begin, end});
      std::uint32_t at = begin;
      if (at > 0 && text_.Is(at - 1, Lexicon::kConjunctions) && !text_.Capital(at - 1)) --at;
      if (at > 0 && text_.Mark(at - 1, ",")) --at;
      if (at == begin) return true;
      end = at;
    }
    return end != noun;
  }

  // "counties: Allen and Elk", "districts of Dabola and Faranah".
  void Behind(std::uint32_t behind) {
    const LexiconHit* link = text_.analysis().HitAt(behind, Lexicon::kNameLinks);
    const bool linked = link != nullptr && !text_.analysis().Entry(*link).Has(kEntryWeak) && !text_.Capital(behind);
    if (!linked && !text_.Mark(behind, ":")) return;
    std::uint32_t at = linked ? link->end : behind + 1;
    for (std::uint32_t count = 0; count < kMaxMembers && text_.NameWord(at); ++count) {
      const std::uint32_t end = WithPartner(MemberBehind(at));
      Add({at, end});
      at = end;
      if (text_.Mark(at, ",")) ++at;
      if (text_.Is(at, Lexicon::kConjunctions) && !text_.Capital(at)) ++at;
      if (at == end) return;
    }
  }

  // "provinces of Sistan and Balouchistan, Gilan and Fars": what a conjunction joins before a comma is one name.
  // Returns the end of the member that ends at `end`, with its partner.
  std::uint32_t WithPartner(std::uint32_t end) const {
    if (!text_.Is(end, Lexicon::kConjunctions) || text_.Capital(end) || !text_.NameWord(end + 1)) return end;
    const std::uint32_t partner = MemberBehind(end + 1);
    return text_.Mark(partner, ",") && text_.NameWord(partner + 1) ? partner : end;
  }

  // "Sistan and Baluchestan" is one name where the tables know it.
  std::uint32_t MemberBefore(std::uint32_t end) const {
    const auto hit = std::lower_bound(hits_.begin(), hits_.end(), end,
                                      [](const PlaceHit& h, std::uint32_t e) { return h.tokens.end < e; });
    if (hit != hits_.end() && hit->tokens.end == end && hit->tokens.size() > 1) return hit->tokens.begin;
    std::uint32_t begin = end;
    while (begin > text_.SentenceBegin(end - 1) && end - begin < kMaxMember && text_.NameWord(begin - 1) &&
           (begin == end || text_.Spaced(begin) || text_.Hyphen(begin)))
      --begin;
    return begin;
  }

  std::uint32_t MemberBehind(std::uint32_t at) const {
    const auto hit = std::lower_bound(hits_.begin(), hits_.end(), at,
                                      [](const PlaceHit& h, std::uint32_t begin) { return h.tokens.begin < begin; });
    std::uint32_t end = hit != hits_.end() && hit->tokens.begin == at ? hit->tokens.end : at + 1;
    while (end - at < kMaxMember && text_.NameWord(end) && (text_.Spaced(end) || text_.Hyphen(end - 1))) ++end;
    return end;
  }

  void Add(TokenRange member) {
    for (std::uint32_t i = member.begin; i < member.end; ++i) {
      if (text_.Acronym(i) || text_.Is(i, Lexicon::kDemonyms) || text_.Is(i, Lexicon::kDirections) ||
          text_.Is(i, Lexicon::kOrganizations) || text_.Is(i, Lexicon::kOrganizationHeads) ||
          text_.Is(i, Lexicon::kHonorifics) || text_.Is(i, Lexicon::kRoles))
        return;
    }
    // "Member counties": an ordinary word that has its capital from the beginning of the sentence.
    if (member.size() == 1 && text_.SentenceStart(member.begin) && text_.Ordinary(member.begin)) return;
    out_->push_back({member, NameType::kPlace, kMemberScore, "place.list_noun"});
  }

  const NameText& text_;
  const std::vector<PlaceHit>& hits_;
  Mentions* out_;
};

}  // namespace

void ProposePlaceLists(const NameText& text, const std::vector<PlaceHit>& hits, Mentions* out) {
  ListReader(text, hits, out).Run();
}

}  // namespace dateline::extraction
