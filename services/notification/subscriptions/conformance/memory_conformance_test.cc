// Runs the conformance suite on MemorySubscriptionStore.

#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/memory/memory_subscription_store.h"

namespace dateline::notification {

INSTANTIATE_TEST_SUITE_P(Memory, SubscriptionStoreConformance,
                         ::testing::Values(StoreBackend{
                             "memory",
                             [](const Clock&, SubscriptionStore::Limits limits) -> std::shared_ptr<SubscriptionStore> {
                               return std::make_shared<MemorySubscriptionStore>(limits);
                             }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace dateline::notification
