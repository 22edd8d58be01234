#include "common/http/freshness.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace dateline::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Longer times are cut, so that sums cannot overflow.
constexpr int64_t kSecondsMax = 10LL * 366 * 24 * 3600;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\"");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\"") - begin + 1);
}

std::optional<seconds> ParseSeconds(std::string_view text) {
  text = Trim(text);
  int64_t value = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || stop != text.data() + text.size() || value < 0) return std::nullopt;
  if (failed == std::errc::result_out_of_range) return seconds(kSecondsMax);
  if (failed != std::errc()) return std::nullopt;
  return seconds(std::min(value, kSecondsMax));
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

struct CacheControl {
  bool forbids = false;
  std::optional<seconds> max_age;
};

CacheControl ReadCacheControl(std::string_view value) {
  CacheControl control;
  const std::string lower = Lower(value);
  std::string_view rest = lower;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view part = Trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (part == "no-cache" || part == "no-store") control.forbids = true;
    if (part.starts_with("max-age=")) control.max_age = ParseSeconds(part.substr(8));
  }
  return control;
}

}  // namespace

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  // A lone number is no date, whatever curl makes of it.
  if (text.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos) return std::nullopt;
  const time_t value = curl_getdate(std::string(text).c_str(), nullptr);
  if (value < 0) return std::nullopt;
  return WallTime(seconds(value));
}

std::optional<milliseconds> RetryAfter(const Response& response, WallTime now) {
  const std::string_view value = response.Header("retry-after");
  if (value.empty()) return std::nullopt;
  if (const auto wait = ParseSeconds(value)) return *wait;
  const auto date = ParseHttpDate(value);
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(*date - now));
}

std::optional<milliseconds> FreshFor(const Response& response, WallTime now) {
  const CacheControl control = ReadCacheControl(response.Header("cache-control"));
  if (control.forbids) return std::nullopt;
  milliseconds fresh{0};
  if (control.max_age) {
    fresh = *control.max_age - ParseSeconds(response.Header("age")).value_or(seconds(0));
  } else {
    const auto expires = ParseHttpDate(response.Header("expires"));
    if (!expires) return std::nullopt;
    fresh = std::chrono::duration_cast<milliseconds>(*expires - ParseHttpDate(response.Header("date")).value_or(now));
  }
  return std::clamp(fresh, milliseconds(0), milliseconds(seconds(kSecondsMax)));
}

}  // namespace dateline::http
