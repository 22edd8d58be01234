#pragma once
// Joins what the releases of one step of derivation say with the entities of the archive, and keeps each entity the sum
// of its mentions. Who is who, in this order: what a person decided; a personal e-mail address; an acronym that a text
// binds to a name; the key of the name, where a common name or one that every country has ("Ministry of Health") also
// needs a common organisation or issuer. What is not certain stays apart: a person can merge it. Used by one thread;
// one object per step.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/derived_store.h"
#include "services/storage/entities/entity_reads.h"
#include "services/storage/entities/entity_record.pb.h"
#include "services/storage/entities/known_entity.h"
#include "services/storage/entities/observation.h"

namespace dateline::storage {

// Changes whenever some observation would be joined otherwise; everything is then derived anew.
inline constexpr int kEntityRulesVersion = 4;

// An entity with more mentions is not summed up anew from all of them when one goes, but from the latest.
inline constexpr size_t kSummedMentionsMax = 5'000;
// What a person merges or splits at once.
inline constexpr size_t kDecidedMentionsMax = 20'000;

class EntityPlanner {
 public:
  // Both outlive it. The cache holds what the archive does, and gets what the step makes, which is to be taken back
  // when the step is not kept.
  EntityPlanner(DerivedStore& store, EntityCache& cache) : store_(store), reads_(store), cache_(cache) {}

  // Reads at once what the releases of the step will ask for; before any of them is planned.
  absl::Status Foresee(const std::vector<UnderivedRelease>& releases);
  // Puts what the release says in the place of what its revision before said; sets the references of `row`.
  absl::Status Plan(const UnderivedRelease& release, DerivedRow* row);

  // What a person decided. NOT_FOUND (ENTITY_NOT_FOUND), INVALID_ARGUMENT (INVALID_ENTITY), ABORTED (ETAG_MISMATCH).
  // The names of what stayed, and of what left.
  absl::StatusOr<std::string> Merge(const std::string& name, const std::vector<std::string>& merged,
                                    const std::string& etag);
  struct Parted {
    std::string stayed;
    std::string left;
  };
  absl::StatusOr<Parted> Split(const std::string& name, const std::vector<std::string>& aliases,
                               const std::string& etag);

  absl::Status Flush(DerivedChanges* changes);

 private:
  using Kind = v1::Entity::Kind;
  using Held = KnownEntity;
  struct Joined {
    int64_t entity = 0;
    std::string basis;  // As in EntityAlias.basis.
  };

  // Holds those that there are, which costs one look at the archive for all of them.
  absl::Status HoldAll(const std::vector<int64_t>& ids);
  absl::StatusOr<Held*> Hold(int64_t id);
  absl::StatusOr<Held*> HoldByName(const std::string& name);
  absl::StatusOr<Held*> Require(const std::string& name);
  absl::StatusOr<Held*> Make(Kind kind, const std::string& name);
  absl::StatusOr<std::string> FreeName(Kind kind, const std::string& key);
  // The entities under the key, with those of this step.
  absl::StatusOr<std::vector<Held*>> Under(Kind kind, const std::string& key);
  void LoadKeys(Held* held);
  void IndexKeys(Held* held);
  void AddTo(Held* held, const records::MentionRecord& mention);

  absl::StatusOr<std::optional<std::string>> Pinned(Kind kind, const records::MentionRecord& mention,
                                                    const std::string& key);
  absl::StatusOr<Joined> Join(const Observation& observation);
  absl::StatusOr<std::optional<Joined>> JoinPerson(const Observation& person);
  // A family name alone: of the only one of the same issuer or organisation who bears it.
  absl::StatusOr<std::optional<Joined>> JoinFamilyName(const Observation& person);
  absl::StatusOr<std::optional<Joined>> JoinOrganization(const Observation& body);
  absl::StatusOr<std::optional<Joined>> JoinPlace(const Observation& place);
  absl::StatusOr<bool> IsCommon(const std::vector<std::string>& words);
  // An entity that only bears the acronym becomes part of the one to which a text bound it.
  absl::Status Absorb(const Observation& body, int64_t into);
  // What a person split off is not bound again by the text that bound it before.
  absl::Status DropForeignAcronym(Observation* body, int64_t entity);
  absl::Status JoinAll(std::vector<Observation> observations);
  absl::Status ReplaceMentions(int64_t release);
  void SetReferences(DerivedRow* row);

  // `basis` is why names that are new to the other are its own.
  absl::Status MoveMentions(Held* from, Held* to, std::string_view basis);
  // Later releases with a name of the entity are of `to`, whatever other rules say.
  absl::Status PinNames(const Held& held, const std::set<const Held*>& meant, const std::string& to);
  absl::Status SumAnew(Held* held);
  void FlushEntity(const std::shared_ptr<Held>& held, DerivedChanges* changes);
  void PutMention(int64_t entity, int64_t release, const records::MentionRecord& mention);
  void RemoveMention(int64_t entity, int64_t release);
  absl::StatusOr<std::vector<MentionRow>> MentionsOf(int64_t entity, size_t most);
  // Sets the entity of facts of a release: `before` becomes `after`, for all facts or for those given.
  absl::Status Rename(int64_t release, const std::string& before, const std::string& after,
                      const std::set<uint32_t>* facts);

  DerivedStore& store_;
  EntityReads reads_;
  EntityCache& cache_;
  int64_t next_id_ = 0;
  std::map<int64_t, std::shared_ptr<Held>> held_;
  std::map<std::string, int64_t> made_;                                        // By name.
  std::map<SoughtEntityKey, std::set<int64_t>> under_;                         // With those of this step.
  std::map<std::pair<int64_t, int64_t>, std::optional<MentionRow>> mentions_;  // Put or removed in this step.
  std::map<int64_t, std::string> references_;                                  // Changed in this step.
  std::map<SoughtEntityKey, std::string> pins_;                                // Put in this step.
  std::map<int64_t, DerivedRow*> rows_;                                        // Of the releases of this step.
  std::map<int64_t, int64_t> absorbed_;                                        // Into which.
  std::map<int64_t, std::vector<Observation>> observed_;                       // Of releases that are not yet planned.
  // Of the release that is planned.
  std::map<SoughtEntityKey, int64_t> local_;
  std::map<int64_t, records::MentionRecord> said_;
  std::vector<std::pair<Observation, int64_t>> joined_;
};

absl::Status EntityNotFound(const std::string& name);

}  // namespace dateline::storage
