// Runs the conformance suite on MemorySourceStore.

#include "services/ingestion/sources/conformance/store_under_test.h"
#include "services/ingestion/sources/memory/memory_source_store.h"

namespace dateline::ingestion {

INSTANTIATE_TEST_SUITE_P(Memory, SourceStoreConformance,
                         ::testing::Values(StoreBackend{"memory",
                                                        [](const Clock& clock) -> std::shared_ptr<SourceStore> {
                                                          return std::make_shared<MemorySourceStore>(clock);
                                                        }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::ingestion
