#include "services/storage/match_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "common/filter/places.h"
#include "common/filter/terms.h"
#include "services/storage/fact_terms.h"

namespace dateline::storage {
namespace {

using filter::Comparator;
using filter::Condition;
using filter::Expression;
using google::protobuf::FieldDescriptor;
using Kind = MatchPlan::Kind;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
constexpr std::string_view kPublishDate = "publish.date";
// Fields that storage sets after the facts were taken.
constexpr std::array<std::string_view, 8> kStoredFields = {"revision",    "etag",          "document",  "cluster",
                                                           "update_time", "withdraw_time", "sightings", "create_time"};

MatchPlan All(bool exact) {
  MatchPlan plan;
  plan.exact = exact;
  return plan;
}

MatchPlan None() {
  MatchPlan plan;
  plan.kind = Kind::kNone;
  return plan;
}

MatchPlan Fact(FactKind kind, std::string_view path, std::string_view text, bool exact) {
  MatchPlan plan;
  plan.kind = Kind::kFact;
  plan.token = FactToken(kind, path, text);
  plan.exact = exact;
  return plan;
}

MatchPlan And(std::vector<MatchPlan> children) {
  MatchPlan plan;
  plan.kind = Kind::kAnd;
  for (MatchPlan& child : children) {
    plan.exact = plan.exact && child.exact;
    if (child.kind == Kind::kNone) return None();
    if (child.kind == Kind::kAll) continue;
    if (child.kind == Kind::kAnd) {
      for (MatchPlan& grandchild : child.children) plan.children.push_back(std::move(grandchild));
    } else {
      plan.children.push_back(std::move(child));
    }
  }
  if (plan.children.empty()) return All(plan.exact);
  if (plan.children.size() > 1) return plan;
  MatchPlan only = std::move(plan.children.front());
  only.exact = plan.exact;
  return only;
}

MatchPlan Not(MatchPlan child) {
  // What is not among more than matches may still not match: nothing is known.
  if (!child.exact) return All(false);
  if (child.kind == Kind::kAll) return None();
  if (child.kind == Kind::kNone) return All(true);
  if (child.kind == Kind::kNot) return std::move(child.children.front());
  MatchPlan plan;
  plan.kind = Kind::kNot;
  plan.children.push_back(std::move(child));
  return plan;
}

MatchPlan Or(std::vector<MatchPlan> children) {
  MatchPlan plan;
  plan.kind = Kind::kOr;
  for (MatchPlan& child : children) {
    plan.exact = plan.exact && child.exact;
    if (child.kind == Kind::kNone) continue;
    if (child.kind == Kind::kAll) {
      // One side that holds for certain decides; one of which nothing is known leaves everything open.
      if (child.exact) return All(true);
      plan.children.clear();
      return All(false);
    }
    if (child.kind == Kind::kNot) {
      // "Not x" alone is every release without x.
      std::vector<MatchPlan> pair;
      pair.push_back(Fact(FactKind::kAll, {}, {}, true));
      pair.push_back(std::move(child));
      child = And(std::move(pair));
    }
    plan.children.push_back(std::move(child));
  }
  if (plan.children.empty()) return None();
  if (plan.children.size() > 1) return plan;
  MatchPlan only = std::move(plan.children.front());
  only.exact = plan.exact;
  return only;
}

MatchPlan OfPhrase(Phrase phrase, uint8_t columns, bool exact) {
  if (phrase.terms.empty()) return All(false);
  MatchPlan plan;
  plan.kind = Kind::kPhrase;
  plan.columns = columns;
  plan.exact = exact && std::all_of(phrase.terms.begin(), phrase.terms.end(),
                                    [](const std::string& term) { return term.size() < kTermBytesMax; });
  plan.phrase = std::move(phrase);
  return plan;
}

// Whether the terms of a phrase say everything: spaced words, or one run of a script without spaces.
bool SaysAll(const std::vector<filter::WordSegment>& segments) {
  bool spaced = true;
  bool run = true;
  for (size_t i = 0; i < segments.size(); ++i) {
    spaced = spaced && !segments[i].unspaced;
    run = run && segments[i].unspaced && (i == 0 || segments[i].joined);
  }
  return spaced || run;
}

// Words in columns of the index.
MatchPlan ColumnWords(const filter::WordPattern& pattern, uint8_t columns) {
  const std::vector<std::string>& pieces = pattern.pieces();
  const std::vector<filter::WordSegment> segments = filter::SplitSegments(pieces.front());
  if (pieces.size() == 1) return OfPhrase(FoldedPhrase(pieces.front(), false), columns, SaysAll(segments));
  if (pieces.size() == 2 && pieces.back().empty() && !segments.empty() && !pieces.front().ends_with(' ')) {
    const bool spaced = std::none_of(segments.begin(), segments.end(), [](const auto& s) { return s.unspaced; });
    return OfPhrase(FoldedPhrase(pieces.front(), spaced), columns, spaced);
  }
  std::vector<MatchPlan> all;
  for (const filter::Term& term : filter::PatternTerms(pattern, {})) {
    all.push_back(OfPhrase(FoldedPhrase(term.text, term.kind == filter::Term::Kind::kPrefix), columns, false));
  }
  all.push_back(All(false));
  return And(std::move(all));
}

// Words in one of the values of a path.
MatchPlan FactWords(const filter::WordPattern& pattern, const std::string& path) {
  const std::vector<filter::Term> terms = filter::PatternTerms(pattern, path);
  const std::vector<std::string>& pieces = pattern.pieces();
  // One term says everything when it is the whole of the pattern.
  const bool word = pieces.size() == 1 && terms.size() == 1 && terms.front().text == pieces.front();
  const bool prefix =
      pieces.size() == 2 && pieces.back().empty() && terms.size() == 1 && terms.front().text == pieces.front();
  std::vector<MatchPlan> all;
  for (const filter::Term& term : terms) {
    const bool of_prefix = term.kind == filter::Term::Kind::kPrefix;
    all.push_back(Fact(of_prefix ? FactKind::kPrefix : FactKind::kWord, path, term.text, of_prefix ? prefix : word));
  }
  if (all.empty()) return All(false);
  return And(std::move(all));
}

std::optional<uint8_t> ColumnOf(std::string_view path) {
  if (path == "title") return kTitleColumn;
  if (path == "subtitle") return kSubtitleColumn;
  if (path == "text") return kTextColumn;
  return std::nullopt;
}

class ComparisonPlanner {
 public:
  explicit ComparisonPlanner(const Condition& condition)
      : condition_(condition), field_(*condition.path.back()), path_(DottedPath(condition.path)) {}

  MatchPlan Run() const {
    MatchPlan plan = Best();
    if (plan.kind != Kind::kAll || plan.exact) return plan;
    return Presence(false);
  }

 private:
  // That the first field of the path is there, which every comparison needs but those with what an absent one is taken
  // for.
  MatchPlan Presence(bool exact) const {
    const FieldDescriptor& root = *condition_.path.front();
    const bool stored = std::find(kStoredFields.begin(), kStoredFields.end(), root.name()) != kStoredFields.end();
    if (stored || (!root.is_repeated() && !root.has_presence() && !exact)) return All(false);
    return Fact(FactKind::kPresent, root.name(), {}, exact);
  }

  MatchPlan Best() const {
    if (std::holds_alternative<filter::AnyValue>(condition_.operand)) {
      return condition_.path.size() == 1 ? Presence(true) : All(false);
    }
    if (const auto* words = std::get_if<filter::WordPattern>(&condition_.operand)) return Words(*words);
    if (const auto* stretch = std::get_if<filter::Stretch>(&condition_.operand)) return Time(*stretch);
    const auto* text = std::get_if<filter::ExactPattern>(&condition_.operand);
    if (text != nullptr && (path_ == "title" || path_ == "subtitle")) return Text(*text);
    if (!IsIndexed(condition_.path)) return All(false);
    if (text != nullptr) return Text(*text);
    if (const auto* value = std::get_if<bool>(&condition_.operand)) {
      return Fact(FactKind::kValue, path_, *value ? "true" : "false", true);
    }
    if (const auto* value = std::get_if<filter::EnumValue>(&condition_.operand)) {
      return Fact(FactKind::kValue, path_, std::to_string(value->number), true);
    }
    if (const auto* value = std::get_if<double>(&condition_.operand)) return Number(*value);
    if (const auto* value = std::get_if<int64_t>(&condition_.operand)) return Number(static_cast<double>(*value));
    return All(false);
  }

  MatchPlan Words(const filter::WordPattern& words) const {
    if (const auto column = ColumnOf(path_)) return ColumnWords(words, *column);
    if (field_.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return IsIndexed(condition_.path) ? FactWords(words, path_) : All(false);
    }
    // A record: the words stand in one of its texts.
    std::vector<MatchPlan> any;
    for (int i = 0; i < field_.message_type()->field_count(); ++i) {
      const FieldDescriptor& part = *field_.message_type()->field(i);
      if (part.type() != FieldDescriptor::TYPE_STRING || filter::IsBookkeeping(part)) continue;
      filter::FieldPath path = condition_.path;
      path.push_back(&part);
      if (!IsIndexed(path)) return All(false);
      any.push_back(FactWords(words, DottedPath(path)));
    }
    return Or(std::move(any));
  }

  MatchPlan Text(const filter::ExactPattern& exact) const {
    // An empty value has no token.
    if (condition_.comparator != Comparator::kEqual || exact.pieces().size() != 1 || exact.pieces().front().empty()) {
      return All(false);
    }
    return Fact(FactKind::kValue, path_, exact.pieces().front(), true);
  }

  static MatchPlan AnyOf(FactKind kind, const std::string& path, const std::vector<std::string>& units, bool exact) {
    std::vector<MatchPlan> any;
    for (const std::string& unit : units) any.push_back(Fact(kind, path, unit, exact));
    return Or(std::move(any));
  }

  // Dates and moments: the field has to lie within a stretch that is open at one end, or within the value.
  MatchPlan Time(const filter::Stretch& value) const {
    if (!IsIndexed(condition_.path)) return All(false);
    filter::Stretch within{-kNever, kNever};
    switch (condition_.comparator) {
      case Comparator::kEqual:
      case Comparator::kHas:
      case Comparator::kNotEqual:
        within = value;
        break;
      case Comparator::kLess:
        within.last = value.first - 1;
        break;
      case Comparator::kLessOrEqual:
        within.last = value.last;
        break;
      case Comparator::kGreater:
        within.first = value.last + 1;
        break;
      case Comparator::kGreaterOrEqual:
        within.first = value.first;
        break;
    }
    const bool moments = field_.message_type()->full_name() == "google.protobuf.Timestamp";
    bool exact = true;
    if (moments) {
      const auto floor_day = [](int64_t micros) {
        return micros >= 0 ? micros / kMicrosPerDay : -((-micros + kMicrosPerDay - 1) / kMicrosPerDay);
      };
      const auto whole = [](int64_t micros) { return micros % kMicrosPerDay == 0; };
      const bool open_first = within.first == -kNever;
      const bool open_last = within.last == kNever;
      exact = (open_first || whole(within.first)) && (open_last || whole(within.last + 1));
      if (!open_first) within.first = floor_day(within.first);
      if (!open_last) within.last = floor_day(within.last);
    }
    MatchPlan plan = AnyOf(FactKind::kDate, path_, CoverDays(within.first, within.last), exact);
    if (path_ == kPublishDate) plan.published = DayStretch{.first = within.first, .last = within.last};
    return plan;
  }

  MatchPlan Number(double value) const {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (condition_.comparator) {
      case Comparator::kLess:
      case Comparator::kLessOrEqual:
        return AnyOf(FactKind::kNumber, path_, CoverNumbers(-kInfinity, value), false);
      case Comparator::kGreater:
      case Comparator::kGreaterOrEqual:
        return AnyOf(FactKind::kNumber, path_, CoverNumbers(value, kInfinity), false);
      default:
        return AnyOf(FactKind::kNumber, path_, CoverNumbers(value, value), false);
    }
  }

  const Condition& condition_;
  const FieldDescriptor& field_;
  const std::string path_;
};

MatchPlan PlanFunction(const Condition& condition) {
  if (const auto* mention = std::get_if<filter::Mention>(&condition.operand)) {
    std::vector<MatchPlan> any;
    for (const filter::FieldPath& path : mention->paths) any.push_back(FactWords(mention->name, DottedPath(path)));
    return Or(std::move(any));
  }
  if (const auto* nearness = std::get_if<filter::Nearness>(&condition.operand)) {
    std::vector<MatchPlan> both;
    both.push_back(ColumnWords(nearness->first, kTextColumn));
    both.push_back(ColumnWords(nearness->second, kTextColumn));
    both.push_back(All(false));
    return And(std::move(both));
  }
  // A stored release is no event: nothing changed.
  return None();
}

MatchPlan Plan(const Condition& condition) {
  std::vector<MatchPlan> children;
  switch (condition.kind) {
    case Expression::Kind::kAll:
      return All(true);
    case Expression::Kind::kWords:
      return ColumnWords(std::get<filter::WordPattern>(condition.operand), kWordColumns);
    case Expression::Kind::kComparison:
      return ComparisonPlanner(condition).Run();
    case Expression::Kind::kFunction:
      return PlanFunction(condition);
    default:
      break;
  }
  // Bounded by filter::kDepthMax.
  for (const Condition& child : condition.children) children.push_back(Plan(child));
  if (condition.kind == Expression::Kind::kNot) return Not(std::move(children.front()));
  return condition.kind == Expression::Kind::kOr ? Or(std::move(children)) : And(std::move(children));
}

}  // namespace

std::vector<const MatchPlan*> RankedPhrases(const MatchPlan& plan) {
  if (plan.kind == Kind::kPhrase) return {&plan};
  std::vector<const MatchPlan*> phrases;
  if (plan.kind != Kind::kAnd) return phrases;
  for (const MatchPlan& child : plan.children) {
    // What is excluded is written behind everything else.
    if (child.kind == Kind::kNot) continue;
    if (child.kind != Kind::kPhrase) break;
    phrases.push_back(&child);
  }
  return phrases;
}

MatchPlan PlanFilter(const filter::Filter& filter) {
  return Plan(filter.condition());
}

MatchPlan PlanSearch(const SearchQuery& query, const filter::Filter& filter) {
  std::vector<MatchPlan> all;
  for (const Clause& clause : query.clauses) {
    MatchPlan words = OfPhrase(clause.phrase, clause.title_only ? kTitleColumn : kWordColumns, true);
    // What a search means is what the index finds.
    words.exact = true;
    all.push_back(clause.excluded ? Not(std::move(words)) : std::move(words));
  }
  all.push_back(PlanFilter(filter));
  return And(std::move(all));
}

}  // namespace dateline::storage
