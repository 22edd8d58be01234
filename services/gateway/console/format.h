#pragma once
// Times, numbers and names as people read them. Pure. Times are UTC: the page says so, and a script may show the
// reader's own.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "services/gateway/console/value.h"

namespace dateline::gateway {

// "14:05"
std::string ClockTime(const google::protobuf::Timestamp& time);
// "30 Nov 2026"; parts that are not known are left out: "Nov 2026", "2026", "11 March" keeps its missing year missing.
std::string DayText(const google::type::Date& date);
std::string DayText(const google::protobuf::Timestamp& time);
// "30 Nov 2026, 14:05"
std::string MomentText(const google::protobuf::Timestamp& time);
// "just now", "4 min ago", "3 h ago", "yesterday", "12 days ago", then the day; "in 4 min" for what is to come.
std::string AgoText(const google::protobuf::Timestamp& time, WallTime now);
// A <time> element with the exact instant as its attribute and `text` for people; empty for an absent time.
Html TimeElement(const google::protobuf::Timestamp& time, std::string_view text);
// The same with AgoText.
Value Ago(const google::protobuf::Timestamp& time, WallTime now);
// "2026-11-30"
std::string DayKey(const google::protobuf::Timestamp& time);
// "Today, Monday 30 November", "Yesterday, Sunday 29 November", "Saturday 28 November 2026"
std::string DayHeading(const google::protobuf::Timestamp& time, WallTime now);

// "14,000,000"
std::string Grouped(int64_t number);
// "14,000,000", "3.5"
std::string NumberText(double number);
// "12.4 MB"
std::string BytesText(uint64_t bytes);
// "1 quote", "3 quotes"
std::string Counted(int64_t count, std::string_view one, std::string_view many);

// "English" for "en"; the tag itself for languages that it does not know.
std::string LanguageName(std::string_view tag);
// Whether text in this language runs from right to left.
bool IsRightToLeft(std::string_view tag);
// The country in English for "CO"; the code itself when unknown.
std::string CountryName(std::string_view code);
// "iom.int" of "https://www.iom.int/news/…"; "file" for files.
std::string SiteOf(std::string_view uri);
// A value in quotation marks for a filter (AIP-160). With kMeant an asterisk in it is one, with kWildcard it stands for
// any part of a word.
enum class Asterisk { kMeant, kWildcard };
std::string FilterText(std::string_view text, Asterisk asterisk);
// The last part of a resource name: "abc" of "sources/abc".
std::string_view IdOf(std::string_view name);
// The beginning of `text`, at most `bytes`, cut at a word with "…".
std::string Shortened(std::string_view text, size_t bytes);

}  // namespace dateline::gateway
