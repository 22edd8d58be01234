#pragma once
// What one step of derivation asks the archive about entities. What its releases will ask is foreseen and read at once,
// since each question costs a round trip to a server; the rest is read when it is asked, once. The archive does not
// change under a step that is kept. Used by one thread.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/entities/observation.h"
#include "services/storage/entity_store.h"

namespace dateline::storage {

// Of the entities that share a key, so many are looked at.
inline constexpr int kSameKeyMax = 64;

class EntityReads {
 public:
  // The store outlives it.
  explicit EntityReads(EntityStore& store) : store_(store) {}

  // Reads what joining the observations of these releases asks for. The entities that they may be of, ascending.
  absl::StatusOr<std::vector<int64_t>> Foresee(const std::map<int64_t, std::vector<Observation>>& observed);

  // The entities under a key, ascending, kSameKeyMax at most. Valid as long as this object.
  absl::StatusOr<const std::vector<int64_t>*> Under(const SoughtEntityKey& key);
  // Whose the observations with a key are by a person's decision: the name of an entity; empty: nothing was decided.
  absl::StatusOr<std::string> Pinned(const SoughtEntityKey& key);
  // Whether an entity bears the name, or bore it before it became part of another.
  absl::StatusOr<bool> IsTaken(v1::Entity::Kind kind, const std::string& name);
  // What a release said before.
  absl::StatusOr<std::vector<MentionRow>> MentionsOf(int64_t release);

 private:
  struct Sought {
    const Observation* observation = nullptr;
    std::vector<std::string> keys;  // Under which entities were read.
  };
  absl::StatusOr<std::vector<Sought>> ReadSought(const std::map<int64_t, std::vector<Observation>>& observed);
  absl::Status ReadKeys(std::set<SoughtEntityKey> keys);
  absl::Status ReadPins(std::set<SoughtEntityKey> keys);
  absl::Status ReadNames(std::set<std::string> names);
  absl::Status ReadMentions(const std::vector<int64_t>& releases);

  EntityStore& store_;
  std::map<SoughtEntityKey, std::vector<int64_t>> under_;
  std::map<SoughtEntityKey, std::string> pins_;
  std::map<std::string, bool> taken_;
  std::map<int64_t, std::vector<MentionRow>> mentions_;
};

}  // namespace dateline::storage
