#pragma once
// The queries of search_rates as bare SQL on the archive's own tables, in SQLite or PostgreSQL: it reads the rows that
// an answer is made of, and makes nothing of them. Used by one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "services/storage/match_plan.h"

namespace dateline::perf {

class BareArchive {
 public:
  virtual ~BareArchive() = default;
  // The newest 10,000 matches, and the records of 20 of them.
  virtual void Find(const storage::MatchPlan& plan) = 0;
  // The best 20 of the newest 10,000 matches by the database's own ranking, with their records.
  virtual void Rank(const storage::MatchPlan& plan) = 0;
  // The facets of the newest 100,000 matches, besides, uncounted.
  virtual void Facets(const storage::MatchPlan& plan) = 0;
  virtual void Newest() = 0;
  // The 51 latest mentions of an entity, with the records of their releases.
  virtual void Timeline(int64_t entity) = 0;
  // All that is kept of the latest revision of a release: record, document, cluster, sightings.
  virtual void Get(std::string_view name) = 0;
};

std::unique_ptr<BareArchive> OpenBareSqlite(const std::string& path);
std::unique_ptr<BareArchive> OpenBarePostgres(const std::string& connection);

}  // namespace dateline::perf
