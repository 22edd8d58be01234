#include "services/storage/entities/entity_sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "common/base/proto_time.h"
#include "common/text/utf8.h"
#include "services/storage/entities/name_key.h"
#include "services/storage/entities/observation.h"
#include "services/storage/linking/profile.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using records::EntityRecord;
using records::MentionRecord;
using v1::Entity;

constexpr size_t kSearchKeyBytesMax = 64;
constexpr int kSearchStartsMax = 6;
constexpr size_t kUuidBytes = 16;

// Removes the element that `less` puts first when there are more than `most`.
template <class List, class Less>
void Bound(List* list, int most, Less less) {
  if (list->size() <= most) return;
  list->erase(std::min_element(list->begin(), list->end(), less));
}

template <class List>
void AddDistinct(List* list, const std::string& value, int most) {
  if (std::find(list->begin(), list->end(), value) != list->end()) return;
  *list->Add() = value;
  if (list->size() > most) list->erase(list->begin());
}

void AddEvidence(std::string* releases, const std::string& release) {
  const std::string key = NameToKey(release);
  for (size_t at = 0; at < releases->size(); at += kUuidBytes) {
    if (releases->compare(at, kUuidBytes, key) == 0) return;
  }
  *releases += key;
  if (releases->size() > kEvidenceReleasesMax * kUuidBytes) releases->erase(0, kUuidBytes);
}

void ReadEvidence(const std::string& releases, google::protobuf::RepeatedPtrField<std::string>* names) {
  for (size_t at = 0; at + kUuidBytes <= releases.size(); at += kUuidBytes) {
    *names->Add() = "releases/" + KeyToUuid(std::string_view(releases).substr(at, kUuidBytes));
  }
}

void AddContext(const std::string& context, EntityRecord* record) {
  if (context.empty() || HasContext(*record, context)) return;
  std::string* const contexts = record->mutable_contexts();
  if (contexts->empty()) *contexts = "\n";
  contexts->append(context).append("\n");
  if (std::count(contexts->begin(), contexts->end(), '\n') > kEntityContextsMax + 1)
    contexts->erase(0, contexts->find('\n', 1));
}

void AddAliases(const MentionRecord& mention, EntityRecord* record) {
  for (const auto& alias : mention.aliases()) {
    auto* list = record->mutable_aliases();
    const auto known = std::find_if(list->begin(), list->end(), [&alias](const auto& other) {
      return other.display_name() == alias.display_name();
    });
    if (known != list->end()) {
      known->set_count(known->count() + 1);
      if (alias.basis() == "person") known->set_basis(alias.basis());
      continue;
    }
    auto* added = list->Add();
    added->set_display_name(alias.display_name());
    added->set_basis(alias.basis());
    added->set_release(mention.release());
    if (alias.has_span()) *added->mutable_span() = alias.span();
    added->set_count(1);
    Bound(list, kEntityAliasesMax, [](const auto& a, const auto& b) { return a.count() < b.count(); });
  }
}

auto DateOrder(const google::type::Date& date) {
  return std::tuple(date.year(), date.month(), date.day());
}

void AddRoles(const MentionRecord& mention, EntityRecord* record) {
  for (const auto& role : mention.roles()) {
    auto* list = record->mutable_roles();
    const uint64_t key = HashText(FoldedName(role.role()) + "|" + OrganizationKey(role.organization()));
    auto known = std::find_if(list->begin(), list->end(), [key](const auto& other) { return other.key() == key; });
    if (known == list->end()) {
      auto* added = list->Add();
      added->set_key(key);
      added->set_role(role.role());
      added->set_organization(role.organization());
      known = list->end() - 1;
    }
    known->set_count(known->count() + 1);
    AddEvidence(known->mutable_releases(), mention.release());
    if (mention.has_date() && mention.date().year() != 0) {
      if (!known->has_start_date() || DateOrder(mention.date()) < DateOrder(known->start_date()))
        *known->mutable_start_date() = mention.date();
      if (!known->has_end_date() || DateOrder(known->end_date()) < DateOrder(mention.date()))
        *known->mutable_end_date() = mention.date();
    }
    Bound(list, kEntityRolesMax, [](const auto& a, const auto& b) { return a.count() < b.count(); });
  }
}

// What makes two contacts one line of the directory.
uint64_t ContactKey(const release::v1::Contact& contact) {
  std::string key = FoldedEmail(contact.email()) + "|" + OrganizationKey(contact.organization());
  for (const auto& phone : contact.phones()) key += "|" + (phone.e164().empty() ? phone.raw() : phone.e164());
  return HashText(key);
}

void AddContacts(const MentionRecord& mention, EntityRecord* record) {
  for (const auto& contact : mention.contacts()) {
    auto* list = record->mutable_contacts();
    const uint64_t key = ContactKey(contact);
    auto known = std::find_if(list->begin(), list->end(), [key](const auto& other) { return other.key() == key; });
    if (known == list->end()) {
      auto* added = list->Add();
      added->set_key(key);
      added->set_first_us(mention.time_us());
      added->set_last_us(mention.time_us());
      *added->mutable_contact() = contact;
      known = list->end() - 1;
    }
    if (mention.time_us() >= known->last_us()) *known->mutable_contact() = contact;
    known->set_first_us(std::min(known->first_us(), mention.time_us()));
    known->set_last_us(std::max(known->last_us(), mention.time_us()));
    AddEvidence(known->mutable_releases(), mention.release());
    Bound(list, kEntityContactsMax, [](const auto& a, const auto& b) { return a.last_us() < b.last_us(); });
  }
}

// Greater is fuller: a name of one word or of initials is less than the whole one.
int Fullness(Entity::Kind kind, const std::string& name) {
  if (kind == Entity::KIND_ORGANIZATION || kind == Entity::KIND_PROGRAMME) return LooksLikeAcronym(name) ? 0 : 1;
  if (kind != Entity::KIND_PERSON) return 1;
  const std::vector<std::string> words = PersonWords(name);
  if (words.size() < 2) return 0;
  return text::CountCodePoints(words.front()) > 1 ? 2 : 1;
}

}  // namespace

bool HasContext(const EntityRecord& record, std::string_view context) {
  return record.contexts().find(fmt::format("\n{}\n", context)) != std::string::npos;
}

std::vector<std::string> ContextsOf(const EntityRecord& record, std::string_view prefix) {
  std::vector<std::string> contexts;
  const std::string& all = record.contexts();
  for (size_t at = 1; at < all.size();) {
    const size_t end = all.find('\n', at);
    if (all.compare(at, prefix.size(), prefix) == 0) contexts.push_back(all.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return contexts;
}

void AddMention(const MentionRecord& mention, EntityRecord* record) {
  record->set_release_count(record->release_count() + 1);
  const bool first = record->release_count() == 1;
  record->set_first_us(first ? mention.time_us() : std::min(record->first_us(), mention.time_us()));
  record->set_last_us(first ? mention.time_us() : std::max(record->last_us(), mention.time_us()));
  AddAliases(mention, record);
  AddRoles(mention, record);
  AddContacts(mention, record);
  for (const std::string& context : mention.contexts()) AddContext(context, record);
  for (const std::string& key : mention.keys()) AddDistinct(record->mutable_keys(), key, kEntityKeysMax);
  if (record->country_code().empty()) record->set_country_code(mention.country_code());
}

std::string DisplayName(Entity::Kind kind, const EntityRecord& record) {
  const EntityRecord::Alias* best = nullptr;
  const auto rank = [kind](const EntityRecord::Alias& alias) {
    // Of a person's names the longer says more; of others the first that was seen stays.
    const size_t length = kind == Entity::KIND_PERSON ? alias.display_name().size() : 0;
    return std::tuple(Fullness(kind, alias.display_name()), alias.count(), length);
  };
  for (const auto& alias : record.aliases()) {
    if (best == nullptr || rank(alias) > rank(*best)) best = &alias;
  }
  return best == nullptr ? std::string() : best->display_name();
}

std::string EntityEtag(const EntityRow& row, const EntityRecord& record) {
  return fmt::format("{:x}-{:x}", record.version(), HashText(row.record) & 0xFFFFFFFFU);
}

Entity ToEntity(const EntityRow& row, const EntityRecord& record, bool whole) {
  Entity entity;
  entity.set_name(row.name);
  entity.set_kind(row.kind);
  entity.set_display_name(DisplayName(row.kind, record));
  entity.set_release_count(static_cast<int32_t>(record.release_count()));
  if (record.release_count() > 0) {
    *entity.mutable_first_seen_time() = ToTimestamp(FromMicros(record.first_us()));
    *entity.mutable_last_seen_time() = ToTimestamp(FromMicros(record.last_us()));
  }
  entity.set_country_code(record.country_code());
  entity.set_etag(EntityEtag(row, record));
  for (const auto& alias : record.aliases()) {
    if (alias.display_name() == entity.display_name()) continue;
    auto* added = entity.add_aliases();
    added->set_display_name(alias.display_name());
    added->set_basis(alias.basis());
    added->set_release(alias.release());
    if (alias.has_span()) *added->mutable_span() = alias.span();
  }
  if (!whole) return entity;
  std::vector<const EntityRecord::Role*> roles;
  for (const auto& role : record.roles()) roles.push_back(&role);
  std::stable_sort(roles.begin(), roles.end(),
                   [](const auto* a, const auto* b) { return DateOrder(a->end_date()) > DateOrder(b->end_date()); });
  for (const auto* role : roles) {
    auto* added = entity.add_roles();
    added->set_role(role->role());
    added->set_organization(role->organization());
    if (role->has_start_date()) *added->mutable_start_date() = role->start_date();
    if (role->has_end_date()) *added->mutable_end_date() = role->end_date();
    ReadEvidence(role->releases(), added->mutable_releases());
  }
  std::vector<const EntityRecord::Contact*> contacts;
  for (const auto& contact : record.contacts()) contacts.push_back(&contact);
  std::stable_sort(contacts.begin(), contacts.end(),
                   [](const auto* a, const auto* b) { return a->last_us() > b->last_us(); });
  for (const auto* contact : contacts) {
    auto* added = entity.add_contacts();
    *added->mutable_contact() = contact->contact();
    *added->mutable_first_seen_time() = ToTimestamp(FromMicros(contact->first_us()));
    *added->mutable_last_seen_time() = ToTimestamp(FromMicros(contact->last_us()));
    ReadEvidence(contact->releases(), added->mutable_releases());
  }
  return entity;
}

std::string SearchKey(std::string_view query) {
  if (query.find('@') != std::string_view::npos) return "m:" + FoldedEmail(query);
  return "w:" + std::string(text::TruncateUtf8(FoldedName(query), kSearchKeyBytesMax));
}

std::set<std::string> StoredKeys(Entity::Kind kind, const EntityRecord& record) {
  std::set<std::string> keys(record.keys().begin(), record.keys().end());
  if (kind == Entity::KIND_PERSON) {
    // How many given names a family name has, and the other way round, tells how common a name is.
    for (const auto& alias : record.aliases()) {
      const std::vector<std::string> words = PersonWords(alias.display_name());
      if (words.size() < 2) continue;
      keys.insert("f:" + words.back());
      keys.insert("g:" + words.front());
    }
  }
  for (const auto& alias : record.aliases()) {
    const std::string name = FoldedName(alias.display_name());
    size_t at = 0;
    for (int starts = 0; starts < kSearchStartsMax; ++starts) {
      keys.insert("w:" + std::string(text::TruncateUtf8(std::string_view(name).substr(at), kSearchKeyBytesMax)));
      at = name.find(' ', at);
      if (at == std::string::npos) break;
      ++at;
    }
  }
  for (const auto& contact : record.contacts()) {
    if (!contact.contact().email().empty()) keys.insert("m:" + FoldedEmail(contact.contact().email()));
  }
  return keys;
}

}  // namespace dateline::storage
