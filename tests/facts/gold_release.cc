#include "tests/facts/gold_release.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_split.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tests/facts/fact_words.h"

namespace dateline::tests {
namespace {

// The attributes of each kind of fact.
const std::map<std::string, std::set<std::string>, std::less<>>& Kinds() {
  static const std::map<std::string, std::set<std::string>, std::less<>> kinds = {
      {"title", {}},
      {"dateline", {"country", "date"}},
      {"publish", {}},
      {"person", {"also", "or", "role"}},
      {"organization", {"also", "or"}},
      {"place", {"also", "or", "country"}},
      {"quote", {"speaker"}},
      {"figure", {"unit"}},
      {"date", {}},
      {"contact", {"email", "phone", "name"}},
      {"event", {"place", "date"}},
      {"funding", {"funder", "recipient", "amount"}},
      {"programme", {}},
      {"publication", {}},
  };
  return kinds;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Kinds whose words have to stand in the text.
bool IsVerbatim(std::string_view kind) {
  return kind != "publish" && kind != "figure" && kind != "date" && kind != "contact" && kind != "funding";
}

absl::StatusOr<GoldFact> ParseLine(std::string_view line, const std::string& words) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(line), '\t');
  GoldFact fact;
  fact.kind = parts[0];
  const auto kind = Kinds().find(fact.kind);
  if (kind == Kinds().end()) return Error(absl::StatusCode::kInvalidArgument, "GOLD", "unknown kind " + fact.kind);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (i == 1 && (equals == std::string::npos || !kind->second.contains(parts[i].substr(0, equals)))) {
      fact.text = parts[i];
      continue;
    }
    const std::string name = parts[i].substr(0, equals);
    if (!kind->second.contains(name))
      return Error(absl::StatusCode::kInvalidArgument, "GOLD", "unknown attribute " + name);
    fact.attributes[name] = parts[i].substr(equals + 1);
  }
  std::vector<std::string> forms = fact.List("also");
  for (std::string& form : fact.List("or")) forms.push_back(std::move(form));
  if (IsVerbatim(fact.kind)) forms.push_back(fact.text);
  for (const std::string& form : forms) {
    if (words.find(Words(form)) == std::string::npos)
      return Error(absl::StatusCode::kInvalidArgument, "GOLD", "the text does not say " + form);
  }
  return fact;
}

}  // namespace

std::string_view GoldFact::Get(std::string_view name) const {
  const auto at = attributes.find(name);
  return at == attributes.end() ? std::string_view() : std::string_view(at->second);
}

std::vector<std::string> GoldFact::List(std::string_view name) const {
  const std::string_view value = Get(name);
  if (value.empty()) return {};
  return absl::StrSplit(std::string(value), '|');
}

std::vector<const GoldFact*> GoldRelease::Of(std::string_view kind) const {
  std::vector<const GoldFact*> out;
  for (const GoldFact& fact : facts) {
    if (fact.kind == kind) out.push_back(&fact);
  }
  return out;
}

absl::StatusOr<std::vector<GoldRelease>> ReadGoldReleases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".tsv") paths.push_back(file.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<GoldRelease> out;
  for (const std::filesystem::path& path : paths) {
    GoldRelease release{path.stem().string(), ReadFile(std::filesystem::path(path).replace_extension(".txt")), {}};
    const std::string words = Words(release.text);
    std::istringstream lines(ReadFile(path));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      if (line.empty() || line.starts_with('#')) continue;
      absl::StatusOr<GoldFact> fact = ParseLine(line, words);
      if (!fact.ok()) {
        return Error(absl::StatusCode::kInvalidArgument, "GOLD",
                     fmt::format("{}:{}: {}", path.filename().string(), number, std::string(fact.status().message())));
      }
      release.facts.push_back(*std::move(fact));
    }
    out.push_back(std::move(release));
  }
  return out;
}

}  // namespace dateline::tests
