#include "services/storage/sqlite/match_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/storage/fact_terms.h"
#include "services/storage/sqlite/day_blocks.h"

namespace dateline::storage {
namespace {

using sql::Connection;
using Kind = MatchPlan::Kind;

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

std::string PhraseToFts5(const MatchPlan& plan) {
  std::string columns;
  const auto add = [&](uint8_t column, std::string_view name) {
    if (plan.columns & column) columns.append(columns.empty() ? "" : " ").append(name);
  };
  add(kTitleColumn, "title");
  add(kSubtitleColumn, "subtitle");
  add(kTextColumn, "text");
  add(kNamesColumn, "names");
  std::string terms;
  for (const std::string& term : plan.phrase.terms) terms.append(terms.empty() ? "" : " ").append(term);
  return fmt::format("{{{}}} : {}{}", columns, Quoted(terms), plan.phrase.prefix ? " *" : "");
}

const std::string& EveryRelease() {
  static const std::string token = Quoted(FactToken(FactKind::kAll, {}, {}));
  return token;
}

std::string AndToFts5(const std::vector<MatchPlan>& children) {
  std::string wanted;
  std::string unwanted;
  for (const MatchPlan& child : children) {
    const bool excludes = child.kind == Kind::kNot;
    std::string& part = excludes ? unwanted : wanted;
    if (!part.empty()) part.append(excludes ? " OR " : " AND ");
    part.append(ToFts5(excludes ? child.children.front() : child));
  }
  if (wanted.empty()) wanted = EveryRelease();
  return unwanted.empty() ? fmt::format("({})", wanted) : fmt::format("(({}) NOT ({}))", wanted, unwanted);
}

class DayFilter final : public sql::RowFilter {
 public:
  DayFilter(Connection& connection, std::vector<DayStretch> stretches)
      : days_(connection), stretches_(std::move(stretches)) {}

  absl::StatusOr<bool> Takes(int64_t row) override {
    DATELINE_ASSIGN_OR_RETURN(const PublishedDay day, days_.Find(row));
    return std::all_of(stretches_.begin(), stretches_.end(),
                       [&day](const DayStretch& stretch) { return LiesWithin(day, stretch); });
  }

 private:
  DayReader days_;
  const std::vector<DayStretch> stretches_;
};

// Takes wide stretches of days out of a plan that asks for something else besides.
absl::StatusOr<std::vector<DayStretch>> TakeWideStretches(Connection& connection, MatchPlan* plan) {
  std::vector<DayStretch> taken;
  if (plan->kind != Kind::kAnd) return taken;
  const auto is_sought = [](const MatchPlan& child) {
    return child.kind != Kind::kNot && !child.published.has_value();
  };
  if (std::none_of(plan->children.begin(), plan->children.end(), is_sought)) return taken;
  std::vector<MatchPlan> left;
  for (MatchPlan& child : plan->children) {
    double share = 0;
    if (child.published.has_value()) {
      DATELINE_ASSIGN_OR_RETURN(share, ShareWithin(connection, *child.published));
    }
    if (share >= kWideStretchShare) {
      taken.push_back(*child.published);
    } else {
      left.push_back(std::move(child));
    }
  }
  plan->children = std::move(left);
  return taken;
}

}  // namespace

std::string ToFts5(const MatchPlan& plan) {
  switch (plan.kind) {
    case Kind::kPhrase:
      return PhraseToFts5(plan);
    case Kind::kFact:
      return Quoted(plan.token);
    case Kind::kAnd:
      return AndToFts5(plan.children);
    case Kind::kNot:
      return fmt::format("({} NOT {})", EveryRelease(), ToFts5(plan.children.front()));
    case Kind::kOr: {
      std::string any;
      for (const MatchPlan& child : plan.children) any.append(any.empty() ? "" : " OR ").append(ToFts5(child));
      return fmt::format("({})", any);
    }
    default:
      return EveryRelease();
  }
}

absl::StatusOr<MatchQuestion> MatchQuestion::Make(Connection& connection, const MatchPlan& plan) {
  MatchQuestion question;
  question.ranked_phrases_ = static_cast<int>(RankedPhrases(plan).size());
  MatchPlan rest = plan;
  DATELINE_ASSIGN_OR_RETURN(auto stretches, TakeWideStretches(connection, &rest));
  if (!stretches.empty()) question.rows_ = std::make_unique<DayFilter>(connection, std::move(stretches));
  question.match_ = ToFts5(rest);
  return question;
}

std::string_view MatchQuestion::condition() const {
  return rows_ == nullptr ? "release_search MATCH ?1" : "release_search MATCH ?1 AND row_filter(?2, rowid)";
}

void MatchQuestion::BindTo(sql::Statement* statement) const {
  statement->Bind(1, match_);
  if (rows_ != nullptr) statement->Bind(2, *rows_);
}

}  // namespace dateline::storage
