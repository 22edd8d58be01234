#include "services/storage/fact_terms.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
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

// The first day of a year, and the last.
int64_t FirstDay(int year) {
  const auto day = std::chrono::sys_days(std::chrono::year(std::max(year, 1)) / 1 / 1);
  return day.time_since_epoch().count();
}
int64_t LastDay(int year) {
  const auto day = std::chrono::sys_days(std::chrono::year(std::min(year, 9999)) / 12 / 31);
  return day.time_since_epoch().count();
}

// A date as the text of which its units are prefixes: "2018-03-05" lies in "2", "20", "201", "2018", "2018-03" and
// itself.
class DayName {
 public:
  // Month and day are 0 when they are not known.
  DayName(int year, int month, int day) : units_(month <= 0 ? 4U : day <= 0 ? 5U : 6U) {
    const auto put = [this](size_t at, size_t digits, int number) {
      for (size_t i = digits; i-- > 0; number /= 10) text_[at + i] = static_cast<char>('0' + number % 10);
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
  }
  // Of a day since 1970; nullopt outside the years 1 to 9999.
  static std::optional<DayName> Of(int64_t day) {
    if (day < FirstDay(1) || day > LastDay(9999)) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    return DayName(static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
                   static_cast<int>(static_cast<unsigned>(date.day())));
  }

  size_t units() const { return units_; }
  std::string_view unit(size_t index) const {
    static constexpr std::array<size_t, 6> kEnds = {1, 2, 3, 4, 7, 10};
    return {text_.data(), kEnds[index]};
  }

 private:
  std::array<char, 10> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0'};
  size_t units_;
};

int ExponentOf(double number) {
  if (std::isinf(number)) return kExponentMost;
  return std::clamp(std::ilogb(number), kExponentLeast, kExponentMost);
}

int GroupOf(int exponent) {
  return (exponent - kExponentLeast) / kExponentGroup;
}

// A token is a sign of two bytes, which stands in no word, and 13 digits of five bits.
constexpr std::string_view kTokenSign = "\xC2\xA4";
constexpr size_t kTokenBytes = 15;

void AppendToken(uint64_t hash, std::string* out) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz012345";
  std::array<char, kTokenBytes> token{kTokenSign[0], kTokenSign[1]};
  for (size_t i = kTokenSign.size(); i < kTokenBytes; ++i, hash >>= 5) token[i] = kDigits[hash & 31];
  out->append(token.data(), token.size());
}

// How the values of a field are taken.
enum class Shape { kText, kBool, kEnum, kInteger, kReal, kDate, kTimestamp, kRecord, kNothing };

Shape ShapeOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? Shape::kNothing : Shape::kText;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Shape::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Shape::kEnum;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Shape::kReal;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsDate(field) ? Shape::kDate : IsTimestamp(field) ? Shape::kTimestamp : Shape::kRecord;
    default:
      return Shape::kInteger;
  }
}

// One field of a record on the way to its values, with its dotted path; worked out once for all releases.
struct FieldPlan {
  const FieldDescriptor* field = nullptr;
  std::string path;
  Shape shape = Shape::kNothing;
  bool skipped = false;
  std::vector<FieldPlan> inner;  // Of kRecord.
};

// Depth is bounded by the messages of a release, which hold no message of their own kind.
std::vector<FieldPlan> PlanFields(const google::protobuf::Descriptor& type, const std::string& path) {
  std::vector<FieldPlan> plans;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    FieldPlan& plan = plans.emplace_back();
    plan.field = &field;
    plan.path = path.empty() ? field.name() : path + "." + field.name();
    plan.skipped = IsSkipped(plan.path, field.name());
    plan.shape = ShapeOf(field);
    if (plan.shape == Shape::kRecord && !plan.skipped) plan.inner = PlanFields(*field.message_type(), plan.path);
  }
  return plans;
}

const std::vector<FieldPlan>& ReleaseFields() {
  static const std::vector<FieldPlan> fields = PlanFields(*release::v1::Release::descriptor(), {});
  return fields;
}

// Numbers that came, each once, in the order in which they came first.
class NumberSet {
 public:
  // False when it was there.
  bool Add(uint64_t number) {
    const bool is_new = seen_.insert(number).second;
    if (is_new) numbers_.push_back(number);
    return is_new;
  }
  const std::vector<uint64_t>& numbers() const { return numbers_; }

 private:
  absl::flat_hash_set<uint64_t> seen_;
  std::vector<uint64_t> numbers_;
};

class Collector {
 public:
  // All that follows stands at `path`.
  void At(std::string_view path) {
    key_.assign(1, '\0');
    key_.append(path);
    key_.push_back('\0');
    path_end_ = key_.size();
  }
  void Add(FactKind kind, std::string_view text) { tokens_.Add(Hash(static_cast<char>(kind), text)); }
  void AddDay(const DayName& day) {
    for (size_t i = 0; i < day.units(); ++i) Add(FactKind::kDate, day.unit(i));
  }
  void AddValue(std::string_view text) {
    text::FoldKey(text, &folded_);
    if (!folded_.empty()) Add(FactKind::kValue, folded_);
  }

  // `root` says that they are the fields of the release itself.
  void AddFields(const Message& message, const std::vector<FieldPlan>& fields, bool root) {
    const auto& reflection = *message.GetReflection();
    for (const FieldPlan& plan : fields) {
      if (plan.skipped && !root) continue;
      const FieldDescriptor& field = *plan.field;
      const bool repeated = field.is_repeated();
      const int size = repeated ? reflection.FieldSize(message, &field) : 0;
      const bool there = repeated ? size > 0 : reflection.HasField(message, &field);
      if (!plan.skipped) {
        for (int i = 0; i < size; ++i) AddPlace({message, field, i}, plan);
        // A value that is not there has no tokens, but a plain one is always there.
        if (!repeated && (there || !field.has_presence())) AddPlace({message, field, -1}, plan);
      }
      if (!root || !there) continue;
      At(plan.path);
      Add(FactKind::kPresent, {});
    }
  }

  std::string Finish() const {
    std::string out;
    out.reserve(tokens_.numbers().size() * (kTokenBytes + 1));
    for (const uint64_t token : tokens_.numbers()) {
      if (!out.empty()) out += ' ';
      AppendToken(token, &out);
    }
    return out;
  }

 private:
  uint64_t Hash(char kind, std::string_view text) {
    key_.resize(path_end_);
    key_[0] = kind;
    key_.append(text);
    return XXH3_64bits(key_.data(), key_.size());
  }

  void AddPlace(const Place& place, const FieldPlan& plan) {
    if (plan.shape == Shape::kRecord) return AddFields(place.Child(), plan.inner, false);
    At(plan.path);
    switch (plan.shape) {
      case Shape::kText:
        return AddText(place);
      case Shape::kBool:
        return Add(FactKind::kValue, place.Bool() ? "true" : "false");
      case Shape::kEnum:
        return AddNumbered(FactKind::kValue, {}, place.Enum());
      case Shape::kInteger:
        return AddNumber(static_cast<double>(place.Integer()));
      case Shape::kReal:
        return AddNumber(place.Number());
      case Shape::kDate: {
        const auto& date = static_cast<const google::type::Date&>(place.Child());
        if (filter::DaysOf(date).has_value()) AddDay(DayName(date.year(), date.month(), date.day()));
        return;
      }
      case Shape::kTimestamp: {
        const auto& time = static_cast<const google::protobuf::Timestamp&>(place.Child());
        if (const auto day = DayName::Of(DayOfSeconds(time.seconds())); day.has_value()) AddDay(*day);
        return;
      }
      default:
        return;
    }
  }

  void AddText(const Place& place) {
    const auto& reflection = *place.message.GetReflection();
    const std::string& text =
        place.index < 0 ? reflection.GetStringReference(place.message, &place.field, &scratch_)
                        : reflection.GetRepeatedStringReference(place.message, &place.field, place.index, &scratch_);
    // Many values of a field are alike: units, countries, whoever is named again.
    if (text.empty() || !texts_.Add(Hash('\0', text))) return;
    AddValue(text);
    filter::FoldWords(text, &folded_);
    filter::VisitWordTerms(folded_, [&](filter::Term::Kind kind, std::string_view term) {
      // Phrases are looked for in the text.
      if (kind == filter::Term::Kind::kPair) return;
      Add(kind == filter::Term::Kind::kPrefix ? FactKind::kPrefix : FactKind::kWord, term);
    });
  }

  void AddNumber(double number) {
    if (std::isnan(number)) return;
    if (number == 0) return Add(FactKind::kNumber, "0");
    if (number < 0) return Add(FactKind::kNumber, "-");
    const int exponent = ExponentOf(number);
    AddNumbered(FactKind::kNumber, "e", exponent);
    AddNumbered(FactKind::kNumber, "g", GroupOf(exponent));
  }

  void AddNumbered(FactKind kind, std::string_view before, int number) {
    number_.assign(before);
    const fmt::format_int digits(number);
    number_.append(digits.data(), digits.size());
    Add(kind, number_);
  }

  std::string key_;  // The kind, the path and the text of a token; its hash is the token.
  size_t path_end_ = 0;
  std::string folded_;
  std::string scratch_;
  std::string number_;
  NumberSet tokens_;
  NumberSet texts_;  // Hashes of texts that were taken.
};

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

}  // namespace

std::string FactToken(FactKind kind, std::string_view path, std::string_view text) {
  std::string key(1, static_cast<char>(kind));
  key.append(path);
  key += '\0';
  key.append(text);
  std::string token;
  AppendToken(XXH3_64bits(key.data(), key.size()), &token);
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
  collector.At({});
  collector.Add(FactKind::kAll, {});
  collector.AddFields(release, ReleaseFields(), true);
  // Their words stand in columns of their own.
  collector.At("title");
  collector.AddValue(release.title());
  collector.At("subtitle");
  collector.AddValue(release.subtitle());
  collector.At("create_time");
  const auto seconds = std::chrono::floor<std::chrono::seconds>(create_time.time_since_epoch()).count();
  if (const auto day = DayName::Of(DayOfSeconds(seconds)); day.has_value()) collector.AddDay(*day);
  return collector.Finish();
}

std::vector<std::string> CoverDays(int64_t first, int64_t last) {
  return DayCover(first, last).Run();
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
