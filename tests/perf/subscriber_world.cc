#include "tests/perf/subscriber_world.h"

#include <fmt/format.h>

#include <algorithm>

namespace dateline::notification {
namespace {

constexpr size_t kWords = 20'000;
constexpr size_t kNewsrooms = 2'000;
constexpr size_t kCountries = 200;
constexpr size_t kTopics = 500;
constexpr size_t kOrganizations = 5'000;
constexpr size_t kPeople = 10'000;

// Pronounceable, different for each rank; common words are short.
std::string WordAt(size_t rank) {
  static const char* const consonants[] = {"b", "c", "d", "f", "g", "l",  "m",  "n",
                                           "p", "r", "s", "t", "v", "st", "tr", "ch"};
  static const char* const vowels[] = {"a", "e", "i", "o", "u", "ea", "io"};
  std::string word;
  for (size_t left = rank + 1; left > 0; left /= 112) {
    word += consonants[left % 16];
    word += vowels[left / 16 % 7];
  }
  return rank % 3 == 0 ? word + "tion" : word;
}

std::string NewsroomAt(size_t rank) {
  return fmt::format("sources/{}-{}", WordAt(50 + rank % 900), rank);
}
std::string CountryAt(size_t rank) {
  return {static_cast<char>('A' + rank / 26), static_cast<char>('A' + rank % 26)};
}
// Topics are words that few texts have by chance: those that are about them.
std::string TopicAt(size_t rank) {
  return WordAt(4'000 + rank * 8);
}
std::string OrganizationAt(size_t rank) {
  return "Agency for " + WordAt(300 + rank) + " and " + WordAt(900 + rank / 3);
}
std::string AcronymAt(size_t rank) {
  std::string acronym;
  for (size_t left = rank + 26; left > 0; left /= 26) acronym += static_cast<char>('A' + left % 26);
  return acronym + "O";
}
std::string PersonAt(size_t rank) {
  return WordAt(100 + rank % 700) + " " + WordAt(2'000 + rank);
}

}  // namespace

SubscriberWorld::Ranks::Ranks(size_t bound) {
  double sum = 0;
  for (size_t i = 0; i < bound; ++i) cumulative_.push_back(sum += 1.0 / (static_cast<double>(i) + 2.7));
}

size_t SubscriberWorld::Ranks::Draw(std::mt19937_64& random) const {
  const double at = std::uniform_real_distribution<double>(0, cumulative_.back())(random);
  const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end(), at);
  return std::min(static_cast<size_t>(found - cumulative_.begin()), cumulative_.size() - 1);
}

SubscriberWorld::SubscriberWorld(uint64_t seed)
    : random_(seed),
      words_(kWords),
      newsrooms_(kNewsrooms),
      countries_(kCountries),
      topics_(kTopics),
      organizations_(kOrganizations),
      people_(kPeople) {}

std::string SubscriberWorld::Word() {
  return WordAt(words_.Draw(random_));
}

std::string SubscriberWorld::Keyword() {
  return WordAt(200 + Below(40) * Below(kWords / 40));
}

std::string SubscriberWorld::Topic() {
  return TopicAt(topics_.Draw(random_));
}

std::string SubscriberWorld::Language() {
  const size_t at = Below(100);
  return at < 60 ? "en" : at < 75 ? "fr" : at < 88 ? "es" : at < 95 ? "ar" : "zh";
}

std::string SubscriberWorld::Newsroom() {
  return NewsroomAt(newsrooms_.Draw(random_));
}

std::string SubscriberWorld::Country() {
  return CountryAt(countries_.Draw(random_));
}

size_t SubscriberWorld::NameRank() {
  return Below(1 + Below(kOrganizations));
}

release::v1::Release SubscriberWorld::Release() {
  release::v1::Release release;
  release.set_name("releases/1");
  release.set_language(Language());
  release.set_source(Newsroom());
  for (size_t i = 0; i < 9; ++i) *release.mutable_title() += (i > 0 ? " " : "") + Word();
  std::string* const text = release.mutable_text();
  const std::string subjects[] = {Topic(), Topic(), Topic()};
  for (size_t i = 0; i < 450; ++i) {
    // A text comes back to what it is about.
    *text += Below(40) == 0 ? subjects[Below(3)] : Word();
    *text += i % 70 == 69 ? "\n\n" : i % 12 == 11 ? ". " : " ";
  }
  for (size_t i = Below(5); i > 0; --i) {
    const size_t rank = Below(2) == 0 ? organizations_.Draw(random_) : NameRank();
    auto* organization = release.add_organizations();
    organization->set_display_name(OrganizationAt(rank));
    organization->set_acronym(AcronymAt(rank));
    *text += " " + OrganizationAt(rank);
  }
  for (size_t i = Below(6); i > 0; --i) {
    auto* person = release.add_people();
    person->set_display_name(PersonAt(Below(2) == 0 ? people_.Draw(random_) : NameRank()));
    person->set_role(Word() + " " + Word());
  }
  for (size_t i = Below(8); i > 0; --i) release.add_figures()->set_value(static_cast<double>(Below(5'000'000)));
  for (size_t i = 1 + Below(3); i > 0; --i) release.add_places()->set_country_code(Country());
  release.mutable_publish()->mutable_date()->set_year(2020 + static_cast<int>(Below(7)));
  return release;
}

std::string SubscriberWorld::Interest() {
  switch (Below(9)) {
    case 0:
      return fmt::format("source = \"{}\"", Newsroom());
    case 1:
    case 2:
      return fmt::format("places.country_code = {}", Country());
    case 3:
      return fmt::format("organizations.acronym = {}", AcronymAt(organizations_.Draw(random_)));
    case 4:
      return fmt::format("mentions(\"{}\")", OrganizationAt(organizations_.Draw(random_)));
    case 5:
      return fmt::format("mentions(\"{}\", person)", PersonAt(people_.Draw(random_)));
    default:
      return Topic();
  }
}

std::string SubscriberWorld::Narrowing() {
  switch (Below(7)) {
    case 0:
    case 1:
      return fmt::format("language = {}", Language());
    case 2:
      return fmt::format("-{}", Topic());
    case 3:
      return fmt::format("figures.value >= {}", Below(2) == 0 ? 1'000'000 : 1'000 * (1 + Below(10)));
    case 4:
      return fmt::format("title:{}", Topic());
    default:
      return fmt::format("({} OR {})", Topic(), Topic());
  }
}

std::string SubscriberWorld::FollowerFilter() {
  const size_t kind = Below(100);
  if (kind < 40) return Interest();
  if (kind < 65) return Interest() + " " + Interest();
  if (kind < 80) return Interest() + " " + Narrowing();
  if (kind < 85) return fmt::format("({} OR {}) {}", Interest(), Interest(), Interest());
  if (kind < 90) {
    switch (Below(3)) {
      case 0:
        return fmt::format("\"{} {}\"", Topic(), Topic());
      case 1:
        return fmt::format("near({}, {}, 5)", Topic(), Topic());
      default:
        return fmt::format("{}* {}", Topic(), Interest());
    }
  }
  return Below(2) == 0 ? Keyword() + " " + Keyword() : fmt::format("\"{} {}\" OR {}", Keyword(), Keyword(), Keyword());
}

std::string SubscriberWorld::LonerFilter() {
  const size_t kind = Below(1'000);
  if (kind < 250) return Keyword() + " " + Keyword();
  if (kind < 350) return fmt::format("{} language = {}", Keyword(), Language());
  if (kind < 450) return fmt::format("organizations.acronym = {}", AcronymAt(NameRank()));
  if (kind < 540) return fmt::format("mentions(\"{}\")", PersonAt(NameRank()));
  if (kind < 620) return fmt::format("({} OR {} OR {}) language = {}", Keyword(), Keyword(), Keyword(), Language());
  if (kind < 700) return fmt::format("\"{} {}\"", Keyword(), Keyword());
  if (kind < 760) return fmt::format("title:{} -{}", Keyword(), Word());
  if (kind < 810) return fmt::format("{}* {}", Keyword().substr(0, 6), Keyword());
  if (kind < 860) return fmt::format("people.role:{} {}", Keyword(), Keyword());
  if (kind < 900) return fmt::format("places.country_code = {} {}", CountryAt(Below(kCountries)), Keyword());
  if (kind < 940) {
    return fmt::format("organizations:\"{}\" figures.value > {}", OrganizationAt(NameRank()),
                       1'000'000 * (1 + Below(4)));
  }
  if (kind < 970) return fmt::format("near({}, {}, 5)", Keyword(), Keyword());
  if (kind < 990) return fmt::format("{} publish.date >= {}", Keyword(), 2020 + Below(7));
  if (kind < 997) return fmt::format("language = {}", Language());
  return fmt::format("figures.value > {}", 1'000'000 * (1 + Below(5)));
}

}  // namespace dateline::notification
