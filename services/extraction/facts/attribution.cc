#include "services/extraction/facts/attribution.h"

#include <algorithm>
#include <utility>

namespace dateline::extraction {
namespace {

using release::v1::Confidence;

// How many tokens may stand between a quotation and its verb.
constexpr std::uint32_t kVerbReach = 45;
// How many may follow the verb where a sentence of its own attributes the quotation before it: "Quay said on Friday."
constexpr std::uint32_t kShortTail = 6;

bool IsColon(std::string_view words) {
  return words == ":" || words == "：";
}

}  // namespace

Attribution Attributor::Make(Speaker speaker, TokenRange cue, std::string_view rule, Confidence confidence) const {
  Attribution made{std::move(speaker), cue, rule, confidence};
  switch (made.speaker.form) {
    case SpeakerForm::kPerson:
      break;
    case SpeakerForm::kOrganization:
    case SpeakerForm::kWork:
      made.confidence = std::max(confidence, release::v1::MEDIUM);
      break;
    case SpeakerForm::kPronoun:
    case SpeakerForm::kOffice:
      made.confidence = std::max(confidence, made.speaker.name.empty() ? release::v1::LOW : release::v1::MEDIUM);
      break;
    case SpeakerForm::kUnknownName:
      made.confidence = release::v1::LOW;
      break;
  }
  return made;
}

const LexiconHit* Attributor::FirstVerb(TokenRange range) const {
  for (std::uint32_t i = range.begin; i < std::min(range.end, range.begin + kVerbReach); ++i) {
    if (const LexiconHit* hit = a_.HitAt(i, Lexicon::kSpeechVerbs); hit != nullptr && hit->end <= range.end) return hit;
  }
  return nullptr;
}

const LexiconHit* Attributor::LastVerb(TokenRange range) const {
  const std::uint32_t first = range.size() > kVerbReach ? range.end - kVerbReach : range.begin;
  for (std::uint32_t i = range.end; i-- > first;) {
    if (const LexiconHit* hit = a_.HitAt(i, Lexicon::kSpeechVerbs); hit != nullptr && hit->end <= range.end) return hit;
  }
  return nullptr;
}

// `"…," said Quay`, `"…," Quay said`, `"…," he said`.
std::optional<Attribution> Attributor::Behind(std::size_t index) const {
  const QuoteSpan& quote = quotes_[index];
  const std::uint32_t begin = quote.tokens.end;
  if (!quote.closed || begin >= a_.size() || a_.LineOf(begin) != a_.LineOf(quote.tokens.begin)) return std::nullopt;
  const Sentence& sentence = a_.sentences()[a_.SentenceOf(begin)];
  TokenRange range{begin, sentence.tokens.end};
  if (index + 1 < quotes_.size()) range.end = std::min(range.end, quotes_[index + 1].tokens.begin);
  // What introduces the next quotation belongs to that one.
  if (range.end > range.begin && IsColon(a_.Text(range.end - 1))) return std::nullopt;
  const LexiconHit* verb = FirstVerb(range);
  if (verb == nullptr) return std::nullopt;
  const LexiconEntry& entry = a_.Entry(*verb);
  // A sentence of its own has to be hardly more than the attribution.
  const bool own = sentence.tokens.begin == begin;
  if (own && (verb->end + kShortTail < range.end || entry.Has(kEntryWeak))) return std::nullopt;
  std::uint32_t first = range.begin;
  while (first < verb->begin && a_.token(first).kind == TokenKind::kPunctuation) ++first;
  const bool inverted = verb->begin <= first + 1 && !a_.Covers(first, Lexicon::kPronouns) &&
                        (verb->begin == first || !a_.token(first).Has(kCapital));
  if (inverted || entry.Has(kEntryBefore)) {
    if (own) return std::nullopt;
    auto speaker = speakers_.SubjectAfter({verb->end, range.end});
    if (!speaker.has_value()) return std::nullopt;
    return Make(std::move(*speaker), {verb->begin, verb->end}, "quote.verb_speaker", release::v1::HIGH);
  }
  if (auto speaker = speakers_.SubjectBefore({first, verb->begin}); speaker.has_value())
    return Make(std::move(*speaker), {verb->begin, verb->end}, "quote.speaker_verb",
                own ? release::v1::MEDIUM : release::v1::HIGH);
  return std::nullopt;
}

// `Quay said: "…"`, `Quay said that the river "…"`, `according to Quay, "…"`.
std::optional<Attribution> Attributor::Before(std::size_t index) const {
  const QuoteSpan& quote = quotes_[index];
  const Sentence& sentence = a_.sentences()[a_.SentenceOf(quote.tokens.begin)];
  TokenRange range{sentence.tokens.begin, quote.tokens.begin};
  if (index > 0) range.begin = std::max(range.begin, quotes_[index - 1].tokens.end);
  if (range.empty()) return std::nullopt;
  const LexiconHit* verb = LastVerb(range);
  if (verb == nullptr) return std::nullopt;
  const LexiconEntry& entry = a_.Entry(*verb);
  const bool adjacent = verb->end + 1 >= range.end || IsColon(a_.Text(range.end - 1));
  std::optional<Speaker> speaker;
  if (entry.Has(kEntryBefore)) speaker = speakers_.SubjectAfter({verb->end, range.end});
  // The subject may stand before a quotation in the same sentence.
  if (!speaker.has_value()) speaker = speakers_.SubjectBefore({sentence.tokens.begin, verb->begin});
  // "In einem Brief an den Bürgermeister schrieb Quay: “…”": whoever has a name behind the verb.
  if (adjacent && (!speaker.has_value() || speaker->name.empty())) {
    auto behind = speakers_.SubjectAfter({verb->end, range.end});
    if (!speaker.has_value() || (behind.has_value() && !behind->name.empty())) speaker = std::move(behind);
  }
  const TokenRange cue{verb->begin, verb->end};
  if (!speaker.has_value()) {
    // Behind a verb and a colon somebody speaks, whoever it is.
    if (!IsColon(a_.Text(range.end - 1)) || entry.Has(kEntryWeak)) return std::nullopt;
    return Make(Speaker{{}, cue, SpeakerForm::kOffice}, cue, "quote.speaker_said", release::v1::LOW);
  }
  if (adjacent) return Make(std::move(*speaker), cue, "quote.speaker_said", release::v1::HIGH);
  // "reiterates its support “for …”": words of a text that somebody stands behind.
  if (entry.Has(kEntryWeak)) return Make(std::move(*speaker), cue, "quote.fragment", release::v1::LOW);
  return Make(std::move(*speaker), cue, "quote.speaker_said_that", release::v1::MEDIUM);
}

std::optional<Attribution> Attributor::LeadIn(std::uint32_t line) const {
  const Line& lead = a_.lines()[line];
  if (lead.tokens.empty() || !IsColon(a_.Text(lead.tokens.end - 1))) return std::nullopt;
  if (!Analysis::IsMainText(lead.section)) return std::nullopt;
  const TokenRange sentence = a_.sentences()[lead.last_sentence - 1].tokens;
  const LexiconHit* verb = LastVerb({sentence.begin, sentence.end - 1});
  if (verb != nullptr && verb->end + 3 >= sentence.end) {
    auto speaker = speakers_.SubjectBefore({sentence.begin, verb->begin});
    if (!speaker.has_value()) speaker = speakers_.SubjectAfter({verb->end, sentence.end - 1});
    if (speaker.has_value())
      return Make(std::move(*speaker), {verb->begin, verb->end}, "quote.lead_in", release::v1::HIGH);
  }
  // "Quay issued the following statement:", "Quay's remarks are below:".
  for (std::uint32_t i = sentence.begin; i < sentence.end; ++i) {
    const LexiconHit* noun = a_.HitAt(i, Lexicon::kSpeechNouns);
    if (noun == nullptr && !(verb != nullptr && verb->begin == i)) continue;
    auto speaker = speakers_.SubjectOf(sentence);
    if (!speaker.has_value()) speaker = speakers_.OwnerIn(sentence);
    if (!speaker.has_value()) return std::nullopt;
    const TokenRange cue = noun != nullptr ? TokenRange{noun->begin, noun->end} : TokenRange{verb->begin, verb->end};
    return Make(std::move(*speaker), cue, "quote.lead_in", release::v1::HIGH);
  }
  return std::nullopt;
}

std::optional<Attribution> Attributor::Title() const {
  auto speaker = speakers_.InTitle();
  if (!speaker.has_value()) return std::nullopt;
  return Make(std::move(*speaker), {}, "quote.title", release::v1::MEDIUM);
}

std::optional<Attribution> Attributor::Beside(std::size_t index) const {
  if (auto behind = Behind(index); behind.has_value()) return behind;
  if (auto before = Before(index); before.has_value()) return before;
  const std::uint32_t line = a_.LineOf(quotes_[index].tokens.begin);
  if (line > 0 && quotes_[index].tokens.begin == a_.lines()[line].tokens.begin) return LeadIn(line - 1);
  return std::nullopt;
}

std::optional<Attribution> Attributor::SentenceBefore(std::size_t index) const {
  const QuoteSpan& quote = quotes_[index];
  const std::uint32_t sentence = a_.SentenceOf(quote.tokens.begin);
  if (sentence == 0 || a_.sentences()[sentence].tokens.begin != quote.tokens.begin) return std::nullopt;
  const Sentence& before = a_.sentences()[sentence - 1];
  // What a quotation is about is not who speaks the next one.
  if (index > 0 && quotes_[index - 1].tokens.begin <= before.tokens.begin &&
      before.tokens.begin < quotes_[index - 1].tokens.end)
    return std::nullopt;
  const std::uint32_t line = a_.sentences()[sentence].line;
  if (before.line != line) {
    if (before.line + 1 != line || !Analysis::IsMainText(a_.lines()[before.line].section) ||
        a_.lines()[before.line].section == release::v1::Section::HEADING)
      return std::nullopt;
    auto speaker = speakers_.SubjectOf(before.tokens);
    if (!speaker.has_value()) return std::nullopt;
    return Make(std::move(*speaker), {}, "quote.paragraph_before", release::v1::LOW);
  }
  auto speaker = speakers_.SubjectOf(before.tokens);
  if (!speaker.has_value()) return std::nullopt;
  return Make(std::move(*speaker), {}, "quote.sentence_before", release::v1::MEDIUM);
}

}  // namespace dateline::extraction
