// Proves that the gateway is not ready before every service was connected once, that it does not wait forever for one
// that is away, and that a later loss changes nothing.

#include "services/gateway/backend/first_contact.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "common/metrics/readiness.h"
#include "common/testing/wait.h"

namespace dateline::gateway {
namespace {

using dateline::testing::WaitUntil;
using std::chrono::milliseconds;

TEST(FirstContact, WaitsForEveryService) {
  metrics::Readiness readiness;
  FirstContact contact(readiness);
  const auto storage = contact.ListenerFor("storage");
  const auto ingestion = contact.ListenerFor("ingestion");
  contact.Start();
  storage(false);
  storage(true);
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(readiness.ready());
  ingestion(true);
  EXPECT_TRUE(WaitUntil([&] { return readiness.ready(); }));
  storage(false);
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_TRUE(readiness.ready());
}

TEST(FirstContact, DoesNotWaitForeverForOneThatIsAway) {
  metrics::Readiness readiness;
  FirstContact contact(readiness, milliseconds(100));
  const auto storage = contact.ListenerFor("storage");
  contact.Start();
  EXPECT_FALSE(readiness.ready());
  EXPECT_TRUE(WaitUntil([&] { return readiness.ready(); }));
  storage(true);
}

TEST(FirstContact, StopsWhileItWaits) {
  metrics::Readiness readiness;
  auto contact = std::make_unique<FirstContact>(readiness);
  contact->ListenerFor("storage");
  contact->Start();
  const auto began = std::chrono::steady_clock::now();
  contact.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(5'000));
  EXPECT_FALSE(readiness.ready());
}

}  // namespace
}  // namespace dateline::gateway
