#pragma once
// The releases that a plan finds, the latest or the earliest first, read out of the index of words in windows of ids:
// of what most releases match, only the blocks (release_blocks.h) in which enough of it is expected are looked through.
// The server is not left to choose a way: to it a look into a TSVECTOR costs as much as a comparison of two numbers,
// while most of them stand outside of their rows and take a hundred times as long to fetch. What it expects of the
// words comes from its statistics; where those are wrong, more windows are read, or one twice. One object for each
// question; it belongs to the transaction of its connection.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/match_plan.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/postgres/ranking.h"
#include "services/storage/postgres/release_blocks.h"

namespace dateline::storage::pg {

// A release that matches.
struct MatchingRow {
  uint64_t id = 0;
  double score = 0;
  int64_t sort_day = 0;
  std::string_view facets{};  // Holds until the next row.
};

class MatchingRows {
 public:
  struct Wanted {
    bool ascending = false;
    std::optional<int64_t> after{};  // Only what comes behind this id.
    int most = 0;
    bool scores = false;
    bool days = false;
    bool facets = false;
  };
  using Take = std::function<void(const MatchingRow&)>;

  // Asks the server how much it expects. The connection outlives the object.
  static absl::StatusOr<MatchingRows> Of(sql::postgres::Connection& connection, const MatchPlan& plan);

  // Gives the first `most` of what comes behind `after`, in order; answers how many there were.
  absl::StatusOr<int> Read(const Wanted& wanted, const Take& take);
  // How many match, counted to `most`.
  absl::StatusOr<int> Count(int most);

 private:
  // What one statement reads.
  struct Window {
    IdRange range{};
    std::string blocks{};  // A TSQUERY; empty where the range is not narrow enough for that.
  };

  // What a statement selects, and the place of each; 0: it is not selected. The id comes first.
  struct Columns {
    std::string sql{};
    int day = 0;
    int ranking = 0;
    int headings = 0;
    int facets = 0;
  };

  MatchingRows(sql::postgres::Connection& connection, const MatchPlan& plan);
  absl::Status Estimate();
  // The next window in which `wanted` are expected; no shorter than `size_min`.
  Window NextWindow(const IdRange& left, bool ascending, int wanted, double size_min) const;
  absl::StatusOr<sql::postgres::Result> ReadWindow(const Wanted& wanted, const Window& window);
  Columns ColumnsOf(const Wanted& wanted) const;
  // The rows of a window: all, but no more than `limit`, in no order; or, without it, the first in order.
  std::string Select(const Wanted& wanted, const Window& window, std::optional<int> limit,
                     StatementValues* values) const;
  std::string DayCondition(StatementValues* values) const;

  sql::postgres::Connection* connection_;
  MatchPlan plan_;  // Without the stretches of days that are looked at.
  std::vector<DayStretch> stretches_;
  Ranking ranking_;
  IdRange all_{.first = 1, .last = 0};
  bool overflow_ = false;  // Whether some have no TSVECTOR, for which every statement asks apart.
  double density_ = 1;     // The share of all that is expected to match.
};

}  // namespace dateline::storage::pg
