#include "services/notification/subscriptions/secret_sealing.h"

#include <string>

#include "common/base/status_macros.h"
#include "services/notification/subscriptions/subscription_settings.h"

namespace dateline::notification {
namespace {

constexpr int kPage = 1'000;

absl::Status Reseal(const secrets::SecretBox& box, SubscriptionRecord* record) {
  const std::string& name = record->settings.name();
  DATELINE_ASSIGN_OR_RETURN(const SigningSecrets opened, OpenSecrets(box, *record));
  record->secrets.current = box.Seal(opened.current, name);
  record->secrets.previous = box.Seal(opened.previous, name);
  return absl::OkStatus();
}

}  // namespace

std::string NewSealedSecret(const secrets::SecretBox& box, std::string_view subscription) {
  return box.Seal(NewSecret(), subscription);
}

absl::StatusOr<SigningSecrets> OpenSecrets(const secrets::SecretBox& box, const SubscriptionRecord& record) {
  SigningSecrets opened = record.secrets;
  DATELINE_ASSIGN_OR_RETURN(opened.current, box.Open(record.secrets.current, record.settings.name()));
  DATELINE_ASSIGN_OR_RETURN(opened.previous, box.Open(record.secrets.previous, record.settings.name()));
  return opened;
}

absl::StatusOr<size_t> SealStoredSecrets(SubscriptionStore& store, const secrets::SecretBox& box) {
  size_t sealed = 0;
  std::string after;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionPage page, store.List(kPage, after));
    for (const SubscriptionRecord& record : page.subscriptions) {
      DATELINE_RETURN_IF_ERROR(OpenSecrets(box, record).status());
      if (!box.IsOutdated(record.secrets.current) && !box.IsOutdated(record.secrets.previous)) continue;
      const absl::Status changed =
          store.Change(record.settings.name(), [&](SubscriptionRecord* stored) { return Reseal(box, stored); })
              .status();
      if (absl::IsNotFound(changed)) continue;  // Removed meanwhile, through another replica.
      DATELINE_RETURN_IF_ERROR(changed);
      ++sealed;
    }
    if (!page.more) return sealed;
    after = page.subscriptions.back().settings.name();
  }
}

}  // namespace dateline::notification
