#include "services/extraction/facts/events.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/text/normalize.h"
#include "services/extraction/facts/mention_index.h"
#include "services/extraction/facts/noun_phrases.h"
#include "services/extraction/facts/relative_dates.h"

namespace dateline::extraction {
namespace {

using release::v1::DateMention;
using release::v1::EventMention;

// How far behind its noun the place of an event may be named, in tokens.
constexpr std::uint32_t kPlaceReach = 9;
// ... and a place elsewhere in its sentence.
constexpr std::uint32_t kSentenceReach = 60;

class EventFinder {
 public:
  EventFinder(const FactContext& context, release::v1::Release* release)
      : analysis_(context.analysis), names_(*release), relative_dates_(analysis_, *release), release_(release) {}

  void Run() {
    for (const Sentence& sentence : analysis_.sentences()) {
      if (!Analysis::IsMainText(analysis_.lines()[sentence.line].section) || sentence.tokens.empty()) continue;
      sentence_ = sentence.tokens;
      Look();
      const int before = release_->events_size();
      for (const LexiconHit& hit : nouns_) AddEvent(hit);
      if (release_->events_size() == before) GoOn();
      Participants();
      if (release_->events_size() >= kMaxEvents) return;
    }
  }

 private:
  // What the sentence holds.
  void Look() {
    nouns_.clear();
    verb_ = false;
    for (std::uint32_t i = sentence_.begin; i < sentence_.end; ++i) {
      if (const LexiconHit* hit = analysis_.HitAt(i, Lexicon::kEventNouns); hit != nullptr) nouns_.push_back(*hit);
      verb_ = verb_ || analysis_.Covers(i, Lexicon::kEventVerbs);
    }
    const auto [begin, end] = Bytes();
    while (first_date_ < release_->dates_size() && release_->dates(first_date_).span().start() < begin) ++first_date_;
    date_ = nullptr;
    for (int i = first_date_; i < release_->dates_size() && release_->dates(i).span().start() < end; ++i) {
      const DateMention& date = release_->dates(i);
      if (date.value().day() == 0) continue;
      date_ = &date;
      // "10-16 February": the next day that shares the month ends the event.
      date_to_ = i + 1 < release_->dates_size() && release_->dates(i + 1).rule() == "date.shared_month" &&
                         release_->dates(i + 1).span().start() < end
                     ? &release_->dates(i + 1)
                     : nullptr;
      if (date.rule() == "date.shared_month" && i + 1 < release_->dates_size()) date_to_ = &release_->dates(i + 1);
      break;
    }
    relative_.reset();
    for (std::uint32_t i = sentence_.begin; i < sentence_.end && date_ == nullptr && !relative_.has_value(); ++i) {
      relative_ = relative_dates_.Read(i, sentence_);
      // "Last year" dates no meeting.
      if (relative_.has_value() && relative_->first.month == 0) relative_.reset();
    }
  }

  bool Dated() const { return date_ != nullptr || relative_.has_value(); }

  std::pair<std::uint32_t, std::uint32_t> Bytes() const {
    return {analysis_.token(sentence_.begin).begin, analysis_.token(sentence_.end - 1).end};
  }

  void AddEvent(const LexiconHit& noun) {
    if (release_->events_size() >= kMaxEvents || noun.end > sentence_.end) return;
    // "Senate Republican Conference": part of the name of a body.
    const std::uint32_t noun_begin = analysis_.token(noun.begin).begin;
    // ... or of a place ("Town Hall"). A forum that has a day and a place is one all the same.
    const std::uint32_t noun_end = analysis_.token(noun.end - 1).end;
    const NamedMention* place = PlaceBehind(noun.end);
    const NamedMention* body = names_.Last(NamedKind::kOrganization, Bytes().first, noun_end);
    const NamedMention* site = names_.Last(NamedKind::kPlace, Bytes().first, noun_end);
    if (site != nullptr && site->end > noun_begin) return;
    if (body != nullptr && body->end > noun_begin && (body->end != noun_end || place == nullptr || !Dated())) return;
    // The noun describes another: "event hall", "launch date".
    if (noun.end < sentence_.end && IsJoiningHyphen(analysis_, noun.end)) return;
    TokenRange words = DescribedNoun(analysis_, sentence_.begin, {noun.begin, noun.end});
    if (place == nullptr) words.end = ComplementEnd(noun.end);
    // A bare noun ("the event", "a meeting") says nothing by which it could be known again, unless it is new and both
    // takes place and has its day.
    const bool bare = words.begin == noun.begin && words.end == noun.end;
    const bool weak = analysis_.Entry(noun).Has(kEntryWeak);
    const int signs = (verb_ ? 1 : 0) + (place != nullptr ? 1 : 0) + (Dated() ? 1 : 0);
    const bool fresh = verb_ && Dated() && IsIndefinite(noun.begin);
    if (signs == 0 || (bare && place == nullptr && !fresh) || (weak && signs < 2)) return;
    if (place != nullptr) words.end = analysis_.TokensOf(place->begin, place->end).end;
    const std::string key = text::FoldKey(analysis_.Text(TokenRange{words.begin, noun.end}));
    if (!known_.try_emplace(key, release_->events_size()).second) return;
    EventMention* event = release_->add_events();
    event->set_text(std::string(analysis_.Text(words)));
    *event->mutable_span() = SpanOf(analysis_, words);
    if (place != nullptr) {
      event->set_place(std::string(place->name));
    } else {
      const std::uint32_t begin = std::max(sentence_.begin, noun.begin - std::min(noun.begin, kSentenceReach));
      const std::uint32_t end = std::min(sentence_.end, noun.end + kSentenceReach);
      const std::uint32_t last = analysis_.token(end - 1).end;
      const NamedMention* other = VerbPlace(noun.end);
      if (other == nullptr) other = names_.First(NamedKind::kPlace, analysis_.token(noun.end - 1).end, last);
      if (other == nullptr) other = names_.First(NamedKind::kPlace, analysis_.token(begin).begin, last);
      if (other != nullptr && (other->kind == NamedKind::kOrganization || IsPlacedIn(*other)))
        event->set_place(std::string(other->name));
    }
    SetDates(event);
    event->set_duration_days(DaysIn(words));
    event->set_confidence(signs >= 2 ? release::v1::MEDIUM : release::v1::LOW);
    event->set_rule(place != nullptr ? "event.place" : verb_ ? "event.verb" : "event.date");
  }

  void SetDates(EventMention* event) const {
    if (relative_.has_value()) {
      *event->mutable_date() = ToProto(relative_->first);
      if (!relative_->last.empty()) *event->mutable_date_to() = ToProto(relative_->last);
    }
    if (date_ == nullptr) return;
    *event->mutable_date() = date_->value();
    if (date_->has_value_to()) *event->mutable_date_to() = date_->value_to();
    if (date_to_ != nullptr) *event->mutable_date_to() = date_to_->value();
  }

  // Behind "of the plans", "on forced labour" at `token`: what the event is about, in a few small words; `token` when
  // nothing of the kind follows.
  std::uint32_t ComplementEnd(std::uint32_t token) const {
    constexpr std::uint32_t kMostWords = 4;
    const LexiconHit* link = token < sentence_.end && !analysis_.token(token).Has(kCapital)
                                 ? analysis_.HitAt(token, Lexicon::kNameLinks)
                                 : nullptr;
    if (link == nullptr || analysis_.Entry(*link).Has(kEntryWeak)) return token;
    std::uint32_t end = link->end;
    while (end < sentence_.end && analysis_.Covers(end, Lexicon::kDeterminers)) ++end;
    const std::uint32_t first = end;
    while (end < sentence_.end && end - first < kMostWords && analysis_.token(end).kind == TokenKind::kWord &&
           !analysis_.Covers(end, Lexicon::kPrepositions) && !analysis_.Covers(end, Lexicon::kAuxiliaries) &&
           !analysis_.Covers(end, Lexicon::kEventVerbs) && !analysis_.Covers(end, Lexicon::kConjunctions) &&
           !analysis_.Covers(end, Lexicon::kNounStops))
      ++end;
    return end > first ? end : token;
  }

  // Whether "a" stands right before the noun.
  bool IsIndefinite(std::uint32_t token) const {
    if (token == sentence_.begin) return false;
    const LexiconHit* rule = analysis_.HitAt(token - 1, Lexicon::kNumberRules);
    if (rule != nullptr && analysis_.Entry(*rule).code == "article") return true;
    // "eine", "une": an article that is the number too.
    const LexiconHit* number = analysis_.HitAt(token - 1, Lexicon::kNumberWords);
    return number != nullptr && analysis_.Entry(*number).value == 1 &&
           analysis_.Covers(token - 1, Lexicon::kDeterminers);
  }

  // "seminar in Sanya", "seminar in the rapidly growing city of Guangzhou".
  const NamedMention* PlaceBehind(std::uint32_t token) const {
    if (token >= sentence_.end || !analysis_.Covers(token, Lexicon::kPrepositions)) return nullptr;
    const std::uint32_t limit = std::min(sentence_.end, token + kPlaceReach);
    const NamedMention* place =
        names_.First(NamedKind::kPlace, analysis_.token(token).end, analysis_.token(limit - 1).end);
    // "at the University of Ostova": bodies are places of events.
    const NamedMention* body =
        names_.First(NamedKind::kOrganization, analysis_.token(token).end, analysis_.token(limit - 1).end);
    if (place == nullptr || (body != nullptr && body->begin < place->begin)) place = body;
    if (place == nullptr) return nullptr;
    // Nothing but the words of one phrase stands between.
    const TokenRange between{token + 1, analysis_.TokenAt(place->begin)};
    for (std::uint32_t i = between.begin; i < between.end; ++i) {
      const bool word = analysis_.token(i).kind == TokenKind::kWord && !analysis_.token(i).Has(kCapital);
      if (!word || analysis_.Covers(i, Lexicon::kEventVerbs)) return nullptr;
    }
    return IsIn(token) ? place : nullptr;
  }

  // "the ceremony was held at the University": the place right behind the verb of taking place that follows the noun.
  const NamedMention* VerbPlace(std::uint32_t token) const {
    for (std::uint32_t i = token; i < std::min(sentence_.end, token + kPlaceReach); ++i) {
      if (const LexiconHit* verb = analysis_.HitAt(i, Lexicon::kEventVerbs); verb != nullptr)
        return PlaceBehind(verb->end);
    }
    return nullptr;
  }

  bool IsIn(std::uint32_t token) const {
    const LexiconHit* hit = analysis_.HitAt(token, Lexicon::kPrepositions);
    return hit != nullptr && analysis_.Entry(*hit).Has(kEntryStrong);
  }

  // Whether a preposition of place stands right before it: "in Sanya".
  bool IsPlacedIn(const NamedMention& place) const {
    const std::uint32_t token = analysis_.TokenAt(place.begin);
    return token > sentence_.begin && IsIn(token - 1);
  }

  // "a two-day seminar", "a three-week course".
  std::uint32_t DaysIn(TokenRange words) const {
    const std::uint32_t begin = analysis_.token(words.begin).begin;
    const std::uint32_t end = analysis_.token(words.end - 1).end;
    const auto at = std::lower_bound(
        release_->figures().begin(), release_->figures().end(), begin,
        [](const release::v1::Figure& figure, std::uint32_t offset) { return figure.span().start() < offset; });
    constexpr double kMaxDays = 1000;
    for (auto figure = at; figure != release_->figures().end() && figure->span().start() < end; ++figure) {
      if (figure->value() <= 0 || figure->value() > kMaxDays) continue;
      if (figure->unit() == "days") return static_cast<std::uint32_t>(figure->value());
      if (figure->unit() == "weeks") return static_cast<std::uint32_t>(figure->value() * 7);
    }
    return 0;
  }

  // "It concludes today (11 March)", "The seminar runs until 5 May": the sentence goes on about the last event.
  void GoOn() {
    if (!Dated() || release_->events_size() == 0) return;
    const std::uint32_t first = sentence_.begin;
    const bool pronoun = analysis_.Covers(first, Lexicon::kPronouns) && !analysis_.Covers(first, Lexicon::kDeterminers);
    const bool noun = first + 1 < sentence_.end && analysis_.Covers(first, Lexicon::kDeterminers) &&
                      analysis_.Covers(first + 1, Lexicon::kEventNouns);
    EventMention* event = release_->mutable_events(release_->events_size() - 1);
    if (!(pronoun || noun) || !verb_ || event->has_date()) return;
    SetDates(event);
  }

  // "brought together 33 officials with seven experts", "attended by ...": who takes part in the last event.
  void Participants() {
    if (release_->events_size() == 0) return;
    std::uint32_t cue = sentence_.end;
    for (std::uint32_t i = sentence_.begin; i < sentence_.end && cue == sentence_.end; ++i) {
      if (const LexiconHit* hit = analysis_.HitAt(i, Lexicon::kParticipantCues); hit != nullptr) cue = hit->end;
    }
    if (cue >= sentence_.end) return;
    EventMention* event = release_->mutable_events(release_->events_size() - 1);
    const std::uint32_t begin = analysis_.token(cue).begin;
    const std::uint32_t end = Bytes().second;
    auto figure =
        std::lower_bound(release_->figures().begin(), release_->figures().end(), begin,
                         [](const release::v1::Figure& f, std::uint32_t offset) { return f.span().start() < offset; });
    const auto add = [&](std::string_view who) {
      if (event->participants_size() < kMaxParticipants) event->add_participants(std::string(who));
    };
    for (const NamedMention& mention : names_.In(begin, end)) {
      for (; figure != release_->figures().end() && figure->span().start() < mention.begin; ++figure) {
        if (figure->rule() == "figure.count") add(figure->text());
      }
      if (mention.kind == NamedKind::kPerson || mention.kind == NamedKind::kOrganization) {
        add(std::string_view(release_->text()).substr(mention.begin, mention.end - mention.begin));
      }
    }
    for (; figure != release_->figures().end() && figure->span().start() < end; ++figure) {
      if (figure->rule() == "figure.count") add(figure->text());
    }
  }

  const Analysis& analysis_;
  const MentionIndex names_;
  const RelativeDates relative_dates_;
  release::v1::Release* release_;
  TokenRange sentence_;
  std::vector<LexiconHit> nouns_;
  bool verb_ = false;
  int first_date_ = 0;
  const DateMention* date_ = nullptr;
  const DateMention* date_to_ = nullptr;
  std::optional<RelativeDate> relative_;  // where no calendar date stands
  std::unordered_map<std::string, int> known_;
};

}  // namespace

void FindEvents(const FactContext& context, release::v1::Release* release) {
  EventFinder(context, release).Run();
}

}  // namespace dateline::extraction
