#include "services/extraction/names/uncased_people.h"

#include <algorithm>
#include <array>

namespace dateline::extraction {
namespace {

// A name in ideographs: of so many, or of more where a dot parts its halves ("安东尼奥·古特雷斯").
constexpr std::uint32_t kMinIdeographs = 2;
constexpr std::uint32_t kMaxIdeographs = 4;
constexpr std::uint32_t kMaxDotted = 14;
constexpr std::uint32_t kMinWords = 2;
constexpr std::uint32_t kMaxWords = 4;

// Words of these end a name.
constexpr std::array kStops = {
    Lexicon::kSpeechVerbs,  Lexicon::kPrepositions, Lexicon::kAuxiliaries,   Lexicon::kConjunctions,
    Lexicon::kPronouns,     Lexicon::kRoles,        Lexicon::kOrganizations, Lexicon::kRelatives,
    Lexicon::kDeterminers,  Lexicon::kEventVerbs,   Lexicon::kEventNouns,    Lexicon::kHonorifics,
    Lexicon::kFundingVerbs, Lexicon::kSpeechNouns,  Lexicon::kSourceNouns,   Lexicon::kSourceCues};

class UncasedPeople {
 public:
  UncasedPeople(const NameText& text, Mentions* out) : text_(text), a_(text.analysis()), out_(out) {}

  void Run() {
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Uncased(i) || !text_.Usable(i)) continue;
      const LexiconHit* title = a_.HitAt(i, Lexicon::kRoles);
      if (const LexiconHit* honorific = a_.HitAt(i, Lexicon::kHonorifics);
          honorific != nullptr && (title == nullptr || honorific->end > title->end)) {
        title = honorific;
        if (Ideograph(i)) BeforeTitle(i);
      }
      if (title != nullptr) BehindTitle(*title);
    }
  }

 private:
  bool Ideograph(std::uint32_t i) const { return a_.token(i).kind == TokenKind::kIdeograph; }
  bool Stops(std::uint32_t i) const {
    return std::any_of(kStops.begin(), kStops.end(), [&](Lexicon lexicon) { return a_.Covers(i, lexicon); });
  }
  bool Dot(std::uint32_t i) const { return text_.Mark(i, "·") || text_.Mark(i, "・") || text_.Mark(i, "•"); }

  // "总干事谭德塞说", "وزير الصحة أحمد علي: …"
  void BehindTitle(const LexiconHit& title) {
    std::uint32_t begin = title.end;
    // "المدير العام لمنظمة الصحة العالمية أحمد علي": the body stands between.
    if (const LexiconHit* body = begin < text_.size() ? a_.HitAt(begin, Lexicon::kOrganizations) : nullptr;
        body != nullptr)
      begin = body->end;
    if (begin >= text_.size() || !text_.Uncased(begin) || Stops(begin) || a_.token(begin).Has(kLineStart)) return;
    const bool ideographs = Ideograph(begin);
    std::uint32_t end = begin;
    bool dotted = false;
    const std::uint32_t limit = std::min(text_.SentenceEnd(begin), begin + (ideographs ? kMaxDotted : kMaxWords) + 1);
    while (end < limit && !Stops(end) && (text_.Uncased(end) || (ideographs && Dot(end)))) {
      dotted |= Dot(end);
      ++end;
    }
    const std::uint32_t size = end - begin;
    const bool fits = ideographs ? size >= kMinIdeographs && size <= (dotted ? kMaxDotted : kMaxIdeographs)
                                 : size >= kMinWords && size <= kMaxWords;
    if (!fits || Dot(end - 1)) return;
    // Something has to show that the name ends here.
    const bool closed = end >= text_.size() || end >= text_.SentenceEnd(begin) || Stops(end) || !text_.Uncased(end);
    if (closed) out_->push_back({{begin, end}, NameType::kPerson, Verb(end) ? 0.87F : 0.68F, "person.title"});
  }

  // "陈丽女士": two or three ideographs behind a mark or a word of the lexicons.
  void BeforeTitle(std::uint32_t title) {
    const std::uint32_t sentence = text_.SentenceBegin(title);
    std::uint32_t begin = title;
    while (begin > sentence && title - begin <= kMaxIdeographs && Ideograph(begin - 1) && !Stops(begin - 1)) --begin;
    const std::uint32_t size = title - begin;
    if (size < kMinIdeographs || size >= kMaxIdeographs) return;
    out_->push_back({{begin, title}, NameType::kPerson, 0.7F, "person.title"});
  }

  bool Verb(std::uint32_t i) const { return i < text_.size() && a_.Covers(i, Lexicon::kSpeechVerbs); }

  const NameText& text_;
  const Analysis& a_;
  Mentions* out_;
};

}  // namespace

void ProposeUncasedPeople(const NameText& text, Mentions* out) {
  UncasedPeople(text, out).Run();
}

}  // namespace dateline::extraction
