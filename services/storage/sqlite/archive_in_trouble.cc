#include "services/storage/sqlite/archive_in_trouble.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "common/base/ids.h"
#include "common/sql/connection.h"
#include "common/sql/statement.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/entity_answers.h"

namespace dateline::storage {

uint64_t TestSeed() {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "DATELINE_SEED=" << seed << std::endl;
  return seed;
}

std::string NumberedUri(int number) {
  return fmt::format("https://example.org/news/{}", number);
}

std::string NumberedName(int number) {
  return "releases/" + UuidV5(NumberedUri(number));
}

// The words of a release; those of 0 and 1 are nearly the same.
std::string NumberedText(int number, int version) {
  std::string text = fmt::format("version{} of number{}. ", version, number);
  for (int i = 0; i < 20; ++i)
    text += fmt::format("The council{0} heard{1} about boats{0} at pier{1}. ", number / 2, i);
  return text;
}

absl::Status CommitNumbered(Store& store, int number, int version) {
  release::v1::Release release = MakeRelease(NumberedUri(number), "Title", NumberedText(number, version));
  release.add_people()->set_display_name(fmt::format("Ana{0} Borg{0}", number));
  const auto put = PutAndWait(store, MakeDocument(NumberedUri(number), release.text()));
  if (!put.ok()) return put.status();
  v1::CommitReleasesRequest request;
  request.set_document(put->document.name());
  *request.add_releases() = release;
  return CommitAndWait(store, request).status();
}

std::string PersonOfNumbered(Store& store, int number) {
  EntityListParams params;
  params.kind = v1::Entity::KIND_PERSON;
  params.query = fmt::format("ana{0} borg{0}", number);
  const auto people = AnswerEntities(store.derived(), params);
  return people.ok() && people->response.entities_size() > 0 ? people->response.entities(0).name() : std::string();
}

absl::StatusOr<std::vector<eventlog::LeaseReference>> LeaseOne(Store& store) {
  auto leased = store.events().Lease(
      {.group = std::string(kTestGroup), .topic = std::string(kDocumentTopic), .max = 1, .holder = "test"});
  if (!leased.ok()) return leased.status();
  std::vector<eventlog::LeaseReference> references;
  for (const auto& event : leased->events) {
    references.push_back({.topic = std::string(kDocumentTopic),
                          .group = std::string(kTestGroup),
                          .sequence = event.record.sequence,
                          .token = event.token});
  }
  return references;
}

std::unique_ptr<SqliteStore> OpenNumbered(const std::string& path, const Clock& clock, const std::string& vfs) {
  auto opened = SqliteStore::Open({.path = path, .readers = 2, .vfs = vfs}, clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

// State and events belong together, each event once, and the file is whole.
void ExpectWhole(Store& store, const std::string& path, bool trimmed) {
  const StoreStats stats = store.Stats();
  uint64_t revisions = 0;
  for (const auto& event : EventsOf(store, kReleaseTopic)) {
    if (event.type().ends_with(".published") || event.type().ends_with(".revised")) ++revisions;
  }
  EXPECT_EQ(revisions, stats.revisions);
  const auto heads = store.events().Heads();
  ASSERT_TRUE(heads.ok()) << heads.status();
  EXPECT_EQ(heads->front().head.value(), stats.documents);
  if (!trimmed) {
    EXPECT_EQ(EventsOf(store, kDocumentTopic).size(), stats.documents);
  }
  auto connection = sql::Connection::Open({.path = path, .vfs = {}});
  ASSERT_TRUE(connection.ok()) << connection.status();
  sql::Statement check(**connection, "PRAGMA integrity_check");
  ASSERT_TRUE(*check.Step());
  EXPECT_EQ(check.ColumnString(0), "ok");
}

}  // namespace dateline::storage
