#pragma once
// What the archive keeps of people, organisations, places and programmes across releases: entities, the keys by which
// they are found, who is mentioned where, and what a person decided. Rows are plain; what they mean stands in
// entities/. Reads see committed state; writes go through DerivedStore. Part of the port Store; implementations pass
// its conformance suite. Thread-safe.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/storage/v1/entity.pb.h"

namespace dateline::storage {

struct EntityRow {
  int64_t id = 0;
  std::string name;  // "people/{uuid}", …
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  int64_t release_count = 0;
  bool has_contacts = false;
  std::string record;  // A serialised records::EntityRecord.
};

// A key by which an entity is found; several entities may share one.
struct EntityKey {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  std::string key;
  int64_t entity_id = 0;
  auto operator<=>(const EntityKey&) const = default;
};

// What an entity or a decision is looked for by.
struct SoughtEntityKey {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  std::string key;
  auto operator<=>(const SoughtEntityKey&) const = default;
};

// That a release names an entity.
struct MentionRow {
  int64_t entity_id = 0;
  int64_t release_id = 0;
  int64_t time_us = 0;  // When the release was published, else stored.
  bool has_figures = false;
  std::string record;  // A serialised records::MentionRecord.
};

// A mention, and what it was found in.
struct TimelineRow {
  MentionRow mention;
  std::string release;  // Its latest record, a serialised Release; empty when there is no such release.
};

// What a person decided: observations with this key are of this entity. The key "@" with the name of another entity
// says that this other became part of it.
struct PinRow {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  std::string key;
  std::string entity;  // Its name.
};

struct EntityQuery {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;  // Unspecified: all.
  bool contacts_only = false;
  int limit = 50;
  // Goes on behind this one.
  std::optional<int64_t> after_count;
  int64_t after_id = 0;
};

struct MentionQuery {
  int64_t entity_id = 0;
  bool figures_only = false;
  int limit = 50;
  // Goes on behind this one.
  std::optional<int64_t> after_time_us;
  int64_t after_release_id = 0;
};

class EntityStore {
 public:
  virtual ~EntityStore() = default;

  // Those under each of the keys, in the order of the keys: at most `limit_each` ids, ascending.
  virtual absl::StatusOr<std::vector<std::vector<int64_t>>> FindEntities(const std::vector<SoughtEntityKey>& keys,
                                                                         int limit_each) = 0;
  // The distinct ids whose key begins with `prefix`, at most `limit`.
  virtual absl::StatusOr<std::vector<int64_t>> FindEntitiesByPrefix(v1::Entity::Kind kind, std::string_view prefix,
                                                                    int limit) = 0;
  // The rows that there are, in any order.
  virtual absl::StatusOr<std::vector<EntityRow>> LoadEntities(const std::vector<int64_t>& ids) = 0;
  virtual absl::StatusOr<std::vector<EntityRow>> LoadEntitiesByName(const std::vector<std::string>& names) = 0;
  // By release_count descending, then id descending.
  virtual absl::StatusOr<std::vector<EntityRow>> ListEntityRows(const EntityQuery& query) = 0;
  // By time descending, then release id descending.
  virtual absl::StatusOr<std::vector<MentionRow>> ListMentionRows(const MentionQuery& query) = 0;
  // The same; ends behind the row with which the releases come to `bytes_max` or more.
  virtual absl::StatusOr<std::vector<TimelineRow>> ListTimelineRows(const MentionQuery& query, size_t bytes_max) = 0;
  virtual absl::StatusOr<std::vector<MentionRow>> MentionsOfReleases(const std::vector<int64_t>& release_ids) = 0;
  // Those that there are, in any order.
  virtual absl::StatusOr<std::vector<PinRow>> FindPins(const std::vector<SoughtEntityKey>& keys) = 0;
  virtual absl::StatusOr<std::vector<PinRow>> PinsTo(std::string_view entity) = 0;
  // Greater than any entity's id so far.
  virtual absl::StatusOr<int64_t> NextEntityId() = 0;
};

}  // namespace dateline::storage
