#pragma once
// An entity as the sum of its mentions: what is added when a release names it, and how the sum is answered. Everything
// kept of one entity is bounded; what a list loses first is what is oldest or rarest. Pure and thread-safe.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/storage/v1/entity.pb.h"
#include "services/storage/entities/entity_record.pb.h"
#include "services/storage/entity_store.h"

namespace dateline::storage {

inline constexpr int kEntityAliasesMax = 100;
inline constexpr int kEntityRolesMax = 100;
inline constexpr int kEntityContactsMax = 50;
inline constexpr int kEntityContextsMax = 64;
inline constexpr int kEntityKeysMax = 200;
inline constexpr int kEvidenceReleasesMax = 20;

// What tells an entity from its namesakes: organisations, issuers.
bool HasContext(const records::EntityRecord& record, std::string_view context);
// Those that begin with the prefix.
std::vector<std::string> ContextsOf(const records::EntityRecord& record, std::string_view prefix);

// Adds what one release says. Each release counts once.
void AddMention(const records::MentionRecord& mention, records::EntityRecord* record);

// The name that releases use most in its full form.
std::string DisplayName(v1::Entity::Kind kind, const records::EntityRecord& record);

// The entity as it is answered; `whole` with roles and contacts.
v1::Entity ToEntity(const EntityRow& row, const records::EntityRecord& record, bool whole);
std::string EntityEtag(const EntityRow& row, const records::EntityRecord& record);

// All keys under which the store finds the entity: those of its mentions, and the beginnings by which people look for
// it ("w:" and the name from each of its words on, "m:" and each of its addresses).
std::set<std::string> StoredKeys(v1::Entity::Kind kind, const records::EntityRecord& record);
std::string SearchKey(std::string_view query);

}  // namespace dateline::storage
