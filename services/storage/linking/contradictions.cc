#include "services/storage/linking/contradictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "services/storage/linking/profile.h"
#include "services/storage/linking/relation.h"

namespace dateline::storage {
namespace {

using records::ContactProfile;
using records::EventProfile;
using records::FigureProfile;
using records::LinkDetail;
using records::LinkProfile;
using records::PersonProfile;

// Within near-duplicates, events whose words are this much alike are the same one.
constexpr double kEventWordsMin = 0.5;
// Figures of one unit count the same thing when the words around them are this much alike.
constexpr double kFigureContextMin = 0.5;
constexpr int kFigureContextWordsMin = 3;
// Releases that are further apart tell how things have changed since.
constexpr int64_t kFigureDaysMax = 7;
// A number is a rounded one of another within half of its last digit and this share, from so large on; and a bound is
// kept as long as the other is not as many times as large.
constexpr double kRoundingShareMax = 0.05;
constexpr double kRoundedMin = 1'000;
constexpr double kBoundMost = 2;

std::string DayText(const google::type::Date& date) {
  static constexpr std::array<std::string_view, 13> kMonths = {"",        "January",  "February", "March",  "April",
                                                               "May",     "June",     "July",     "August", "September",
                                                               "October", "November", "December"};
  const std::string_view month =
      date.month() > 0 && date.month() <= 12 ? kMonths[static_cast<size_t>(date.month())] : "";
  if (date.year() == 0) return fmt::format("{} {}", date.day(), month);
  return fmt::format("{} {} {}", date.day(), month, date.year());
}

class Finder {
 public:
  explicit Finder(LinkDetail* detail) : detail_(*detail) {}

  void Add(std::string_view field, const std::string& what, const std::string& here, const std::string& there) {
    if (detail_.contradictions_size() >= kContradictionsMax) return;
    std::string sentence = fmt::format("{}: {} here, {} there", what, here, there);
    for (const auto& known : detail_.contradictions()) {
      if (known.sentence() == sentence) return;
    }
    auto* found = detail_.add_contradictions();
    found->set_field(std::string(field));
    found->set_here(here);
    found->set_there(there);
    found->set_sentence(std::move(sentence));
  }

 private:
  LinkDetail& detail_;
};

bool Dated(const google::type::Date& date) {
  return date.month() != 0 && date.day() != 0;
}

bool SameDay(const google::type::Date& a, const google::type::Date& b) {
  return a.month() == b.month() && a.day() == b.day() && (a.year() == 0 || b.year() == 0 || a.year() == b.year());
}

// The event of `there` that is most like this one; null when none is.
const EventProfile* Counterpart(const EventProfile& event, const LinkProfile& there, double words_min) {
  const EventProfile* best = nullptr;
  double best_words = words_min;
  for (const EventProfile& other : there.events()) {
    const double words = JaccardOf(event.words(), other.words());
    // Of several events of one name, the one that agrees is meant.
    const bool agrees =
        words >= words_min && Dated(event.date()) && Dated(other.date()) && SameDay(event.date(), other.date());
    if (agrees) return &other;
    if (words >= best_words) {
      best_words = words;
      best = &other;
    }
  }
  return best;
}

void CompareEvents(const LinkProfile& here, const LinkProfile& there, Finder* finder) {
  for (const EventProfile& event : here.events()) {
    const EventProfile* other = Counterpart(event, there, kEventWordsMin);
    if (other == nullptr) continue;
    if (Dated(event.date()) && Dated(other->date()) && !SameDay(event.date(), other->date()))
      finder->Add("events.date", fmt::format("two dates for one event, “{}”", event.text()), DayText(event.date()),
                  DayText(other->date()));
    const std::string place = FoldedName(event.place());
    const std::string other_place = FoldedName(other->place());
    const bool differs = !place.empty() && !other_place.empty() && place.find(other_place) == std::string::npos &&
                         other_place.find(place) == std::string::npos;
    if (differs)
      finder->Add("events.place", fmt::format("two places for one event, “{}”", event.text()), event.place(),
                  other->place());
    if (event.duration_days() != 0 && other->duration_days() != 0 && event.duration_days() != other->duration_days())
      finder->Add("events.duration_days", fmt::format("two durations of one event, “{}”", event.text()),
                  fmt::format("{} days", event.duration_days()), fmt::format("{} days", other->duration_days()));
  }
}

// What the last digit of a whole number counts that is not 0: 1,000,000 for 24,000,000.
double LastDigit(double value) {
  double digit = 1;
  while (digit < value && std::fmod(value, digit * 10) == 0) digit *= 10;
  return digit;
}

bool IsRounded(double a, double b) {
  const double larger = std::max(std::abs(a), std::abs(b));
  if (larger < kRoundedMin) return false;
  const double apart = std::abs(a - b);
  return apart <= std::max(LastDigit(std::abs(a)), LastDigit(std::abs(b))) / 2 && apart <= larger * kRoundingShareMax;
}

// Whether `value` keeps the bound that the figure gives: "more than 8,000" and 8,600.
bool KeepsBound(const FigureProfile& figure, double value) {
  const std::string& comparator = figure.comparator();
  if (comparator == ">" || comparator == ">=") return value >= figure.value() && value <= figure.value() * kBoundMost;
  if (comparator == "<" || comparator == "<=") return value <= figure.value() && value * kBoundMost >= figure.value();
  return false;
}

// Both name somebody or something that the other does not: each is of its own, as in letters of one form.
bool OfOthers(const FigureProfile& figure, const FigureProfile& other) {
  const auto has_own = [](const auto& names, const auto& than) {
    return !std::includes(than.begin(), than.end(), names.begin(), names.end());
  };
  return has_own(figure.names(), other.names()) && has_own(other.names(), figure.names());
}

bool Agree(const FigureProfile& figure, const FigureProfile& other) {
  return IsRounded(figure.value(), other.value()) || KeepsBound(figure, other.value()) ||
         KeepsBound(other, figure.value());
}

// The figure of `there` that counts the same thing. A figure that stands there with the same value contradicts nothing.
const FigureProfile* Counterpart(const FigureProfile& figure, const LinkProfile& there) {
  const FigureProfile* best = nullptr;
  double best_context = kFigureContextMin;
  const std::string unit = FoldedName(figure.unit());
  for (const FigureProfile& other : there.figures()) {
    if (FoldedName(other.unit()) != unit) continue;
    if (other.value() == figure.value()) return nullptr;
    if (std::min(figure.context_size(), other.context_size()) < kFigureContextWordsMin) continue;
    const double context = JaccardOf(figure.context(), other.context());
    if (context >= best_context && !OfOthers(figure, other)) {
      best_context = context;
      best = &other;
    }
  }
  return best == nullptr || Agree(figure, *best) ? nullptr : best;
}

void CompareFigures(const LinkProfile& here, const LinkProfile& there, Finder* finder) {
  for (const FigureProfile& figure : here.figures()) {
    if (const FigureProfile* other = Counterpart(figure, there); other != nullptr)
      finder->Add("figures", "two figures for one thing", figure.text(), other->text());
  }
}

void CompareRoles(const LinkProfile& here, const LinkProfile& there, Finder* finder) {
  std::map<std::string, const PersonProfile*> known;
  for (const PersonProfile& person : there.people()) known.emplace(FoldedName(person.display_name()), &person);
  for (const PersonProfile& person : here.people()) {
    const auto found = known.find(FoldedName(person.display_name()));
    if (found == known.end()) continue;
    const std::string role = FoldedName(person.role());
    const std::string other = FoldedName(found->second->role());
    if (role.empty() || other.empty() || role.find(other) != std::string::npos || other.find(role) != std::string::npos)
      continue;
    finder->Add("people.role", fmt::format("two roles of {}", person.display_name()), person.role(),
                found->second->role());
  }
  // Who is something for a body: two names for one office.
  std::map<std::string, std::set<std::string>> holders;
  std::map<std::string, std::string> written;
  const auto office = [](const PersonProfile& person) {
    if (person.role().empty() || person.organization().empty()) return std::string();
    return FoldedName(person.role()) + " | " + FoldedName(person.organization());
  };
  for (const PersonProfile& person : there.people()) {
    if (const std::string key = office(person); !key.empty()) {
      holders[key].insert(FoldedName(person.display_name()));
      written[key] = person.display_name();
    }
  }
  std::map<std::string, int> own;
  for (const PersonProfile& person : here.people()) ++own[office(person)];
  for (const PersonProfile& person : here.people()) {
    const auto found = holders.find(office(person));
    if (found == holders.end() || found->second.size() != 1 || own[found->first] != 1) continue;
    const std::string& other = *found->second.begin();
    const std::string name = FoldedName(person.display_name());
    if (name.find(other) != std::string::npos || other.find(name) != std::string::npos) continue;
    finder->Add("people", fmt::format("two names for the {} of {}", person.role(), person.organization()),
                person.display_name(), written[found->first]);
  }
}

std::string Joined(const ContactProfile& contact) {
  std::string joined;
  for (const std::string& phone : contact.phones()) joined += (joined.empty() ? "" : ", ") + phone;
  return joined;
}

void CompareContacts(const LinkProfile& here, const LinkProfile& there, Finder* finder) {
  for (const ContactProfile& contact : here.contacts()) {
    if (contact.display_name().empty()) continue;
    for (const ContactProfile& other : there.contacts()) {
      if (FoldedName(contact.display_name()) != FoldedName(other.display_name())) continue;
      if (!contact.email().empty() && !other.email().empty() && contact.email() != other.email())
        finder->Add("contacts.email", fmt::format("two addresses of {}", contact.display_name()), contact.email(),
                    other.email());
      const std::set<std::string> phones(other.phones().begin(), other.phones().end());
      const bool share = std::any_of(contact.phones().begin(), contact.phones().end(),
                                     [&phones](const std::string& phone) { return phones.count(phone) != 0; });
      if (!share && !contact.phones().empty() && !phones.empty())
        finder->Add("contacts.phones", fmt::format("two telephone numbers of {}", contact.display_name()),
                    Joined(contact), Joined(other));
    }
  }
}

}  // namespace

LinkDetail FindContradictions(const LinkProfile& here, const LinkProfile& there, Relation relation) {
  LinkDetail detail;
  // The same words say the same; what differs then is the rules' doing.
  if (relation == v1::SimilarRelease::RELATION_IDENTICAL) return detail;
  Finder finder(&detail);
  const int64_t apart = DaysApart(here, there).value_or(0);
  // Of what is held each week or each year, every report tells another day.
  if (apart <= kDisputedEventDaysMax) CompareEvents(here, there, &finder);
  // Around a figure the words of a translation are others.
  if (relation != v1::SimilarRelease::RELATION_TRANSLATION) {
    if (apart <= kFigureDaysMax) CompareFigures(here, there, &finder);
    CompareRoles(here, there, &finder);
  }
  if (relation != v1::SimilarRelease::RELATION_SAME_EVENT) CompareContacts(here, there, &finder);
  return detail;
}

LinkDetail Mirror(const LinkDetail& detail) {
  LinkDetail mirrored;
  for (const auto& contradiction : detail.contradictions()) {
    const std::string& sentence = contradiction.sentence();
    const std::string tail = fmt::format(": {} here, {} there", contradiction.here(), contradiction.there());
    auto* added = mirrored.add_contradictions();
    added->set_field(contradiction.field());
    added->set_here(contradiction.there());
    added->set_there(contradiction.here());
    added->set_sentence(fmt::format("{}: {} here, {} there", sentence.substr(0, sentence.size() - tail.size()),
                                    contradiction.there(), contradiction.here()));
  }
  return mirrored;
}

}  // namespace dateline::storage
