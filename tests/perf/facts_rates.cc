// How many releases of 4 KB one CPU second takes apart, with all facts and without, beside tokenising alone, and how
// the time per byte grows with the text. Reads the text files of the folder named on the command line, or a release
// made here; texts are joined or cut to the size. CPU time of the thread, so that a busy machine does not count.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "common/text/utf8.h"
#include "services/extraction/analysis/analysis.h"
#include "services/extraction/extract.h"
#include "tests/perf/measure.h"

namespace {

using dateline::extraction::Extractor;
using dateline::extraction::LanguagePacks;

constexpr std::size_t kReleaseBytes = 4096;
constexpr std::size_t kSmallBytes = std::size_t{10} << 10;
constexpr std::size_t kLargeBytes = std::size_t{1} << 20;
constexpr int kRounds = 7;
// How many of the texts are made as long as 1 MB.
constexpr std::ptrdiff_t kFew = 3;

constexpr std::string_view kMade =
    "River office opens nine new locks on the upper basin\n\n"
    "Nairobi – The River Basin Office (RBO) opened nine locks on the upper river today (5 March), more than 14 million "
    "people in Kenya and Uganda will travel on it by 2031. The Minister for Water, Ada Quay, and RBO's Head of "
    "Mission, "
    "Prof. Lee Hart, cut the ribbon in Kisumu.\n\n"
    "“The water belongs to everybody who lives by it,” said Quay. “We have waited for this day for almost twelve "
    "years, and it cost us 3.5 billion shillings.”\n\n"
    "According to a study by the University of Turkana, around 40 per cent of all goods in the region could go by "
    "boat. "
    "Hart noted that the towns of Mbita and Homa Bay have grown from under 20,000 inhabitants in 1980 to over "
    "90,000.\n\n"
    "The works are part of the Blue Locks Programme, which is funded by the European Union's Water Facility with €120 "
    "million. A seminar on inland shipping takes place in Entebbe from 12 to 14 April 2027.\n\n"
    "Contact: Noor Adan, RBO Kenya, Tel: +254 20 7622000, Email: nadan@rbo.example\n\n";

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<std::string> ReadTexts(int argc, char** argv) {
  std::vector<std::string> texts;
  if (argc > 1) {
    for (const auto& file : std::filesystem::directory_iterator(argv[1])) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  if (texts.empty()) texts.emplace_back(kMade);
  std::sort(texts.begin(), texts.end());
  return texts;
}

// Each text repeated, or cut, to `bytes`.
std::vector<std::string> OfSize(const std::vector<std::string>& texts, std::size_t bytes) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    std::string made;
    while (made.size() < bytes) made += text + "\n\n";
    out.emplace_back(dateline::text::TruncateUtf8(made, bytes));
  }
  return out;
}

// The median CPU seconds of one call, over all texts.
double SecondsEach(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& work) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = CpuSeconds();
    for (const std::string& text : texts) work(text);
    rounds.push_back((CpuSeconds() - begin) / static_cast<double>(texts.size()));
  }
  return dateline::perf::Median(std::move(rounds));
}

}  // namespace

int main(int argc, char** argv) {
  const auto extractor = *Extractor::Create();
  const auto packs = *LanguagePacks::Create();
  const std::vector<std::string> texts = ReadTexts(argc, argv);
  const auto extract = [&](bool omit_facts) {
    return [&, omit_facts](const std::string& text) {
      (void)extractor->Extract({.bytes = text, .content_type = "text/plain", .omit_facts = omit_facts});
    };
  };
  const std::vector<std::string> releases = OfSize(texts, kReleaseBytes);
  const double all = SecondsEach(releases, extract(false));
  const double bare = SecondsEach(releases, extract(true));
  const double analysis = SecondsEach(releases, [&](const std::string& text) {
    dateline::release::v1::Release release;
    release.set_text(text);
    (void)dateline::extraction::Analyze(release, packs->For("en"));
  });
  const double tokens = SecondsEach(releases, [&](const std::string& text) {
    (void)dateline::extraction::Tokenize(text, packs->For("en").word_rules());
  });
  fmt::print("{} texts, cut or repeated to {} bytes; CPU time, median of {} rounds\n", texts.size(), kReleaseBytes,
             kRounds);
  fmt::print("extraction with all facts       {:>8.0f} releases/s\n", 1 / all);
  fmt::print("facts alone                     {:>8.0f} releases/s\n", 1 / std::max(all - bare, 1e-9));
  fmt::print("text, sections, metadata        {:>8.0f} releases/s\n", 1 / bare);
  fmt::print("tokens, sentences, lexicons     {:>8.0f} releases/s\n", 1 / analysis);
  fmt::print("tokens alone                    {:>8.0f} releases/s\n", 1 / tokens);
  const std::vector<std::string> few(texts.begin(), texts.begin() + std::min<std::ptrdiff_t>(kFew, std::ssize(texts)));
  const double large = SecondsEach(OfSize(few, kLargeBytes), extract(false)) / static_cast<double>(kLargeBytes);
  const double small = SecondsEach(OfSize(few, kSmallBytes), extract(false)) / static_cast<double>(kSmallBytes);
  fmt::print("time per byte at 1 MB over that at 10 KB: {:.2f}\n", large / small);
  return 0;
}
