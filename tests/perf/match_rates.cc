// How fast one event is matched against very many subscriptions, on one core: 100,000 and ten times as many, in the
// same run beside the naive way, which evaluates every filter. The mixture of filters and releases is made up here,
// like what people ask for: words of very different commonness, names, acronyms, languages, phrases, beginnings of
// words, alternatives, exclusions, figures and dates, and a few that require nothing; many ask for the same.
//
// usage: match_rates [subscriptions=100000] [events=2000] [naive-events=20]

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "common/filter/filter.h"
#include "services/notification/matching/filter_index.h"

namespace dateline::notification {
namespace {

constexpr size_t kVocabulary = 20'000;
constexpr size_t kNames = 5'000;
constexpr uint64_t kSeed = 20'261'130;

// The CPU time of this process, so that busy neighbours do not count.
double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

size_t HeapBytes() {
  return mallinfo2().uordblks;
}

// Words and names by rank; a rank is drawn by Zipf's law, as words of texts are.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    double sum = 0;
    for (size_t i = 0; i < kVocabulary; ++i) cumulative_.push_back(sum += 1.0 / (static_cast<double>(i) + 2.7));
  }

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  bool Percent(size_t percent) { return Below(100) < percent; }
  size_t Rank() {
    const double at = std::uniform_real_distribution<double>(0, cumulative_.back())(random_);
    return static_cast<size_t>(std::lower_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin());
  }
  // Pronounceable, different for each rank; common words are short.
  static std::string WordAt(size_t rank) {
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
  std::string Word() { return WordAt(Rank()); }
  // What people look for is seldom among the commonest words.
  std::string Keyword() { return WordAt(200 + Below(40) * Below(kVocabulary / 40)); }
  size_t NameRank() { return Below(1 + Below(kNames)); }
  static std::string Organization(size_t rank) {
    return "Agency for " + WordAt(300 + rank) + " and " + WordAt(900 + rank / 3);
  }
  static std::string Acronym(size_t rank) {
    std::string acronym;
    for (size_t left = rank + 26; left > 0; left /= 26) acronym += static_cast<char>('A' + left % 26);
    return acronym + "O";
  }
  static std::string Person(size_t rank) { return WordAt(100 + rank % 700) + " " + WordAt(2'000 + rank); }
  std::string Language() {
    const size_t at = Below(100);
    return at < 60 ? "en" : at < 75 ? "fr" : at < 88 ? "es" : at < 95 ? "ar" : "zh";
  }

  release::v1::Release Release() {
    release::v1::Release release;
    release.set_name("releases/1");
    release.set_language(Language());
    release.set_site_name("site " + std::to_string(Below(500)));
    for (size_t i = 0; i < 9; ++i) *release.mutable_title() += (i > 0 ? " " : "") + Word();
    for (size_t i = 0; i < 450; ++i) {
      *release.mutable_text() += Word();
      *release.mutable_text() += i % 70 == 69 ? "\n\n" : i % 12 == 11 ? ". " : " ";
    }
    for (size_t i = Below(5); i > 0; --i) {
      const size_t rank = NameRank();
      release.add_organizations()->set_display_name(Organization(rank));
      release.mutable_organizations()->rbegin()->set_acronym(Acronym(rank));
      *release.mutable_text() += " " + Organization(rank);
    }
    for (size_t i = Below(6); i > 0; --i) {
      release.add_people()->set_display_name(Person(NameRank()));
      release.mutable_people()->rbegin()->set_role(Word() + " " + Word());
    }
    for (size_t i = Below(8); i > 0; --i) release.add_figures()->set_value(static_cast<double>(Below(5'000'000)));
    for (size_t i = Below(4); i > 0; --i)
      release.add_places()->set_country_code(std::string("C") + static_cast<char>('A' + Below(26)));
    release.mutable_publish()->mutable_date()->set_year(2020 + static_cast<int>(Below(7)));
    return release;
  }

  std::string Filter() {
    const size_t kind = Below(1'000);
    if (kind < 250) return Keyword() + " " + Keyword();
    if (kind < 350) return fmt::format("{} language = {}", Keyword(), Language());
    if (kind < 450) return fmt::format("organizations.acronym = {}", Acronym(NameRank()));
    if (kind < 540) return fmt::format("mentions(\"{}\")", Person(NameRank()));
    if (kind < 620) return fmt::format("({} OR {} OR {}) language = {}", Keyword(), Keyword(), Keyword(), Language());
    if (kind < 700) return fmt::format("\"{} {}\"", Keyword(), Keyword());
    if (kind < 760) return fmt::format("title:{} -{}", Keyword(), Word());
    if (kind < 810) return fmt::format("{}* {}", Keyword().substr(0, 6), Keyword());
    if (kind < 860) return fmt::format("people.role:{} {}", Keyword(), Keyword());
    if (kind < 900) return fmt::format("places.country_code = C{} {}", static_cast<char>('A' + Below(26)), Keyword());
    if (kind < 940)
      return fmt::format("organizations:\"{}\" figures.value > {}", Organization(NameRank()),
                         1'000'000 * (1 + Below(4)));
    if (kind < 970) return fmt::format("near({}, {}, 5)", Keyword(), Keyword());
    if (kind < 990) return fmt::format("{} publish.date >= {}", Keyword(), 2020 + Below(7));
    if (kind < 997) return fmt::format("language = {}", Language());
    return fmt::format("figures.value > {}", 1'000'000 * (1 + Below(5)));
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> cumulative_;
};

struct Measured {
  double seconds_per_event = 0;
  double bytes_per_subscription = 0;
  uint64_t matches = 0;
};

// The releases are decoded beforehand; what is measured is folding their words, looking up, evaluating and collecting.
Measured Measure(size_t subscriptions, const std::vector<release::v1::Release>& releases,
                 std::vector<std::string>* filters) {
  World world(kSeed);
  const size_t heap = HeapBytes();
  FilterIndex index;
  const double build = CpuSeconds();
  size_t refused = 0;
  for (size_t i = 0; i < subscriptions; ++i) {
    const std::string text = world.Filter();
    if (!index.Put(static_cast<int64_t>(i), text, 1).ok()) ++refused;
    if (filters != nullptr) filters->push_back(text);
  }
  const double built = CpuSeconds() - build;
  Measured measured;
  measured.bytes_per_subscription = static_cast<double>(HeapBytes() - heap) / static_cast<double>(subscriptions);
  size_t evaluated = 0;
  const double begin = CpuSeconds();
  for (const release::v1::Release& release : releases) {
    const filter::Subject subject(release);
    for (const FilterIndex::Match& match : index.Find(subject, 1)) measured.matches += match.subscriptions->size();
    evaluated += index.evaluated();
  }
  const auto events = static_cast<double>(releases.size());
  measured.seconds_per_event = (CpuSeconds() - begin) / events;
  const FilterIndex::Size size = index.size();
  fmt::print(
      "{:>9} subscriptions: {:7.0f} events/s on one core, {:6.1f} us each; {:.0f} bytes a subscription; {} filters, {} "
      "clauses, {} terms, {} require nothing, {} refused; {:.0f} filters evaluated and {:.0f} subscriptions matched by "
      "an "
      "event; built in {:.1f} s\n",
      subscriptions, 1 / measured.seconds_per_event, measured.seconds_per_event * 1e6, measured.bytes_per_subscription,
      size.filters, size.clauses, size.terms, size.unbound, refused, static_cast<double>(evaluated) / events,
      static_cast<double>(measured.matches) / events, built);
  return measured;
}

int Main(int argc, char** argv) {
  const auto number = [&](int at, size_t otherwise) {
    return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  const size_t subscriptions = number(1, 100'000);
  const size_t events = number(2, 2'000);
  const size_t naive_events = std::min(number(3, 20), events);
  World world(kSeed + 1);
  std::vector<release::v1::Release> releases;
  for (size_t i = 0; i < events; ++i) releases.push_back(world.Release());

  std::vector<std::string> texts;
  const Measured small = Measure(subscriptions, releases, &texts);
  {
    std::vector<filter::Filter> filters;
    for (const std::string& text : texts) {
      if (auto compiled = filter::Compile(text); compiled.ok()) filters.push_back(*std::move(compiled));
    }
    uint64_t matches = 0;
    const double begin = CpuSeconds();
    for (size_t i = 0; i < naive_events; ++i) {
      const filter::Subject subject(releases[i]);
      for (const filter::Filter& filter : filters) matches += filter.Matches(subject) ? 1 : 0;
    }
    const double each = (CpuSeconds() - begin) / static_cast<double>(naive_events);
    fmt::print("{:>9} evaluated naively: {:7.1f} events/s, {:.0f} us each, {:.0f} times the index; {:.0f} matched\n",
               filters.size(), 1 / each, each * 1e6, each / small.seconds_per_event,
               static_cast<double>(matches) / static_cast<double>(naive_events));
  }
  texts.clear();
  const Measured large = Measure(subscriptions * 10, releases, nullptr);
  fmt::print("ten times the subscriptions cost {:.2f} times the time\n",
             large.seconds_per_event / small.seconds_per_event);
  return 0;
}

}  // namespace
}  // namespace dateline::notification

int main(int argc, char** argv) {
  return dateline::notification::Main(argc, argv);
}
