#pragma once
// The signing secrets of subscriptions stand sealed in every store and every record (common/secrets); they are opened
// where they sign, and where they are shown the one time. Thread-safe as what they are given is.

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/secrets/secret_box.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// A new secret, sealed for this subscription.
std::string NewSealedSecret(const secrets::SecretBox& box, std::string_view subscription);
// The secrets of a record, opened.
absl::StatusOr<SigningSecrets> OpenSecrets(const secrets::SecretBox& box, const SubscriptionRecord& record);

// Seals all that stand there as plain text or sealed with an older key; how many subscriptions had such. The error of
// one that cannot be opened ends it: whoever starts without a key hears of it before the first delivery fails.
absl::StatusOr<size_t> SealStoredSecrets(SubscriptionStore& store, const secrets::SecretBox& box);

}  // namespace dateline::notification
