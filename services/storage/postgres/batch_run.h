#pragma once
// One run of a batch in one transaction: asks for everything that its writes build on in one round trip, carries the
// writes out one after the other against what it knows, which includes what those before them did, and sends their
// rows. Internal to PostgresStore; used by the writer's thread.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/postgres/new_rows.h"
#include "services/storage/postgres/postgres_work.h"
#include "services/storage/site_lines.h"

namespace dateline::storage {

class PostgresStore::BatchRun {
 public:
  BatchRun(const eventlog::PostgresEventLog& log, sql::postgres::Connection& connection, WallTime now)
      : log_(log), connection_(connection), now_(now), appender_(log, connection), rows_(connection) {}

  // Runs the works. A work's own refusal is its outcome; any other failure is the batch's.
  absl::Status Run(const std::vector<std::shared_ptr<Work>>& works);
  // Whether most releases that were committed had been in the archive before.
  bool MostWereKnown() const { return known_releases_ * 2 > committed_releases_; }

 private:
  // What the archive holds of a release, after the works so far.
  struct KnownRelease {
    ReleaseRow row;
    std::optional<std::string> record;  // Serialised, when a work of this batch wrote it.
  };
  struct Counts {
    int64_t documents = 0;
    int64_t pending = 0;
    int64_t failed = 0;
    int64_t releases = 0;
    int64_t revisions = 0;
    std::optional<WallTime> last_release;
  };

  absl::Status Ask(const std::vector<std::shared_ptr<Work>>& works);
  absl::Status TakeAnswers();
  absl::Status RunPut(PutWork* work);
  absl::Status RunCommit(Work* work);
  // True when the effect has to be applied; false when it was before and the stored outcome is the answer.
  absl::StatusOr<bool> Acknowledge(const DocumentRow& row, CommitWork* work);
  absl::Status ApplyRelease(const DocumentRow& document, CommitWork* work, size_t index);
  absl::Status Replan(const DocumentRow& document, const KnownRelease* known, CommitWork* work, size_t index);
  absl::StatusOr<release::v1::Release> RecordOf(const KnownRelease& known);
  // Puts what other rules made of the same words in the place of the latest revision's record.
  absl::Status Refresh(const release::v1::Release& incoming, KnownRelease* known);
  absl::Status CountLines(const DocumentRow& row, const v1::CommitReleasesRequest& request);
  absl::Status RunWithdraw(Work* work);
  void SendCounts();

  const eventlog::PostgresEventLog& log_;
  sql::postgres::Connection& connection_;
  const WallTime now_;
  eventlog::EventAppender appender_;
  pg::NewRows rows_;

  sql::postgres::Connection::Ticket ids_ = 0;
  sql::postgres::Connection::Ticket latest_ = 0;
  sql::postgres::Connection::Ticket contents_ = 0;
  sql::postgres::Connection::Ticket documents_ = 0;
  sql::postgres::Connection::Ticket releases_ = 0;
  std::map<const CommitWork*, sql::postgres::Connection::Ticket> acks_;

  int64_t next_document_ = 1;
  int64_t next_content_ = 1;
  int64_t next_release_ = 1;
  int64_t next_revision_ = 1;
  WallTime last_document_time_;
  std::map<std::string, DocumentRow> latest_by_uri_;
  std::map<std::string, int64_t> content_by_hash_;
  std::set<int64_t> removed_contents_;  // Those of them without bytes.
  std::map<std::string, DocumentRow> document_by_name_;
  std::map<std::string, KnownRelease> release_by_name_;
  std::map<std::string, SiteLines> sites_;
  int committed_releases_ = 0;
  int known_releases_ = 0;
  Counts counts_;
};

}  // namespace dateline::storage
