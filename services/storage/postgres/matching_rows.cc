#include "services/storage/postgres/matching_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/published_day.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Connection;
using sql::postgres::Result;

// A window is this much longer than what is expected to do …
constexpr double kWindowReserve = 1.3;
// … and where it would be so large a part of what is left, all of that is read.
constexpr double kWindowShareMax = 0.7;
// So are as few rows as that: to find blocks among the terms costs as much. The server expects one release in two
// hundred of every word that is not among the most frequent.
constexpr double kFewRows = 1'500;

// Putting rows in order is this process's work, up to so many for each one that is wanted; of more the server gives the
// first ones.
constexpr int kUnorderedPerWanted = 2;
constexpr int kUnorderedMin = 2'000;

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
    : connection_(&connection), plan_(plan), ranking_(plan) {}

absl::StatusOr<MatchingRows> MatchingRows::Of(Connection& connection, const MatchPlan& plan) {
  MatchingRows rows(connection, plan);
  DATELINE_RETURN_IF_ERROR(rows.Estimate());
  return rows;
}

absl::Status MatchingRows::Estimate() {
  const auto ends = connection_->Send(
      "SELECT coalesce(min(release_id), 1), coalesce(max(release_id), 0), EXISTS (SELECT FROM release_search WHERE "
      "overflow) FROM release_search");
  StatementValues of_plan;
  const auto plan = Explain(*connection_, MatchCondition(plan_, &of_plan), of_plan);
  // Wide stretches of days beside something else are looked at.
  const bool seeks =
      plan_.kind == MatchPlan::Kind::kAnd && std::any_of(plan_.children.begin(), plan_.children.end(), Seeks);
  std::vector<std::pair<size_t, Connection::Ticket>> stretches;
  for (size_t i = 0; seeks && i < plan_.children.size(); ++i) {
    if (!plan_.children[i].published.has_value()) continue;
    StatementValues values;
    const std::string within = Within(*plan_.children[i].published, &values);
    stretches.emplace_back(i, Explain(*connection_, within, values));
  }
  DATELINE_ASSIGN_OR_RETURN(const Result end, connection_->Take(ends));
  all_ = {.first = end.Int64(0, 0), .last = end.Int64(0, 1)};
  overflow_ = end.Bool(0, 2);
  const double all = std::max<double>(1, static_cast<double>(all_.last - all_.first + 1));
  DATELINE_ASSIGN_OR_RETURN(const Result planned, connection_->Take(plan));
  density_ = std::clamp(PlannedRows(planned) / all, 1e-9, 1.0);
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
  if (size > kWindowShareMax * count || density_ * count <= kFewRows) return {.range = left};
  IdRange range = left;
  if (ascending) {
    range.last = left.first + static_cast<int64_t>(size);
    range.last = std::min(BlockEnd(range), left.last);
  } else {
    range.first = left.last - static_cast<int64_t>(size);
    range.first = std::max(BlockBegin(range), left.first);
  }
  std::optional<std::string> blocks = BlocksTsQuery(range);
  if (!blocks.has_value()) return {.range = left};
  return {.range = range, .blocks = *std::move(blocks)};
}

// What is not wanted is not selected: a value costs the server and this process as much as finding the row.
MatchingRows::Columns MatchingRows::ColumnsOf(const Wanted& wanted) const {
  Columns columns{.sql = "s.release_id"};
  int count = 1;
  const auto add = [&](const std::string& column) {
    columns.sql += ", " + column;
    return count++;
  };
  if (wanted.days) columns.day = add("s.sort_day");
  if (wanted.scores && !ranking_.empty()) columns.ranking = add("s.ranking");
  if (wanted.scores && ranking_.reads_headings()) {
    columns.headings =
        add(fmt::format("concat_ws(chr({0}), split_part(s.words, chr({0}), {1}), split_part(s.words, chr({0}), {2}), "
                        "split_part(s.words, chr({0}), {3}))",
                        static_cast<int>(kPartBreak), kTitlePart, kSubtitlePart, kNamesPart));
  }
  if (wanted.facets) columns.facets = add("s.facets");
  return columns;
}

std::string MatchingRows::Select(const Wanted& wanted, const Window& window, std::optional<int> limit,
                                 StatementValues* values) const {
  const std::string columns = ColumnsOf(wanted).sql;
  std::string outside;
  if (window.range != all_) {
    outside += fmt::format(" AND s.release_id BETWEEN {} AND {}", values->Number(window.range.first),
                           values->Number(window.range.last));
  }
  outside += DayCondition(values);
  const std::string order = limit.has_value()
                                ? fmt::format(" LIMIT {}", values->Number(*limit))
                                : fmt::format(" ORDER BY release_id{} LIMIT {}", wanted.ascending ? "" : " DESC",
                                              values->Number(wanted.most));
  // Behind OFFSET 0 the server sees neither the order nor the days, and so does not go by them.
  const std::string found = fmt::format(
      "SELECT {} FROM (SELECT * FROM release_search s WHERE NOT s.overflow AND {} OFFSET 0) s WHERE TRUE{}{}", columns,
      MatchCondition(plan_, values, window.blocks), outside, order);
  if (!overflow_) return found;
  return fmt::format(
      "SELECT * FROM (({}) UNION ALL (SELECT {} FROM release_search s WHERE s.overflow AND {}{}{})) found{}", found,
      columns, OverflowCondition(plan_, values), outside, order, order);
}

absl::StatusOr<Result> MatchingRows::ReadWindow(const Wanted& wanted, const Window& window) {
  const int limit = std::max(kUnorderedMin, kUnorderedPerWanted * wanted.most);
  const double expected = density_ * static_cast<double>(window.range.last - window.range.first + 1);
  const auto read = [&](std::optional<int> unordered) {
    StatementValues values;
    const std::string sql = Select(wanted, window, unordered, &values);
    return connection_->Query(sql, values.parameters(), Connection::Plan::kOnce);
  };
  if (expected > limit) return read(std::nullopt);
  DATELINE_ASSIGN_OR_RETURN(Result rows, read(limit));
  return rows.rows() < limit ? std::move(rows) : read(std::nullopt);
}

absl::StatusOr<int> MatchingRows::Read(const Wanted& wanted, const Take& take) {
  IdRange left = all_;
  const auto go_past = [&left, ascending = wanted.ascending](const IdRange& read) {
    if (ascending) {
      left.first = std::max(left.first, read.last + 1);
    } else {
      left.last = std::min(left.last, read.first - 1);
    }
  };
  if (wanted.after.has_value()) go_past({.first = *wanted.after, .last = *wanted.after});
  const Columns columns = ColumnsOf(wanted);
  Wanted rest = wanted;
  double size_min = 0;
  while (rest.most > 0 && left.first <= left.last) {
    const Window window = NextWindow(left, wanted.ascending, rest.most, size_min);
    DATELINE_ASSIGN_OR_RETURN(const Result rows, ReadWindow(rest, window));
    std::vector<std::pair<int64_t, int>> places;
    for (int i = 0; i < rows.rows(); ++i) places.emplace_back(rows.Int64(i, 0), i);
    std::sort(places.begin(), places.end());
    if (!wanted.ascending) std::reverse(places.begin(), places.end());
    if (places.size() > static_cast<size_t>(rest.most)) places.resize(static_cast<size_t>(rest.most));
    const auto bytes = [&rows](int i, int column) { return column == 0 ? std::string_view() : rows.Bytes(i, column); };
    for (const auto& [id, i] : places) {
      MatchingRow row{.id = static_cast<uint64_t>(id), .facets = bytes(i, columns.facets)};
      if (columns.ranking != 0) row.score = ranking_.Score(bytes(i, columns.ranking), bytes(i, columns.headings));
      if (columns.day != 0) row.sort_day = rows.Int64(i, columns.day);
      take(row);
    }
    rest.most -= static_cast<int>(places.size());
    go_past(window.range);
    size_min = 2 * static_cast<double>(window.range.last - window.range.first + 1);
  }
  return wanted.most - rest.most;
}

absl::StatusOr<int> MatchingRows::Count(int most) {
  StatementValues values;
  const std::string limit = values.Number(most);
  std::string found = fmt::format(
      "(SELECT FROM (SELECT s.sort_day, s.last_day FROM release_search s WHERE NOT s.overflow AND {} OFFSET 0) s WHERE "
      "TRUE{} LIMIT {})",
      MatchCondition(plan_, &values), DayCondition(&values), limit);
  if (overflow_) {
    found += fmt::format(" UNION ALL (SELECT FROM release_search s WHERE s.overflow AND {}{} LIMIT {})",
                         OverflowCondition(plan_, &values), DayCondition(&values), limit);
  }
  const std::string sql = fmt::format("SELECT count(*) FROM ({}) found", found);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_->Query(sql, values.parameters(), Connection::Plan::kOnce));
  return static_cast<int>(std::min<int64_t>(rows.Int64(0, 0), most));
}

}  // namespace dateline::storage::pg
