#pragma once
// The names of entities and the keys under which an observation is found again. Pure and thread-safe.
//
// Keys of an entity, by prefix: "n:" its name, "i:" a person's initial and family name, "e:" a personal address, "a:"
// an acronym that a text bound to it, "g:" a place's GeoNames id, "c:" a place's country and name; besides, made from
// its sum: "f:" and "g:" a person's family and given name, "w:" and "m:" for people who look for it (entity_sum.h).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/storage/v1/entity.pb.h"
#include "services/storage/entities/entity_record.pb.h"
#include "services/storage/entities/observation.h"

namespace dateline::storage {

// "people/{UUIDv5 of kind and key}", …
std::string NewEntityName(v1::Entity::Kind kind, std::string_view key);
// nullopt when it is no name of an entity.
std::optional<v1::Entity::Kind> KindOfName(std::string_view name);

std::vector<std::string> KeysOfObservation(const Observation& observation);
// Whether two facts of one release with this key are of one entity.
bool IsTellingKey(std::string_view key);
// All keys under which those may stand of whom the observation is; whoever joins it asks for no other.
std::vector<std::string> SoughtKeys(const Observation& observation);
// Whether those who share the key are looked at, not only counted or looked at when nobody else is found.
bool IsOfBearers(v1::Entity::Kind kind, std::string_view key);
// Whether a bearer of the key is whom the observation is of, nearly always: its namesakes need not be looked at then.
bool IsDecisive(v1::Entity::Kind kind, std::string_view key);
// The keys of decisions on a name that is said with these contexts, the narrowest first.
std::vector<std::string> DecisionKeys(const std::string& alias_key, const records::MentionRecord& mention);
// The name without what may be left out of it, as after "n:".
std::string NameKey(v1::Entity::Kind kind, std::string_view display_name);
// The key by which decisions know a name.
std::string AliasKey(v1::Entity::Kind kind, std::string_view display_name);

// The list of a kind; null for programmes, whose facts have no entity.
google::protobuf::RepeatedPtrField<std::string>* ReferenceList(v1::Entity::Kind kind,
                                                               records::EntityReferences* references);

}  // namespace dateline::storage
