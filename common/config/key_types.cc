// The types of keys: what each accepts in a file and on the command line, and how it is written.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/secret_file.h"
#include "common/config/key.h"
#include "common/config/units.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace dateline::config {
namespace {

absl::Status Expected(std::string_view what, const TomlValue& value) {
  return ValueError(kWrongType, fmt::format("expected {}, found {}", what, TypeName(value)));
}

absl::Status NotA(std::string_view what, std::string_view text) {
  return ValueError(kWrongType, fmt::format("expected {}, found {}", what, QuoteToml(text)));
}

absl::Status CheckTextSize(std::string_view text) {
  if (text.size() <= kTextBytesMax) return absl::OkStatus();
  return ValueError(kOutOfRange, fmt::format("{} bytes long, at most {} are allowed", text.size(), kTextBytesMax));
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string WriteDouble(double value) {
  std::string text = fmt::format("{}", value);
  // TOML tells fractions from whole numbers by their spelling.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// Whether [min, max] can be held by an integer of this width and signedness.
bool Fits(int64_t min, int64_t max, size_t width, bool is_signed) {
  if (min > max) return false;
  if (width >= sizeof(int64_t)) return is_signed || min >= 0;
  const int64_t bits = static_cast<int64_t>(width) * 8;
  const int64_t top = is_signed ? (int64_t{1} << (bits - 1)) - 1 : (int64_t{1} << bits) - 1;
  const int64_t bottom = is_signed ? -top - 1 : 0;
  return min >= bottom && max <= top;
}

// A key whose value is some text that meets `check`.
template <typename Check>
void MakeText(Schema::Key* key, std::string* value, Check check) {
  key->set_from_text = [value, check](std::string_view text) {
    absl::Status status = check(text);
    if (status.ok()) *value = std::string(text);
    return status;
  };
  key->set_from_toml = [set = key->set_from_text](const TomlValue& toml) {
    const auto* text = std::get_if<std::string>(&toml);
    return text != nullptr ? set(*text) : Expected("a text in quotes", toml);
  };
}

// Sets `set` when `number` is in [min, max]; `range` and `show` are for the message.
absl::Status SetInRange(int64_t number, int64_t min, int64_t max, const std::string& range,
                        const std::function<void(int64_t)>& set, const std::string& shown) {
  if (number < min || number > max) return ValueError(kOutOfRange, fmt::format("{} is not in {}", shown, range));
  set(number);
  return absl::OkStatus();
}

}  // namespace

absl::Status ValueError(std::string_view reason, std::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, reason, description);
}

void Schema::String(std::string name, std::string* value, std::string help) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "TEXT";
  MakeText(key.get(), value, CheckTextSize);
  key->to_toml = [value] { return QuoteToml(*value); };
  Add(std::move(key));
}

void Schema::Secret(std::string name, std::string* value, std::string help) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "SECRET";
  MakeText(key.get(), value, CheckTextSize);
  key->to_toml = [value] { return QuoteToml(value->empty() ? "" : "***"); };
  Add(std::move(key));
}

void Schema::SecretFile(std::string name, std::string* value, std::string help) {
  // Both live as long as the check, which the schema keeps.
  auto path = std::make_shared<std::string>();
  auto read = std::make_shared<std::string>();
  String(name, path.get(), std::move(help));
  Validate([name = std::move(name), path, read, value]() -> absl::Status {
    if (path->empty()) return absl::OkStatus();
    if (!value->empty() && *value != *read) {
      return Error(absl::StatusCode::kInvalidArgument, std::string(kOutOfRange),
                   fmt::format("{} names a file for what is given already; leave one of the two out", name));
    }
    auto secret = ReadSecretFile(*path);
    if (!secret.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, std::string(kOutOfRange),
                   fmt::format("{} = {}", name, ToStd(secret.status().message())));
    }
    *value = *read = *std::move(secret);
    return absl::OkStatus();
  });
}

void Schema::Choice(std::string name, std::string* value, std::vector<std::string> allowed, std::string help) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "WORD";
  key->range = fmt::format("one of {}", fmt::join(allowed, ", "));
  const auto check = [allowed = std::move(allowed), range = key->range](std::string_view text) {
    if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return absl::OkStatus();
    return ValueError(kOutOfRange, fmt::format("{} is not {}", QuoteToml(text), range));
  };
  DATELINE_CHECK(check(*value).ok(), "the default of " + key->name + " is not among its choices");
  MakeText(key.get(), value, check);
  key->to_toml = [value] { return QuoteToml(*value); };
  Add(std::move(key));
}

void Schema::Bool(std::string name, bool* value, std::string help) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "true|false";
  key->is_bool = true;
  key->set_from_text = [value](std::string_view text) {
    if (text != "true" && text != "false") return NotA("true or false", text);
    *value = text == "true";
    return absl::OkStatus();
  };
  key->set_from_toml = [value](const TomlValue& toml) {
    const bool* truth = std::get_if<bool>(&toml);
    if (truth == nullptr) return Expected("true or false", toml);
    *value = *truth;
    return absl::OkStatus();
  };
  key->to_toml = [value] { return std::string(*value ? "true" : "false"); };
  Add(std::move(key));
}

void Schema::StringList(std::string name, std::vector<std::string>* value, std::string help) {
  auto key = std::make_unique<Key>();
  Key* self = key.get();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "TEXT (may be repeated)";
  key->is_list = true;
  key->set_from_text = [value, self](std::string_view text) {
    if (!self->list_from_flags) value->clear();
    self->list_from_flags = true;
    if (text.empty()) return absl::OkStatus();
    if (value->size() >= kListItemsMax) {
      return ValueError(kOutOfRange, fmt::format("more than {} entries", kListItemsMax));
    }
    absl::Status status = CheckTextSize(text);
    if (status.ok()) value->emplace_back(text);
    return status;
  };
  key->set_from_toml = [value](const TomlValue& toml) {
    const auto* items = std::get_if<std::vector<std::string>>(&toml);
    if (items == nullptr) return Expected("a list of texts such as [\"a\", \"b\"]", toml);
    if (items->size() > kListItemsMax) {
      return ValueError(kOutOfRange, fmt::format("{} entries, at most {} are allowed", items->size(), kListItemsMax));
    }
    for (const std::string& item : *items) {
      if (absl::Status status = CheckTextSize(item); !status.ok()) return status;
    }
    *value = *items;
    return absl::OkStatus();
  };
  key->to_toml = [value] {
    std::vector<std::string> quoted;
    for (const std::string& item : *value) quoted.push_back(QuoteToml(item));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  };
  Add(std::move(key));
}

void Schema::Double(std::string name, double* value, double min, double max, std::string help) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "NUMBER";
  key->range = fmt::format("{} to {}", min, max);
  DATELINE_CHECK(min <= *value && *value <= max, "the default of " + key->name + " is outside its range");
  const auto set = [value, min, max, range = key->range](double number) {
    // Written so that NaN is refused.
    if (!(number >= min && number <= max)) {
      return ValueError(kOutOfRange, fmt::format("{} is not in {}", number, range));
    }
    *value = number;
    return absl::OkStatus();
  };
  key->set_from_text = [set](std::string_view text) {
    const std::optional<double> number = ParseNumber<double>(text);
    return number.has_value() ? set(*number) : NotA("a number", text);
  };
  key->set_from_toml = [set](const TomlValue& toml) {
    if (const double* number = std::get_if<double>(&toml)) return set(*number);
    if (const int64_t* number = std::get_if<int64_t>(&toml)) return set(static_cast<double>(*number));
    return Expected("a number", toml);
  };
  key->to_toml = [value] { return WriteDouble(*value); };
  Add(std::move(key));
}

void Schema::Duration(std::string name, std::chrono::milliseconds* value, std::chrono::milliseconds min,
                      std::chrono::milliseconds max, std::string help) {
  constexpr std::string_view kWhat = "a duration with its unit such as \"500ms\", \"3s\", \"5m\" or \"1h\"";
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "DURATION";
  key->range = fmt::format("{} to {}", FormatDuration(min), FormatDuration(max));
  DATELINE_CHECK(std::chrono::milliseconds(0) <= min && min <= *value && *value <= max,
                 "the default of " + key->name + " is outside its range");
  key->set_from_text = [value, min, max, range = key->range, kWhat](std::string_view text) {
    const std::optional<std::chrono::milliseconds> duration = ParseDuration(text);
    if (!duration.has_value()) return NotA(kWhat, text);
    return SetInRange(
        duration->count(), min.count(), max.count(), range,
        [value](int64_t count) { *value = std::chrono::milliseconds(count); }, FormatDuration(*duration));
  };
  key->set_from_toml = [set = key->set_from_text, kWhat](const TomlValue& toml) {
    const auto* text = std::get_if<std::string>(&toml);
    return text != nullptr ? set(*text) : Expected(kWhat, toml);
  };
  key->to_toml = [value] { return QuoteToml(FormatDuration(*value)); };
  Add(std::move(key));
}

void Schema::AddInteger(std::string name, IntegerField field, int64_t min, int64_t max, std::string help, size_t width,
                        bool is_signed) {
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "NUMBER";
  key->range = fmt::format("{} to {}", min, max);
  DATELINE_CHECK(Fits(min, max, width, is_signed), "the range of " + key->name + " does not fit its field");
  DATELINE_CHECK(min <= field.get() && field.get() <= max, "the default of " + key->name + " is outside its range");
  const auto set = [set_field = field.set, min, max, range = key->range](int64_t number) {
    return SetInRange(number, min, max, range, set_field, fmt::format("{}", number));
  };
  key->set_from_text = [set](std::string_view text) {
    const std::optional<int64_t> number = ParseNumber<int64_t>(text);
    return number.has_value() ? set(*number) : NotA("a whole number", text);
  };
  key->set_from_toml = [set](const TomlValue& toml) {
    const int64_t* number = std::get_if<int64_t>(&toml);
    return number != nullptr ? set(*number) : Expected("a whole number", toml);
  };
  key->to_toml = [get = std::move(field.get)] { return fmt::format("{}", get()); };
  Add(std::move(key));
}

void Schema::AddBytes(std::string name, IntegerField field, int64_t min, int64_t max, std::string help, size_t width,
                      bool is_signed) {
  constexpr std::string_view kWhat = "a size such as \"64KiB\" or \"16MiB\"";
  auto key = std::make_unique<Key>();
  key->name = std::move(name);
  key->help = std::move(help);
  key->value_name = "SIZE";
  key->range = fmt::format("{} to {}", FormatBytes(min), FormatBytes(max));
  DATELINE_CHECK(min >= 0 && Fits(min, max, width, is_signed), "the range of " + key->name + " does not fit its field");
  DATELINE_CHECK(min <= field.get() && field.get() <= max, "the default of " + key->name + " is outside its range");
  const auto set = [set_field = field.set, min, max, range = key->range](int64_t bytes) {
    return SetInRange(bytes, min, max, range, set_field, bytes < 0 ? fmt::format("{}", bytes) : FormatBytes(bytes));
  };
  key->set_from_text = [set, kWhat](std::string_view text) {
    const std::optional<int64_t> bytes = ParseBytes(text);
    return bytes.has_value() ? set(*bytes) : NotA(kWhat, text);
  };
  key->set_from_toml = [set, from_text = key->set_from_text, kWhat](const TomlValue& toml) {
    if (const int64_t* bytes = std::get_if<int64_t>(&toml)) return set(*bytes);
    const auto* text = std::get_if<std::string>(&toml);
    return text != nullptr ? from_text(*text) : Expected(kWhat, toml);
  };
  key->to_toml = [get = std::move(field.get)] { return QuoteToml(FormatBytes(get())); };
  Add(std::move(key));
}

}  // namespace dateline::config
