#include "services/storage/entities/entity_planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entities/entity_sum.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using records::EntityRecord;
using records::MentionRecord;

constexpr int kMentionPage = 500;

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("{} cannot be read back; let entities be worked out anew", what));
}

// Adds what another fact of the same release says of the same entity.
void MergeSaid(const MentionRecord& from, MentionRecord* to) {
  if (to->release().empty()) {
    *to = from;
    return;
  }
  const auto add_new = [](const auto& list, auto* out, const auto& same) {
    for (const auto& item : list) {
      if (std::none_of(out->begin(), out->end(), [&](const auto& other) { return same(item, other); }))
        *out->Add() = item;
    }
  };
  const auto equal = [](const std::string& a, const std::string& b) { return a == b; };
  add_new(from.aliases(), to->mutable_aliases(),
          [](const auto& a, const auto& b) { return a.display_name() == b.display_name(); });
  add_new(from.roles(), to->mutable_roles(),
          [](const auto& a, const auto& b) { return a.role() == b.role() && a.organization() == b.organization(); });
  add_new(from.contacts(), to->mutable_contacts(), [](const auto& a, const auto& b) {
    return a.span().start() == b.span().start() && a.span().end() == b.span().end();
  });
  add_new(from.contexts(), to->mutable_contexts(), equal);
  add_new(from.keys(), to->mutable_keys(), equal);
  for (int i = 0; i < from.figures_size() && to->figures_size() < kMentionFiguresMax; ++i) {
    const auto& span = from.figures(i).span();
    const bool known = std::any_of(to->figures().begin(), to->figures().end(),
                                   [&span](const auto& other) { return other.span().start() == span.start(); });
    if (known) continue;
    *to->add_figures() = from.figures(i);
    to->add_figure_subjects(from.figure_subjects(i));
  }
  if (to->country_code().empty()) to->set_country_code(from.country_code());
}

// What of a mention enters the sum.
std::string SumPart(MentionRecord mention) {
  for (auto& alias : *mention.mutable_aliases()) {
    alias.clear_span();
    alias.clear_fact();
  }
  mention.clear_figures();
  mention.clear_figure_subjects();
  for (auto& contact : *mention.mutable_contacts()) {
    contact.clear_span();
    for (auto& phone : *contact.mutable_phones()) phone.clear_span();
  }
  return mention.SerializeAsString();
}

// Keeps the evidence of aliases pointing to where they stand now.
void MoveEvidence(const MentionRecord& mention, EntityRecord* record) {
  for (auto& known : *record->mutable_aliases()) {
    if (known.release() != mention.release()) continue;
    for (const auto& alias : mention.aliases()) {
      if (alias.display_name() == known.display_name()) *known.mutable_span() = alias.span();
    }
  }
}

}  // namespace

absl::Status EntityNotFound(const std::string& name) {
  return Error(absl::StatusCode::kNotFound, "ENTITY_NOT_FOUND",
               fmt::format("{}: the archive knows no such entity", Shorten(name, 200)), {{"name", Shorten(name, 200)}});
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Hold(int64_t id) {
  if (const auto found = held_.find(id); found != held_.end()) return &found->second;
  DATELINE_ASSIGN_OR_RETURN(auto row, store_.LoadEntity(id));
  if (!row.has_value()) return nullptr;
  Held held;
  held.row = *std::move(row);
  if (!held.record.ParseFromString(held.row.record)) return Damaged(held.row.name);
  by_name_[held.row.name] = id;
  return &held_.emplace(id, std::move(held)).first->second;
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::HoldByName(const std::string& name) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    Held& held = held_.at(found->second);
    return held.removed ? nullptr : &held;
  }
  DATELINE_ASSIGN_OR_RETURN(const auto row, store_.FindEntity(name));
  if (!row.has_value()) return nullptr;
  return Hold(row->id);
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Require(const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(Held * held, HoldByName(name));
  if (held != nullptr) return held;
  const auto kind = KindOfName(name);
  if (kind.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(const auto pin, store_.FindPin(*kind, "@" + name));
    if (pin.has_value()) {
      DATELINE_ASSIGN_OR_RETURN(held, HoldByName(pin->entity));
      if (held != nullptr) return held;
    }
  }
  return EntityNotFound(name);
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Make(Kind kind, const std::string& name) {
  if (next_id_ == 0) {
    DATELINE_ASSIGN_OR_RETURN(next_id_, store_.NextEntityId());
  }
  Held held;
  held.row.id = next_id_++;
  held.row.name = name;
  held.row.kind = kind;
  held.is_new = true;
  held.changed = true;
  held.stored_keys.emplace();
  held.keys.emplace();
  by_name_[name] = held.row.id;
  const int64_t id = held.row.id;
  return &held_.emplace(id, std::move(held)).first->second;
}

// The same release gives the same name in every archive, as long as no other entity has it.
absl::StatusOr<std::string> EntityPlanner::FreeName(Kind kind, const std::string& key) {
  for (int number = 1;; ++number) {
    std::string name = NewEntityName(kind, number == 1 ? key : fmt::format("{} {}", key, number));
    if (const auto known = by_name_.find(name); known != by_name_.end()) continue;
    DATELINE_ASSIGN_OR_RETURN(const auto row, store_.FindEntity(name));
    if (row.has_value()) continue;
    DATELINE_ASSIGN_OR_RETURN(const auto pin, store_.FindPin(kind, "@" + name));
    if (!pin.has_value()) return name;
  }
}

absl::StatusOr<std::vector<EntityPlanner::Held*>> EntityPlanner::Under(Kind kind, const std::string& key) {
  const std::pair<int, std::string> at(static_cast<int>(kind), key);
  DATELINE_ASSIGN_OR_RETURN(const auto stored, store_.FindEntities(kind, key, kSameKeyMax));
  std::set<int64_t> ids(stored.begin(), stored.end());
  if (const auto added = under_.find(at); added != under_.end()) ids.insert(added->second.begin(), added->second.end());
  std::vector<Held*> found;
  for (const int64_t id : ids) {
    DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(id));
    if (held == nullptr || held->removed) continue;
    if (held->keys.has_value() && held->keys->count(key) == 0) continue;
    found.push_back(held);
  }
  return found;
}

void EntityPlanner::LoadKeys(Held* held) {
  if (held->keys.has_value()) return;
  held->keys = StoredKeys(held->row.kind, held->record);
  held->stored_keys = held->keys;
}

void EntityPlanner::IndexKeys(Held* held) {
  held->keys = StoredKeys(held->row.kind, held->record);
  for (const std::string& key : *held->keys) under_[{static_cast<int>(held->row.kind), key}].insert(held->row.id);
}

void EntityPlanner::AddTo(Held* held, const MentionRecord& mention) {
  const auto& record = held->record;
  const bool known_names =
      std::all_of(mention.aliases().begin(), mention.aliases().end(), [&record](const auto& alias) {
        return std::any_of(record.aliases().begin(), record.aliases().end(),
                           [&alias](const auto& known) { return known.display_name() == alias.display_name(); });
      });
  const bool known_keys = std::all_of(mention.keys().begin(), mention.keys().end(), [&record](const auto& key) {
    return std::find(record.keys().begin(), record.keys().end(), key) != record.keys().end();
  });
  const bool same_keys = known_names && known_keys && mention.contacts().empty();
  if (!same_keys) LoadKeys(held);
  AddMention(mention, &held->record);
  held->changed = true;
  if (!same_keys) IndexKeys(held);
}

void EntityPlanner::PutMention(int64_t entity, int64_t release, const MentionRecord& mention) {
  mentions_[{entity, release}] = MentionRow{.entity_id = entity,
                                            .release_id = release,
                                            .time_us = mention.time_us(),
                                            .has_figures = mention.figures_size() > 0,
                                            .record = mention.SerializeAsString()};
}

void EntityPlanner::RemoveMention(int64_t entity, int64_t release) {
  mentions_[{entity, release}] = std::nullopt;
}

absl::StatusOr<std::vector<MentionRow>> EntityPlanner::MentionsOf(int64_t entity, size_t most) {
  std::vector<MentionRow> rows;
  MentionQuery query{.entity_id = entity, .figures_only = false, .limit = kMentionPage, .after_time_us = {}};
  while (rows.size() < most) {
    DATELINE_ASSIGN_OR_RETURN(auto page, store_.ListMentionRows(query));
    if (page.empty()) break;
    query.after_time_us = page.back().time_us;
    query.after_release_id = page.back().release_id;
    const bool last = page.size() < static_cast<size_t>(kMentionPage);
    for (MentionRow& row : page) {
      if (mentions_.find({entity, row.release_id}) == mentions_.end()) rows.push_back(std::move(row));
    }
    if (last) break;
  }
  for (auto at = mentions_.lower_bound({entity, 0}); at != mentions_.end() && at->first.first == entity; ++at) {
    if (at->second.has_value()) rows.push_back(*at->second);
  }
  // The oldest first, so that the first release that shows an alias stays its evidence.
  std::sort(rows.begin(), rows.end(), [](const MentionRow& a, const MentionRow& b) {
    return std::pair(a.time_us, a.release_id) < std::pair(b.time_us, b.release_id);
  });
  return rows;
}

absl::Status EntityPlanner::SumAnew(Held* held) {
  LoadKeys(held);
  held->changed = true;
  if (held->record.release_count() > static_cast<int64_t>(kSummedMentionsMax)) {
    // Too many to be read for one that went; what it alone said fades by its rarity.
    held->record.set_release_count(held->record.release_count() - 1);
    return absl::OkStatus();
  }
  DATELINE_ASSIGN_OR_RETURN(const auto rows, MentionsOf(held->row.id, kSummedMentionsMax));
  EntityRecord sum;
  sum.set_version(held->record.version());
  for (const MentionRow& row : rows) {
    MentionRecord mention;
    if (!mention.ParseFromString(row.record)) return Damaged(held->row.name);
    AddMention(mention, &sum);
  }
  held->record = std::move(sum);
  if (held->record.release_count() == 0) held->removed = true;
  IndexKeys(held);
  return absl::OkStatus();
}

absl::Status EntityPlanner::JoinAll(std::vector<Observation> observations) {
  for (Observation& observation : observations) {
    DATELINE_ASSIGN_OR_RETURN(const Joined joined, Join(observation));
    DATELINE_RETURN_IF_ERROR(DropForeignAcronym(&observation, joined.entity));
    if (joined.basis != "name_key") observation.mention.mutable_aliases(0)->set_basis(joined.basis);
    for (std::string& key : KeysOfObservation(observation)) {
      if (IsTellingKey(key)) local_[{static_cast<int>(observation.kind), key}] = joined.entity;
      observation.mention.add_keys(std::move(key));
    }
    MergeSaid(observation.mention, &said_[joined.entity]);
    joined_.emplace_back(std::move(observation), joined.entity);
  }
  return absl::OkStatus();
}

absl::Status EntityPlanner::ReplaceMentions(int64_t release) {
  DATELINE_ASSIGN_OR_RETURN(const auto before, store_.MentionsOfRelease(release));
  std::map<int64_t, MentionRow> old;
  for (const MentionRow& row : before) old.emplace(row.entity_id, row);
  // An entity that was absorbed in this step took its mentions along.
  for (const auto& [at, row] : mentions_) {
    if (at.second != release) continue;
    old.erase(at.first);
    if (row.has_value()) old.emplace(at.first, *row);
  }
  std::vector<Held*> less;
  for (const auto& [entity, mention] : said_) {
    DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(entity));
    const auto known = old.find(entity);
    if (known == old.end()) {
      AddTo(held, mention);
      PutMention(entity, release, mention);
      continue;
    }
    MentionRecord stored;
    if (!stored.ParseFromString(known->second.record)) return Damaged(held->row.name);
    PutMention(entity, release, mention);
    if (SumPart(stored) != SumPart(mention)) {
      less.push_back(held);
    } else {
      MoveEvidence(mention, &held->record);
      held->changed = true;
    }
  }
  for (const auto& [entity, row] : old) {
    if (said_.count(entity) != 0) continue;
    RemoveMention(entity, release);
    DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(entity));
    if (held != nullptr) less.push_back(held);
  }
  for (Held* const held : less) DATELINE_RETURN_IF_ERROR(SumAnew(held));
  return absl::OkStatus();
}

void EntityPlanner::SetReferences(DerivedRow* row) {
  records::EntityReferences references;
  for (const auto& [observation, entity] : joined_) {
    if (observation.fact == 0) continue;
    int64_t final = entity;
    for (auto into = absorbed_.find(final); into != absorbed_.end(); into = absorbed_.find(final)) final = into->second;
    if (auto* names = ReferenceList(observation.kind, &references); names != nullptr) {
      while (names->size() < static_cast<int>(observation.fact)) names->Add();
      *names->Mutable(static_cast<int>(observation.fact) - 1) = held_.at(final).row.name;
    }
  }
  row->references = references.SerializeAsString();
}

absl::Status EntityPlanner::Plan(const UnderivedRelease& release, DerivedRow* row) {
  local_.clear();
  said_.clear();
  joined_.clear();
  rows_[release.id] = row;
  DATELINE_RETURN_IF_ERROR(JoinAll(Observe(release.release)));
  DATELINE_RETURN_IF_ERROR(ReplaceMentions(release.id));
  for (const auto& [observation, entity] : joined_) {
    if (!observation.acronym.empty()) DATELINE_RETURN_IF_ERROR(Absorb(observation, entity));
  }
  SetReferences(row);
  return absl::OkStatus();
}

absl::Status EntityPlanner::Rename(int64_t release, const std::string& before, const std::string& after,
                                   const std::set<uint32_t>* facts) {
  std::string* bytes = nullptr;
  if (const auto planned = rows_.find(release); planned != rows_.end()) {
    bytes = &planned->second->references;
  } else {
    auto known = references_.find(release);
    if (known == references_.end()) {
      DATELINE_ASSIGN_OR_RETURN(auto rows, store_.LoadDerived({release}));
      if (rows.empty()) return absl::OkStatus();
      known = references_.emplace(release, std::move(rows.front().references)).first;
    }
    bytes = &known->second;
  }
  records::EntityReferences references;
  if (!references.ParseFromString(*bytes)) return Damaged("the references of a release");
  const auto kind = KindOfName(after);
  auto* names = kind.has_value() ? ReferenceList(*kind, &references) : nullptr;
  if (names == nullptr) return absl::OkStatus();
  for (int i = 0; i < names->size(); ++i) {
    const bool meant = facts == nullptr || facts->count(static_cast<uint32_t>(i) + 1) != 0;
    if (meant && names->Get(i) == before) *names->Mutable(i) = after;
  }
  *bytes = references.SerializeAsString();
  return absl::OkStatus();
}

absl::Status EntityPlanner::MoveMentions(Held* from, Held* to, std::string_view basis) {
  std::set<std::string> known_names;
  for (const auto& alias : to->record.aliases()) known_names.insert(alias.display_name());
  DATELINE_ASSIGN_OR_RETURN(const auto rows, MentionsOf(from->row.id, kDecidedMentionsMax));
  bool anew = false;
  for (const MentionRow& row : rows) {
    MentionRecord mention;
    if (!mention.ParseFromString(row.record)) return Damaged(from->row.name);
    for (auto& alias : *mention.mutable_aliases()) {
      if (known_names.count(alias.display_name()) == 0) alias.set_basis(std::string(basis));
    }
    const auto planned = mentions_.find({to->row.id, row.release_id});
    std::optional<MentionRow> known;
    if (planned != mentions_.end()) {
      known = planned->second;
    } else {
      DATELINE_ASSIGN_OR_RETURN(const auto of_release, store_.MentionsOfRelease(row.release_id));
      for (const MentionRow& other : of_release) {
        if (other.entity_id == to->row.id) known = other;
      }
    }
    if (known.has_value()) {
      MentionRecord both;
      if (!both.ParseFromString(known->record)) return Damaged(to->row.name);
      MergeSaid(mention, &both);
      PutMention(to->row.id, row.release_id, both);
      anew = true;
    } else {
      PutMention(to->row.id, row.release_id, mention);
      AddTo(to, mention);
    }
    RemoveMention(from->row.id, row.release_id);
    DATELINE_RETURN_IF_ERROR(Rename(row.release_id, from->row.name, to->row.name, nullptr));
  }
  LoadKeys(from);
  from->removed = true;
  from->changed = true;
  absorbed_[from->row.id] = to->row.id;
  return anew ? SumAnew(to) : absl::OkStatus();
}

absl::Status EntityPlanner::Flush(DerivedChanges* changes) {
  for (auto& [id, held] : held_) {
    if (!held.changed || (held.is_new && held.removed)) continue;
    const std::set<std::string> none;
    const auto& before = held.stored_keys.has_value() ? *held.stored_keys : none;
    const auto& after = held.removed || !held.keys.has_value() ? none : *held.keys;
    for (const std::string& key : before) {
      if (after.count(key) == 0) changes->keys_removed.push_back({.kind = held.row.kind, .key = key, .entity_id = id});
    }
    for (const std::string& key : after) {
      if (before.count(key) == 0) changes->keys_added.push_back({.kind = held.row.kind, .key = key, .entity_id = id});
    }
    if (held.removed) {
      changes->entities_removed.push_back(id);
      continue;
    }
    held.record.set_version(held.record.version() + 1);
    held.row.release_count = held.record.release_count();
    held.row.has_contacts = held.record.contacts_size() > 0;
    held.row.record = held.record.SerializeAsString();
    changes->entities_put.push_back(held.row);
  }
  for (auto& [at, row] : mentions_) {
    if (row.has_value())
      changes->mentions_put.push_back(*std::move(row));
    else
      changes->mentions_removed.push_back(at);
  }
  for (auto& [release, references] : references_) changes->references_put.emplace_back(release, std::move(references));
  for (const auto& [key, entity] : pins_)
    changes->pins_put.push_back({.kind = static_cast<Kind>(key.first), .key = key.second, .entity = entity});
  return absl::OkStatus();
}

}  // namespace dateline::storage
