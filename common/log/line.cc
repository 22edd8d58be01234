#include "common/log/line.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <type_traits>

#include "fmt/format.h"

namespace dateline::log {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The length of the UTF-8 character at the front of `text`; 0 when there is none (RFC 3629: shortest form, no
// surrogates, at most U+10FFFF).
size_t CharacterLength(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void AppendAscii(std::string* out, char c) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    *out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  } else {
    out->push_back(c);
  }
}

// Cuts at a character and says how much is missing.
std::string Shorten(std::string_view text) {
  size_t cut = kValueBytesMax;
  while (cut > kValueBytesMax - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("{}... ({} bytes more)", text.substr(0, cut), text.size() - cut);
}

void AppendEscapedValue(std::string* out, std::string_view text) {
  if (text.size() > kValueBytesMax) {
    AppendEscaped(out, Shorten(text));
  } else {
    AppendEscaped(out, text);
  }
}

bool IsBareWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '='; });
}

void AppendTime(std::string* out, WallTime time) {
  const int64_t micros = ToMicros(time);
  const auto day = std::chrono::floor<std::chrono::days>(FromMicros(micros));
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(FromMicros(micros)) - day);
  fmt::format_to(std::back_inserter(*out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string_view LevelName(Level level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view PaddedLevelName(Level level) {
  constexpr std::string_view kNames[] = {"DEBUG", "INFO ", "WARN ", "ERROR"};
  return kNames[static_cast<size_t>(level)];
}

void AppendJsonString(std::string* out, std::string_view text) {
  out->push_back('"');
  AppendEscapedValue(out, text);
  out->push_back('"');
}

void AppendWord(std::string* out, std::string_view text) {
  if (IsBareWord(text) && text.size() <= kValueBytesMax) {
    *out += text;
  } else {
    AppendJsonString(out, text);
  }
}

// Writes a value: `append_text` for texts, numbers and truth values as JSON has them.
template <typename AppendText>
void AppendValue(std::string* out, const Value& value, AppendText append_text) {
  std::visit(
      [out, append_text](const auto& data) {
        using T = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
          append_text(out, data);
        } else if constexpr (std::is_same_v<T, double>) {
          // JSON has no spelling for these.
          if (std::isfinite(data)) {
            *out += fmt::format("{}", data);
          } else {
            append_text(out, std::isnan(data) ? "nan" : data > 0 ? "inf" : "-inf");
          }
        } else {
          *out += fmt::format("{}", data);
        }
      },
      value.data());
}

void AppendKey(std::string* out, std::string_view key) {
  if (key == "time" || key == "level" || key == "service" || key == "event") *out += "field_";
  AppendEscaped(out, key);
}

}  // namespace

void AppendEscaped(std::string* out, std::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) {
      *out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const auto second = static_cast<unsigned char>(length == 2 ? text[1] : 0);
    if (length == 1) {
      AppendAscii(out, text[0]);
    } else if (text[0] == '\xC2' && second < 0xA0) {
      *out += fmt::format("\\u{:04x}", static_cast<unsigned>(second));  // U+0080 to U+009F
    } else {
      *out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string JsonLine(WallTime time, Level level, std::string_view service, std::string_view event,
                     std::span<const Field> fields) {
  std::string line = "{\"time\":\"";
  AppendTime(&line, time);
  line += "\",\"level\":\"";
  line += LevelName(level);
  line += "\",\"service\":";
  AppendJsonString(&line, service);
  line += ",\"event\":";
  AppendJsonString(&line, event);
  for (const Field& field : fields.first(std::min(fields.size(), kFieldsMax))) {
    line += ",\"";
    AppendKey(&line, field.key);
    line += "\":";
    AppendValue(&line, field.value, AppendJsonString);
  }
  line.push_back('}');
  return line;
}

std::string TextLine(WallTime time, Level level, std::string_view service, std::string_view event,
                     std::span<const Field> fields) {
  std::string line;
  AppendTime(&line, time);
  line.push_back(' ');
  line += PaddedLevelName(level);
  if (!service.empty()) {
    line.push_back(' ');
    AppendWord(&line, service);
  }
  line.push_back(' ');
  AppendWord(&line, event);
  for (const Field& field : fields.first(std::min(fields.size(), kFieldsMax))) {
    line.push_back(' ');
    AppendKey(&line, field.key);
    line.push_back('=');
    AppendValue(&line, field.value, AppendWord);
  }
  return line;
}

}  // namespace dateline::log
