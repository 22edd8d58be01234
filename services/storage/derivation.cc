#include "services/storage/derivation.h"

#include <future>
#include <memory>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/linking/link_planner.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

// A person's decision is worked out in milliseconds, a step of another process that comes between takes longer.
constexpr int kDecisionAttemptsMax = 20;

// Calls a write of the store and waits for it.
template <class Start>
absl::Status Await(Start start) {
  auto promise = std::make_shared<std::promise<absl::Status>>();
  auto outcome = promise->get_future();
  start([promise](const absl::Status& status) { promise->set_value(status); });
  return outcome.get();
}

}  // namespace

absl::Status Derivation::KeepRules() {
  DATELINE_ASSIGN_OR_RETURN(const uint32_t rules, store_.DerivedRules());
  if (rules == 0 || rules == kDerivationRules) return absl::OkStatus();
  return Await([this](DerivedStore::Applied done) { store_.ResetDerived(std::move(done)); });
}

absl::Status Derivation::Apply(const DerivedChanges& changes) {
  return Await([&](DerivedStore::Applied done) { store_.ApplyDerived(changes, std::move(done)); });
}

template <class Plan>
absl::Status Derivation::Decide(Plan plan) {
  for (int attempt = 1;; ++attempt) {
    DATELINE_RETURN_IF_ERROR(KeepRules());
    DerivedChanges changes;
    DATELINE_ASSIGN_OR_RETURN(changes.generation, store_.DerivedGeneration());
    EntityCache known(kEntityBytesInMemory);
    EntityPlanner entities(store_, known);
    DATELINE_RETURN_IF_ERROR(plan(entities));
    DATELINE_RETURN_IF_ERROR(entities.Flush(&changes));
    changes.rules = kDerivationRules;
    absl::Status applied = Apply(changes);
    if (ErrorReason(applied) != kReasonDerivedChanged || attempt == kDecisionAttemptsMax) return applied;
  }
}

absl::StatusOr<std::string> Derivation::Merge(const std::string& name, const std::vector<std::string>& merged,
                                              const std::string& etag) {
  MutexLock lock(mutex_);
  std::string stayed;
  DATELINE_RETURN_IF_ERROR(Decide([&](EntityPlanner& entities) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(stayed, entities.Merge(name, merged, etag));
    return absl::OkStatus();
  }));
  return stayed;
}

absl::StatusOr<std::pair<std::string, std::string>> Derivation::Split(const std::string& name,
                                                                      const std::vector<std::string>& aliases,
                                                                      const std::string& etag) {
  MutexLock lock(mutex_);
  EntityPlanner::Parted parted;
  DATELINE_RETURN_IF_ERROR(Decide([&](EntityPlanner& entities) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(parted, entities.Split(name, aliases, etag));
    return absl::OkStatus();
  }));
  return std::pair(std::move(parted.stayed), std::move(parted.left));
}

absl::StatusOr<int> Derivation::Step() {
  MutexLock lock(mutex_);
  DATELINE_RETURN_IF_ERROR(KeepRules());
  DerivedChanges changes;
  DATELINE_ASSIGN_OR_RETURN(changes.generation, store_.DerivedGeneration());
  DATELINE_ASSIGN_OR_RETURN(auto waiting, store_.ReadUnderived(options_.releases_max, options_.bytes_max));
  if (waiting.empty()) return 0;
  DATELINE_RETURN_IF_ERROR(postings_.Refresh());
  // Others may have changed what is held here; and until the step is kept it is of no archive.
  if (cached_generation_ != changes.generation) {
    profiles_.Clear();
    known_entities_.Clear();
  }
  cached_generation_.reset();
  EntityPlanner entities(store_, known_entities_);
  LinkPlanner links(store_, postings_, profiles_, FromMicros(ToMicros(clock_.Now())));
  for (UnderivedRelease& release : waiting) ClearDerivedFields(&release.release);
  DATELINE_RETURN_IF_ERROR(links.Foresee(waiting));
  DATELINE_RETURN_IF_ERROR(entities.Foresee(waiting));
  for (const UnderivedRelease& release : waiting) {
    DATELINE_RETURN_IF_ERROR(links.Plan(release));
    DATELINE_RETURN_IF_ERROR(entities.Plan(release, &links.row(release.id)));
  }
  DATELINE_RETURN_IF_ERROR(entities.Flush(&changes));
  links.Flush(&changes);
  DATELINE_RETURN_IF_ERROR(postings_.Complete(&changes));
  changes.rules = kDerivationRules;
  DATELINE_RETURN_IF_ERROR(Apply(changes));
  postings_.Applied(changes);
  cached_generation_ = changes.generation + 1;
  return static_cast<int>(waiting.size());
}

absl::StatusOr<int64_t> Derivation::Drain() {
  int64_t derived = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const int step, Step());
    if (step == 0) return derived;
    derived += step;
  }
}

absl::StatusOr<uint64_t> Derivation::Rebuild() {
  MutexLock lock(mutex_);
  DATELINE_RETURN_IF_ERROR(Await([this](DerivedStore::Applied done) { store_.ResetDerived(std::move(done)); }));
  return store_.CountUnderived();
}

}  // namespace dateline::storage
