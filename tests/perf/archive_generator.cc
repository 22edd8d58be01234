#include "tests/perf/archive_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace dateline::perf {
namespace {

constexpr size_t kWords = 60'000;
constexpr size_t kPeople = 40'000;
constexpr size_t kOrganizations = 12'000;
constexpr size_t kPlaces = 4'000;
constexpr size_t kSources = 120;
constexpr double kMedianWords = 420;
constexpr double kLengthSpread = 0.6;  // Of the logarithm.
constexpr size_t kWordsMost = 6'000;
// One release in so many repeats an earlier one with another headline.
constexpr size_t kRepeatEvery = 20;

constexpr std::array<std::string_view, 40> kSyllables = {
    "ba",  "den", "ka",  "lo",  "mi",  "ren", "sta", "to",  "vel", "zu",  "har", "ing", "con", "tra",
    "per", "mo",  "nal", "ter", "ses", "ri",  "gov", "pol", "ed",  "li",  "sha", "ne",  "bor", "cul",
    "fa",  "jo",  "ek",  "wi",  "dra", "um",  "ost", "pe",  "qua", "sil", "tor", "ya"};

// The word of a number: different for different numbers.
std::string MakeWord(size_t number) {
  std::string word;
  do {
    word += kSyllables[number % kSyllables.size()];
    number /= kSyllables.size();
  } while (number > 0);
  return word.size() < 3 ? word + "n" : word;
}

std::string Title(std::string word) {
  word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

}  // namespace

ArchiveGenerator::ArchiveGenerator(uint64_t seed) : random_(seed), seed_(seed) {
  for (size_t i = 0; i < kWords; ++i) words_.push_back(MakeWord(i));
  for (size_t i = 0; i < kPeople; ++i)
    people_.push_back(Title(MakeWord(i * 7 + 41)) + " " + Title(MakeWord(i + 1'700)));
  for (size_t i = 0; i < kOrganizations; ++i) {
    organizations_.push_back(fmt::format("{} {} {}",
                                         i % 3 == 0   ? "Ministry of"
                                         : i % 3 == 1 ? "Office for"
                                                      : "Board of",
                                         Title(MakeWord(i + 50)), i % 2 == 0 ? "Affairs" : "Works"));
  }
  for (size_t i = 0; i < kPlaces; ++i) places_.push_back(Title(MakeWord(i * 11 + 1'601)));
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'H'; ++b) countries_.push_back({a, b});
  }
  for (size_t i = 0; i < kSources; ++i) sources_.push_back(fmt::format("sources/newsroom-{}", i));
}

size_t ArchiveGenerator::Zipf(size_t count) {
  // The inverse of a distribution that falls with the rank, near enough to Zipf's with exponent one.
  const double u = std::uniform_real_distribution<double>(0, 1)(random_);
  const auto rank = static_cast<size_t>(std::pow(static_cast<double>(count), u)) - 1;
  return std::min(rank, count - 1);
}

std::string ArchiveGenerator::Sentences(size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) {
    const std::string& word = words_[Zipf(words_.size())];
    const bool begins = i % 17 == 0;
    if (i > 0) text += begins ? (i % 85 == 0 ? ".\n\n" : ". ") : " ";
    text += begins ? Title(word) : word;
  }
  return text + ".";
}

release::v1::Release ArchiveGenerator::Make(size_t number) {
  const size_t original = number % kRepeatEvery == kRepeatEvery - 1 ? number - 1 : number;
  random_.seed(seed_ * 1'000'003 + original);
  release::v1::Release release;
  const double length = std::lognormal_distribution<double>(std::log(kMedianWords), kLengthSpread)(random_);
  std::string body = Sentences(std::clamp<size_t>(static_cast<size_t>(length), 40, kWordsMost));
  const std::string& place = places_[Zipf(places_.size())];
  release.set_language(random_() % 10 < 8 ? "en" : random_() % 2 == 0 ? "fr" : "es");
  release.set_source(sources_[Zipf(sources_.size())]);
  release.set_title(Title(Sentences(8)));
  if (original != number) release.set_title("Update " + release.title());
  for (size_t i = 1 + random_() % 5; i > 0; --i) {
    auto* person = release.add_people();
    person->set_display_name(people_[Zipf(people_.size())]);
    person->set_role(Title(words_[Zipf(500)]) + " Director");
    body += " " + person->display_name() + " said so.";
  }
  for (size_t i = 1 + random_() % 4; i > 0; --i) {
    release.add_organizations()->set_display_name(organizations_[Zipf(organizations_.size())]);
  }
  for (size_t i = 1 + random_() % 3; i > 0; --i) {
    auto* where = release.add_places();
    where->set_display_name(places_[Zipf(places_.size())]);
    where->set_country_code(countries_[Zipf(countries_.size())]);
  }
  for (size_t i = random_() % 6; i > 0; --i) {
    auto* figure = release.add_figures();
    figure->set_value(std::round(std::lognormal_distribution<double>(5, 3)(random_)));
    figure->set_unit(random_() % 3 == 0 ? "percent" : random_() % 2 == 0 ? "people" : "USD");
  }
  auto* date = release.mutable_publish()->mutable_date();
  date->set_year(static_cast<int>(2024 - Zipf(14)));
  date->set_month(static_cast<int>(1 + random_() % 12));
  date->set_day(static_cast<int>(1 + random_() % 28));
  release.set_text(fmt::format("{} - {}", place, body));
  release.set_page_type(release::v1::ARTICLE);
  release.mutable_extractor()->set_version("1");
  return release;
}

}  // namespace dateline::perf
