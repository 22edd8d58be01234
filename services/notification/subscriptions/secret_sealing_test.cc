// Proves that stored secrets are sealed when there is a key, again when there is a newer one, and that whoever lacks a
// key hears of it at once.

#include "services/notification/subscriptions/secret_sealing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"
#include "services/notification/subscriptions/memory/memory_subscription_store.h"

namespace dateline::notification {
namespace {

constexpr char kOld[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
constexpr char kNew[] = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

secrets::SecretBox Box(const std::string& keys) {
  const testing::TempDir folder;
  const std::string file = folder.Write("keys", keys);
  EXPECT_EQ(::chmod(file.c_str(), 0600), 0);
  const auto box = secrets::SecretBox::Load(file);
  EXPECT_TRUE(box.ok()) << box.status();
  return box.ok() ? *box : secrets::SecretBox();
}

TEST(SecretSealing, SealsWhatIsThereAndKeepsItUsable) {
  MemorySubscriptionStore store;
  SubscriptionRecord record = Subscription("first");
  record.secrets.previous = "whsec_b2xk";
  ASSERT_TRUE(store.Create(record).ok());
  record = Subscription("mail");
  record.secrets = {};
  ASSERT_TRUE(store.Create(record).ok());

  ASSERT_EQ(*SealStoredSecrets(store, secrets::SecretBox()), 0U) << "without a key";
  EXPECT_EQ(store.Get("subscriptions/first")->secrets.current, "whsec_c2VjcmV0");

  const secrets::SecretBox old = Box(kOld);
  EXPECT_EQ(*SealStoredSecrets(store, old), 1U);
  const SubscriptionRecord sealed = *store.Get("subscriptions/first");
  EXPECT_EQ(sealed.secrets.current.find("whsec"), std::string::npos);
  EXPECT_EQ(OpenSecrets(old, sealed)->current, "whsec_c2VjcmV0");
  EXPECT_EQ(OpenSecrets(old, sealed)->previous, "whsec_b2xk");
  EXPECT_EQ(*SealStoredSecrets(store, old), 0U) << "once";

  const secrets::SecretBox changed = Box(std::string(kNew) + kOld);
  EXPECT_EQ(*SealStoredSecrets(store, changed), 1U);
  const secrets::SecretBox only_new = Box(kNew);
  EXPECT_EQ(OpenSecrets(only_new, *store.Get("subscriptions/first"))->previous, "whsec_b2xk");
  EXPECT_EQ(store.Get("subscriptions/mail")->secrets.current, "");
}

TEST(SecretSealing, EndsTheStartWithoutTheKey) {
  MemorySubscriptionStore store;
  ASSERT_TRUE(store.Create(Subscription("first")).ok());
  ASSERT_TRUE(SealStoredSecrets(store, Box(kOld)).ok());
  EXPECT_EQ(ErrorReason(SealStoredSecrets(store, Box(kNew)).status()), "SECRET_KEY_MISSING");
  EXPECT_EQ(ErrorReason(SealStoredSecrets(store, secrets::SecretBox()).status()), "SECRET_KEY_MISSING");
}

}  // namespace
}  // namespace dateline::notification
