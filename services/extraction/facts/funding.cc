#include "services/extraction/facts/funding.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "services/extraction/facts/mention_index.h"
#include "services/extraction/facts/noun_phrases.h"

namespace dateline::extraction {
namespace {

using release::v1::Figure;
using release::v1::Funding;

// How many tokens may stand between a verb and the sum, and between the sum and "to" or "from".
constexpr std::uint32_t kVerbReach = 8;
constexpr std::uint32_t kSumReach = 12;
// How far back, in bytes, the programme that "the project" means may have been named.
constexpr std::uint32_t kProgrammeReach = 2000;
// ... and between those who give and the sum behind them.
constexpr std::uint32_t kSumBehind = 4;
// How far before a verb those who give or get are looked for.
constexpr std::uint32_t kSubjectReach = 60;

class FundingFinder {
 public:
  FundingFinder(const FactContext& context, release::v1::Release* release)
      : analysis_(context.analysis), names_(*release), release_(release) {}

  void Run() {
    for (const LexiconHit& hit : analysis_.hits()) {
      if (hit.lexicon != Lexicon::kFundingVerbs || !Analysis::IsMainText(analysis_.SectionOf(hit.begin))) continue;
      if (release_->funding_size() >= kMaxFunding) return;
      sentence_ = analysis_.sentences()[analysis_.SentenceOf(hit.begin)].tokens;
      if (hit.end >= sentence_.end || hit.begin < done_) continue;
      const std::string& role = analysis_.Entry(hit).code;
      if (analysis_.Entry(hit).Has(kEntryBefore)) {
        FundedBy(hit);
      } else if (role == "receive") {
        Receives(hit);
      } else {
        Gives(hit);
      }
    }
    Allotments();
  }

 private:
  // "$550,000 for the City of Duluth - …": items that begin with a sum and name who gets it. Who gives it stands
  // elsewhere.
  void Allotments() {
    for (int i = 0; i < release_->figures_size() && release_->funding_size() < kMaxFunding; ++i) {
      const Figure& sum = release_->figures(i);
      if (sum.rule() != "figure.money") continue;
      const std::uint32_t begin = analysis_.TokenAt(sum.span().start());
      const std::uint32_t behind = analysis_.TokenAt(sum.span().end());
      if (behind >= analysis_.size() || !Analysis::IsMainText(analysis_.SectionOf(begin))) continue;
      sentence_ = analysis_.sentences()[analysis_.SentenceOf(begin)].tokens;
      if (begin != sentence_.begin || behind >= sentence_.end) continue;
      const std::uint32_t to = Behind("to", behind, behind + 1);
      if (to == 0 || to >= sentence_.end) continue;
      const std::uint32_t name = analysis_.Covers(to, Lexicon::kDeterminers) ? to + 1 : to;
      if (name >= sentence_.end) continue;
      const TokenRange who = WhoAt(name);
      if (who.empty()) continue;
      const Figure copy = sum;
      Add({begin, who.end}, {}, analysis_.Text(who), &copy, "funding.allotment",
          analysis_.token(who.begin).Has(kCapital) ? release::v1::MEDIUM : release::v1::LOW);
    }
  }

  // Who gets a sum at `token`: the body or place named there, capital words, or the words of a noun phrase.
  TokenRange WhoAt(std::uint32_t token) const {
    const NamedMention* body = names_.First(NamedKind::kOrganization, Byte(token), analysis_.token(token).end);
    if (body == nullptr) body = names_.First(NamedKind::kPlace, Byte(token), analysis_.token(token).end);
    if (body != nullptr) return {token, analysis_.TokensOf(body->begin, body->end).end};
    if (const TokenRange name = CapitalPhraseAt(analysis_, token, sentence_.end); !name.empty()) return name;
    constexpr std::uint32_t kMostWords = 8;
    std::uint32_t end = token;
    while (end < sentence_.end && end - token < kMostWords && analysis_.token(end).kind == TokenKind::kWord &&
           !analysis_.Covers(end, Lexicon::kRelatives) && !analysis_.Covers(end, Lexicon::kAuxiliaries))
      ++end;
    return end - token > 1 ? TokenRange{token, end} : TokenRange{};
  }

  // The name behind a preposition: capital words behind an article, else the organisation named there.
  TokenRange NameBehind(std::uint32_t token) const {
    if (token < sentence_.end && analysis_.Covers(token, Lexicon::kDeterminers)) ++token;
    // "l'Agence"
    if (token + 1 < sentence_.end && !analysis_.token(token).Has(kCapital) &&
        !analysis_.token(token + 1).Has(kSpaceBefore) && analysis_.token(token + 1).Has(kCapital))
      ++token;
    if (token >= sentence_.end) return {};
    TokenRange name = CapitalPhraseAt(analysis_, token, sentence_.end);
    // A name ends where the next one begins: "the Fund and the Ministry" are two, "Trade and Industry" is one.
    const NamedMention* first =
        names_.First(NamedKind::kOrganization, analysis_.token(token).begin, analysis_.token(token).end);
    if (first != nullptr) {
      const std::uint32_t end = analysis_.TokensOf(first->begin, first->end).end;
      if (name.empty() || end > name.end) name = {token, end};
    }
    return name;
  }

  std::string_view Words(const NamedMention* mention) const {
    if (mention == nullptr) return {};
    return std::string_view(release_->text()).substr(mention->begin, mention->end - mention->begin);
  }

  std::uint32_t SubjectBegin(const LexiconHit& verb) const {
    return Byte(std::max(sentence_.begin, verb.begin - std::min(verb.begin, kSubjectReach)));
  }
  std::uint32_t Byte(std::uint32_t token) const { return analysis_.token(token).begin; }

  // "The project is funded by the Fund".
  void FundedBy(const LexiconHit& verb) {
    TokenRange funder = NameBehind(verb.end);
    if (funder.empty()) return;
    const std::uint32_t more = BehindSecond(funder.end);
    // "co-sponsored by Senator Quay": people bring in bills.
    const NamedMention* person =
        names_.First(NamedKind::kPerson, Byte(funder.begin), analysis_.token(funder.end - 1).end);
    if (person != nullptr || analysis_.Covers(funder.begin, Lexicon::kHonorifics)) return;
    // What is paid for: the programme or organisation named last before the verb.
    const NamedMention* recipient = names_.Last(NamedKind::kProgramme, SubjectBegin(verb), Byte(verb.begin));
    if (recipient == nullptr) recipient = names_.Last(NamedKind::kOrganization, SubjectBegin(verb), Byte(verb.begin));
    // "The project is co-financed by": the programme that was named last.
    if (recipient == nullptr && SpeaksOfProgramme())
      recipient = names_.Last(NamedKind::kProgramme, Byte(verb.begin) - std::min(Byte(verb.begin), kProgrammeReach),
                              Byte(verb.begin));
    // "supported by the Fund with $2 million", "$2 million will be provided by the Fund".
    const Figure* sum = SumIn(more, more + kSumBehind);
    if (sum == nullptr)
      sum = SumIn(std::max(sentence_.begin, verb.begin - std::min(verb.begin, kVerbReach)), verb.begin);
    const bool weak = analysis_.Entry(verb).Has(kEntryWeak);
    if (weak && sum == nullptr && (recipient == nullptr || recipient->kind != NamedKind::kProgramme)) return;
    Add({verb.begin, more}, analysis_.Text({funder.begin, more}), Words(recipient), sum, "funding.funded_by",
        weak ? release::v1::LOW : release::v1::MEDIUM);
  }

  // Behind "and the Fund" at `token`: who pays as well; `token` when nobody does.
  std::uint32_t BehindSecond(std::uint32_t token) const {
    if (token + 1 >= sentence_.end || !analysis_.Covers(token, Lexicon::kConjunctions) ||
        !analysis_.Covers(token + 1, Lexicon::kDeterminers))
      return token;
    const TokenRange second = NameBehind(token + 1);
    return second.empty() ? token : second.end;
  }

  // "The project", "It" at the head of the sentence.
  bool SpeaksOfProgramme() const {
    const std::uint32_t first = sentence_.begin;
    if (analysis_.Covers(first, Lexicon::kPronouns) && !analysis_.Covers(first, Lexicon::kDeterminers)) return true;
    return first + 1 < sentence_.end && analysis_.Covers(first, Lexicon::kDeterminers) &&
           analysis_.Covers(first + 1, Lexicon::kProgrammeNouns);
  }

  // The first sum of money that begins in tokens [begin, end).
  const Figure* SumIn(std::uint32_t begin, std::uint32_t end) const {
    end = std::min(end, sentence_.end);
    if (begin >= end) return nullptr;
    auto figure = std::lower_bound(release_->figures().begin(), release_->figures().end(), Byte(begin),
                                   [](const Figure& f, std::uint32_t offset) { return f.span().start() < offset; });
    for (; figure != release_->figures().end() && figure->span().start() < analysis_.token(end - 1).end; ++figure) {
      if (figure->rule() == "figure.money") return &*figure;
    }
    return nullptr;
  }

  // The token behind a word of `role` (number_rules: "to", "from") in tokens [begin, end); 0 for none.
  std::uint32_t Behind(std::string_view flag_role, std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = begin; i < std::min(end, sentence_.end); ++i) {
      const LexiconHit* hit = analysis_.HitAt(i, Lexicon::kFundingLinks);
      if (hit != nullptr && analysis_.Entry(*hit).code == flag_role) return hit->end;
    }
    return 0;
  }

  // "The Ministry awarded $2 million to the school".
  void Gives(const LexiconHit& verb) {
    const Figure* sum = SumIn(verb.end, verb.end + kVerbReach);
    if (sum == nullptr) return;
    const NamedMention* giver = names_.Last(NamedKind::kOrganization, SubjectBegin(verb), Byte(verb.begin));
    if (giver == nullptr && !analysis_.Entry(verb).Has(kEntryWeak))
      giver = names_.Last(NamedKind::kPerson, SubjectBegin(verb), Byte(verb.begin));
    // "Japan has contributed $2 million": a country right before the verb.
    if (const NamedMention* country = names_.Last(NamedKind::kPlace, SubjectBegin(verb), Byte(verb.begin));
        country != nullptr && IsSubject(*country, verb.begin))
      giver = country;
    const std::uint32_t behind_sum = analysis_.TokenAt(sum->span().end());
    const std::uint32_t to = Behind("to", behind_sum, behind_sum + kSumReach);
    TokenRange recipient = to > 0 && to < sentence_.end ? NameBehind(to) : TokenRange{};
    // "to help Nepal"
    if (recipient.empty() && to > 0 && to + 1 < sentence_.end && !analysis_.Covers(to, Lexicon::kDeterminers))
      recipient = NameBehind(to + 1);
    if (giver == nullptr && recipient.empty()) return;
    // "financed by the Fund, which will contribute $2 million": the sum of what was said before.
    if (release_->funding_size() > 0 && giver != nullptr && recipient.empty()) {
      Funding* before = release_->mutable_funding(release_->funding_size() - 1);
      if (done_ > sentence_.begin && before->funder() == Words(giver) && !before->has_amount()) {
        *before->mutable_amount() = *sum;
        return;
      }
    }
    // "announced $2 million for …": it is a gift only where somebody gets it.
    if (analysis_.Entry(verb).code == "announce" && recipient.empty()) return;
    const std::uint32_t begin = giver != nullptr ? analysis_.TokenAt(giver->begin) : verb.begin;
    const std::uint32_t end = recipient.empty() ? behind_sum : recipient.end;
    Add({begin, end}, Words(giver), recipient.empty() ? std::string_view() : analysis_.Text(recipient), sum,
        "funding.gives", analysis_.Entry(verb).Has(kEntryWeak) ? release::v1::LOW : release::v1::MEDIUM);
  }

  // Whether nothing but auxiliaries and adverbs stands between a name and the verb at `verb`.
  bool IsSubject(const NamedMention& name, std::uint32_t verb) const {
    const std::uint32_t end = analysis_.TokensOf(name.begin, name.end).end;
    if (end + 2 < verb) return false;
    for (std::uint32_t i = end; i < verb; ++i) {
      if (analysis_.token(i).kind != TokenKind::kWord || analysis_.token(i).Has(kClitic) ||
          analysis_.Covers(i, Lexicon::kPrepositions))
        return false;
    }
    return true;
  }

  // "The Commission selected 31 projects that will receive $2 million": what gets it stands before the relative.
  bool ReceivedBy(const LexiconHit& verb, const Figure& sum) {
    if (verb.begin < sentence_.begin + 2 || !analysis_.Covers(verb.begin - 1, Lexicon::kRelatives)) return false;
    const std::uint32_t noun = verb.begin - 2;
    if (analysis_.token(noun).kind != TokenKind::kWord || analysis_.token(noun).Has(kCapital)) return false;
    TokenRange who = DescribedNoun(analysis_, sentence_.begin, {noun, noun + 1});
    if (who.begin > sentence_.begin && analysis_.token(who.begin - 1).kind == TokenKind::kNumber) --who.begin;
    const NamedMention* giver = names_.Last(NamedKind::kOrganization, SubjectBegin(verb), Byte(who.begin));
    const Figure copy = sum;
    const std::uint32_t end = analysis_.TokenAt(sum.span().end());
    Add({giver == nullptr ? who.begin : analysis_.TokenAt(giver->begin), end}, Words(giver), analysis_.Text(who), &copy,
        "funding.receives", giver == nullptr ? release::v1::LOW : release::v1::MEDIUM);
    return true;
  }

  // "The school will receive $2 million from the Ministry".
  void Receives(const LexiconHit& verb) {
    const Figure* sum = SumIn(verb.end, verb.end + kVerbReach);
    if (sum == nullptr || ReceivedBy(verb, *sum)) return;
    const NamedMention* recipient = names_.Last(NamedKind::kOrganization, SubjectBegin(verb), Byte(verb.begin));
    // "The Ministry said that the City of Ostova was awarded $2 million": whoever stands nearer.
    if (const NamedMention* place = names_.Last(NamedKind::kPlace, SubjectBegin(verb), Byte(verb.begin));
        place != nullptr && recipient != nullptr && place->begin > recipient->end)
      recipient = place;
    const std::uint32_t behind_sum = analysis_.TokenAt(sum->span().end());
    const std::uint32_t from = Behind("from", behind_sum, behind_sum + kSumReach);
    TokenRange funder = from > 0 && from < sentence_.end ? NameBehind(from) : TokenRange{};
    // "from Ostova to Turku" tells where, not who.
    if (const NamedMention* town =
            funder.empty() ? nullptr : names_.First(NamedKind::kPlace, Byte(funder.begin), Byte(funder.begin) + 1);
        town != nullptr) {
      const std::uint32_t end = analysis_.TokensOf(town->begin, town->end).end;
      if (end < sentence_.end && analysis_.Covers(end, Lexicon::kPrepositions)) funder = {};
    }
    if (funder.empty() && recipient == nullptr) return;
    const std::uint32_t begin = recipient != nullptr ? analysis_.TokenAt(recipient->begin) : verb.begin;
    Add({begin, funder.empty() ? behind_sum : funder.end}, funder.empty() ? std::string_view() : analysis_.Text(funder),
        Words(recipient), sum, "funding.receives",
        recipient == nullptr || funder.empty() ? release::v1::LOW : release::v1::MEDIUM);
  }

  void Add(TokenRange words, std::string_view funder, std::string_view recipient, const Figure* sum,
           std::string_view rule, release::v1::Confidence confidence) {
    Funding* funding = release_->add_funding();
    funding->set_funder(std::string(funder));
    funding->set_recipient(std::string(recipient));
    funding->set_text(std::string(analysis_.Text(words)));
    *funding->mutable_span() = SpanOf(analysis_, words);
    if (sum != nullptr) *funding->mutable_amount() = *sum;
    funding->set_confidence(confidence);
    funding->set_rule(std::string(rule));
    done_ = words.end;
  }

  const Analysis& analysis_;
  const MentionIndex names_;
  release::v1::Release* release_;
  TokenRange sentence_;
  std::uint32_t done_ = 0;  // behind the last funding
};

}  // namespace

void FindFunding(const FactContext& context, release::v1::Release* release) {
  FundingFinder(context, release).Run();
}

}  // namespace dateline::extraction
