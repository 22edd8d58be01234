#include "services/storage/entities/entity_keys.h"

#include <fmt/format.h>

#include <array>

#include "common/base/ids.h"
#include "services/storage/entities/name_key.h"

namespace dateline::storage {
namespace {

using v1::Entity;

constexpr std::array<std::pair<Entity::Kind, std::string_view>, 4> kCollections = {
    {{Entity::KIND_PERSON, "people/"},
     {Entity::KIND_ORGANIZATION, "organizations/"},
     {Entity::KIND_PLACE, "places/"},
     {Entity::KIND_PROGRAMME, "programmes/"}}};

}  // namespace

std::string NewEntityName(Entity::Kind kind, std::string_view key) {
  for (const auto& [of, collection] : kCollections) {
    if (of == kind) return fmt::format("{}{}", collection, UuidV5(fmt::format("entity {}{}", collection, key)));
  }
  return {};
}

std::optional<Entity::Kind> KindOfName(std::string_view name) {
  for (const auto& [kind, collection] : kCollections) {
    if (name.substr(0, collection.size()) == collection && IsUuid(name.substr(collection.size()))) return kind;
  }
  return std::nullopt;
}

std::vector<std::string> KeysOfObservation(const Observation& observation) {
  std::vector<std::string> keys{"n:" + observation.key};
  if (const std::string initial = InitialKey(observation.words); !initial.empty()) keys.push_back("i:" + initial);
  for (const std::string& email : observation.emails) {
    if (observation.kind == Entity::KIND_PERSON && IsPersonalAddress(email, observation.words))
      keys.push_back("e:" + email);
  }
  if (!observation.acronym.empty()) keys.push_back("a:" + OrganizationKey(observation.acronym));
  if (observation.kind == Entity::KIND_PLACE) {
    if (observation.geonames_id != 0) keys.push_back(fmt::format("g:{}", observation.geonames_id));
    if (!observation.location.empty()) keys.push_back("l:" + observation.location);
    if (!observation.country_code.empty())
      keys.push_back(fmt::format("c:{}|{}", observation.country_code, observation.key));
  }
  return keys;
}

bool IsTellingKey(std::string_view key) {
  return key.substr(0, 2) != "i:" && key.substr(0, 2) != "l:";
}

std::vector<std::string> SoughtKeys(const Observation& observation) {
  std::vector<std::string> keys = KeysOfObservation(observation);
  if (observation.kind == Entity::KIND_PERSON && !observation.words.empty()) {
    keys.push_back("f:" + observation.words.back());
    if (observation.words.size() > 1) keys.push_back("g:" + observation.words.front());
  }
  if (observation.kind == Entity::KIND_ORGANIZATION) {
    if (!observation.acronym.empty())
      keys.push_back("n:" + OrganizationKey(observation.acronym));
    else if (LooksLikeAcronym(observation.display_name))
      keys.push_back("a:" + observation.key);
  }
  return keys;
}

bool IsOfBearers(Entity::Kind kind, std::string_view key) {
  const std::string_view prefix = key.substr(0, 2);
  return kind != Entity::KIND_PERSON || (prefix != "i:" && prefix != "f:" && prefix != "g:");
}

bool IsDecisive(Entity::Kind kind, std::string_view key) {
  const std::string_view prefix = key.substr(0, 2);
  return kind == Entity::KIND_PLACE && (prefix == "g:" || prefix == "c:");
}

std::vector<std::string> DecisionKeys(const std::string& alias_key, const records::MentionRecord& mention) {
  std::vector<std::string> keys;
  for (const std::string& context : mention.contexts()) keys.push_back(alias_key + "|" + context);
  keys.push_back(alias_key);
  return keys;
}

std::string NameKey(Entity::Kind kind, std::string_view display_name) {
  return kind == Entity::KIND_PERSON ? PersonKey(PersonWords(display_name)) : AliasKey(kind, display_name);
}

std::string AliasKey(Entity::Kind kind, std::string_view display_name) {
  if (kind == Entity::KIND_ORGANIZATION) return OrganizationKey(display_name);
  if (kind == Entity::KIND_PLACE) return PlaceKey(display_name);
  if (kind == Entity::KIND_PROGRAMME) return ProgrammeKey(display_name);
  std::string key;
  for (const std::string& word : PersonWords(display_name)) key += (key.empty() ? "" : " ") + word;
  return key;
}

google::protobuf::RepeatedPtrField<std::string>* ReferenceList(Entity::Kind kind,
                                                               records::EntityReferences* references) {
  if (kind == Entity::KIND_PERSON) return references->mutable_people();
  if (kind == Entity::KIND_ORGANIZATION) return references->mutable_organizations();
  if (kind == Entity::KIND_PLACE) return references->mutable_places();
  return nullptr;
}

}  // namespace dateline::storage
