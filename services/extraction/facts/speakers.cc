#include "services/extraction/facts/speakers.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <string_view>

#include "common/text/normalize.h"
#include "services/extraction/gazetteer/word_table.h"

namespace dateline::extraction {
namespace {

// How many names before a pronoun are asked.
constexpr std::size_t kAntecedents = 24;

bool IsComma(std::string_view words) {
  return words == "," || words == "，" || words == "、";
}

}  // namespace

Speakers::Speakers(const Analysis& analysis, const release::v1::Release& release, const std::vector<QuoteSpan>& quotes)
    : a_(analysis), release_(release) {
  for (int i = 0; i < release.people_size(); ++i) {
    for (const release::v1::Span& span : release.people(i).mentions())
      mentions_.push_back({a_.TokensOf(span.start(), span.end()), i, -1, false});
  }
  for (int i = 0; i < release.organizations_size(); ++i) {
    for (const release::v1::Span& span : release.organizations(i).mentions())
      mentions_.push_back({a_.TokensOf(span.start(), span.end()), -1, i, false});
  }
  std::erase_if(mentions_, [](const Mention& m) { return m.tokens.empty(); });
  std::stable_sort(mentions_.begin(), mentions_.end(),
                   [](const Mention& x, const Mention& y) { return x.tokens.begin < y.tokens.begin; });
  std::size_t quote = 0;
  for (Mention& mention : mentions_) {
    while (quote < quotes.size() && quotes[quote].tokens.end <= mention.tokens.begin) ++quote;
    mention.quoted = quote < quotes.size() && quotes[quote].tokens.begin <= mention.tokens.begin;
  }
  gender_.assign(static_cast<std::size_t>(release.people_size()), 0);
  for (const Mention& mention : mentions_) {
    if (mention.person < 0 || mention.tokens.begin == 0) continue;
    const LexiconHit* honorific = a_.HitEndingAt(mention.tokens.begin - 1, Lexicon::kHonorifics);
    if (honorific == nullptr) continue;
    gender_[static_cast<std::size_t>(mention.person)] |= a_.Entry(*honorific).flags & (kEntryMale | kEntryFemale);
  }
  // Where no title of address tells, a first name that only men or only women bear.
  for (int i = 0; i < release.people_size(); ++i) {
    const std::string& name = release.people(i).display_name();
    const std::uint8_t traits = WordTable::Find(std::string_view(name).substr(0, name.find(' ')));
    std::uint32_t& gender = gender_[static_cast<std::size_t>(i)];
    if (gender != 0 || name.find(' ') == std::string::npos) continue;
    if ((traits & kMaleName) != 0 && (traits & kFemaleName) == 0) gender = kEntryMale;
    if ((traits & kFemaleName) != 0 && (traits & kMaleName) == 0) gender = kEntryFemale;
  }
}

std::size_t Speakers::FirstMentionFrom(std::uint32_t token) const {
  const auto at = std::lower_bound(mentions_.begin(), mentions_.end(), token,
                                   [](const Mention& m, std::uint32_t t) { return m.tokens.begin < t; });
  return static_cast<std::size_t>(at - mentions_.begin());
}

const std::string& Speakers::NameOf(const Mention& mention) const {
  return mention.person >= 0 ? release_.people(mention.person).display_name()
                             : release_.organizations(mention.organization).display_name();
}

Speaker Speakers::SpeakerOf(const Mention& mention) const {
  return {NameOf(mention), mention.tokens, mention.person >= 0 ? SpeakerForm::kPerson : SpeakerForm::kOrganization};
}

const Speakers::Mention* Speakers::MentionEndingAt(std::uint32_t end) const {
  for (std::size_t i = FirstMentionFrom(end); i-- > 0;) {
    if (mentions_[i].tokens.end == end) return &mentions_[i];
    if (mentions_[i].tokens.end < end || mentions_[i].tokens.begin + kReach < end) break;
  }
  return nullptr;
}

const Speakers::Mention* Speakers::Antecedent(std::uint32_t token, std::uint32_t gender) const {
  const auto fits = [&](const Mention& m) {
    if (m.person < 0 || m.quoted) return false;
    const std::uint32_t own = gender_[static_cast<std::size_t>(m.person)];
    return gender == 0 || own == 0 || (own & gender) != 0;
  };
  const std::size_t behind = FirstMentionFrom(token);
  // The subject of the nearest sentence that names somebody: its first name.
  const Mention* best = nullptr;
  std::uint32_t sentence = Analysis::kNone;
  for (std::size_t i = behind, asked = 0; i-- > 0 && asked < kAntecedents; ++asked) {
    const Mention& mention = mentions_[i];
    if (!fits(mention)) continue;
    const std::uint32_t own = a_.SentenceOf(mention.tokens.begin);
    if (best != nullptr && own != sentence) break;
    best = &mention;
    sentence = own;
  }
  return best;
}

std::optional<Speaker> Speakers::PronounAt(std::uint32_t token) const {
  const LexiconHit* hit = a_.HitAt(token, Lexicon::kPronouns);
  if (hit == nullptr) return std::nullopt;
  const LexiconEntry& entry = a_.Entry(*hit);
  if (!entry.Has(kEntrySubject) || entry.Has(kEntryFirstPerson) || entry.Has(kEntryWeak)) return std::nullopt;
  Speaker speaker{{}, {hit->begin, hit->end}, SpeakerForm::kPronoun};
  if (entry.Has(kEntryPlural)) return speaker;  // more than one person, none of them named
  if (const Mention* mention = Antecedent(token, entry.flags & (kEntryMale | kEntryFemale)); mention != nullptr)
    speaker.name = NameOf(*mention);
  return speaker;
}

// "a", and what is both an article and the word for one: "une", "ein".
bool Speakers::IsIndefinite(std::uint32_t token) const {
  const LexiconHit* rule = a_.HitAt(token, Lexicon::kNumberRules);
  if (rule != nullptr && a_.Entry(*rule).code == "article" && a_.Entry(*rule).Has(kEntryWeak)) return true;
  const LexiconHit* number = a_.HitAt(token, Lexicon::kNumberWords);
  return number != nullptr && a_.Entry(*number).value == 1 && a_.Covers(token, Lexicon::kDeterminers);
}

bool Speakers::IsNew(std::uint32_t role, std::uint32_t first) const {
  constexpr std::uint32_t kModifiers = 8;
  first = std::max(first, role - std::min(role, kModifiers));
  for (std::uint32_t i = role; i > first; --i) {
    if (a_.token(i - 1).kind == TokenKind::kPunctuation) return false;
    if (IsIndefinite(i - 1)) return true;
    if (a_.Covers(i - 1, Lexicon::kDeterminers)) return false;
  }
  return false;
}

std::optional<Speaker> Speakers::OfficeIn(TokenRange range) const {
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const LexiconHit* role = a_.HitAt(i, Lexicon::kRoles);
    if (role == nullptr) role = a_.HitAt(i, Lexicon::kHonorifics);
    if (role == nullptr || role->end > range.end) continue;
    Speaker speaker{{}, {role->begin, role->end}, SpeakerForm::kOffice};
    // The members of a body speak for it.
    if (speaker.name = a_.Entry(*role).code; !speaker.name.empty()) return speaker;
    // "the minister", "IOM's Director General".
    const bool described = i > 1 && i - 1 > range.begin && a_.token(i - 1).kind == TokenKind::kWord &&
                           !a_.token(i - 1).Has(kCapital) && a_.Covers(i - 2, Lexicon::kDeterminers);
    if (i == 0 || (!a_.Covers(i - 1, Lexicon::kDeterminers) && !a_.token(i - 1).Has(kClitic) && !described &&
                   MentionEndingAt(i) == nullptr))
      continue;
    // "A Foreign Office spokesman": somebody new, who speaks for the body.
    if (IsNew(i, range.begin)) {
      if (const Mention* body = MentionEndingAt(i); body != nullptr && body->organization >= 0)
        speaker.name = NameOf(*body);
      return speaker;
    }
    const std::string key = text::FoldKey(a_.Text(speaker.tokens));
    const std::size_t behind = FirstMentionFrom(i);
    for (std::size_t m = behind, asked = 0; m-- > 0 && asked < kAntecedents; ++asked) {
      if (mentions_[m].person < 0) continue;
      const release::v1::Person& person = release_.people(mentions_[m].person);
      if (text::FoldKey(person.role()).find(key) == std::string::npos &&
          text::FoldKey(person.honorific()).find(key.substr(0, 3)) == std::string::npos)
        continue;
      speaker.name = person.display_name();
      return speaker;
    }
    if (const Mention* mention = Antecedent(i, 0);
        mention != nullptr && a_.LineOf(mention->tokens.begin) + 2 > a_.LineOf(i))
      speaker.name = NameOf(*mention);
    return speaker;
  }
  return std::nullopt;
}

std::optional<Speaker> Speakers::WorkEndingAt(std::uint32_t begin, std::uint32_t end) const {
  const LexiconHit* noun = end > begin ? a_.HitEndingAt(end - 1, Lexicon::kSourceNouns) : nullptr;
  if (noun == nullptr || noun->begin < begin) return std::nullopt;
  // "Ada Quay, a cosponsor of the bill, said": what stands behind a preposition is not the subject.
  std::uint32_t phrase = noun->begin;
  while (phrase > begin && a_.Covers(phrase - 1, Lexicon::kDeterminers)) --phrase;
  if (phrase > begin && a_.Covers(phrase - 1, Lexicon::kPrepositions)) return std::nullopt;
  Speaker speaker{{}, {noun->begin, noun->end}, SpeakerForm::kWork};
  // The body or person right before says whose work it is: "an IOM report", "Quay's annual report".
  constexpr std::uint32_t kOwnerReach = 6;
  const std::uint32_t first = std::max(begin, noun->begin - std::min(noun->begin, kOwnerReach));
  for (std::size_t i = FirstMentionFrom(noun->begin); i-- > 0 && mentions_[i].tokens.begin >= first;) {
    const bool possessive = mentions_[i].tokens.end < a_.size() && a_.token(mentions_[i].tokens.end).Has(kClitic);
    if (mentions_[i].quoted || (!possessive && mentions_[i].person >= 0)) continue;
    speaker.name = NameOf(mentions_[i]);
    break;
  }
  return speaker;
}

std::optional<Speaker> Speakers::FirstName(TokenRange range, bool people_only) const {
  for (std::size_t i = FirstMentionFrom(range.begin); i < mentions_.size(); ++i) {
    if (mentions_[i].tokens.begin >= range.end) break;
    if (!mentions_[i].quoted && (mentions_[i].person >= 0 || !people_only)) return SpeakerOf(mentions_[i]);
  }
  return std::nullopt;
}

// A run of capitalised words that is nobody in the record.
std::optional<Speaker> Speakers::CapitalsIn(TokenRange range) const {
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const auto named = [&](std::uint32_t t) {
      return t < range.end && a_.token(t).kind == TokenKind::kWord && a_.token(t).Has(kCapital) &&
             !a_.Covers(t, Lexicon::kStopWords) && !a_.Covers(t, Lexicon::kHonorifics) &&
             !a_.Covers(t, Lexicon::kRoles) && !a_.Covers(t, Lexicon::kMonths) && !a_.Covers(t, Lexicon::kWeekdays);
    };
    // "Concerned about …, she": the first word of a sentence has its capital anyway.
    if (!named(i) || (a_.token(i).Has(kSentenceStart) && !named(i + 1))) continue;
    std::uint32_t end = i + 1;
    while (named(end) || (end + 1 < range.end && a_.token(end).Has(kAbbreviationDot) && named(end + 1))) ++end;
    return Speaker{std::string(a_.Text({i, end})), {i, end}, SpeakerForm::kUnknownName};
  }
  return std::nullopt;
}

std::optional<Speaker> Speakers::SubjectBefore(TokenRange range) const {
  if (range.size() > kReach) range.begin = range.end - kReach;
  if (range.empty()) return std::nullopt;
  // Right before the verb, or before an auxiliary or adverb in between.
  for (std::uint32_t end = range.end; end > range.begin && end + 2 > range.end; --end) {
    if (const Mention* mention = MentionEndingAt(end); mention != nullptr && !mention->quoted) {
      // "Lee Hart of the River Office said": the organisation only says who speaks.
      if (mention->organization < 0) return SpeakerOf(*mention);
      break;
    }
    if (auto pronoun = PronounAt(end - 1); pronoun.has_value()) return pronoun;
  }
  if (auto work = WorkEndingAt(range.begin, range.end); work.has_value()) return work;
  // Behind an apposition: "Ada Quay, head of the office, said".
  const std::uint32_t last = range.end - 1;
  if (IsComma(a_.Text(last)) || a_.Text(last) == ")") {
    if (auto first = FirstName(range, true); first.has_value()) return first;
  }
  // The last person, then organisation, then office.
  std::optional<Speaker> organization;
  for (std::size_t i = FirstMentionFrom(range.end); i-- > 0 && mentions_[i].tokens.begin >= range.begin;) {
    if (mentions_[i].quoted) continue;
    if (mentions_[i].person >= 0) return SpeakerOf(mentions_[i]);
    if (!organization.has_value()) organization = SpeakerOf(mentions_[i]);
  }
  // "He moved the boats of the River Office and says": the pronoun that opens the sentence is the subject of both
  // verbs.
  if (auto pronoun = PronounAt(range.begin); pronoun.has_value() && !pronoun->name.empty()) return pronoun;
  if (auto office = OfficeIn(range); office.has_value()) return office;
  if (organization.has_value()) return organization;
  return CapitalsIn(range);
}

std::optional<Speaker> Speakers::SubjectAfter(TokenRange range) const {
  range.end = std::min(range.end, range.begin + kReach);
  if (range.empty()) return std::nullopt;
  if (auto pronoun = PronounAt(range.begin); pronoun.has_value()) return pronoun;
  if (auto person = FirstName(range, true); person.has_value()) return person;
  if (auto office = OfficeIn(range); office.has_value()) return office;
  if (auto organization = FirstName(range, false); organization.has_value()) return organization;
  // "…, says the report": the work stands right behind the verb.
  for (std::uint32_t i = range.begin; i < range.end && a_.token(i).kind == TokenKind::kWord; ++i) {
    if (const LexiconHit* noun = a_.HitAt(i, Lexicon::kSourceNouns); noun != nullptr && noun->end <= range.end)
      return WorkEndingAt(range.begin, noun->end);
    if (a_.Covers(i, Lexicon::kPrepositions)) break;
  }
  return CapitalsIn(range);
}

std::optional<Speaker> Speakers::SubjectOf(TokenRange sentence) const {
  if (auto person = FirstName(sentence, true); person.has_value()) return person;
  for (std::uint32_t i = sentence.begin; i < std::min(sentence.end, sentence.begin + 3); ++i) {
    if (auto pronoun = PronounAt(i); pronoun.has_value() && !pronoun->name.empty()) return pronoun;
  }
  return std::nullopt;
}

std::optional<Speaker> Speakers::OwnerIn(TokenRange sentence) const {
  for (std::uint32_t i = sentence.begin; i < sentence.end; ++i) {
    const LexiconHit* hit = a_.HitAt(i, Lexicon::kPronouns);
    if (hit == nullptr || !a_.Entry(*hit).Has(kEntryPossessive) || a_.Entry(*hit).Has(kEntryFirstPerson) ||
        a_.Entry(*hit).Has(kEntryPlural))
      continue;
    const Mention* mention = Antecedent(i, a_.Entry(*hit).flags & (kEntryMale | kEntryFemale));
    if (mention == nullptr) return std::nullopt;
    return Speaker{NameOf(*mention), {hit->begin, hit->end}, SpeakerForm::kPronoun};
  }
  return std::nullopt;
}

std::optional<Speaker> Speakers::InHeading() const {
  // A deck stands among the first lines.
  constexpr std::size_t kFirstLines = 6;
  for (std::size_t l = 0; l < std::min(kFirstLines, a_.lines().size()); ++l) {
    const Line& line = a_.lines()[l];
    if (line.section != release::v1::Section::HEADING || line.tokens.empty()) continue;
    bool speech = false;
    for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i)
      speech = speech || a_.Covers(i, Lexicon::kSpeechNouns);
    if (!speech) continue;
    if (auto speaker = FirstName(line.tokens, true); speaker.has_value()) return speaker;
  }
  return std::nullopt;
}

std::optional<Speaker> Speakers::InTitle() const {
  if (auto speaker = InHeading(); speaker.has_value()) return speaker;
  const std::string title = " " + text::FoldKey(release_.title()) + " ";
  const auto says = [&](std::string_view word) {
    const std::size_t at = title.find(word);
    return at != std::string::npos && title[at - 1] == ' ' &&
           u_isalpha(static_cast<UChar32>(title[at + word.size()])) == 0;
  };
  const auto nouns = a_.pack().entries(Lexicon::kSpeechNouns);
  if (std::none_of(nouns.begin(), nouns.end(), [&](const LexiconEntry& e) { return says(text::FoldKey(e.phrase)); }))
    return std::nullopt;
  std::optional<Speaker> found;
  for (const Mention& mention : mentions_) {
    if (mention.person < 0 || (found.has_value() && found->name == NameOf(mention))) continue;
    const std::string key = text::FoldKey(NameOf(mention));
    if (!says(key.substr(key.rfind(' ') + 1))) continue;
    if (found.has_value()) return std::nullopt;
    found = SpeakerOf(mention);
  }
  return found;
}

}  // namespace dateline::extraction
