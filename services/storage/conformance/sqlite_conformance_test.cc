// Runs the conformance suite on SqliteStore, with a real file in a folder of its own.

#include "common/base/check.h"
#include "common/testing/temp_dir.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {
namespace {

// The store and the folder that it needs; the folder goes last.
struct StoreInFolder {
  explicit StoreInFolder(const Clock& clock) {
    auto opened = SqliteStore::Open({.path = folder.File("storage.db"), .vfs = {}}, clock);
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    store = *std::move(opened);
  }
  testing::TempDir folder;
  std::unique_ptr<SqliteStore> store;
};

Backend MakeBackend() {
  return Backend{"sqlite", [](const Clock& clock) -> std::shared_ptr<Store> {
                   auto holder = std::make_shared<StoreInFolder>(clock);
                   return {holder, holder->store.get()};
                 }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(MakeBackend()),
                         [](const auto& instance) { return instance.param.name; });
INSTANTIATE_TEST_SUITE_P(Sqlite, AdminConformance, ::testing::Values(MakeBackend()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::storage
