#include "common/config/schema.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/edit_distance.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/key.h"
#include "common/config/toml_reader.h"
#include "fmt/format.h"

namespace dateline::config {
namespace {

// "server.listen" -> "server"; "" for a key without a table.
std::string_view TableOf(std::string_view key) {
  const size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view LastPart(std::string_view key) {
  const size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

// Dotted parts, each of lower-case letters, digits and underscores, beginning with a letter.
bool IsKeyName(std::string_view name) {
  bool start = true;
  for (const char c : name) {
    const bool letter = c >= 'a' && c <= 'z';
    const bool other = (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (start ? !letter : !letter && !other) return false;
    start = c == '.';
  }
  return !start;
}

constexpr size_t kTypedKeyBytesMax = 200;

// "where: key: what", or "--key: what" for a flag, with key and place as metadata.
constexpr std::string_view kCommandLine = "command line";
absl::Status Place(const absl::Status& problem, std::string_view where, std::string_view key) {
  const std::string place = where == kCommandLine ? fmt::format("--{}", key) : fmt::format("{}: {}", where, key);
  return Error(problem.code(), ErrorReason(problem), fmt::format("{}: {}", place, ToStd(problem.message())),
               {{"key", std::string(key)}, {"where", std::string(where)}});
}

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;

void Schema::Add(std::unique_ptr<Key> key) {
  const std::string name = key->name;
  DATELINE_CHECK(IsKeyName(name), name + " is not a key of lower-case words joined by dots");
  DATELINE_CHECK(name != "config" && name != "help" && name != "version", name + " is a flag of every program");
  DATELINE_CHECK(!Has(name), name + " was registered twice");
  for (const auto& [other, unused] : keys_) {
    DATELINE_CHECK(other.rfind(name + ".", 0) != 0 && name.rfind(other + ".", 0) != 0,
                   name + " and " + other + " cannot both be: one is the table of the other");
  }
  key->default_toml = key->to_toml();
  order_.push_back(name);
  keys_.emplace(name, std::move(key));
}

void Schema::Validate(std::function<absl::Status()> check) {
  checks_.push_back(std::move(check));
}

bool Schema::Has(std::string_view key) const {
  return keys_.find(key) != keys_.end();
}

bool Schema::IsBool(std::string_view key) const {
  const auto found = keys_.find(key);
  return found != keys_.end() && found->second->is_bool;
}

std::string Schema::Nearest(std::string_view key) const {
  const std::string_view typed = key.substr(0, kTypedKeyBytesMax);
  std::string nearest;
  size_t best = std::max<size_t>(1, typed.size() / 3) + 1;
  for (const std::string& known : order_) {
    const size_t distance = EditDistance(typed, known);
    if (distance < best) {
      best = distance;
      nearest = known;
    }
  }
  if (!nearest.empty()) return nearest;
  // The right word without its table, or in the wrong one.
  for (const std::string& known : order_) {
    if (LastPart(known) == LastPart(typed)) return known;
  }
  return nearest;
}

absl::Status Schema::UnknownKey(std::string_view key, std::string_view where) const {
  const std::string prefix = std::string(key) + ".";
  const bool is_table = std::any_of(order_.begin(), order_.end(),
                                    [&prefix](const std::string& known) { return known.rfind(prefix, 0) == 0; });
  if (is_table) {
    return Place(ValueError(kWrongType, "this is a table of keys and takes no value; --help lists its keys"), where,
                 key);
  }
  const std::string nearest = Nearest(key);
  const std::string remedy = nearest.empty()
                                 ? "--help lists all keys"
                                 : fmt::format("did you mean {}{}?", where == kCommandLine ? "--" : "", nearest);
  return Place(ValueError("CONFIG_UNKNOWN_KEY", "unknown key; " + remedy), where, key);
}

absl::Status Schema::LoadText(std::string_view text, std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<TomlEntry> entries, ReadToml(text, name));
  for (auto& [unused, key] : keys_) key->list_from_flags = false;
  for (const TomlEntry& entry : entries) {
    const auto found = keys_.find(entry.key);
    if (found == keys_.end()) {
      // An empty table of known keys sets nothing, which is fine.
      const absl::Status unknown = UnknownKey(entry.key, entry.where);
      if (std::holds_alternative<TomlOther>(entry.value) && TypeName(entry.value) == "an empty table" &&
          ErrorReason(unknown) == kWrongType) {
        continue;
      }
      return unknown;
    }
    const absl::Status status = found->second->set_from_toml(entry.value);
    if (!status.ok()) return Place(status, entry.where, entry.key);
  }
  return absl::OkStatus();
}

absl::Status Schema::LoadFile(const std::string& path) {
  const auto unreadable = [&path](const std::string& why) {
    return Error(absl::StatusCode::kInvalidArgument, "CONFIG_UNREADABLE",
                 fmt::format("{}: cannot read the configuration: {}", path, why), {{"where", path}});
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable(std::strerror(errno));
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) return unreadable(std::strerror(errno != 0 ? errno : EIO));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) return unreadable(fmt::format("it is larger than {} bytes", kFileBytesMax));
  return LoadText(text, path);
}

absl::Status Schema::SetFromFlag(std::string_view key, std::string_view text) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return UnknownKey(key.substr(0, kTypedKeyBytesMax), kCommandLine);
  const absl::Status status = found->second->set_from_text(text);
  return status.ok() ? status : Place(status, kCommandLine, key);
}

absl::Status Schema::CheckAll() const {
  for (const auto& check : checks_) DATELINE_RETURN_IF_ERROR(check());
  return absl::OkStatus();
}

// Keys without a table have to stand first in TOML; tables follow in the order in which they were first registered.
std::vector<std::pair<std::string, std::vector<const Schema::Key*>>> Schema::ByTable() const {
  std::vector<std::pair<std::string, std::vector<const Key*>>> tables = {{"", {}}};
  for (const std::string& name : order_) {
    const std::string table(TableOf(name));
    auto place = std::find_if(tables.begin(), tables.end(), [&table](const auto& one) { return one.first == table; });
    if (place == tables.end()) place = tables.insert(tables.end(), {table, {}});
    place->second.push_back(keys_.find(name)->second.get());
  }
  return tables;
}

std::string Schema::ToToml() const {
  std::string text;
  for (const auto& [table, keys] : ByTable()) {
    if (keys.empty()) continue;
    if (!table.empty()) text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table);
    for (const Key* key : keys) text += fmt::format("{} = {}\n", LastPart(key->name), key->to_toml());
  }
  return text;
}

std::string Schema::Help() const {
  std::string text;
  for (const auto& [table, keys] : ByTable()) {
    if (keys.empty()) continue;
    if (!table.empty()) text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table);
    for (const Key* key : keys) {
      text += fmt::format("  --{}={}\n", key->name, key->value_name);
      text += fmt::format("      {} ", key->help);
      if (!key->range.empty()) text += fmt::format("Range: {}. ", key->range);
      text += fmt::format("Default: {}.\n", key->default_toml);
    }
  }
  return text;
}

}  // namespace dateline::config
