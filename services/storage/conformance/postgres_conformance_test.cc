// Runs the conformance suite on PostgresStore, in a database of its own for each test, on a server that the test
// starts.

#include "common/base/check.h"
#include "common/sql/postgres/testing/server.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/postgres/postgres_store.h"

namespace dateline::storage {

namespace {

Backend MakeBackend() {
  return Backend{"postgres", [](const Clock& clock) -> std::shared_ptr<Store> {
                   PostgresStore::Options options;
                   options.connection.connection = testing::PostgresServer::Shared().NewDatabase();
                   options.readers = 2;
                   auto opened = PostgresStore::Open(std::move(options), clock);
                   DATELINE_CHECK(opened.ok(), opened.status().ToString());
                   return *std::move(opened);
                 }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance, ::testing::Values(MakeBackend()),
                         [](const auto& instance) { return instance.param.name; });
INSTANTIATE_TEST_SUITE_P(Postgres, AdminConformance, ::testing::Values(MakeBackend()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::storage
