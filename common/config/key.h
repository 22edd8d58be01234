#pragma once
// One registered key: how to set it from a file or from a flag, and how to show it; internal to this module. The
// functions that set give OK, or an error whose message says what is wrong without the place, which the caller knows.

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/config/schema.h"
#include "common/config/toml_reader.h"

namespace dateline::config {

struct Schema::Key {
  std::string name;  // "server.listen"
  std::string help;
  std::string value_name;    // What a flag takes: "TEXT", "DURATION".
  std::string range;         // "1 to 64"; empty when any value goes.
  std::string default_toml;  // As ToToml() at registration.
  bool is_bool = false;
  bool is_list = false;
  bool list_from_flags = false;  // The flags have begun to replace the list.
  std::function<absl::Status(const TomlValue&)> set_from_toml;
  std::function<absl::Status(std::string_view)> set_from_text;
  std::function<std::string()> to_toml;
};

inline constexpr std::string_view kWrongType = "CONFIG_WRONG_TYPE";
inline constexpr std::string_view kOutOfRange = "CONFIG_OUT_OF_RANGE";

// An error of a value: "`description`", without key and place.
absl::Status ValueError(std::string_view reason, std::string_view description);

}  // namespace dateline::config
