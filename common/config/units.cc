#include "common/config/units.h"

#include <array>
#include <charconv>
#include <limits>

#include "fmt/format.h"

namespace dateline::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// From large to small, the order in which the parts of a duration are written.
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::array<Unit, 5> kBinaryUnits = {{{"TiB", int64_t{1} << 40},
                                               {"GiB", int64_t{1} << 30},
                                               {"MiB", int64_t{1} << 20},
                                               {"KiB", int64_t{1} << 10},
                                               {"B", 1}}};
constexpr std::array<Unit, 4> kDecimalUnits = {
    {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}}};

// Takes the digits at the front of `text`; nullopt when there are none or too many.
std::optional<int64_t> TakeNumber(std::string_view* text) {
  int64_t number = 0;
  if (text->empty() || text->front() < '0' || text->front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return number;
}

std::optional<int64_t> Multiply(int64_t number, int64_t factor) {
  int64_t product = 0;
  if (__builtin_mul_overflow(number, factor, &product)) return std::nullopt;
  return product;
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  int64_t total = 0;
  size_t next_unit = 0;  // Each unit at most once, and smaller than the one before.
  do {
    const std::optional<int64_t> number = TakeNumber(&text);
    if (!number.has_value()) return std::nullopt;
    size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const std::string_view name = text.substr(0, letters);
    while (next_unit < kTimeUnits.size() && kTimeUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kTimeUnits.size()) return std::nullopt;
    const std::optional<int64_t> part = Multiply(*number, kTimeUnits[next_unit].factor);
    if (!part.has_value() || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
    ++next_unit;
    text.remove_prefix(letters);
  } while (!text.empty());
  return std::chrono::milliseconds(total);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  int64_t left = duration.count();
  if (left == 0) return "0s";
  // "1500ms" reads better than "1s500ms".
  if (left < 60'000 && left % 1'000 != 0) return fmt::format("{}ms", left);
  std::string text;
  for (const Unit& unit : kTimeUnits) {
    if (left / unit.factor == 0) continue;
    text += fmt::format("{}{}", left / unit.factor, unit.name);
    left %= unit.factor;
  }
  return text;
}

std::optional<int64_t> ParseBytes(std::string_view text) {
  const std::optional<int64_t> number = TakeNumber(&text);
  if (!number.has_value()) return std::nullopt;
  if (text.empty()) return number;
  for (const Unit& unit : kBinaryUnits) {
    if (unit.name == text) return Multiply(*number, unit.factor);
  }
  for (const Unit& unit : kDecimalUnits) {
    if (unit.name == text) return Multiply(*number, unit.factor);
  }
  return std::nullopt;
}

std::string FormatBytes(int64_t bytes) {
  for (const Unit& unit : kBinaryUnits) {
    if (bytes != 0 && bytes % unit.factor == 0) return fmt::format("{}{}", bytes / unit.factor, unit.name);
  }
  return "0B";
}

}  // namespace dateline::config
