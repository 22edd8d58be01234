// Runs the conformance suite on MemorySourceStore.

#include "services/ingestion/sources/conformance/subscriptions_under_test.h"
#include "services/ingestion/sources/memory/memory_source_store.h"

namespace dateline::ingestion {

const auto kBackends = ::testing::Values(StoreBackend{"memory", [](const Clock& clock) -> std::shared_ptr<SourceStore> {
                                                        return std::make_shared<MemorySourceStore>(clock);
                                                      }});
const auto kNameOf = [](const auto& instance) { return instance.param.name; };
INSTANTIATE_TEST_SUITE_P(Memory, SourceStoreConformance, kBackends, kNameOf);
INSTANTIATE_TEST_SUITE_P(Memory, SubscriptionConformance, kBackends, kNameOf);

}  // namespace dateline::ingestion
