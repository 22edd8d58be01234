#include "services/storage/fact_terms.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "common/filter/places.h"
#include "common/filter/terms.h"
#include "common/filter/times.h"
#include "common/text/normalize.h"

namespace dateline::storage {
namespace {

using filter::Place;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// What has no tokens: what storage sets itself, what stands in columns of its own, and what repeats the text.
constexpr std::array<std::string_view, 24> kSkippedPaths = {"revision",
                                                            "etag",
                                                            "document",
                                                            "cluster",
                                                            "update_time",
                                                            "withdraw_time",
                                                            "title",
                                                            "subtitle",
                                                            "text",
                                                            "sections",
                                                            "links",
                                                            "images",
                                                            "sightings",
                                                            "notices",
                                                            "extractor",
                                                            "figures.text",
                                                            "dates.text",
                                                            "events.text",
                                                            "funding.text",
                                                            "funding.amount.text",
                                                            "publish.candidates",
                                                            "create_time",
                                                            "translations.release",
                                                            "license"};
constexpr std::array<std::string_view, 10> kSkippedFields = {"rule",      "entity",     "confidence",   "span",
                                                             "mentions",  "anchor",     "speaker_span", "latitude",
                                                             "longitude", "geonames_id"};

constexpr int kExponentLeast = -16;
constexpr int kExponentMost = 63;
// Exponents that share one coarser unit.
constexpr int kExponentGroup = 8;

bool IsSkipped(std::string_view path, std::string_view field) {
  return std::find(kSkippedPaths.begin(), kSkippedPaths.end(), path) != kSkippedPaths.end() ||
         std::find(kSkippedFields.begin(), kSkippedFields.end(), field) != kSkippedFields.end();
}

bool IsDate(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->full_name() == "google.type.Date";
}
bool IsTimestamp(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Timestamp";
}

int64_t DayOfSeconds(int64_t seconds) {
  constexpr int64_t kDay = 86'400;
  return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

class Collector {
 public:
  void Add(FactKind kind, std::string_view path, std::string_view text) {
    tokens_.push_back(FactToken(kind, path, text));
  }
  void AddDays(std::string_view path, const std::vector<std::string>& units) {
    for (const std::string& unit : units) Add(FactKind::kDate, path, unit);
  }

  // Depth is bounded by the messages of a release, which hold no message of their own kind.
  void AddMessage(const Message& message, const std::string& path) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string inner = path.empty() ? field.name() : path + "." + field.name();
      bool any = false;
      const bool skipped = IsSkipped(inner, field.name());
      filter::AnyPlace({&field}, message, [&](const Place& place) {
        any = true;
        if (!skipped) AddPlace(place, inner);
        return skipped;
      });
      if (path.empty() && any && IsThere(message, field)) Add(FactKind::kPresent, inner, {});
    }
  }

  std::string Finish() {
    std::sort(tokens_.begin(), tokens_.end());
    tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
    std::string out;
    for (const std::string& token : tokens_) {
      if (!out.empty()) out += ' ';
      out += token;
    }
    return out;
  }

 private:
  // Whether ":*" holds of a field of the release itself.
  static bool IsThere(const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
  }

  void AddPlace(const Place& place, const std::string& path) {
    switch (place.field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return AddText(place, path);
      case FieldDescriptor::CPPTYPE_BOOL:
        return Add(FactKind::kValue, path, place.Bool() ? "true" : "false");
      case FieldDescriptor::CPPTYPE_ENUM:
        return Add(FactKind::kValue, path, std::to_string(place.Enum()));
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return AddNumber(place.Number(), path);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
      default:
        return AddNumber(static_cast<double>(place.Integer()), path);
    }
    const Message& child = place.Child();
    if (IsDate(place.field)) {
      const auto& date = static_cast<const google::type::Date&>(child);
      if (filter::DaysOf(date).has_value()) AddDays(path, DayUnits(date.year(), date.month(), date.day()));
    } else if (IsTimestamp(place.field)) {
      AddDays(path, DayUnits(DayOfSeconds(static_cast<const google::protobuf::Timestamp&>(child).seconds())));
    } else {
      AddMessage(child, path);
    }
  }

  void AddText(const Place& place, const std::string& path) {
    if (place.field.type() == FieldDescriptor::TYPE_BYTES) return;
    const std::string text = place.Text();
    const std::string key = text::FoldKey(text);
    if (!key.empty()) Add(FactKind::kValue, path, key);
    filter::VisitWordTerms(filter::FoldWords(text), [&](filter::Term::Kind kind, std::string_view term) {
      // Phrases are looked for in the text.
      if (kind == filter::Term::Kind::kPair) return;
      Add(kind == filter::Term::Kind::kPrefix ? FactKind::kPrefix : FactKind::kWord, path, std::string(term));
    });
  }

  void AddNumber(double number, const std::string& path) {
    for (const std::string& unit : NumberUnits(number)) Add(FactKind::kNumber, path, unit);
  }

  std::vector<std::string> tokens_;
};

// The first day of a year, and the last.
int64_t FirstDay(int year) {
  const auto day = std::chrono::sys_days(std::chrono::year(std::max(year, 1)) / 1 / 1);
  return day.time_since_epoch().count();
}
int64_t LastDay(int year) {
  const auto day = std::chrono::sys_days(std::chrono::year(std::min(year, 9999)) / 12 / 31);
  return day.time_since_epoch().count();
}

class DayCover {
 public:
  DayCover(int64_t first, int64_t last) : first_(first), last_(last) {}

  std::vector<std::string> Run() {
    for (int i = 0; i < 10; ++i) Years(i, 1000);
    return std::move(units_);
  }

 private:
  // Whether the unit from `from` to `to` is settled: taken whole, or outside.
  bool Settle(int64_t from, int64_t to, const std::string& unit) {
    if (to < first_ || from > last_) return true;
    if (from < first_ || to > last_) return false;
    units_.push_back(unit);
    return true;
  }

  // The `index`-th stretch of `length` years, with the parts of ten or of a year.
  void Years(int index, int length) {
    const int year = index * length;
    if (year + length - 1 < 1) return;
    if (Settle(FirstDay(year), LastDay(year + length - 1), YearUnit(index, length))) return;
    if (length == 1) return Months(year);
    for (int i = 0; i < 10; ++i) Years(index * 10 + i, length / 10);
  }

  void Months(int year) {
    for (unsigned month = 1; month <= 12; ++month) {
      const auto of = std::chrono::year(year) / std::chrono::month(month);
      const int64_t from = std::chrono::sys_days(of / 1).time_since_epoch().count();
      const int64_t to = std::chrono::sys_days(of / std::chrono::last).time_since_epoch().count();
      if (Settle(from, to, fmt::format("{:04}-{:02}", year, month))) continue;
      for (int64_t day = std::max(from, first_); day <= std::min(to, last_); ++day) {
        units_.push_back(fmt::format("{:04}-{:02}-{:02}", year, month, day - from + 1));
      }
    }
  }

  static std::string YearUnit(int index, int length) {
    return length == 1000  ? fmt::format("{}", index)
           : length == 100 ? fmt::format("{:02}", index)
           : length == 10  ? fmt::format("{:03}", index)
                           : fmt::format("{:04}", index);
  }

  const int64_t first_;
  const int64_t last_;
  std::vector<std::string> units_;
};

int ExponentOf(double number) {
  if (std::isinf(number)) return kExponentMost;
  return std::clamp(std::ilogb(number), kExponentLeast, kExponentMost);
}

int GroupOf(int exponent) {
  return (exponent - kExponentLeast) / kExponentGroup;
}

}  // namespace

std::string FactToken(FactKind kind, std::string_view path, std::string_view text) {
  std::string key(1, static_cast<char>(kind));
  key.append(path);
  key += '\0';
  key.append(text);
  uint64_t hash = XXH3_64bits(key.data(), key.size());
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz012345";
  std::string token = "\xC2\xA4";
  for (int i = 0; i < 13; ++i) {
    token += kDigits[hash & 31];
    hash >>= 5;
  }
  return token;
}

bool IsIndexed(const filter::FieldPath& path) {
  std::string dotted;
  const FieldDescriptor* before = nullptr;
  for (const FieldDescriptor* field : path) {
    // The parts of a date have no tokens of their own.
    if (before != nullptr && (IsDate(*before) || IsTimestamp(*before))) return false;
    if (!dotted.empty()) dotted += '.';
    dotted += field->name();
    if (dotted == "create_time") return true;
    if (IsSkipped(dotted, field->name())) return false;
    before = field;
  }
  return true;
}

std::string DottedPath(const filter::FieldPath& path) {
  std::string out;
  for (const FieldDescriptor* field : path) {
    if (!out.empty()) out += '.';
    out += field->name();
  }
  return out;
}

std::string FactTerms(const release::v1::Release& release, WallTime create_time) {
  Collector collector;
  collector.Add(FactKind::kAll, {}, {});
  collector.AddMessage(release, {});
  // Their words stand in columns of their own.
  for (const auto& [path, text] : {std::pair("title", &release.title()), std::pair("subtitle", &release.subtitle())}) {
    if (const std::string key = text::FoldKey(*text); !key.empty()) collector.Add(FactKind::kValue, path, key);
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(create_time.time_since_epoch()).count();
  collector.AddDays("create_time", DayUnits(DayOfSeconds(seconds)));
  return collector.Finish();
}

std::vector<std::string> CoverDays(int64_t first, int64_t last) {
  return DayCover(first, last).Run();
}

std::vector<std::string> DayUnits(int year, int month, int day) {
  std::vector<std::string> units = {fmt::format("{}", year / 1000), fmt::format("{:02}", year / 100),
                                    fmt::format("{:03}", year / 10), fmt::format("{:04}", year)};
  if (month > 0) units.push_back(fmt::format("{:04}-{:02}", year, month));
  if (day > 0) units.push_back(fmt::format("{:04}-{:02}-{:02}", year, month, day));
  return units;
}

std::vector<std::string> DayUnits(int64_t day) {
  if (day < FirstDay(1) || day > LastDay(9999)) return {};
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return DayUnits(static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
                  static_cast<int>(static_cast<unsigned>(date.day())));
}

std::vector<std::string> NumberUnits(double number) {
  if (std::isnan(number)) return {};
  if (number == 0) return {"0"};
  if (number < 0) return {"-"};
  const int exponent = ExponentOf(number);
  return {fmt::format("e{}", exponent), fmt::format("g{}", GroupOf(exponent))};
}

std::vector<std::string> CoverNumbers(double low, double high) {
  std::vector<std::string> units;
  if (low < 0) units.emplace_back("-");
  if (low <= 0 && high >= 0) units.emplace_back("0");
  if (high <= 0) return units;
  const int first = low <= 0 ? kExponentLeast : ExponentOf(low);
  const int last = ExponentOf(high);
  for (int exponent = first; exponent <= last;) {
    const int group_end = kExponentLeast + (GroupOf(exponent) + 1) * kExponentGroup - 1;
    const bool whole = (exponent - kExponentLeast) % kExponentGroup == 0 && group_end <= last;
    units.push_back(whole ? fmt::format("g{}", GroupOf(exponent)) : fmt::format("e{}", exponent));
    exponent = whole ? group_end + 1 : exponent + 1;
  }
  return units;
}

}  // namespace dateline::storage
