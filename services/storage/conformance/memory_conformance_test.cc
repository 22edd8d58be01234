// Runs the conformance suite on MemoryStore.

#include "services/storage/conformance/store_under_test.h"
#include "services/storage/memory/memory_store.h"

namespace dateline::storage {

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance,
                         ::testing::Values(Backend{"memory",
                                                   [](const Clock& clock) -> std::shared_ptr<Store> {
                                                     return std::make_shared<MemoryStore>(clock);
                                                   }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::storage
