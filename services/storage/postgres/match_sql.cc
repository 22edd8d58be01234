#include "services/storage/postgres/match_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "services/storage/fact_terms.h"

namespace dateline::storage::pg {
namespace {

using Kind = MatchPlan::Kind;

struct Column {
  uint8_t bit;
  std::string_view name;
  char weight;  // Of its terms in the TSVECTOR.
};
constexpr std::array<Column, 4> kColumns = {{{kTitleColumn, "title", 'A'},
                                             {kNamesColumn, "names", 'B'},
                                             {kSubtitleColumn, "subtitle", 'C'},
                                             {kTextColumn, "text", 'D'}}};

// Whether a TSQUERY decides about the plan.
bool IsDecided(const MatchPlan& plan) {
  if (plan.kind == Kind::kPhrase) return plan.phrase.terms.size() == 1;
  return std::all_of(plan.children.begin(), plan.children.end(), IsDecided);
}

std::string Weights(uint8_t columns) {
  std::string weights;
  if (columns == kWordColumns) return weights;
  for (const Column& column : kColumns) {
    if (columns & column.bit) weights.push_back(column.weight);
  }
  return weights;
}

std::string PhraseTsQuery(const MatchPlan& plan, std::string_view joint) {
  std::string text;
  const std::string weights = Weights(plan.columns);
  for (size_t i = 0; i < plan.phrase.terms.size(); ++i) {
    const bool prefix = plan.phrase.prefix && i + 1 == plan.phrase.terms.size();
    if (i > 0) text += joint;
    text += QuotedTerm(plan.phrase.terms[i]);
    if (prefix || !weights.empty()) text += fmt::format(":{}{}", prefix ? "*" : "", weights);
  }
  return text;
}

std::string EveryRelease() {
  return QuotedTerm(FactToken(FactKind::kAll, {}, {}));
}

std::string NotTsQuery(const MatchPlan& excluded) {
  // Having all words of a phrase is not having the phrase, so its words exclude nothing.
  if (!IsDecided(excluded)) return {};
  return fmt::format("!({})", ToTsQuery(excluded));
}

std::string AndTsQuery(const std::vector<MatchPlan>& children) {
  std::string text;
  bool wanted = false;
  for (const MatchPlan& child : children) {
    const bool excludes = child.kind == Kind::kNot;
    const std::string part = excludes ? NotTsQuery(child.children.front()) : ToTsQuery(child);
    if (part.empty()) continue;
    wanted = wanted || !excludes;
    text += fmt::format("{}{}", text.empty() ? "" : " & ", part);
  }
  // An index is not asked for absence alone.
  if (!text.empty() && !wanted) text = fmt::format("{} & {}", EveryRelease(), text);
  return text.empty() ? text : fmt::format("({})", text);
}

std::string OrTsQuery(const std::vector<MatchPlan>& children) {
  std::string text;
  for (const MatchPlan& child : children) {
    const std::string part = ToTsQuery(child);
    if (part.empty()) return {};
    text += fmt::format("{}{}", text.empty() ? "" : " | ", part);
  }
  return fmt::format("({})", text);
}

void CollectRanked(const MatchPlan& plan, std::string* text) {
  if (plan.kind == Kind::kNot) return;
  if (plan.kind == Kind::kPhrase) {
    *text += fmt::format("{}{}", text->empty() ? "" : " | ", PhraseTsQuery(plan, " | "));
  }
  for (const MatchPlan& child : plan.children) CollectRanked(child, text);
}

// Conditions of one of the two kinds of rows.
class ConditionWriter {
 public:
  ConditionWriter(bool overflow, StatementValues* values) : overflow_(overflow), values_(values) {}

  std::string Write(const MatchPlan& plan) {
    switch (plan.kind) {
      case Kind::kAll:
        return "TRUE";
      case Kind::kNone:
        return "FALSE";
      case Kind::kPhrase:
        return overflow_ || plan.phrase.terms.size() > 1 ? InWords(plan) : InTerms(ToTsQuery(plan));
      case Kind::kFact:
        return overflow_ ? fmt::format("position({} in s.facts) > 0", values_->Text(" " + plan.token + " "))
                         : InTerms(ToTsQuery(plan));
      case Kind::kNot:
        return fmt::format("NOT {}", Write(plan.children.front()));
      default:
        return Joined(plan.children, plan.kind == Kind::kAnd ? " AND " : " OR ");
    }
  }

  // A TSQUERY, and of the plan what that does not decide.
  std::string WriteIndexed(const MatchPlan& plan) {
    const std::string query = ToTsQuery(plan);
    std::string condition = query.empty() ? "TRUE" : InTerms(query);
    if (IsDecided(plan)) return condition;
    if (plan.kind != Kind::kAnd) return fmt::format("{} AND {}", condition, Write(plan));
    for (const MatchPlan& child : plan.children) {
      if (!IsDecided(child)) condition += fmt::format(" AND {}", Write(child));
    }
    return condition;
  }

 private:
  std::string InTerms(const std::string& query) { return fmt::format("s.terms @@ {}::tsquery", values_->Text(query)); }

  // Words stand between spaces in the columns.
  std::string InWords(const MatchPlan& plan) {
    std::string needle;
    for (const std::string& term : plan.phrase.terms) needle.append(" ").append(term);
    if (!plan.phrase.prefix) needle.push_back(' ');
    const std::string value = values_->Text(std::move(needle));
    std::string any;
    for (const Column& column : kColumns) {
      if ((plan.columns & column.bit) == 0) continue;
      any += fmt::format("{}position({} in s.{}) > 0", any.empty() ? "" : " OR ", value, column.name);
    }
    return fmt::format("({})", any);
  }

  std::string Joined(const std::vector<MatchPlan>& children, std::string_view joint) {
    std::string text;
    for (const MatchPlan& child : children) {
      if (!text.empty()) text += joint;
      text += Write(child);
    }
    return fmt::format("({})", text);
  }

  const bool overflow_;
  StatementValues* const values_;
};

}  // namespace

void AppendQuotedTerm(std::string_view term, std::string* out) {
  out->push_back('\'');
  for (const char c : term) {
    // Terms hold letters, marks and digits; nothing else may end the quotation either.
    if (c == '\'' || c == '\\') out->push_back(c);
    out->push_back(c);
  }
  out->push_back('\'');
}

std::string QuotedTerm(std::string_view term) {
  std::string quoted;
  AppendQuotedTerm(term, &quoted);
  return quoted;
}

std::string ToTsQuery(const MatchPlan& plan) {
  switch (plan.kind) {
    case Kind::kPhrase:
      return fmt::format("({})", PhraseTsQuery(plan, " & "));
    case Kind::kFact:
      return QuotedTerm(plan.token);
    case Kind::kAnd:
      return AndTsQuery(plan.children);
    case Kind::kOr:
      return OrTsQuery(plan.children);
    case Kind::kNot: {
      const std::string absent = NotTsQuery(plan.children.front());
      return absent.empty() ? absent : fmt::format("({} & {})", EveryRelease(), absent);
    }
    default:
      return {};
  }
}

std::string RankTsQuery(const MatchPlan& plan) {
  std::string text;
  CollectRanked(plan, &text);
  return text;
}

std::string StatementValues::Text(std::string value) {
  texts_.push_back(std::move(value));
  parameters_.Add(texts_.back());
  return fmt::format("${}", parameters_.count());
}

std::string StatementValues::Number(int64_t value) {
  parameters_.Add(value);
  return fmt::format("${}", parameters_.count());
}

std::string MatchCondition(const MatchPlan& plan, StatementValues* values) {
  return ConditionWriter(false, values).WriteIndexed(plan);
}

std::string OverflowCondition(const MatchPlan& plan, StatementValues* values) {
  return ConditionWriter(true, values).Write(plan);
}

}  // namespace dateline::storage::pg
