// Near-duplicates: how many of the copies that syndication makes of a text are linked to it (recall, by kind of
// change), how many links join releases of different texts (false pairs), and what a release costs as the archive
// grows. Works on a real archive in SQLite, or on a PostgreSQL server that it starts, through the same derivation as
// the service.
//
//   link_rates [--texts FILE.jsonl] [--originals N] [--copied N] [--facts] [--keep FOLDER] [--show N] [--postgres]
//
// --texts reads objects with "text" and, if there are, "id", "date" (YYYY-MM-DD) and "office"; without it texts are
// made from a seed. --facts extracts the texts first, so that entities are worked out too. --keep leaves the archive in
// a folder, to be looked at with the service. --show prints pairs of originals that were linked, missed copies and
// false pairs, to be read.

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "common/text/utf8.h"
#include "services/extraction/extract.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/linking/profile.h"
#include "services/storage/linking/relation.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/similar_releases.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

using release::v1::Release;

constexpr unsigned kSeed = 20'261'130;
constexpr size_t kCopiedWordsMin = 120;  // A shorter text is a notice, and its half is none.
constexpr size_t kStep = 1'000;

struct Text {
  std::string id;
  std::string office;
  std::string text;
  google::type::Date date;
};

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    at += text::SpaceAt(text, at);
    const size_t end = std::min(text::FindSpace(text, at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = std::max(end, at + (end == at ? 1 : 0));
  }
  return words;
}

std::string Join(const std::vector<std::string>& words, size_t begin, size_t end) {
  std::string joined;
  for (size_t i = begin; i < std::min(end, words.size()); ++i) joined += (joined.empty() ? "" : " ") + words[i];
  return joined;
}

std::vector<Text> ReadTexts(const std::string& path, size_t most) {
  std::vector<Text> texts;
  std::ifstream in(path);
  std::string line;
  while (texts.size() < most && std::getline(in, line)) {
    google::protobuf::Struct object;
    if (!google::protobuf::util::JsonStringToMessage(line, &object).ok()) continue;
    const auto field = [&object](const std::string& name) {
      const auto found = object.fields().find(name);
      return found == object.fields().end() ? std::string() : found->second.string_value();
    };
    Text& text = texts.emplace_back();
    text.text = field("text");
    text.id = field("id").empty() ? std::to_string(texts.size()) : field("id");
    text.office = field("office").empty() ? "perf" : field("office");
    const std::string date = field("date");
    int year = 0, month = 0, day = 0;
    if (std::sscanf(date.c_str(), "%d-%d-%d", &year, &month, &day) == 3) {
      text.date.set_year(year);
      text.date.set_month(month);
      text.date.set_day(day);
    }
  }
  return texts;
}

// Words distributed as in real text (Zipf), names and figures among them, lengths about those of releases.
std::vector<Text> MakeTexts(size_t count) {
  std::mt19937 random(kSeed);
  std::vector<double> weights;
  for (int rank = 1; rank <= 8'000; ++rank) weights.push_back(1.0 / rank);
  std::discrete_distribution<int> word(weights.begin(), weights.end());
  std::lognormal_distribution<double> length(5.8, 0.6);
  std::vector<Text> texts;
  for (size_t i = 0; i < count; ++i) {
    Text& text = texts.emplace_back();
    text.id = std::to_string(i);
    text.office = fmt::format("office{}", i % 60);
    const auto words = std::clamp<size_t>(static_cast<size_t>(length(random)), 60, 3'000);
    for (size_t w = 0; w < words; ++w) {
      const int rank = word(random);
      std::string one = fmt::format("w{}", rank);
      if (rank % 11 == 3) one = fmt::format("Name{}", rank);
      if (rank % 23 == 7) one = std::to_string(random() % 5'000);
      text.text += one + (w % 17 == 16 ? ". " : " ");
      if (w % 90 == 89) text.text += "\n\n";
    }
  }
  return texts;
}

// What syndication does to a text.
using Change = std::function<std::string(const std::string&, std::mt19937&)>;

std::string Boilerplate(size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) text += fmt::format("standing{} ", i % 150);
  return text;
}

std::string UpdateFigures(const std::string& text, std::mt19937& random) {
  std::string updated = text;
  for (char& c : updated) {
    if (c >= '0' && c <= '9') c = static_cast<char>('0' + random() % 10);
  }
  return updated;
}

// Another spelling for one in eight words that begin with a capital, as names are written in another language.
std::string TranslateNames(const std::string& text, std::mt19937& random) {
  std::vector<std::string> words = Words(text);
  const std::mt19937::result_type salt = random();
  for (std::string& word : words) {
    const bool capital = word[0] >= 'A' && word[0] <= 'Z';
    if (capital && (std::hash<std::string>()(word) + salt) % 8 == 0) word += "ov";
  }
  return Join(words, 0, words.size());
}

std::string Rewrap(const std::string& text, std::mt19937& random) {
  std::string wrapped;
  size_t column = 0;
  for (const std::string& word : Words(text)) {
    wrapped += word;
    column += word.size() + 1;
    const bool end = column > 60 + random() % 20;
    wrapped += end ? "\r\n" : " ";
    if (end) column = 0;
  }
  return wrapped;
}

std::string Cut(const std::string& text, double share) {
  const std::vector<std::string> words = Words(text);
  return Join(words, 0, static_cast<size_t>(static_cast<double>(words.size()) * share));
}

std::string NewHeadline(const std::string& text) {
  const std::vector<std::string> words = Words(text);
  return "Another headline stands above what follows here now\n\n" +
         Join(words, std::min<size_t>(12, words.size()), words.size());
}

std::vector<std::pair<std::string, Change>> Changes() {
  return {
      {"the same", [](const std::string& t, std::mt19937&) { return t; }},
      {"re-wrapped", Rewrap},
      {"headline changed", [](const std::string& t, std::mt19937&) { return NewHeadline(t); }},
      {"cut to half", [](const std::string& t, std::mt19937&) { return Cut(t, 0.5); }},
      {"cut to a third", [](const std::string& t, std::mt19937&) { return Cut(t, 0.34); }},
      {"boilerplate +40 %",
       [](const std::string& t, std::mt19937&) { return t + "\n\n" + Boilerplate(Words(t).size() * 2 / 5); }},
      {"figures updated", UpdateFigures},
      {"names translated", TranslateNames},
      {"headline, cut to 70 %, boilerplate",
       [](const std::string& t, std::mt19937&) {
         return NewHeadline(Cut(t, 0.7)) + "\n\n" + Boilerplate(Words(t).size() / 5);
       }},
      {"headline, figures, re-wrapped",
       [](const std::string& t, std::mt19937& random) {
         return Rewrap(UpdateFigures(NewHeadline(t), random), random);
       }},
  };
}

class Archive {
 public:
  Archive(std::unique_ptr<storage::DatabaseStore> store, bool facts) : store_(std::move(store)) {
    if (facts) extractor_ = *extraction::Extractor::Create();
    derivation_ = std::make_unique<storage::Derivation>(store_->derived(), RealClock());
  }

  std::string Commit(const Text& text, const std::string& uri) {
    Release release;
    if (extractor_ != nullptr) {
      auto extracted = extractor_->Extract({.bytes = text.text, .uri = uri, .content_type = "text/plain"});
      if (!extracted.ok()) return {};
      release = *std::move(extracted);
    } else {
      release = storage::MakeRelease(uri, text.id, text.text);
    }
    release.set_name("releases/" + UuidV5(uri));
    release.set_uri(uri);
    release.mutable_extractor()->set_version("0.0.0-perf");
    if (text.date.year() != 0) *release.mutable_publish()->mutable_date() = text.date;
    const auto put = storage::PutAndWait(*store_, storage::MakeDocument(uri, text.text));
    storage::v1::CommitReleasesRequest request;
    if (put.ok()) request.set_document(put->document.name());
    *request.add_releases() = release;
    const auto committed = storage::CommitAndWait(*store_, request);
    if (!committed.ok()) {
      fmt::print(stderr, "{}: {}\n", uri, std::string(committed.status().message()));
      std::exit(1);
    }
    return release.name();
  }

  // Seconds that deriving what waits took.
  double Derive() {
    const auto start = std::chrono::steady_clock::now();
    if (const auto derived = derivation_->Drain(); !derived.ok()) {
      fmt::print(stderr, "{}\n", std::string(derived.status().message()));
      std::exit(1);
    }
    return SecondsSince(start);
  }

  storage::v1::ListSimilarReleasesResponse SimilarTo(const std::string& name) {
    auto similar = storage::ListSimilar(store_->derived(), name, 100);
    return similar.ok() ? *std::move(similar) : storage::v1::ListSimilarReleasesResponse();
  }
  Release Get(const std::string& name) {
    auto release = store_->GetRelease({.name = name, .revision = 0}, storage::View::kFull);
    return release.ok() ? *std::move(release) : Release();
  }
  std::string ClusterOf(const std::string& name) { return Get(name).cluster(); }

 private:
  std::unique_ptr<storage::DatabaseStore> store_;
  std::unique_ptr<const extraction::Extractor> extractor_;
  std::unique_ptr<storage::Derivation> derivation_;
};

template <class Opened>
std::unique_ptr<storage::DatabaseStore> Take(Opened opened) {
  if (opened.ok()) return *std::move(opened);
  fmt::print(stderr, "{}\n", std::string(opened.status().message()));
  std::exit(1);
}

std::unique_ptr<storage::DatabaseStore> OpenSqlite(const std::string& folder) {
  return Take(storage::SqliteStore::Open({.path = folder + "/storage.db"}, RealClock()));
}

std::unique_ptr<storage::DatabaseStore> OpenPostgres(testing::PostgresServer& server) {
  storage::PostgresStore::Options options;
  options.connection.connection = server.NewDatabase();
  return Take(storage::PostgresStore::Open(std::move(options), RealClock()));
}

// Commits and derives in steps; prints what a step costs as the archive grows.
std::vector<std::string> CommitAll(Archive& archive, const std::vector<Text>& texts) {
  std::vector<std::string> names;
  double seconds = 0;
  double cpu = 0;
  size_t since = 0;  // Releases since the line before.
  for (size_t i = 0; i < texts.size(); ++i) {
    names.push_back(archive.Commit(texts[i], fmt::format("https://{}.example/{}", texts[i].office, texts[i].id)));
    ++since;
    if ((i + 1) % kStep != 0 && i + 1 != texts.size()) continue;
    const double cpu_before = ProcessCpuSeconds();
    seconds += archive.Derive();
    cpu += ProcessCpuSeconds() - cpu_before;
    const size_t done = i + 1;
    if (done == kStep || done % (5 * kStep) == 0 || done == texts.size()) {
      const auto n = static_cast<double>(since);
      fmt::print("  up to {:>6} releases: {:>7.0f} releases/s, {:>6.2f} ms of CPU each\n", done, n / seconds,
                 cpu / n * 1e3);
      seconds = cpu = 0;
      since = 0;
    }
  }
  return names;
}

void ShowPairs(Archive& archive, const std::vector<Text>& texts, const std::vector<std::string>& names, size_t show) {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < names.size(); ++i) index[names[i]] = i;
  std::map<int, size_t> relations;
  size_t contradicted = 0;
  size_t shown = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto similar = archive.SimilarTo(names[i]);
    for (const auto& one : similar.releases()) {
      const size_t other = index[one.release().name()];
      if (other >= i) continue;
      ++relations[one.relation()];
      if (!one.contradictions().empty()) ++contradicted;
      if (shown >= show || (i * 7919) % 97 > 8) continue;
      ++shown;
      fmt::print("--- {} {:.2f}\n  {}: {}\n  {}: {}\n", storage::v1::SimilarRelease::Relation_Name(one.relation()),
                 one.similarity(), texts[i].id, texts[i].text.substr(0, 180), texts[other].id,
                 texts[other].text.substr(0, 180));
      for (const auto& contradiction : one.contradictions()) fmt::print("  ! {}\n", contradiction);
    }
  }
  fmt::print("links among the originals:");
  for (const auto& [relation, count] : relations)
    fmt::print(" {} {}",
               storage::v1::SimilarRelease::Relation_Name(static_cast<storage::v1::SimilarRelease::Relation>(relation)),
               count);
  fmt::print("; {} with contradictions\n", contradicted);
}

// A copy whose original was not among what it was linked to: why.
std::string WhyMissed(Archive& archive, const std::string& copy, const std::string& original) {
  const auto profile_of = [&archive](const std::string& name) { return storage::MakeProfile(archive.Get(name)); };
  const auto related = storage::Relate(profile_of(copy), profile_of(original));
  if (!related.has_value()) return "not alike enough";
  return fmt::format("{} {:.2f}, but not found", storage::v1::SimilarRelease::Relation_Name(related->relation),
                     related->similarity);
}

struct Copy {
  std::string name;
  std::string kind;
  size_t original;
};

std::vector<Copy> MakeCopies(Archive& archive, const std::vector<Text>& texts, size_t copied) {
  std::vector<size_t> chosen;
  std::mt19937 random(kSeed);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (Words(texts[i].text).size() >= kCopiedWordsMin) chosen.push_back(i);
  }
  std::shuffle(chosen.begin(), chosen.end(), random);
  if (chosen.size() > copied) chosen.resize(copied);
  const auto changes = Changes();
  std::vector<Copy> copies;
  for (const size_t original : chosen) {
    for (size_t kind = 0; kind < changes.size(); ++kind) {
      Text copy = texts[original];
      copy.text = changes[kind].second(copy.text, random);
      std::string name = archive.Commit(copy, fmt::format("https://copy{}.example/{}/{}", kind, copy.office, copy.id));
      copies.push_back({.name = std::move(name), .kind = changes[kind].first, .original = original});
    }
  }
  return copies;
}

// A pair is false when it joins a copy with a release that is not of the original's cluster.
void MeasureCopies(Archive& archive, const std::vector<Text>& texts, const std::vector<std::string>& names,
                   size_t copied, size_t show) {
  std::map<std::string, std::string> family;  // Of each release: the cluster of its original, else the original.
  for (const std::string& name : names) {
    const std::string cluster = archive.ClusterOf(name);
    family[name] = cluster.empty() ? name : cluster;
  }
  const std::vector<Copy> copies = MakeCopies(archive, texts, copied);
  for (const Copy& copy : copies) family[copy.name] = family[names[copy.original]];
  const double seconds = archive.Derive();
  std::map<std::string, std::pair<size_t, size_t>> recall;  // By kind: found, of all.
  std::map<std::pair<std::string, std::string>, std::string> false_pairs;
  size_t pairs = 0;
  size_t shown = 0;
  for (const Copy& copy : copies) {
    const std::string& original = names[copy.original];
    bool linked = false;
    const auto similar = archive.SimilarTo(copy.name);
    for (const auto& one : similar.releases()) {
      ++pairs;
      const std::string& other = one.release().name();
      linked = linked || other == original;
      if (family[other] == family[copy.name]) continue;
      false_pairs[std::minmax(copy.name, other)] = fmt::format(
          "{}, {} {:.2f}\n    {}\n    {}", copy.kind, storage::v1::SimilarRelease::Relation_Name(one.relation()),
          one.similarity(), archive.Get(copy.name).uri(), one.release().uri());
    }
    for (auto* const count : {&recall[copy.kind], &recall["all kinds"]}) {
      if (linked) ++count->first;
      ++count->second;
    }
    if (!linked && ++shown <= show)
      fmt::print("  missed: {}, {}: {}\n", copy.kind, texts[copy.original].id, WhyMissed(archive, copy.name, original));
  }
  for (const auto& [kind, count] : recall)
    fmt::print("  {:<36} recall {:.4f} of {}\n", kind,
               static_cast<double>(count.first) / static_cast<double>(count.second), count.second);
  fmt::print("  {} false of {} pairs; {:.0f} releases/s\n", false_pairs.size(), pairs,
             static_cast<double>(copies.size()) / seconds);
  shown = 0;
  for (const auto& [pair, words] : false_pairs) {
    if (++shown <= show) fmt::print("  false: {}\n", words);
  }
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  using namespace dateline::perf;
  std::string path;
  std::string keep;
  size_t originals = 25'000;
  size_t copied = 500;
  size_t show = 0;
  bool facts = false;
  bool postgres = false;
  CLI::App app("Recall, false pairs and cost of finding near-duplicates");
  app.add_option("--texts", path, "JSON lines with \"text\", else texts are made from a seed");
  app.add_option("--originals", originals, "At most so many texts")->capture_default_str();
  app.add_option("--copied", copied, "So many of them are copied in each way")->capture_default_str();
  app.add_flag("--facts", facts, "Extract the texts, so that entities are worked out too");
  app.add_flag("--postgres", postgres, "In PostgreSQL instead of SQLite; CPU is then that of this process only");
  app.add_option("--keep", keep, "Folder in which the archive is left");
  app.add_option("--show", show, "Print so many linked pairs of originals");
  CLI11_PARSE(app, argc, argv);
  const std::vector<Text> texts = path.empty() ? MakeTexts(originals) : ReadTexts(path, originals);
  if (texts.empty()) {
    fmt::print(stderr, "{}: no texts; give JSON lines with \"text\"\n", path);
    return 1;
  }
  const dateline::testing::TempDir folder;
  std::unique_ptr<dateline::testing::PostgresServer> server;
  if (postgres)
    server =
        std::make_unique<dateline::testing::PostgresServer>(dateline::testing::PostgresServer::Options{.fsync = true});
  Archive archive(postgres ? OpenPostgres(*server) : OpenSqlite(keep.empty() ? folder.path().string() : keep), facts);
  fmt::print("{} texts{}\n", texts.size(), facts ? ", with facts and entities" : "");
  const auto names = CommitAll(archive, texts);
  if (show > 0) ShowPairs(archive, texts, names, show);
  if (copied > 0) MeasureCopies(archive, texts, names, copied, show);
  return 0;
}
