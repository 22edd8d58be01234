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

absl::Status EntityPlanner::HoldAll(const std::vector<int64_t>& ids) {
  std::vector<int64_t> missing;
  for (const int64_t id : ids) {
    if (held_.count(id) != 0) continue;
    if (auto known = cache_.Find(id); known != nullptr)
      held_.emplace(id, std::move(known));
    else
      missing.push_back(id);
  }
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto rows, store_.LoadEntities(missing));
  for (EntityRow& row : rows) {
    const int64_t id = row.id;
    auto known = std::make_shared<Held>();
    known->row = std::move(row);
    if (!known->record.ParseFromString(known->row.record)) return Damaged(known->row.name);
    cache_.Put(id, known, EntityBytes(known->row.record.size()));
    held_.emplace(id, std::move(known));
  }
  return absl::OkStatus();
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Hold(int64_t id) {
  DATELINE_RETURN_IF_ERROR(HoldAll({id}));
  const auto found = held_.find(id);
  return found == held_.end() ? nullptr : found->second.get();
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::HoldByName(const std::string& name) {
  const auto made = made_.find(name);
  int64_t id = made == made_.end() ? 0 : made->second;
  if (id == 0) {
    DATELINE_ASSIGN_OR_RETURN(const auto rows, store_.LoadEntitiesByName({name}));
    if (rows.empty()) return nullptr;
    id = rows[0].id;
  }
  DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(id));
  return held == nullptr || held->removed ? nullptr : held;
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Require(const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(Held * held, HoldByName(name));
  if (held != nullptr) return held;
  const auto kind = KindOfName(name);
  if (kind.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(const std::string became, reads_.Pinned({*kind, "@" + name}));
    if (!became.empty()) {
      DATELINE_ASSIGN_OR_RETURN(held, HoldByName(became));
      if (held != nullptr) return held;
    }
  }
  return EntityNotFound(name);
}

absl::StatusOr<EntityPlanner::Held*> EntityPlanner::Make(Kind kind, const std::string& name) {
  if (next_id_ == 0) {
    DATELINE_ASSIGN_OR_RETURN(next_id_, store_.NextEntityId());
  }
  auto made = std::make_shared<Held>();
  made->row.id = next_id_++;
  made->row.name = name;
  made->row.kind = kind;
  made->is_new = true;
  made->changed = true;
  made->stored_keys.emplace();
  made->keys.emplace();
  made_[name] = made->row.id;
  return held_.emplace(made->row.id, std::move(made)).first->second.get();
}

// The same release gives the same name in every archive, as long as no other entity has it. Namesakes are numbered, and
// there may be thousands of a common name: the first number that is free is sought by halving.
absl::StatusOr<std::string> EntityPlanner::FreeName(Kind kind, const std::string& key) {
  const auto numbered = [&](int64_t number) {
    return NewEntityName(kind, number == 1 ? key : fmt::format("{} {}", key, number));
  };
  const auto is_taken = [&](int64_t number) -> absl::StatusOr<bool> {
    const std::string name = numbered(number);
    if (made_.count(name) != 0) return true;
    return reads_.IsTaken(kind, name);
  };
  int64_t taken = 0;
  int64_t free = 1;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool next, is_taken(free));
    if (!next) break;
    taken = free;
    free *= 2;
  }
  while (free - taken > 1) {
    const int64_t middle = taken + (free - taken) / 2;
    DATELINE_ASSIGN_OR_RETURN(const bool is, is_taken(middle));
    (is ? taken : free) = middle;
  }
  return numbered(free);
}

absl::StatusOr<std::vector<EntityPlanner::Held*>> EntityPlanner::Under(Kind kind, const std::string& key) {
  DATELINE_ASSIGN_OR_RETURN(const auto* const stored, reads_.Under({kind, key}));
  std::vector<int64_t> ids = *stored;
  if (const auto added = under_.find({kind, key}); added != under_.end()) {
    ids.insert(ids.end(), added->second.begin(), added->second.end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  DATELINE_RETURN_IF_ERROR(HoldAll(ids));
  std::vector<Held*> found;
  for (const int64_t id : ids) {
    const auto held = held_.find(id);
    if (held == held_.end() || held->second->removed) continue;
    const auto& keys = held->second->keys;
    if (!keys.has_value() || keys->count(key) != 0) found.push_back(held->second.get());
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
  for (const std::string& key : *held->keys) under_[{held->row.kind, key}].insert(held->row.id);
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
      if (IsTellingKey(key)) local_[{observation.kind, key}] = joined.entity;
      observation.mention.add_keys(std::move(key));
    }
    MergeSaid(observation.mention, &said_[joined.entity]);
    joined_.emplace_back(std::move(observation), joined.entity);
  }
  return absl::OkStatus();
}

absl::Status EntityPlanner::ReplaceMentions(int64_t release) {
  DATELINE_ASSIGN_OR_RETURN(const auto before, reads_.MentionsOf(release));
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
      *names->Mutable(static_cast<int>(observation.fact) - 1) = held_.at(final)->row.name;
    }
  }
  row->references = references.SerializeAsString();
}

absl::Status EntityPlanner::Foresee(const std::vector<UnderivedRelease>& releases) {
  for (const UnderivedRelease& release : releases) observed_[release.id] = Observe(release.release);
  DATELINE_ASSIGN_OR_RETURN(const auto ids, reads_.Foresee(observed_));
  return HoldAll(ids);
}

absl::Status EntityPlanner::Plan(const UnderivedRelease& release, DerivedRow* row) {
  local_.clear();
  said_.clear();
  joined_.clear();
  rows_[release.id] = row;
  auto observed = observed_.extract(release.id);
  DATELINE_RETURN_IF_ERROR(JoinAll(observed.empty() ? Observe(release.release) : std::move(observed.mapped())));
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
      DATELINE_ASSIGN_OR_RETURN(const auto of_release, store_.MentionsOfReleases({row.release_id}));
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

void EntityPlanner::FlushEntity(const std::shared_ptr<Held>& held, DerivedChanges* changes) {
  const int64_t id = held->row.id;
  if (held->removed) cache_.Remove(id);
  if (held->removed && held->is_new) return;
  const std::set<std::string> none;
  const auto& before = held->stored_keys.has_value() ? *held->stored_keys : none;
  const auto& after = held->removed || !held->keys.has_value() ? none : *held->keys;
  for (const std::string& key : before) {
    if (after.count(key) == 0) changes->keys_removed.push_back({.kind = held->row.kind, .key = key, .entity_id = id});
  }
  for (const std::string& key : after) {
    if (before.count(key) == 0) changes->keys_added.push_back({.kind = held->row.kind, .key = key, .entity_id = id});
  }
  if (held->removed) {
    changes->entities_removed.push_back(id);
    return;
  }
  held->record.set_version(held->record.version() + 1);
  held->row.release_count = held->record.release_count();
  held->row.has_contacts = held->record.contacts_size() > 0;
  held->row.record.clear();
  EntityRow& row = changes->entities_put.emplace_back(held->row);
  row.record = held->record.SerializeAsString();
  // For the next step.
  held->stored_keys.reset();
  held->keys.reset();
  held->is_new = held->changed = false;
  cache_.Put(id, held, EntityBytes(row.record.size()));
}

absl::Status EntityPlanner::Flush(DerivedChanges* changes) {
  for (const auto& [id, held] : held_) {
    if (held->changed) FlushEntity(held, changes);
  }
  // In the order in which they stand in the archive, neighbours are written together.
  std::sort(changes->keys_removed.begin(), changes->keys_removed.end());
  std::sort(changes->keys_added.begin(), changes->keys_added.end());
  for (auto& [at, row] : mentions_) {
    if (row.has_value())
      changes->mentions_put.push_back(*std::move(row));
    else
      changes->mentions_removed.push_back(at);
  }
  for (auto& [release, references] : references_) changes->references_put.emplace_back(release, std::move(references));
  for (const auto& [key, entity] : pins_)
    changes->pins_put.push_back({.kind = key.kind, .key = key.key, .entity = entity});
  return absl::OkStatus();
}

}  // namespace dateline::storage
