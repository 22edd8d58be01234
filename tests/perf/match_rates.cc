// How fast one event is matched against very many subscriptions, on one core: 100,000 and ten times as many, beside the
// naive way, which evaluates every filter. Twice: with filters as followers of newsrooms choose them, and with those of
// loners, of which nearly all are different (subscriber_world.h says what they are made of). What an event costs is
// everything from the decoded release to the lists of subscriptions; every match is read once, as the store would. The
// index learns from what passes: events are matched as soon as it is built, and again after others that it learns from.
//
// usage: match_rates [subscriptions=100000] [events=2000] [naive-events=20] [followers|loners] [learn-from=10000]

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "common/filter/filter.h"
#include "services/notification/matching/filter_index.h"
#include "services/notification/matching/release_subject.h"
#include "tests/perf/subscriber_world.h"

namespace dateline::notification {
namespace {

constexpr uint64_t kSeed = 20'261'130;
// How many subscriptions are put anew and removed to see what a change costs.
constexpr size_t kChanges = 10'000;

// The CPU time of this process, so that busy neighbours do not count.
double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

size_t HeapBytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Mixture {
  const char* name;
  std::function<std::string(SubscriberWorld&)> filter;
};

class Bench {
 public:
  Bench(Mixture mixture, const std::vector<release::v1::Release>& releases, size_t learn)
      : mixture_(std::move(mixture)), releases_(releases), learn_(learn) {}

  void Run(size_t subscriptions, size_t naive_events) {
    fmt::print("\n{}\n", mixture_.name);
    std::vector<std::string> texts;
    const double small = Measure(subscriptions, &texts);
    Naive(texts, std::min(naive_events, releases_.size()), small);
    texts = {};
    const double large = Measure(subscriptions * 10, nullptr);
    fmt::print("  ten times the subscriptions cost {:.2f} times the time\n", large / small);
  }

 private:
  // The seconds for an event.
  double Measure(size_t subscriptions, std::vector<std::string>* texts) {
    SubscriberWorld world(kSeed);
    const size_t heap = HeapBytes();
    FilterIndex index;
    const double build = CpuSeconds();
    size_t refused = 0;
    for (size_t i = 0; i < subscriptions; ++i) {
      const std::string text = mixture_.filter(world);
      if (!index.Put(static_cast<int64_t>(i), text, 1).ok()) ++refused;
      if (texts != nullptr) texts->push_back(text);
    }
    const double built = CpuSeconds() - build;
    const double bytes =
        static_cast<double>(HeapBytes() - heap - TextBytes(texts)) / static_cast<double>(subscriptions);
    const FilterIndex::Size size = index.size();
    fmt::print(
        "  {} subscriptions: {} different filters, {} clauses that have to be evaluated, {} terms, {} filters that "
        "require nothing, {} refused; {:.0f} bytes a subscription; built in {:.1f} s\n",
        subscriptions, size.filters, size.clauses, size.terms, size.unbound, refused, bytes, built);
    fmt::print("    as it is built:\n");
    double each = Match(index);
    if (learn_ > 0) {
      Learn(index);
      fmt::print("    after {} other events:\n", learn_);
      each = Match(index);
    }
    Explain(index);
    Change(index, world, subscriptions);
    return each;
  }

  void Learn(FilterIndex& index) const {
    SubscriberWorld world(kSeed + 2);
    for (size_t i = 0; i < learn_; ++i) {
      const release::v1::Release release = world.Release();
      index.Find(filter::Subject(release), 1);
    }
  }

  double Match(FilterIndex& index) const {
    size_t filters = 0;
    size_t matched = 0;
    int64_t sum = 0;
    FilterIndex::Work work;
    const double begin = CpuSeconds();
    for (const release::v1::Release& release : releases_) {
      const filter::Subject subject(release);
      for (const FilterIndex::Match& match : index.Find(subject, 1)) {
        ++filters;
        matched += match.subscriptions().size();
        sum = std::accumulate(match.subscriptions().begin(), match.subscriptions().end(), sum);
      }
      work.found += index.work().found;
      work.evaluated += index.work().evaluated;
      work.clauses += index.work().clauses;
    }
    const auto events = static_cast<double>(releases_.size());
    const double each = (CpuSeconds() - begin) / events;
    fmt::print(
        "    {:.0f} events/s on one core, {:.1f} us each; an event finds {:.0f} filters by its terms, looks at {:.0f}, "
        "evaluates {:.0f} clauses, and matches {:.0f} filters of {:.0f} subscriptions (sum of ids {})\n",
        1 / each, each * 1e6, static_cast<double>(work.found) / events, static_cast<double>(work.evaluated) / events,
        static_cast<double>(work.clauses) / events, static_cast<double>(filters) / events,
        static_cast<double>(matched) / events, sum);
    return each;
  }

  // What it costs to say why each filter matched, which is done once for all who ask for the same.
  void Explain(FilterIndex& index) const {
    const size_t events = std::min<size_t>(releases_.size(), 100);
    double seconds = 0;
    size_t lines = 0;
    for (size_t i = 0; i < events; ++i) {
      const filter::Subject subject(releases_[i]);
      const auto matches = index.Find(subject, 1);
      const double begin = CpuSeconds();
      MatchReasons reasons(subject);
      for (const FilterIndex::Match& match : matches) lines += reasons.Of(*filter::Compile(match.filter())).size();
      seconds += CpuSeconds() - begin;
    }
    fmt::print("    the reasons: {:.0f} us an event, {} lines\n", seconds / static_cast<double>(events) * 1e6,
               lines / events);
  }

  // What a change of a subscription costs: it is visible to the next event.
  void Change(FilterIndex& index, SubscriberWorld& world, size_t subscriptions) const {
    std::vector<std::string> texts;
    for (size_t i = 0; i < kChanges; ++i) texts.push_back(mixture_.filter(world));
    const double begin = CpuSeconds();
    for (size_t i = 0; i < kChanges; ++i) {
      const auto id = static_cast<int64_t>(i * (subscriptions / kChanges));
      if (!index.Put(id, texts[i], 1).ok()) std::abort();
    }
    const double put = CpuSeconds();
    for (size_t i = 0; i < kChanges; ++i) index.Remove(static_cast<int64_t>(i * (subscriptions / kChanges)));
    fmt::print("    to replace one: {:.1f} us; to remove one: {:.1f} us\n", (put - begin) / kChanges * 1e6,
               (CpuSeconds() - put) / kChanges * 1e6);
  }

  void Naive(const std::vector<std::string>& texts, size_t events, double indexed) const {
    std::vector<filter::Filter> filters;
    for (const std::string& text : texts) {
      if (auto compiled = filter::Compile(text); compiled.ok()) filters.push_back(*std::move(compiled));
    }
    uint64_t matches = 0;
    const double begin = CpuSeconds();
    for (size_t i = 0; i < events; ++i) {
      const filter::Subject subject(releases_[i]);
      for (const filter::Filter& filter : filters) matches += filter.Matches(subject) ? 1 : 0;
    }
    const double each = (CpuSeconds() - begin) / static_cast<double>(events);
    fmt::print("    evaluated naively: {:.1f} events/s, {:.0f} us each, {:.0f} times the index; {:.0f} matched\n",
               1 / each, each * 1e6, each / indexed, static_cast<double>(matches) / static_cast<double>(events));
  }

  // What the copies of the texts, which are kept for the naive way, take of the heap.
  static size_t TextBytes(const std::vector<std::string>* texts) {
    if (texts == nullptr) return 0;
    size_t bytes = texts->capacity() * sizeof(std::string);
    for (const std::string& text : *texts) bytes += text.capacity() > 15 ? (text.capacity() + 1 + 8 + 15) / 16 * 16 : 0;
    return bytes;
  }

  const Mixture mixture_;
  const std::vector<release::v1::Release>& releases_;
  const size_t learn_;
};

int Main(int argc, char** argv) {
  const auto number = [&](int at, size_t otherwise) {
    return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  const size_t subscriptions = std::max(number(1, 100'000), kChanges);
  const std::string only = argc > 4 ? argv[4] : "";
  SubscriberWorld world(kSeed + 1);
  std::vector<release::v1::Release> releases;
  for (size_t i = 0; i < std::max<size_t>(number(2, 2'000), 1); ++i) releases.push_back(world.Release());
  size_t bytes = 0;
  for (const release::v1::Release& release : releases) bytes += release.text().size();
  fmt::print("{} releases, {:.0f} bytes of text each\n", releases.size(),
             static_cast<double>(bytes) / static_cast<double>(releases.size()));
  for (const Mixture& mixture : {Mixture{"followers", [](SubscriberWorld& made) { return made.FollowerFilter(); }},
                                 Mixture{"loners", [](SubscriberWorld& made) { return made.LonerFilter(); }}}) {
    if (only.empty() || only == mixture.name)
      Bench(mixture, releases, number(5, 10'000)).Run(subscriptions, number(3, 20));
  }
  return 0;
}

}  // namespace
}  // namespace dateline::notification

int main(int argc, char** argv) {
  return dateline::notification::Main(argc, argv);
}
