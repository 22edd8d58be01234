#include "services/storage/postgres/matching_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/published_day.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// ts_rank's weights for D, C, B, A: text, subtitle, names, title.
constexpr std::string_view kWeights = "'{0.1, 0.4, 0.25, 0.8}'";
// What a release without a TSVECTOR scores.
constexpr std::string_view kOverflowScore = "0.05::real";

// What ts_rank gives a term for standing in a text kPlacesMax times: 0.1 (1 + 1/4 + 1/9 + 1/16) / 1.645, rounded up. It
// adds the terms of a question up and divides by their number, so this is the most for all of them together. A prefix is
// many terms.
constexpr double kTextScoreMax = 0.0866;

// A window is this much longer than what is expected to do …
constexpr double kWindowReserve = 1.3;
// … and where it would be a third of what is left, all of that is read.
constexpr double kWindowShareMax = 0.34;

// The number of rows that the server expects of a statement, out of its EXPLAIN (FORMAT JSON).
double PlannedRows(const Result& explained) {
  constexpr std::string_view kLabel = "\"Plan Rows\":";
  if (explained.empty()) return 0;
  std::string_view plan = explained.Text(0, 0);
  const size_t at = plan.find(kLabel);
  if (at == std::string_view::npos) return 0;
  plan.remove_prefix(at + kLabel.size());
  plan.remove_prefix(std::min(plan.find_first_not_of(' '), plan.size()));
  double rows = 0;
  std::from_chars(plan.data(), plan.data() + plan.size(), rows);
  return rows;
}

std::string Within(const DayStretch& stretch, StatementValues* values) {
  // Whether all days that the date may mean lie within it. The open end lies below what stands for no date at all.
  return fmt::format("(s.sort_day >= {} AND s.last_day <= {})",
                     values->Number(std::clamp(stretch.first, -kNoLastDay, kNoLastDay - 1)),
                     values->Number(std::clamp(stretch.last, -kNoLastDay, kNoLastDay - 1)));
}

Connection::Ticket Explain(Connection& connection, const std::string& condition, const StatementValues& values) {
  return connection.Send(
      fmt::format("EXPLAIN (FORMAT JSON) SELECT FROM release_search s WHERE NOT s.overflow AND {}", condition),
      values.parameters(), Connection::Plan::kOnce);
}

bool Seeks(const MatchPlan& child) {
  return child.kind != MatchPlan::Kind::kNot && !child.published.has_value();
}

}  // namespace

MatchingRows::MatchingRows(Connection& connection, const MatchPlan& plan)
    : connection_(&connection), plan_(plan), ranked_(WordsToRank(plan)) {}

absl::StatusOr<MatchingRows> MatchingRows::Of(Connection& connection, const MatchPlan& plan) {
  MatchingRows rows(connection, plan);
  DATELINE_RETURN_IF_ERROR(rows.Estimate());
  return rows;
}

double MatchingRows::text_score_max() const {
  return ranked_.prefixes ? std::numeric_limits<double>::infinity() : kTextScoreMax;
}

absl::Status MatchingRows::Estimate() {
  const auto ends = connection_->Send("SELECT coalesce(min(release_id), 1), coalesce(max(release_id), 0) FROM release_search");
  StatementValues of_plan;
  const auto plan = Explain(*connection_, MatchCondition(plan_, &of_plan), of_plan);
  // Wide stretches of days beside something else are looked at.
  const bool seeks = plan_.kind == MatchPlan::Kind::kAnd && std::any_of(plan_.children.begin(), plan_.children.end(), Seeks);
  std::vector<std::pair<size_t, Connection::Ticket>> stretches;
  for (size_t i = 0; seeks && i < plan_.children.size(); ++i) {
    if (!plan_.children[i].published.has_value()) continue;
    StatementValues values;
    const std::string within = Within(*plan_.children[i].published, &values);
    stretches.emplace_back(i, Explain(*connection_, within, values));
  }
  DATELINE_ASSIGN_OR_RETURN(const Result end, connection_->Take(ends));
  all_ = {.first = end.Int64(0, 0), .last = end.Int64(0, 1)};
  const double all = std::max<double>(1, static_cast<double>(all_.last - all_.first + 1));
  DATELINE_ASSIGN_OR_RETURN(const Result planned, connection_->Take(plan));
  density_ = std::clamp(PlannedRows(planned) / all, 1e-9, 1.0);
  std::vector<MatchPlan> left;
  for (auto next = stretches.rbegin(); next != stretches.rend(); ++next) {
    DATELINE_ASSIGN_OR_RETURN(const Result stretch, connection_->Take(next->second));
    if (PlannedRows(stretch) < kWideStretchShare * all) continue;
    const auto child = plan_.children.begin() + static_cast<std::ptrdiff_t>(next->first);
    stretches_.push_back(*child->published);
    plan_.children.erase(child);
  }
  return absl::OkStatus();
}

std::string MatchingRows::DayCondition(StatementValues* values) const {
  std::string condition;
  for (const DayStretch& stretch : stretches_) condition += " AND " + Within(stretch, values);
  return condition;
}

MatchingRows::Window MatchingRows::NextWindow(const IdRange& left, bool ascending, int wanted, double size_min) const {
  const auto count = static_cast<double>(left.last - left.first + 1);
  const double size = std::max(size_min, kWindowReserve * wanted / density_);
  if (size > kWindowShareMax * count) return {.range = left};
  IdRange range = left;
  (ascending ? range.last : range.first) =
      ascending ? left.first + static_cast<int64_t>(size) : left.last - static_cast<int64_t>(size);
  if (ascending) {
    range.last = std::min(BlockEnd(range), left.last);
  } else {
    range.first = std::max(BlockBegin(range), left.first);
  }
  std::optional<std::string> blocks = BlocksTsQuery(range);
  if (!blocks.has_value()) return {.range = left};
  return {.range = range, .blocks = *std::move(blocks)};
}

std::string MatchingRows::Select(const Wanted& wanted, const Window& window, StatementValues* values) const {
  const std::string order =
      fmt::format("ORDER BY release_id{} LIMIT {}", wanted.ascending ? "" : " DESC", values->Number(wanted.most));
  const std::string range = fmt::format(" AND s.release_id BETWEEN {} AND {}", values->Number(window.range.first),
                                        values->Number(window.range.last));
  const bool scores = wanted.scores && ranks();
  const std::string facets = wanted.facets ? ", s.facets" : "";
  const std::string score =
      scores ? fmt::format("ts_rank({}, s.headings, {}::tsquery)", kWeights, values->Text(ranked_.query)) : "0::real";
  // Behind OFFSET 0 the server sees neither the order nor the days, and so does not go by them. What is shown is worked
  // out for the rows that are left.
  const std::string found = fmt::format(
      "SELECT s.* FROM (SELECT s.release_id, s.sort_day, s.last_day{}{} FROM release_search s WHERE NOT s.overflow AND "
      "{} OFFSET 0) s WHERE TRUE{}{} {}",
      scores ? ", s.headings" : "", facets, MatchCondition(plan_, values, window.blocks), range, DayCondition(values),
      order);
  return fmt::format(
      "SELECT * FROM ((SELECT s.release_id, s.sort_day, FALSE AS overflow, {0}{1} FROM ({2}) s) UNION ALL (SELECT "
      "s.release_id, s.sort_day, TRUE, {3}{1} FROM release_search s WHERE s.overflow AND {4}{5}{6} {7})) found {7}",
      score, facets, found, scores ? kOverflowScore : "0::real", OverflowCondition(plan_, values), range,
      DayCondition(values), order);
}

absl::StatusOr<int> MatchingRows::Read(const Wanted& wanted, const Take& take) {
  IdRange left = all_;
  if (wanted.after.has_value()) {
    (wanted.ascending ? left.first : left.last) =
        wanted.ascending ? std::max(left.first, *wanted.after + 1) : std::min(left.last, *wanted.after - 1);
  }
  int taken = 0;
  double size_min = 0;
  while (taken < wanted.most && left.first <= left.last) {
    Wanted rest = wanted;
    rest.most = wanted.most - taken;
    const Window window = NextWindow(left, wanted.ascending, rest.most, size_min);
    StatementValues values;
    const std::string sql = Select(rest, window, &values);
    DATELINE_ASSIGN_OR_RETURN(const Result rows,
                              connection_->Query(sql, values.parameters(), Connection::Plan::kOnce));
    for (int i = 0; i < rows.rows(); ++i) {
      MatchingRow row{.id = rows.Uint64(i, 0), .score = rows.Double(i, 3), .sort_day = rows.Int64(i, 1)};
      row.estimated = wanted.scores && ranks() && !rows.Bool(i, 2);
      if (wanted.facets) row.facets = rows.Bytes(i, 4);
      take(row);
    }
    taken += rows.rows();
    (wanted.ascending ? left.first : left.last) = wanted.ascending ? window.range.last + 1 : window.range.first - 1;
    size_min = 2 * static_cast<double>(window.range.last - window.range.first + 1);
  }
  return taken;
}

absl::StatusOr<int> MatchingRows::Count(int most) {
  StatementValues values;
  const std::string limit = values.Number(most);
  const std::string sql = fmt::format(
      "SELECT count(*) FROM ((SELECT FROM (SELECT s.sort_day, s.last_day FROM release_search s WHERE NOT s.overflow "
      "AND {1} OFFSET 0) s WHERE TRUE{3} LIMIT {0}) UNION ALL (SELECT FROM release_search s WHERE s.overflow AND "
      "{2}{3} LIMIT {0})) found",
      limit, MatchCondition(plan_, &values), OverflowCondition(plan_, &values), DayCondition(&values));
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_->Query(sql, values.parameters(), Connection::Plan::kOnce));
  return static_cast<int>(std::min<int64_t>(rows.Int64(0, 0), most));
}

absl::StatusOr<std::vector<double>> MatchingRows::Score(const std::vector<uint64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_->Query("SELECT release_id, ts_rank('{0.1, 0.4, 0.25, 0.8}', terms, $2::text::tsquery) FROM "
                         "release_search WHERE release_id = ANY ($1)",
                         Parameters::Of(std::vector<int64_t>(ids.begin(), ids.end()), ranked_.query)));
  std::unordered_map<uint64_t, double> scores;
  for (int i = 0; i < rows.rows(); ++i) scores[rows.Uint64(i, 0)] = rows.Double(i, 1);
  std::vector<double> in_order;
  in_order.reserve(ids.size());
  for (const uint64_t id : ids) in_order.push_back(scores[id]);
  return in_order;
}

}  // namespace dateline::storage::pg
