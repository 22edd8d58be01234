// Which entity an observation is of. The order of the rules is the order of their certainty; what none of them decides
// is a new entity.

#include <algorithm>
#include <set>
#include <sstream>

#include "common/base/status_macros.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entities/entity_planner.h"
#include "services/storage/entities/entity_sum.h"
#include "services/storage/entities/name_key.h"

namespace dateline::storage {
namespace {

using records::EntityRecord;
using records::MentionRecord;
using v1::Entity;

// A name is common when its family name was seen with so many given names, and its given name with so many families.
constexpr size_t kCommonFamilies = 16;
constexpr size_t kCommonGiven = 32;
// Of several entities that an acronym or a place name may mean, one is taken when it is so many times as frequent.
constexpr int64_t kDominance = 4;

bool Has(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool SharesContext(const MentionRecord& mention, const EntityRecord& record, std::string_view prefix) {
  return std::any_of(mention.contexts().begin(), mention.contexts().end(), [&](const std::string& context) {
    return context.compare(0, prefix.size(), prefix) == 0 && HasContext(record, context);
  });
}

bool HasOrganization(const MentionRecord& mention) {
  return std::any_of(mention.contexts().begin(), mention.contexts().end(),
                     [](const std::string& context) { return context.compare(0, 2, "o:") == 0; });
}

// Whether a name of the entity agrees with the person's, and none has another middle name: what "George Bush" leaves
// open does not make one of George W. and George H. W.
bool AgreesWith(const EntityRecord& record, const std::vector<std::string>& words) {
  bool agrees = false;
  for (const auto& alias : record.aliases()) {
    const std::vector<std::string> known = PersonWords(alias.display_name());
    if (NamesAgree(known, words)) {
      agrees = true;
    } else if (known.size() > 2 && words.size() > 2 && known.front() == words.front() && known.back() == words.back()) {
      return false;
    }
  }
  return agrees;
}

// The words of a place's name but those that say what it is.
std::set<std::string> PlaceWords(std::string_view name) {
  static const std::set<std::string, std::less<>> kKinds = {"the",     "of",       "state",   "republic",
                                                            "kingdom", "province", "federal", "democratic"};
  std::set<std::string> words;
  std::istringstream key(PlaceKey(name));
  for (std::string word; key >> word;) {
    if (kKinds.count(word) == 0) words.insert(word);
  }
  return words;
}

// Names of one point are of one place when they are the same or have nothing in common ("Md.", "Maryland"); of others
// one is a part ("Western Maryland"), to which the point of the whole was given.
bool MayBeOnePlace(const EntityRecord& record, const std::string& name) {
  const std::set<std::string> words = PlaceWords(name);
  return std::all_of(record.aliases().begin(), record.aliases().end(), [&words](const auto& alias) {
    const std::set<std::string> known = PlaceWords(alias.display_name());
    return known == words || std::none_of(known.begin(), known.end(),
                                          [&words](const std::string& word) { return words.count(word) != 0; });
  });
}

}  // namespace

absl::StatusOr<std::optional<std::string>> EntityPlanner::Pinned(Kind kind, const MentionRecord& mention,
                                                                 const std::string& key) {
  for (const std::string& one : DecisionKeys(key, mention)) {
    if (const auto put = pins_.find({kind, one}); put != pins_.end()) return std::optional<std::string>(put->second);
    DATELINE_ASSIGN_OR_RETURN(const std::string pinned, reads_.Pinned({kind, one}));
    if (!pinned.empty()) return std::optional<std::string>(pinned);
  }
  return std::optional<std::string>();
}

absl::StatusOr<bool> EntityPlanner::IsCommon(const std::vector<std::string>& words) {
  if (words.size() < 2) return true;
  DATELINE_ASSIGN_OR_RETURN(const auto* const families, reads_.Under({Entity::KIND_PERSON, "f:" + words.back()}));
  if (families->size() < kCommonFamilies) return false;
  DATELINE_ASSIGN_OR_RETURN(const auto* const given, reads_.Under({Entity::KIND_PERSON, "g:" + words.front()}));
  return given->size() >= kCommonGiven;
}

absl::StatusOr<std::optional<EntityPlanner::Joined>> EntityPlanner::JoinPerson(const Observation& person) {
  const auto joined = [](const Held* held, std::string_view basis) {
    return std::optional<Joined>(Joined{.entity = held->row.id, .basis = std::string(basis)});
  };
  for (const std::string& email : person.emails) {
    if (!IsPersonalAddress(email, person.words)) continue;
    DATELINE_ASSIGN_OR_RETURN(const auto bearers, Under(Entity::KIND_PERSON, "e:" + email));
    for (const Held* const held : bearers) {
      // A family name that changed by marriage or a typing error leaves the address; another person's name does not
      // stand in it.
      if (AgreesWith(held->record, person.words) || bearers.size() == 1) return joined(held, "email");
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const auto namesakes, Under(Entity::KIND_PERSON, "n:" + person.key));
  std::vector<const Held*> agreeing;
  for (const Held* const held : namesakes) {
    if (!AgreesWith(held->record, person.words)) continue;
    if (SharesContext(person.mention, held->record, "")) return joined(held, "name_key");
    agreeing.push_back(held);
  }
  // One word may be anybody's; it says who is meant only at the same issuer or organisation.
  if (person.words.size() < 2) return JoinFamilyName(person);
  if (agreeing.size() == 1) {
    const bool unknown = !HasOrganization(person.mention) || ContextsOf(agreeing[0]->record, "o:").empty();
    DATELINE_ASSIGN_OR_RETURN(const bool common, IsCommon(person.words));
    if (!common || (unknown && agreeing[0]->record.release_count() > 1)) return joined(agreeing[0], "name_key");
  }
  if (!agreeing.empty()) return std::optional<Joined>();
  // "J. Biden" is a Joseph Biden of the same issuer or organisation, when there is only one who may be meant.
  DATELINE_ASSIGN_OR_RETURN(const auto initials, Under(Entity::KIND_PERSON, "i:" + InitialKey(person.words)));
  std::vector<const Held*> meant;
  for (const Held* const held : initials) {
    if (AgreesWith(held->record, person.words) && SharesContext(person.mention, held->record, ""))
      meant.push_back(held);
  }
  return meant.size() == 1 ? joined(meant[0], "name_key") : std::optional<Joined>();
}

absl::StatusOr<std::optional<EntityPlanner::Joined>> EntityPlanner::JoinFamilyName(const Observation& person) {
  if (person.words.empty()) return std::optional<Joined>();
  DATELINE_ASSIGN_OR_RETURN(const auto family, Under(Entity::KIND_PERSON, "f:" + person.words.front()));
  const Held* meant = nullptr;
  for (const Held* const held : family) {
    if (!SharesContext(person.mention, held->record, "")) continue;
    if (meant != nullptr) return std::optional<Joined>();
    meant = held;
  }
  if (meant == nullptr) return std::optional<Joined>();
  return std::optional<Joined>(Joined{.entity = meant->row.id, .basis = "name_key"});
}

absl::StatusOr<std::optional<EntityPlanner::Joined>> EntityPlanner::JoinOrganization(const Observation& body) {
  const bool generic = IsGenericBody(body.display_name);
  DATELINE_ASSIGN_OR_RETURN(const auto namesakes, Under(Entity::KIND_ORGANIZATION, "n:" + body.key));
  const Held* named = nullptr;
  for (const Held* const held : namesakes) {
    const bool same_issuer = SharesContext(body.mention, held->record, "s:");
    if (generic && !same_issuer && !SharesContext(body.mention, held->record, "y:")) continue;
    if (named == nullptr || held->record.release_count() > named->record.release_count()) named = held;
    if (same_issuer) break;
  }
  const bool acronym_only = LooksLikeAcronym(body.display_name) && body.acronym.empty();
  if (named != nullptr && !acronym_only)
    return std::optional<Joined>(Joined{.entity = named->row.id, .basis = "name_key"});
  const std::string acronym = acronym_only ? body.key : OrganizationKey(body.acronym);
  if (acronym.empty() || generic) return std::optional<Joined>();
  if (!acronym_only) {
    // A full name that is new, and an entity that so far bears the acronym alone: the text binds the two.
    DATELINE_ASSIGN_OR_RETURN(const auto bare, Under(Entity::KIND_ORGANIZATION, "n:" + acronym));
    DATELINE_ASSIGN_OR_RETURN(const auto bound, Under(Entity::KIND_ORGANIZATION, "a:" + acronym));
    if (bound.empty() && bare.size() == 1)
      return std::optional<Joined>(Joined{.entity = bare[0]->row.id, .basis = "acronym"});
    return std::optional<Joined>();
  }
  DATELINE_ASSIGN_OR_RETURN(const auto bearers, Under(Entity::KIND_ORGANIZATION, "a:" + acronym));
  const Held* most = nullptr;
  const Held* second = nullptr;
  const Held* here = nullptr;
  int here_count = 0;
  for (const Held* const held : bearers) {
    if (SharesContext(body.mention, held->record, "s:")) {
      here = held;
      ++here_count;
    }
    if (most == nullptr || held->record.release_count() > most->record.release_count()) {
      second = most;
      most = held;
    } else if (second == nullptr || held->record.release_count() > second->record.release_count()) {
      second = held;
    }
  }
  const Held* meant = here_count == 1 ? here : nullptr;
  const bool dominant = most != nullptr && (second == nullptr || most->record.release_count() >=
                                                                     kDominance * second->record.release_count());
  if (meant == nullptr && dominant) meant = most;
  if (meant != nullptr) return std::optional<Joined>(Joined{.entity = meant->row.id, .basis = "acronym"});
  if (named != nullptr) return std::optional<Joined>(Joined{.entity = named->row.id, .basis = "name_key"});
  return std::optional<Joined>();
}

absl::StatusOr<std::optional<EntityPlanner::Joined>> EntityPlanner::JoinPlace(const Observation& place) {
  const auto joined = [](const Held* held) {
    return std::optional<Joined>(Joined{.entity = held->row.id, .basis = "name_key"});
  };
  const std::string by_id = "g:" + std::to_string(place.geonames_id);
  if (place.geonames_id != 0) {
    DATELINE_ASSIGN_OR_RETURN(const auto same, Under(Entity::KIND_PLACE, by_id));
    if (!same.empty()) return joined(same[0]);
  }
  const auto other_id = [&](const Held* held) {
    const auto& keys = held->record.keys();
    const bool has_id =
        std::any_of(keys.begin(), keys.end(), [](const std::string& key) { return key.compare(0, 2, "g:") == 0; });
    return place.geonames_id != 0 && has_id && !Has(keys, by_id);
  };
  if (!place.location.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto same, Under(Entity::KIND_PLACE, "l:" + place.location));
    for (const Held* const held : same) {
      if (!other_id(held) && MayBeOnePlace(held->record, place.display_name)) return joined(held);
    }
  }
  if (!place.country_code.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto same, Under(Entity::KIND_PLACE, "c:" + place.country_code + "|" + place.key));
    for (const Held* const held : same) {
      if (!other_id(held)) return joined(held);
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const auto namesakes, Under(Entity::KIND_PLACE, "n:" + place.key));
  const Held* most = nullptr;
  const Held* second = nullptr;
  for (const Held* const held : namesakes) {
    const std::string& country = held->record.country_code();
    const bool contrary = !country.empty() && !place.country_code.empty() && country != place.country_code;
    if (contrary || other_id(held)) continue;
    // What is certain of the country takes no entity that is not.
    if (!place.country_code.empty() && country.empty() && place.geonames_id != 0) continue;
    if (most == nullptr || held->record.release_count() > most->record.release_count()) {
      second = most;
      most = held;
    } else if (second == nullptr || held->record.release_count() > second->record.release_count()) {
      second = held;
    }
  }
  if (most == nullptr) return std::optional<Joined>();
  if (second != nullptr && most->record.release_count() < kDominance * second->record.release_count())
    return std::optional<Joined>();
  return joined(most);
}

absl::StatusOr<EntityPlanner::Joined> EntityPlanner::Join(const Observation& observation) {
  const Kind kind = observation.kind;
  const std::string alias = AliasKey(kind, observation.display_name);
  DATELINE_ASSIGN_OR_RETURN(const auto pin, Pinned(kind, observation.mention, alias));
  if (pin.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(Held * held, HoldByName(*pin));
    if (held == nullptr) {
      DATELINE_ASSIGN_OR_RETURN(held, Make(kind, *pin));
    }
    return Joined{.entity = held->row.id, .basis = "person"};
  }
  for (const std::string& key : KeysOfObservation(observation)) {
    if (!IsTellingKey(key)) continue;
    if (const auto same = local_.find({kind, key}); same != local_.end())
      return Joined{.entity = same->second, .basis = "name_key"};
  }
  if (kind == Entity::KIND_ORGANIZATION && LooksLikeAcronym(observation.display_name)) {
    const auto bound = local_.find({kind, "a:" + observation.key});
    if (bound != local_.end()) return Joined{.entity = bound->second, .basis = "acronym"};
  }
  std::optional<Joined> joined;
  if (kind == Entity::KIND_PERSON) {
    DATELINE_ASSIGN_OR_RETURN(joined, JoinPerson(observation));
  } else if (kind == Entity::KIND_ORGANIZATION) {
    DATELINE_ASSIGN_OR_RETURN(joined, JoinOrganization(observation));
  } else if (kind == Entity::KIND_PLACE) {
    DATELINE_ASSIGN_OR_RETURN(joined, JoinPlace(observation));
  } else {
    DATELINE_ASSIGN_OR_RETURN(const auto namesakes, Under(kind, "n:" + observation.key));
    if (!namesakes.empty()) joined = Joined{.entity = namesakes[0]->row.id, .basis = "name_key"};
  }
  if (joined.has_value()) return *std::move(joined);
  DATELINE_ASSIGN_OR_RETURN(const std::string name, FreeName(kind, alias));
  DATELINE_ASSIGN_OR_RETURN(const Held* const made, Make(kind, name));
  return Joined{.entity = made->row.id, .basis = "name_key"};
}

absl::Status EntityPlanner::DropForeignAcronym(Observation* body, int64_t entity) {
  if (body->acronym.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const auto pin, Pinned(body->kind, body->mention, OrganizationKey(body->acronym)));
  DATELINE_ASSIGN_OR_RETURN(const Held* const held, Hold(entity));
  if (!pin.has_value() || *pin == held->row.name) return absl::OkStatus();
  auto* aliases = body->mention.mutable_aliases();
  aliases->erase(std::remove_if(aliases->begin(), aliases->end(),
                                [body](const auto& alias) { return alias.display_name() == body->acronym; }),
                 aliases->end());
  body->acronym.clear();
  return absl::OkStatus();
}

absl::Status EntityPlanner::Absorb(const Observation& body, int64_t into) {
  const std::string acronym = OrganizationKey(body.acronym);
  DATELINE_ASSIGN_OR_RETURN(const auto bearers, Under(Entity::KIND_ORGANIZATION, "a:" + acronym));
  if (bearers.size() != 1 || bearers[0]->row.id != into) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const auto bare, Under(Entity::KIND_ORGANIZATION, "n:" + acronym));
  for (Held* const held : bare) {
    const auto& aliases = held->record.aliases();
    const bool only_acronym = std::all_of(aliases.begin(), aliases.end(),
                                          [](const auto& alias) { return LooksLikeAcronym(alias.display_name()); });
    if (held->row.id == into || !only_acronym) continue;
    // What a person decided stays as it is.
    DATELINE_ASSIGN_OR_RETURN(const auto pins, store_.PinsTo(held->row.name));
    if (!pins.empty() || held->record.release_count() > static_cast<int64_t>(kDecidedMentionsMax)) continue;
    DATELINE_RETURN_IF_ERROR(MoveMentions(held, bearers[0], "acronym"));
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
