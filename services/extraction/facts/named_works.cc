#include "services/extraction/facts/named_works.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/text/normalize.h"
#include "services/extraction/facts/mention_index.h"
#include "services/extraction/facts/noun_phrases.h"
#include "services/extraction/facts/quote_spans.h"

namespace dateline::extraction {
namespace {

// So many capital words stand before the noun of a name.
constexpr std::uint32_t kMinCapitalWords = 2;
// Small words right before the noun: "EU-China ... support project".
constexpr std::uint32_t kMaxSmallBefore = 1;
constexpr std::uint32_t kMaxTitleTokens = 40;
// So many capital words before a small noun that is not always a programme's.
constexpr std::uint32_t kMinCapitalsWeak = 3;

class WorkFinder {
 public:
  WorkFinder(const FactContext& context, release::v1::Release* release)
      : analysis_(context.analysis), names_(*release), release_(release) {}

  void Run() {
    QuotedTitles();
    for (const LexiconHit& hit : analysis_.hits()) {
      if (InTitle(hit.begin)) continue;
      if (hit.lexicon != Lexicon::kProgrammeNouns && hit.lexicon != Lexicon::kPublicationNouns) continue;
      if (!Analysis::IsMainText(analysis_.SectionOf(hit.begin))) continue;
      const TokenRange name = NameBefore(hit);
      if (hit.lexicon == Lexicon::kPublicationNouns && name.empty()) Apposition(hit);
      if (name.empty()) continue;
      if (hit.lexicon == Lexicon::kProgrammeNouns)
        AddProgramme(name);
      else
        AddPublication(name, name, "publication.name");
    }
    // Mentions stand in order of the text.
    for (auto& publication : *release_->mutable_publications()) {
      std::sort(publication.mutable_mentions()->begin(), publication.mutable_mentions()->end(),
                [](const auto& a, const auto& b) { return a.start() < b.start(); });
    }
    std::stable_sort(release_->mutable_publications()->begin(), release_->mutable_publications()->end(),
                     [](const auto& a, const auto& b) { return a.mentions(0).start() < b.mentions(0).start(); });
  }

 private:
  // Whether a token stands in a title in marks.
  bool InTitle(std::uint32_t token) const {
    const auto at = std::upper_bound(quoted_.begin(), quoted_.end(), token,
                                     [](std::uint32_t t, const TokenRange& title) { return t < title.end; });
    return at != quoted_.end() && at->begin <= token;
  }

  // "The report, Rivers Under Attack, finds", "the Office's report Housing in Ostova": the title behind the noun.
  void Apposition(const LexiconHit& noun) {
    const TokenRange sentence = analysis_.sentences()[analysis_.SentenceOf(noun.begin)].tokens;
    const bool comma = noun.end < sentence.end && analysis_.Text(noun.end) == ",";
    const std::uint32_t at = noun.end + (comma ? 1 : 0);
    if (at >= sentence.end || analysis_.token(noun.begin).Has(kCapital)) return;
    const TokenRange title = CapitalPhraseAt(analysis_, at, sentence.end);
    if (CapitalWords(analysis_, title) < kMinCapitalWords) return;
    if (comma && (title.end >= sentence.end || analysis_.Text(title.end) != ",")) return;
    // "the report, Director Ada Quay, ..." names whoever stands there, and so does a body or place.
    const std::uint32_t begin = analysis_.token(title.begin).begin;
    const std::uint32_t first_end = analysis_.token(title.begin).end;
    if (names_.First(NamedKind::kPerson, begin, analysis_.token(title.end - 1).end) != nullptr ||
        names_.First(NamedKind::kOrganization, begin, first_end) != nullptr ||
        names_.First(NamedKind::kPlace, begin, first_end) != nullptr ||
        analysis_.Covers(title.begin, Lexicon::kHonorifics) || analysis_.Covers(title.begin, Lexicon::kMonths) ||
        analysis_.Covers(title.begin, Lexicon::kWeekdays))
      return;
    AddPublication(title, title, "publication.apposition");
  }

  // The name that ends in the noun; empty when too few capital words stand before it.
  TokenRange NameBefore(const LexiconHit& noun) const {
    const TokenRange sentence = analysis_.sentences()[analysis_.SentenceOf(noun.begin)].tokens;
    const bool capital = analysis_.token(noun.begin).Has(kCapital);
    if (!capital && noun.lexicon == Lexicon::kPublicationNouns) return {};
    // "World Food Programme": a body that is called so.
    const std::uint32_t noun_end = analysis_.token(noun.end - 1).end;
    const NamedMention* body = names_.Last(NamedKind::kOrganization, analysis_.token(sentence.begin).begin, noun_end);
    if (body != nullptr && body->end >= noun_end) return {};
    // "Proyecto Frontera Segura": where nouns come first, the name stands behind its noun.
    const bool first = capital && analysis_.Entry(noun).Has(kEntryBefore);
    // The name goes on: "Partnership" of "Partnership Instrument".
    if (!first && noun.end < sentence.end && analysis_.token(noun.end).kind == TokenKind::kWord &&
        analysis_.token(noun.end).Has(kCapital) && !analysis_.token(noun.end).Has(kClitic))
      return {};
    std::uint32_t end = noun.begin;
    for (std::uint32_t small = 0; small < kMaxSmallBefore && !capital && end > sentence.begin; ++small) {
      const Token& before = analysis_.token(end - 1);
      if (before.kind != TokenKind::kWord || before.Has(kCapital) || before.Has(kClitic) ||
          analysis_.Covers(end - 1, Lexicon::kPrepositions) || analysis_.Covers(end - 1, Lexicon::kDeterminers) ||
          analysis_.Covers(end - 1, Lexicon::kNounStops))
        break;
      --end;
    }
    const TokenRange before = BehindOthers(BehindRole(CapitalPhraseBefore(analysis_, sentence.begin, end)));
    std::uint32_t behind = capital ? ComplementBehind(noun.end, sentence.end) : noun.end;
    if (const TokenRange own = first ? CapitalPhraseAt(analysis_, noun.end, sentence.end) : TokenRange{}; !own.empty())
      behind = own.end;
    const std::uint32_t words = CapitalWords(analysis_, before) + CapitalWords(analysis_, TokenRange{noun.end, behind});
    if (before.empty() && behind == noun.end) return {};
    const bool weak = analysis_.Entry(noun).Has(kEntryWeak);
    // "Restoring Your Railway fund": a noun that is written small needs more to be a part of a name where it is weak;
    // "the Bridge Project" less where it has a capital and an article.
    if (!capital && weak && words < kMinCapitalsWeak) return {};
    const bool articled = capital && !weak && before.begin > sentence.begin &&
                          analysis_.Covers(before.begin - 1, Lexicon::kDeterminers) && !before.empty() &&
                          !analysis_.Covers(before.begin, Lexicon::kDemonyms) &&
                          noun.lexicon == Lexicon::kProgrammeNouns;
    if (words < kMinCapitalWords && !(first && words > 0) && !(articled && words + 1 >= kMinCapitalWords)) return {};
    return {before.empty() ? noun.begin : before.begin, behind};
  }

  // "the Red Cross and the Blue Locks Programme": other names before a conjunction and an article are none of it.
  TokenRange BehindOthers(TokenRange phrase) const {
    for (std::uint32_t i = phrase.end; i > phrase.begin + 1; --i) {
      if (analysis_.Covers(i - 1, Lexicon::kDeterminers) && !analysis_.token(i - 1).Has(kCapital) &&
          analysis_.Covers(i - 2, Lexicon::kConjunctions))
        return {i, phrase.end};
    }
    return phrase;
  }

  // "Editor-in-Chief of the Law Review": an office at the work is none of its name.
  TokenRange BehindRole(TokenRange phrase) const {
    for (std::uint32_t i = phrase.begin; i < phrase.end; ++i) {
      const LexiconHit* role = analysis_.HitAt(i, Lexicon::kRoles);
      if (role == nullptr || role->end >= phrase.end || !analysis_.Covers(role->end, Lexicon::kNameLinks)) continue;
      std::uint32_t begin = role->end + 1;
      while (begin < phrase.end && !analysis_.token(begin).Has(kCapital)) ++begin;
      return {begin, phrase.end};
    }
    return phrase;
  }

  // The end of "for International River Safety" behind a noun; `token` when no such complement follows.
  std::uint32_t ComplementBehind(std::uint32_t token, std::uint32_t end) const {
    const LexiconHit* link = analysis_.HitAt(token, Lexicon::kNameLinks);
    if (link == nullptr || link->end >= end || analysis_.Entry(*link).Has(kEntryWeak) ||
        analysis_.token(token).Has(kCapital))
      return token;
    const TokenRange phrase = CapitalPhraseAt(analysis_, link->end, end);
    // "the Plan of Senator Quay", "a Programme for Kenya" are none.
    if (phrase.empty() || CapitalWords(analysis_, phrase) < kMinCapitalWords ||
        analysis_.Covers(phrase.begin, Lexicon::kHonorifics))
      return token;
    const std::uint32_t first = analysis_.token(phrase.begin).begin;
    const std::uint32_t last = analysis_.token(phrase.end - 1).end;
    if (names_.First(NamedKind::kPerson, first, last) != nullptr) return token;
    return phrase.end;
  }

  void AddProgramme(TokenRange name) {
    const std::string words(analysis_.Text(name));
    if (release_->programmes_size() >= static_cast<int>(kMaxNamedWorks)) return;
    const auto [known, fresh] = programmes_.try_emplace(text::FoldKey(words), release_->programmes_size());
    release::v1::Programme* programme = nullptr;
    if (fresh) {
      programme = release_->add_programmes();
      programme->set_display_name(words);
      programme->set_confidence(release::v1::MEDIUM);
      programme->set_rule("programme.name");
    } else {
      programme = release_->mutable_programmes(known->second);
    }
    *programme->add_mentions() = SpanOf(analysis_, name);
  }

  void AddPublication(TokenRange title, TokenRange mention, std::string_view rule) {
    const std::string words(analysis_.Text(title));
    if (release_->publications_size() >= static_cast<int>(kMaxNamedWorks)) return;
    // A title in marks may begin with a name that was found already.
    const release::v1::Span span = SpanOf(analysis_, title);
    if (!titles_.insert(span.start()).second) return;
    const auto [known, fresh] = publications_.try_emplace(text::FoldKey(words), release_->publications_size());
    release::v1::Publication* publication = nullptr;
    if (fresh) {
      publication = release_->add_publications();
      publication->set_title(words);
      publication->set_publisher(PublisherBefore(mention.begin));
      publication->set_confidence(release::v1::MEDIUM);
      publication->set_rule(std::string(rule));
    } else {
      publication = release_->mutable_publications(known->second);
    }
    *publication->add_mentions() = span;
  }

  // "IOM's World Migration Report": the organisation whose work it is.
  std::string PublisherBefore(std::uint32_t token) const {
    if (token < 2 || !analysis_.token(token - 1).Has(kClitic)) return {};
    const std::uint32_t end = analysis_.token(token - 2).end;
    const std::uint32_t begin = analysis_.token(token - std::min(token, kMaxPhrase)).begin;
    const NamedMention* last = names_.Last(NamedKind::kOrganization, begin, end);
    return last != nullptr && last->end == end ? std::string(last->name) : std::string();
  }

  // 'the report "Rivers and Towns"', 'Entitled "Rivers and Towns", it': titles in marks, which are no quotes.
  void QuotedTitles() {
    int quote = 0;
    for (const QuoteSpan& span : FindQuoteSpans(analysis_)) {
      if (span.words.empty() || span.words.size() > kMaxTitleTokens || span.tokens.begin == 0) continue;
      const std::uint32_t begin = analysis_.token(span.tokens.begin).begin;
      while (quote < release_->quotes_size() && release_->quotes(quote).span().end() <= begin) ++quote;
      if (quote < release_->quotes_size() && release_->quotes(quote).span().start() <= begin) continue;
      if (analysis_.Covers(span.tokens.begin - 1, Lexicon::kProgrammeNouns) && IsNamedBefore(span)) {
        AddProgramme(span.words);
        quoted_.push_back(span.words);
        continue;
      }
      if (!span.titles && !HasTitleCue(span.tokens.begin)) continue;
      if (CapitalWords(analysis_, span.words) < kMinCapitalWords && !span.titles && !IsNamedBefore(span)) continue;
      TokenRange title = span.words;
      while (!title.empty() && analysis_.Text(title.end - 1) == ",") --title.end;
      if (title.empty()) continue;
      AddPublication(title, span.tokens, "publication.title");
      quoted_.push_back(title);
    }
  }

  // "le rapport « Rivières et villages »": a noun or "entitled" right before the mark, and a title that begins as one.
  // Not all languages write titles with capitals, and not all scripts have them.
  bool IsNamedBefore(const QuoteSpan& span) const {
    const std::uint32_t before = span.tokens.begin - 1;
    const Token& first = analysis_.token(span.words.begin);
    const bool begins = first.Has(kCapital) || static_cast<unsigned char>(analysis_.Text(span.words.begin)[0]) >= 0xD6;
    return begins && span.words.size() > 1 &&
           (analysis_.Covers(before, Lexicon::kPublicationNouns) || analysis_.Covers(before, Lexicon::kTitleCues) ||
            analysis_.Covers(before, Lexicon::kProgrammeNouns));
  }

  // A word for a title before the mark, and a publication in this sentence or the one before.
  bool HasTitleCue(std::uint32_t mark) const {
    std::uint32_t before = mark - 1;
    if (analysis_.Text(before) == "," && before > 0) --before;
    const bool noun = analysis_.Covers(before, Lexicon::kPublicationNouns);
    if (!noun && !analysis_.Covers(before, Lexicon::kTitleCues)) return false;
    const std::uint32_t sentence = analysis_.SentenceOf(mark);
    const std::uint32_t from = analysis_.sentences()[sentence > 0 ? sentence - 1 : 0].tokens.begin;
    for (std::uint32_t i = std::max(from, mark - std::min(mark, std::uint32_t{60})); i < mark; ++i) {
      if (analysis_.Covers(i, Lexicon::kPublicationNouns)) return true;
    }
    return false;
  }

  const Analysis& analysis_;
  const MentionIndex names_;
  std::unordered_map<std::string, int> programmes_;
  std::unordered_map<std::string, int> publications_;
  std::vector<TokenRange> quoted_;            // titles in marks, in order
  std::unordered_set<std::uint32_t> titles_;  // where mentions of publications begin
  release::v1::Release* release_;
};

}  // namespace

void FindNamedWorks(const FactContext& context, release::v1::Release* release) {
  WorkFinder(context, release).Run();
}

}  // namespace dateline::extraction
