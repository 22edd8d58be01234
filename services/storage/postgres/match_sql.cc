#include "services/storage/postgres/match_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "services/storage/fact_terms.h"
#include "services/storage/postgres/search_entry.h"

namespace dateline::storage::pg {
namespace {

using Kind = MatchPlan::Kind;

struct Column {
  uint8_t bit;
  int part;   // Of the words.
  char sign;  // Of its terms in the TSVECTOR; 0: they have none of their own.
};
constexpr std::array<Column, 4> kColumns = {{{kTitleColumn, kTitlePart, kTitleSign},
                                             {kNamesColumn, kNamesPart, kNamesSign},
                                             {kSubtitleColumn, kSubtitlePart, kSubtitleSign},
                                             {kTextColumn, kTextPart, 0}}};

// Whether a TSQUERY decides about the plan: of one word in the text alone it says only that it stands somewhere.
bool IsDecided(const MatchPlan& plan) {
  if (plan.kind == Kind::kPhrase) {
    return plan.phrase.terms.size() == 1 && (plan.columns == kWordColumns || (plan.columns & kTextColumn) == 0);
  }
  return std::all_of(plan.children.begin(), plan.children.end(), IsDecided);
}

// One term, in one of the columns.
std::string TermTsQuery(const std::string& term, uint8_t columns, bool prefix) {
  const std::string_view suffix = prefix ? ":*" : "";
  if ((columns & kTextColumn) != 0) return QuotedTerm(term).append(suffix);
  std::string any;
  for (const Column& column : kColumns) {
    if ((columns & column.bit) == 0) continue;
    if (!any.empty()) any.append(" | ");
    any.append(QuotedTerm(column.sign + term)).append(suffix);
  }
  return fmt::format("({})", any);
}

std::string PhraseTsQuery(const MatchPlan& plan) {
  std::string text;
  for (size_t i = 0; i < plan.phrase.terms.size(); ++i) {
    const bool prefix = plan.phrase.prefix && i + 1 == plan.phrase.terms.size();
    if (i > 0) text += " & ";
    text += TermTsQuery(plan.phrase.terms[i], plan.columns, prefix);
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
        return overflow_ || !IsDecided(plan) ? InWords(plan) : InTerms(ToTsQuery(plan));
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
  std::string WriteIndexed(const MatchPlan& plan, std::string_view also) {
    std::string query = ToTsQuery(plan);
    if (!also.empty()) query = query.empty() ? std::string(also) : fmt::format("({}) & ({})", query, also);
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

  // Words stand between spaces in their parts, and parts between breaks, which no phrase goes across.
  std::string InWords(const MatchPlan& plan) {
    std::string needle;
    for (const std::string& term : plan.phrase.terms) needle.append(" ").append(term);
    if (!plan.phrase.prefix) needle.push_back(' ');
    const std::string value = values_->Text(std::move(needle));
    if (plan.columns == kWordColumns) return fmt::format("position({} in s.words) > 0", value);
    std::string any;
    for (const Column& column : kColumns) {
      if ((plan.columns & column.bit) == 0) continue;
      any += fmt::format("{}position({} in split_part(s.words, chr({}), {})) > 0", any.empty() ? "" : " OR ", value,
                         static_cast<int>(kPartBreak), column.part);
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
      return fmt::format("({})", PhraseTsQuery(plan));
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

std::string StatementValues::Text(std::string value) {
  texts_.push_back(std::move(value));
  parameters_.Add(texts_.back());
  return fmt::format("${}", parameters_.count());
}

std::string StatementValues::Number(int64_t value) {
  parameters_.Add(value);
  return fmt::format("${}", parameters_.count());
}

std::string MatchCondition(const MatchPlan& plan, StatementValues* values, std::string_view also) {
  return ConditionWriter(false, values).WriteIndexed(plan, also);
}

std::string OverflowCondition(const MatchPlan& plan, StatementValues* values) {
  return ConditionWriter(true, values).Write(plan);
}

}  // namespace dateline::storage::pg
