#include "services/notification/subscriptions/postgres/attempt_batch.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/notification/leases/lease_table.h"

namespace dateline::notification::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// Stands for NULL in an array.
constexpr int64_t kNone = INT64_MIN;

struct DeliveryRow {
  v1::Delivery detail;
  int64_t subscription = 0;
  int state = 0;
  int attempt_count = 0;
  int64_t first_attempt = kNone;
  int64_t next_attempt = 0;
  bool changed = false;
};

struct SubscriptionRow {
  int64_t failing_since = kNone;
  int64_t last_delivery = kNone;
  int64_t backlog_change = 0;
};

// What the outcomes build on, locked.
struct Ground {
  std::map<int64_t, SubscriptionRow> subscriptions;
  std::map<int, uint64_t> fences;  // By part.
  std::map<int64_t, DeliveryRow> deliveries;
};

absl::StatusOr<Ground> Ask(Connection& connection, const std::vector<AttemptWork*>& works) {
  std::set<int64_t> subscriptions;
  std::set<int64_t> parts;
  std::set<int64_t> deliveries;
  for (const AttemptWork* work : works) {
    subscriptions.insert(work->commit.subscription);
    if (work->commit.fence) parts.insert(PartOf(work->commit.subscription));
    for (const DeliveryOutcome& outcome : work->commit.outcomes) deliveries.insert(outcome.delivery);
  }
  const auto list = [](const std::set<int64_t>& ids) { return std::vector<int64_t>(ids.begin(), ids.end()); };
  const auto of_subscriptions = connection.Send(
      "SELECT id, failing_since_us, last_delivery_us FROM subscription WHERE id = ANY($1) ORDER BY id "
      "FOR NO KEY UPDATE",
      Parameters::Of(list(subscriptions)));
  // Shared, so that no part changes hands before the outcomes are written.
  const auto of_parts = connection.Send("SELECT part, fence FROM lease WHERE part = ANY($1) ORDER BY part FOR SHARE",
                                        Parameters::Of(list(parts)));
  const auto of_deliveries = connection.Send(
      "SELECT id, subscription_id, detail, state, attempt_count, first_attempt_us, next_attempt_us FROM "
      "delivery WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
      Parameters::Of(list(deliveries)));
  Ground ground;
  const auto time = [](const Result& rows, int row, int column) {
    return rows.IsNull(row, column) ? kNone : rows.Int64(row, column);
  };
  DATELINE_ASSIGN_OR_RETURN(const Result found, connection.Take(of_subscriptions));
  for (int row = 0; row < found.rows(); ++row) {
    ground.subscriptions[found.Int64(row, 0)] = {time(found, row, 1), time(found, row, 2), 0};
  }
  DATELINE_ASSIGN_OR_RETURN(const Result fences, connection.Take(of_parts));
  for (int row = 0; row < fences.rows(); ++row) ground.fences[fences.Int(row, 0)] = fences.Uint64(row, 1);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(of_deliveries));
  for (int row = 0; row < rows.rows(); ++row) {
    DeliveryRow& delivery = ground.deliveries[rows.Int64(row, 0)];
    delivery.subscription = rows.Int64(row, 1);
    const std::string_view detail = rows.Bytes(row, 2);
    // A log of attempts that cannot be read begins anew.
    delivery.detail.ParseFromArray(detail.data(), static_cast<int>(detail.size()));
    delivery.state = rows.Int(row, 3);
    delivery.attempt_count = rows.Int(row, 4);
    delivery.first_attempt = time(rows, row, 5);
    delivery.next_attempt = rows.Int64(row, 6);
  }
  return ground;
}

void Apply(const AttemptCommit& commit, Ground* ground) {
  const auto subscription = ground->subscriptions.find(commit.subscription);
  for (const DeliveryOutcome& outcome : commit.outcomes) {
    const auto found = ground->deliveries.find(outcome.delivery);
    if (found == ground->deliveries.end() || found->second.subscription != commit.subscription) continue;
    DeliveryRow& row = found->second;
    row.changed = true;
    AppendAttempt(outcome.attempt, &row.detail);
    ++row.attempt_count;
    if (row.first_attempt == kNone) row.first_attempt = ToMicros(FromTimestamp(outcome.attempt.start_time()));
    row.next_attempt = ToMicros(outcome.next_attempt);
    if (row.state != v1::Delivery::STATE_PENDING || outcome.state == v1::Delivery::STATE_PENDING) continue;
    row.state = outcome.state;
    if (subscription != ground->subscriptions.end()) --subscription->second.backlog_change;
  }
  if (subscription == ground->subscriptions.end()) return;
  SubscriptionRow& row = subscription->second;
  if (commit.succeeded) {
    row.last_delivery = ToMicros(commit.time);
    row.failing_since = kNone;
  } else if (row.failing_since == kNone) {
    row.failing_since = ToMicros(commit.time);
  }
}

void Send(Connection& connection, const Ground& ground) {
  std::vector<int64_t> ids, states, counts, first, next;
  std::vector<std::string> details;
  for (const auto& [id, row] : ground.deliveries) {
    if (!row.changed) continue;
    ids.push_back(id);
    states.push_back(row.state);
    counts.push_back(row.attempt_count);
    first.push_back(row.first_attempt);
    next.push_back(row.next_attempt);
    details.push_back(row.detail.SerializeAsString());
  }
  std::vector<Bytes> bytes;
  for (const std::string& detail : details) bytes.push_back({detail});
  if (!ids.empty()) {
    connection.Post(
        "UPDATE delivery d SET state = u.state, attempt_count = u.count, first_attempt_us = nullif(u.first, "
        "-9223372036854775808), next_attempt_us = u.next, detail = u.detail FROM unnest($1::bigint[], $2::bigint[], "
        "$3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[]) AS u (id, state, count, first, next, detail) WHERE "
        "d.id = u.id",
        Parameters::Of(ids, states, counts, first, next, bytes));
  }
  ids.clear();
  std::vector<int64_t> failing, last, changes;
  for (const auto& [id, row] : ground.subscriptions) {
    ids.push_back(id);
    failing.push_back(row.failing_since);
    last.push_back(row.last_delivery);
    changes.push_back(row.backlog_change);
  }
  if (ids.empty()) return;
  connection.Post(
      "UPDATE subscription s SET backlog = s.backlog + u.change, failing_since_us = nullif(u.failing, "
      "-9223372036854775808), last_delivery_us = nullif(u.last, -9223372036854775808) FROM unnest($1::bigint[], "
      "$2::bigint[], $3::bigint[], $4::bigint[]) AS u (id, failing, last, change) WHERE s.id = u.id",
      Parameters::Of(ids, failing, last, changes));
}

}  // namespace

absl::Status WriteAttempts(Connection& connection, const std::vector<AttemptWork*>& works) {
  DATELINE_ASSIGN_OR_RETURN(Ground ground, Ask(connection, works));
  for (AttemptWork* work : works) {
    const AttemptCommit& commit = work->commit;
    work->outcome = absl::OkStatus();
    if (commit.fence && ground.fences[PartOf(commit.subscription)] != *commit.fence) {
      work->outcome = LeaseLost(commit.subscription);
      continue;
    }
    Apply(commit, &ground);
  }
  Send(connection, ground);
  return absl::OkStatus();
}

}  // namespace dateline::notification::pg
