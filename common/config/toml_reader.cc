#include "common/config/toml_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "fmt/format.h"
#include "toml++/toml.h"

namespace dateline::config {
namespace {

struct Placed {
  toml::source_position position;
  TomlEntry entry;
};

bool IsBare(std::string_view part) {
  return !part.empty() && part.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                              std::string_view::npos;
}

std::string Join(const std::string& prefix, std::string_view part) {
  const std::string name = IsBare(part) ? std::string(part) : QuoteToml(part);
  return prefix.empty() ? name : prefix + "." + name;
}

TomlValue ArrayValue(const toml::array& array) {
  std::vector<std::string> items;
  for (const toml::node& node : array) {
    const auto* text = node.as_string();
    if (text == nullptr) return TomlOther{"an array with something else than texts"};
    items.push_back(text->get());
  }
  return items;
}

TomlValue ValueOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* array = node.as_array()) return ArrayValue(*array);
  return TomlOther{node.is_table() ? "an empty table" : "a date or a time"};
}

// Depth is bounded by toml++, which refuses more than 256 nested values.
void Flatten(const toml::table& table, const std::string& prefix, std::string_view name, std::vector<Placed>* out) {
  for (const auto& [key, node] : table) {
    const std::string full = Join(prefix, key.str());
    const auto* inner = node.as_table();
    if (inner != nullptr && !inner->empty()) {
      Flatten(*inner, full, name, out);
      continue;
    }
    const toml::source_position position = key.source().begin;
    out->push_back({position, {full, fmt::format("{}:{}:{}", name, position.line, position.column), ValueOf(node)}});
  }
}

absl::Status SyntaxError(const toml::parse_error& error, std::string_view name) {
  const toml::source_position position = error.source().begin;
  const std::string where = fmt::format("{}:{}:{}", name, position.line, position.column);
  std::string description(error.description());
  std::replace(description.begin(), description.end(), '\n', ' ');
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_SYNTAX", fmt::format("{}: not TOML: {}", where, description),
               {{"where", where}});
}

}  // namespace

absl::StatusOr<std::vector<TomlEntry>> ReadToml(std::string_view text, std::string_view name) {
  std::vector<Placed> placed;
  try {
    const toml::table root = toml::parse(text);
    Flatten(root, "", name, &placed);
  } catch (const toml::parse_error& error) {
    return SyntaxError(error, name);
  }
  // toml++ sorts by name; people read from the top.
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
  });
  std::vector<TomlEntry> entries;
  entries.reserve(placed.size());
  for (Placed& one : placed) entries.push_back(std::move(one.entry));
  return entries;
}

std::string TypeName(const TomlValue& value) {
  switch (value.index()) {
    case 0:
      return "a text";
    case 1:
      return "a whole number";
    case 2:
      return "a number with a fraction";
    case 3:
      return "true or false";
    case 4:
      return "a list of texts";
    default:
      return std::get<TomlOther>(value).type;
  }
}

std::string QuoteToml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace dateline::config
