// What a person decides of entities: that some are one, or that names of one are somebody else's. A decision moves the
// mentions at once and is kept as pins, which later releases follow before any other rule.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entities/entity_planner.h"
#include "services/storage/entities/entity_sum.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using records::EntityRecord;
using records::MentionRecord;

constexpr size_t kMergedMax = 100;

absl::Status Invalid(std::string_view field, std::string_view description) {
  return FieldError("INVALID_ENTITY", field, description);
}

// The contexts by which an entity is told from its namesakes: organisations, else issuers.
std::vector<std::string> TellingContexts(const EntityRecord& record) {
  for (const std::string_view prefix : {"o:", "s:"}) {
    auto contexts = ContextsOf(record, prefix);
    if (!contexts.empty()) return contexts;
  }
  return {};
}

}  // namespace

absl::Status EntityPlanner::PinNames(const Held& held, const std::set<const Held*>& meant, const std::string& to) {
  const Kind kind = held.row.kind;
  for (const auto& alias : held.record.aliases()) {
    const std::string key = AliasKey(kind, alias.display_name());
    // Where others bear the name too, only those of the same organisation or issuer are meant.
    DATELINE_ASSIGN_OR_RETURN(const auto namesakes, Under(kind, "n:" + NameKey(kind, alias.display_name())));
    const bool others = std::any_of(namesakes.begin(), namesakes.end(),
                                    [&meant](const Held* namesake) { return meant.count(namesake) == 0; });
    if (!others) {
      pins_[{kind, key}] = to;
      continue;
    }
    for (const std::string& context : TellingContexts(held.record)) pins_[{kind, key + "|" + context}] = to;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> EntityPlanner::Merge(const std::string& name, const std::vector<std::string>& merged,
                                                 const std::string& etag) {
  DATELINE_ASSIGN_OR_RETURN(Held* const stays, Require(name));
  if (!etag.empty() && etag != EntityEtag(stays->row, stays->record)) {
    return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                 fmt::format("{} changed since it was read; read it again and decide anew", name));
  }
  if (merged.empty() || merged.size() > kMergedMax)
    return Invalid("merged_names", fmt::format("give 1 to {} entities that become part of it", kMergedMax));
  std::vector<Held*> parts;
  int64_t mentions = 0;
  for (const std::string& other : merged) {
    DATELINE_ASSIGN_OR_RETURN(Held* const part, Require(other));
    if (part == stays || std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    if (part->row.kind != stays->row.kind)
      return Invalid("merged_names", fmt::format("{} is of another kind than {}", other, name));
    mentions += part->record.release_count();
    parts.push_back(part);
  }
  if (mentions > static_cast<int64_t>(kDecidedMentionsMax)) {
    return Invalid("merged_names", fmt::format("they have {} mentions, more than {} in one merge; merge the rarer into "
                                               "the more frequent",
                                               mentions, kDecidedMentionsMax));
  }
  std::set<const Held*> meant(parts.begin(), parts.end());
  meant.insert(stays);
  DATELINE_RETURN_IF_ERROR(PinNames(*stays, meant, stays->row.name));
  for (Held* const part : parts) {
    DATELINE_RETURN_IF_ERROR(PinNames(*part, meant, stays->row.name));
    pins_[{part->row.kind, "@" + part->row.name}] = stays->row.name;
    DATELINE_ASSIGN_OR_RETURN(const auto before, store_.PinsTo(part->row.name));
    for (const PinRow& pin : before) pins_[{pin.kind, pin.key}] = stays->row.name;
    DATELINE_RETURN_IF_ERROR(MoveMentions(part, stays, "person"));
  }
  return stays->row.name;
}

absl::StatusOr<EntityPlanner::Parted> EntityPlanner::Split(const std::string& name,
                                                           const std::vector<std::string>& aliases,
                                                           const std::string& etag) {
  DATELINE_ASSIGN_OR_RETURN(Held* const stays, Require(name));
  if (!etag.empty() && etag != EntityEtag(stays->row, stays->record)) {
    return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                 fmt::format("{} changed since it was read; read it again and decide anew", name));
  }
  const Kind kind = stays->row.kind;
  std::set<std::string> leaving;
  std::set<std::string> leaving_names;
  for (const std::string& alias : aliases) {
    const auto& known = stays->record.aliases();
    const bool found = std::any_of(known.begin(), known.end(), [&](const auto& other) {
      return AliasKey(kind, other.display_name()) == AliasKey(kind, alias);
    });
    if (!found) return Invalid("aliases", fmt::format("“{}” is no name of {}", Shorten(alias, 200), name));
    leaving.insert(AliasKey(kind, alias));
    leaving_names.insert(NameKey(kind, alias));
  }
  if (leaving.empty()) return Invalid("aliases", "give the names that are somebody else's");
  const auto leaves = [&](const std::string& alias) { return leaving.count(AliasKey(kind, alias)) != 0; };
  if (std::all_of(stays->record.aliases().begin(), stays->record.aliases().end(),
                  [&](const auto& alias) { return leaves(alias.display_name()); }))
    return Invalid("aliases", "all names would leave; an entity keeps one at least");
  if (stays->record.release_count() > static_cast<int64_t>(kDecidedMentionsMax))
    return Invalid("name", fmt::format("it has more than {} mentions, too many to be parted", kDecidedMentionsMax));

  DATELINE_ASSIGN_OR_RETURN(const std::string left_name, FreeName(kind, "split " + *leaving.begin()));
  DATELINE_ASSIGN_OR_RETURN(Held* const left, Make(kind, left_name));
  // What stays stays for later releases too; then the names that leave are taken away.
  DATELINE_RETURN_IF_ERROR(PinNames(*stays, {stays}, stays->row.name));
  for (auto pin = pins_.begin(); pin != pins_.end();) {
    pin = leaving.count(pin->first.key.substr(0, pin->first.key.find('|'))) != 0 ? pins_.erase(pin) : std::next(pin);
  }
  for (const std::string& key : leaving) pins_[{kind, key}] = left_name;
  // Narrower decisions of before on these names would come first.
  DATELINE_ASSIGN_OR_RETURN(const auto before, store_.PinsTo(stays->row.name));
  for (const PinRow& pin : before) {
    const std::string key = pin.key.substr(0, pin.key.find('|'));
    if (leaving.count(key) != 0) pins_[{kind, pin.key}] = left_name;
  }
  DATELINE_ASSIGN_OR_RETURN(const auto rows, MentionsOf(stays->row.id, kDecidedMentionsMax));
  for (const MentionRow& row : rows) {
    MentionRecord whole;
    if (!whole.ParseFromString(row.record)) continue;
    MentionRecord stay = whole;
    MentionRecord leave = whole;
    std::set<uint32_t> facts;
    stay.clear_aliases();
    leave.clear_aliases();
    for (const auto& alias : whole.aliases()) {
      if (leaves(alias.display_name())) {
        *leave.add_aliases() = alias;
        leave.mutable_aliases(leave.aliases_size() - 1)->set_basis("person");
        facts.insert(alias.fact());
      } else {
        *stay.add_aliases() = alias;
      }
    }
    if (leave.aliases().empty()) continue;
    // A fact whose full name stays, stays, though its acronym left.
    for (const auto& alias : stay.aliases()) facts.erase(alias.fact());
    // Keys by which the names that stay are found are not those of the names that leave.
    auto* keys = stay.mutable_keys();
    keys->erase(std::remove_if(keys->begin(), keys->end(),
                               [&](const std::string& key) {
                                 return leaving_names.count(key.substr(std::min<size_t>(2, key.size()))) != 0;
                               }),
                keys->end());
    leave.clear_keys();
    for (const auto& alias : leave.aliases()) leave.add_keys("n:" + NameKey(kind, alias.display_name()));
    if (stay.aliases().empty()) {
      RemoveMention(stays->row.id, row.release_id);
    } else {
      // What both say together stays where it was.
      leave.clear_roles();
      leave.clear_contacts();
      PutMention(stays->row.id, row.release_id, stay);
    }
    PutMention(left->row.id, row.release_id, leave);
    DATELINE_RETURN_IF_ERROR(Rename(row.release_id, stays->row.name, left_name, &facts));
  }
  DATELINE_RETURN_IF_ERROR(SumAnew(stays));
  DATELINE_RETURN_IF_ERROR(SumAnew(left));
  return Parted{.stayed = stays->row.name, .left = left_name};
}

}  // namespace dateline::storage
