#pragma once
// TOML text as a flat list of dotted keys with their places, in the order of the file; internal to this module. It
// keeps toml++ and its exceptions inside one source file. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::config {

// What stands where a value was expected and is none that any key takes: a table, a date, an array of other things.
struct TomlOther {
  std::string type;  // "an empty table", "a date"
};

using TomlValue = std::variant<std::string, int64_t, double, bool, std::vector<std::string>, TomlOther>;

struct TomlEntry {
  std::string key;    // "server.listen". A part that is not a bare TOML key is quoted.
  std::string where;  // "name:line:column"
  TomlValue value;
};

// INVALID_ARGUMENT (CONFIG_SYNTAX) with the place when `text` is not TOML 1.0.
absl::StatusOr<std::vector<TomlEntry>> ReadToml(std::string_view text, std::string_view name);

// "a text", "a whole number", … for messages.
std::string TypeName(const TomlValue& value);

// A TOML basic string, with quotes and escapes.
std::string QuoteToml(std::string_view text);

}  // namespace dateline::config
