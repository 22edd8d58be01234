#include "services/storage/entities/entity_reads.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entities/name_key.h"

namespace dateline::storage {
namespace {

// As KeysOfObservation() makes it.
constexpr std::string_view kNamesakes = "n:";

// Removes from `asked` what is known.
template <class Asked, class Known>
std::vector<typename Asked::value_type> Missing(Asked asked, const Known& known) {
  std::vector<typename Asked::value_type> missing;
  for (auto& one : asked) {
    if (known.count(one) == 0) missing.push_back(one);
  }
  return missing;
}

void AddDecisionKeys(const Observation& observation, const std::string& alias_key, std::set<SoughtEntityKey>* keys) {
  for (std::string& key : DecisionKeys(alias_key, observation.mention))
    keys->insert({observation.kind, std::move(key)});
}

}  // namespace

absl::Status EntityReads::ReadKeys(std::set<SoughtEntityKey> keys) {
  const auto missing = Missing(std::move(keys), under_);
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto found, store_.FindEntities(missing, kSameKeyMax));
  for (size_t i = 0; i < missing.size(); ++i) under_.emplace(missing[i], std::move(found[i]));
  return absl::OkStatus();
}

absl::Status EntityReads::ReadPins(std::set<SoughtEntityKey> keys) {
  const auto missing = Missing(std::move(keys), pins_);
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto found, store_.FindPins(missing));
  for (PinRow& pin : found) pins_[{pin.kind, pin.key}] = std::move(pin.entity);
  for (const SoughtEntityKey& key : missing) pins_[key];
  return absl::OkStatus();
}

absl::Status EntityReads::ReadNames(std::set<std::string> names) {
  const auto missing = Missing(std::move(names), taken_);
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const auto found, store_.LoadEntitiesByName(missing));
  for (const EntityRow& row : found) taken_[row.name] = true;
  for (const std::string& name : missing) taken_[name];
  return absl::OkStatus();
}

absl::Status EntityReads::ReadMentions(const std::vector<int64_t>& releases) {
  const auto missing = Missing(releases, mentions_);
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto found, store_.MentionsOfReleases(missing));
  for (const int64_t release : missing) mentions_[release];
  for (MentionRow& row : found) mentions_[row.release_id].push_back(std::move(row));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EntityReads::Sought>> EntityReads::ReadSought(
    const std::map<int64_t, std::vector<Observation>>& observed) {
  std::vector<Sought> sought;
  std::set<SoughtEntityKey> decisive;
  for (const auto& [release, observations] : observed) {
    for (const Observation& observation : observations) {
      sought.push_back({.observation = &observation, .keys = SoughtKeys(observation)});
      for (const std::string& key : sought.back().keys) {
        if (IsDecisive(observation.kind, key)) decisive.insert({observation.kind, key});
      }
    }
  }
  DATELINE_RETURN_IF_ERROR(ReadKeys(std::move(decisive)));
  std::set<SoughtEntityKey> keys;
  for (Sought& one : sought) {
    const v1::Entity::Kind kind = one.observation->kind;
    const bool decided = std::any_of(one.keys.begin(), one.keys.end(), [&](const std::string& key) {
      return IsDecisive(kind, key) && !under_.at({kind, key}).empty();
    });
    // There may be hundreds of places of one name; they are read when it turns out that they are needed.
    if (decided)
      std::erase_if(one.keys,
                    [](const std::string& key) { return key.compare(0, kNamesakes.size(), kNamesakes) == 0; });
    for (const std::string& key : one.keys) keys.insert({kind, key});
  }
  DATELINE_RETURN_IF_ERROR(ReadKeys(std::move(keys)));
  return sought;
}

absl::StatusOr<std::vector<int64_t>> EntityReads::Foresee(const std::map<int64_t, std::vector<Observation>>& observed) {
  std::vector<int64_t> releases;
  for (const auto& [release, observations] : observed) releases.push_back(release);
  DATELINE_RETURN_IF_ERROR(ReadMentions(releases));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Sought> sought, ReadSought(observed));
  std::set<SoughtEntityKey> pins;
  std::set<std::string> names;
  std::set<int64_t> ids;
  for (const auto& [observation, keys] : sought) {
    const v1::Entity::Kind kind = observation->kind;
    const std::string alias = AliasKey(kind, observation->display_name);
    AddDecisionKeys(*observation, alias, &pins);
    if (!observation->acronym.empty()) AddDecisionKeys(*observation, OrganizationKey(observation->acronym), &pins);
    bool named = false;
    for (const std::string& key : keys) {
      if (!IsOfBearers(kind, key)) continue;
      const auto& under = under_.at({kind, key});
      ids.insert(under.begin(), under.end());
      named = named || !under.empty();
    }
    if (named) continue;
    // Nobody is called so: it will be a new entity.
    const std::string name = NewEntityName(kind, alias);
    names.insert(name);
    pins.insert({kind, "@" + name});
  }
  DATELINE_RETURN_IF_ERROR(ReadPins(std::move(pins)));
  DATELINE_RETURN_IF_ERROR(ReadNames(std::move(names)));
  return std::vector<int64_t>(ids.begin(), ids.end());
}

absl::StatusOr<const std::vector<int64_t>*> EntityReads::Under(const SoughtEntityKey& key) {
  DATELINE_RETURN_IF_ERROR(ReadKeys({key}));
  return &under_.at(key);
}

absl::StatusOr<std::string> EntityReads::Pinned(const SoughtEntityKey& key) {
  DATELINE_RETURN_IF_ERROR(ReadPins({key}));
  return pins_.at(key);
}

absl::StatusOr<bool> EntityReads::IsTaken(v1::Entity::Kind kind, const std::string& name) {
  DATELINE_RETURN_IF_ERROR(ReadNames({name}));
  if (taken_.at(name)) return true;
  DATELINE_ASSIGN_OR_RETURN(const std::string became, Pinned({kind, "@" + name}));
  return !became.empty();
}

absl::StatusOr<std::vector<MentionRow>> EntityReads::MentionsOf(int64_t release) {
  DATELINE_RETURN_IF_ERROR(ReadMentions({release}));
  return mentions_.at(release);
}

}  // namespace dateline::storage
