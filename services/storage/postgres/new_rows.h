#pragma once
// The rows that a transaction adds to the archive, gathered and then sent with one statement for each table: a server
// spends more on taking a statement than on a row. What is sent in between by other functions does not see gathered
// rows; whoever needs them there calls Send() first. Prepared releases and search entries are not copied and have to
// stay as they are until Send(). Belongs to one transaction and one thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/document_plan.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/prepared_release.h"
#include "services/storage/store.h"

namespace dateline::storage::pg {

class NewRows {
 public:
  explicit NewRows(Connection& connection) : connection_(connection) {}
  NewRows(const NewRows&) = delete;
  NewRows& operator=(const NewRows&) = delete;

  // The message's name, version, size, hash and create_time are set. `content` has to live until Send().
  void AddContent(int64_t id, const NewContent& content, uint64_t bytes);
  void AddDocument(int64_t id, int64_t content_id, const v1::Document& document);
  // State, failure and outcome of a document, which may be one of those that are gathered.
  void SetDocumentResult(const DocumentRow& row);

  // The first revision of a release, whose ids `row` holds, or the next one. Its links and entities wait to be derived.
  void AddRelease(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id, WallTime create_time);
  void ReviseRelease(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id);
  // Replaces what the index has of the release.
  void PutIntoIndex(int64_t release_id, const SearchEntry& entry);

  // Sends all that was gathered. Failures are found when an answer is taken.
  void Send();

 private:
  struct Content {
    int64_t id = 0;
    int64_t bytes = 0;
    const NewContent* content = nullptr;
  };
  struct Document {
    int64_t id = 0;
    int64_t content_id = 0;
    int64_t version = 0;
    int64_t create_time_us = 0;
    std::string key;
    std::string uri_hash;
    std::string record;
  };
  struct Outcome {
    int64_t state = 0;
    std::string failure;
    std::string result;
  };
  struct Head {
    bool is_new = false;
    int64_t create_time_us = 0;
    std::string key;
    ReleaseRow row;
    int64_t update_time_us = 0;
    const PreparedRelease* release = nullptr;
  };
  struct Revision {
    ReleaseRow row;
    int64_t document_id = 0;
    const PreparedRelease* release = nullptr;
  };

  // Sends what is there when it weighs too much to be kept.
  void Weigh(size_t bytes);
  void AddRevision(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id);
  void SendContents();
  void SendDocuments();
  void SendOutcomes();
  void SendNewHeads();
  void SendRevisedHeads();
  void SendRevisions();

  Connection& connection_;
  size_t bytes_ = 0;
  std::vector<Content> contents_;
  std::vector<Document> documents_;
  std::map<int64_t, Outcome> outcomes_;  // By document.
  std::map<int64_t, Head> heads_;        // By release.
  std::vector<Revision> revisions_;
  SearchEntries entries_;
};

}  // namespace dateline::storage::pg
