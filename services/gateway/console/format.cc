#include "services/gateway/console/format.h"

#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <array>
#include <cmath>
#include <ctime>

#include "common/base/proto_time.h"
#include "common/export/html.h"
#include "common/export/parts.h"

namespace dateline::gateway {
namespace {

constexpr std::array<std::string_view, 13> kMonths = {"",    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 13> kLongMonths = {"",        "January",  "February", "March",  "April",
                                                          "May",     "June",     "July",     "August", "September",
                                                          "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr int64_t kDay = 86'400;

std::tm Parts(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  return parts;
}

int64_t SecondsOf(WallTime time) {
  return ToTimestamp(time).seconds();
}

// Days since 1970, also before it.
int64_t DayNumber(int64_t seconds) {
  return (seconds >= 0 ? seconds : seconds - kDay + 1) / kDay;
}

std::string Span(int64_t seconds) {
  if (seconds < 60) return "1 min";
  if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
  if (seconds < kDay) return fmt::format("{} h", seconds / 3'600);
  return Counted(seconds / kDay, "day", "days");
}

}  // namespace

std::string ClockTime(const google::protobuf::Timestamp& time) {
  const std::tm parts = Parts(time.seconds());
  return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min);
}

std::string DayText(const google::type::Date& date) {
  const bool month = date.month() >= 1 && date.month() <= 12;
  std::string out;
  if (date.day() > 0 && month) out = fmt::format("{} ", date.day());
  if (month) out += kMonths[static_cast<size_t>(date.month())];
  if (date.year() > 0) out += fmt::format("{}{}", out.empty() ? "" : " ", date.year());
  return out;
}

std::string DayText(const google::protobuf::Timestamp& time) {
  const std::tm parts = Parts(time.seconds());
  return fmt::format("{} {} {}", parts.tm_mday, kMonths[static_cast<size_t>(parts.tm_mon) + 1], parts.tm_year + 1900);
}

std::string MomentText(const google::protobuf::Timestamp& time) {
  return DayText(time) + ", " + ClockTime(time);
}

std::string AgoText(const google::protobuf::Timestamp& time, WallTime now) {
  const int64_t seconds = SecondsOf(now) - time.seconds();
  if (seconds < -30) return "in " + Span(-seconds);
  if (seconds < 45) return "just now";
  if (seconds < kDay) return Span(seconds) + " ago";
  if (seconds < 30 * kDay) return Span(seconds) + " ago";
  return DayText(time);
}

Html TimeElement(const google::protobuf::Timestamp& time, std::string_view text) {
  const std::string iso = exporting::IsoTime(time);
  if (iso.empty() || time.seconds() == 0) return {};
  return {fmt::format("<time datetime=\"{}\" title=\"{} UTC\">{}</time>", iso, MomentText(time),
                      exporting::EscapeHtml(text))};
}

Value Ago(const google::protobuf::Timestamp& time, WallTime now) {
  return TimeElement(time, AgoText(time, now));
}

std::string DayKey(const google::protobuf::Timestamp& time) {
  const std::tm parts = Parts(time.seconds());
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string DayHeading(const google::protobuf::Timestamp& time, WallTime now) {
  const int64_t days = DayNumber(SecondsOf(now)) - DayNumber(time.seconds());
  const std::tm parts = Parts(time.seconds());
  const std::string day = fmt::format("{} {} {}", kWeekdays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                                      kLongMonths[static_cast<size_t>(parts.tm_mon) + 1]);
  if (days == 0) return "Today, " + day;
  if (days == 1) return "Yesterday, " + day;
  return fmt::format("{} {}", day, parts.tm_year + 1900);
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string NumberText(double number) {
  if (!std::isfinite(number)) return {};
  if (std::abs(number) < 9e15 && number == std::floor(number)) return Grouped(static_cast<int64_t>(number));
  return fmt::format("{}", number);
}

std::string BytesText(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string Counted(int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", Grouped(count), count == 1 ? one : many);
}

std::string LanguageName(std::string_view tag) {
  if (tag.empty() || tag == "und") return {};
  const std::string text(tag.substr(0, 32));
  icu::UnicodeString name;
  icu::Locale::createFromName(text.c_str()).getDisplayLanguage(icu::Locale::getEnglish(), name);
  std::string out;
  name.toUTF8String(out);
  return out.empty() ? text : out;
}

bool IsRightToLeft(std::string_view tag) {
  const std::string_view language = tag.substr(0, tag.find('-'));
  return language == "ar" || language == "fa" || language == "he" || language == "ur" || language == "ps" ||
         language == "yi" || language == "dv";
}

std::string CountryName(std::string_view code) {
  if (code.size() != 2) return std::string(code);
  icu::UnicodeString name;
  icu::Locale("", std::string(code).c_str()).getDisplayCountry(icu::Locale::getEnglish(), name);
  std::string out;
  name.toUTF8String(out);
  return out.empty() ? std::string(code) : out;
}

std::string SiteOf(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  if (uri.starts_with("file:")) return "file";
  std::string_view host = uri.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#:"));
  if (host.starts_with("www.")) host.remove_prefix(4);
  return std::string(host);
}

std::string FilterText(std::string_view text, Asterisk asterisk) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || (c == '*' && asterisk == Asterisk::kMeant)) out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string_view IdOf(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string Shortened(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  const size_t space = text.substr(0, end).find_last_of(" \n");
  if (space != std::string_view::npos && space > bytes / 2) end = space;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace dateline::gateway
