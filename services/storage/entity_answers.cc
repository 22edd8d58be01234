#include "services/storage/entity_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entities/entity_planner.h"
#include "services/storage/entities/entity_sum.h"
#include "services/storage/entities/name_key.h"
#include "services/storage/linking/profile.h"
#include "services/storage/release_fields.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using v1::Entity;

// Of what begins with the words of a query, so many are ranked.
constexpr int kQueryMatchesMax = 2'000;
constexpr int kMentionScanPage = 500;
// Of the releases of a timeline, so much is in memory at once.
constexpr size_t kTimelineBytesMax = size_t{8} << 20;
// A mention has at most kMentionFiguresMax figures; the position of a figure is that of its release and its own.
constexpr uint64_t kFiguresPerRelease = 32;
static_assert(kMentionFiguresMax < static_cast<int>(kFiguresPerRelease));

absl::StatusOr<EntityRow> FindRow(EntityStore& store, const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(auto rows, store.LoadEntitiesByName({name}));
  if (!rows.empty()) return std::move(rows[0]);
  const auto kind = KindOfName(name);
  if (!kind.has_value()) return EntityNotFound(name);
  DATELINE_ASSIGN_OR_RETURN(const auto pins, store.FindPins({{*kind, "@" + name}}));
  if (pins.empty()) return EntityNotFound(name);
  DATELINE_ASSIGN_OR_RETURN(rows, store.LoadEntitiesByName({pins[0].entity}));
  if (rows.empty()) return EntityNotFound(name);
  return std::move(rows[0]);
}

absl::StatusOr<Entity> Answer(const EntityRow& row, bool whole) {
  records::EntityRecord record;
  if (!record.ParseFromString(row.record)) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 row.name + " cannot be read back; let entities be worked out anew");
  }
  return ToEntity(row, record, whole);
}

// The rows that match the words, best first, behind the position.
absl::StatusOr<std::vector<EntityRow>> Matching(EntityStore& store, const EntityListParams& params) {
  std::vector<EntityRow> rows;
  std::vector<Entity::Kind> kinds{params.kind};
  if (params.kind == Entity::KIND_UNSPECIFIED)
    kinds = {Entity::KIND_PERSON, Entity::KIND_ORGANIZATION, Entity::KIND_PLACE, Entity::KIND_PROGRAMME};
  for (const Entity::Kind kind : kinds) {
    DATELINE_ASSIGN_OR_RETURN(const auto ids,
                              store.FindEntitiesByPrefix(kind, SearchKey(params.query), kQueryMatchesMax));
    DATELINE_ASSIGN_OR_RETURN(auto found, store.LoadEntities(ids));
    for (EntityRow& row : found) {
      if (!params.contacts_only || row.has_contacts) rows.push_back(std::move(row));
    }
  }
  const auto rank = [](const EntityRow& row) { return std::pair(row.release_count, row.id); };
  std::sort(rows.begin(), rows.end(), [&](const EntityRow& a, const EntityRow& b) { return rank(a) > rank(b); });
  if (params.after.has_value()) {
    const std::pair behind(static_cast<int64_t>(params.after->score), static_cast<int64_t>(params.after->id));
    rows.erase(std::remove_if(rows.begin(), rows.end(), [&](const EntityRow& row) { return rank(row) >= behind; }),
               rows.end());
  }
  if (rows.size() > static_cast<size_t>(params.limit) + 1) rows.resize(static_cast<size_t>(params.limit) + 1);
  return rows;
}

// What stands in a release of an entity, with the words that it is quoted with.
absl::StatusOr<v1::EntityMention> ToMention(const TimelineRow& row) {
  records::MentionRecord record;
  if (!record.ParseFromString(row.mention.record)) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 fmt::format("a mention in release {} of the database cannot be read back; let entities be worked out "
                             "anew",
                             row.mention.release_id));
  }
  const auto said = ReadFields(row.release, {Release::kTitleFieldNumber, Release::kQuotesFieldNumber});
  if (!said.has_value()) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 record.release() + " cannot be read back; restore the archive from a backup");
  }
  v1::EntityMention mention;
  mention.set_release(record.release());
  *mention.mutable_time() = ToTimestamp(FromMicros(row.mention.time_us));
  if (!record.roles().empty()) mention.set_role(record.roles(0).role());
  mention.set_title(said->title());
  std::set<std::string> names;
  for (const auto& alias : record.aliases()) names.insert(FoldedName(alias.display_name()));
  for (const auto& quote : said->quotes()) {
    if (names.count(FoldedName(quote.speaker())) != 0) *mention.add_quotes() = quote;
  }
  return mention;
}

Position PositionOf(const EntityRow& row) {
  return {.score = static_cast<double>(row.release_count), .id = static_cast<uint64_t>(row.id)};
}

}  // namespace

absl::StatusOr<Entity> AnswerEntity(EntityStore& store, const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(const EntityRow row, FindRow(store, name));
  return Answer(row, true);
}

absl::StatusOr<EntityPage> AnswerEntities(EntityStore& store, const EntityListParams& params) {
  std::vector<EntityRow> rows;
  if (params.query.empty()) {
    EntityQuery query{
        .kind = params.kind, .contacts_only = params.contacts_only, .limit = params.limit + 1, .after_count = {}};
    if (params.after.has_value()) {
      query.after_count = static_cast<int64_t>(params.after->score);
      query.after_id = static_cast<int64_t>(params.after->id);
    }
    DATELINE_ASSIGN_OR_RETURN(rows, store.ListEntityRows(query));
  } else {
    DATELINE_ASSIGN_OR_RETURN(rows, Matching(store, params));
  }
  EntityPage page;
  size_t bytes = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(Entity entity, Answer(rows[i], params.contacts_only));
    bytes += entity.ByteSizeLong();
    if (i == static_cast<size_t>(params.limit) || (i > 0 && bytes > kPageBytesMax)) {
      page.next = PositionOf(rows[i - 1]);
      break;
    }
    *page.response.add_entities() = std::move(entity);
  }
  return page;
}

absl::StatusOr<MentionPage> AnswerMentions(EntityStore& store, const std::string& name, int limit,
                                           std::optional<Position> after) {
  DATELINE_ASSIGN_OR_RETURN(const EntityRow row, FindRow(store, name));
  MentionQuery query{.entity_id = row.id, .figures_only = false, .limit = limit + 1, .after_time_us = {}};
  if (after.has_value()) {
    query.after_time_us = static_cast<int64_t>(after->score);
    query.after_release_id = static_cast<int64_t>(after->id);
  }
  MentionPage page;
  size_t bytes = 0;
  for (std::optional<Position> last;;) {
    DATELINE_ASSIGN_OR_RETURN(const auto rows, store.ListTimelineRows(query, kTimelineBytesMax));
    size_t read = 0;
    for (const TimelineRow& found : rows) {
      read += found.release.size();
      DATELINE_ASSIGN_OR_RETURN(auto mention, ToMention(found));
      bytes += mention.ByteSizeLong();
      if (page.response.mentions_size() == limit || (last.has_value() && bytes > kPageBytesMax)) {
        page.next = last;
        return page;
      }
      *page.response.add_mentions() = std::move(mention);
      query.after_time_us = found.mention.time_us;
      query.after_release_id = found.mention.release_id;
      last = Position{.score = static_cast<double>(found.mention.time_us),
                      .id = static_cast<uint64_t>(found.mention.release_id)};
    }
    if (read < kTimelineBytesMax) return page;
    query.limit = limit + 1 - page.response.mentions_size();
  }
}

absl::StatusOr<FigurePage> AnswerFigures(EntityStore& store, const std::string& name, const std::string& unit,
                                         int limit, std::optional<Position> after) {
  DATELINE_ASSIGN_OR_RETURN(const EntityRow row, FindRow(store, name));
  const std::string wanted = OrganizationKey(unit);
  MentionQuery query{.entity_id = row.id, .figures_only = true, .limit = kMentionScanPage, .after_time_us = {}};
  int skip = 0;  // Figures of the first release that were answered before.
  if (after.has_value()) {
    // The release itself is read again: its further figures were not answered yet.
    query.after_time_us = static_cast<int64_t>(after->score);
    query.after_release_id = static_cast<int64_t>(after->id / kFiguresPerRelease) + 1;
    skip = static_cast<int>(after->id % kFiguresPerRelease);
  }
  FigurePage page;
  for (int scanned = 0; scanned < kFilterScanMax; scanned += kMentionScanPage) {
    DATELINE_ASSIGN_OR_RETURN(const auto rows, store.ListMentionRows(query));
    for (const MentionRow& mention : rows) {
      records::MentionRecord said;
      if (!said.ParseFromString(mention.record)) continue;
      for (int i = std::exchange(skip, 0); i < said.figures_size(); ++i) {
        if (!wanted.empty() && OrganizationKey(said.figures(i).unit()) != wanted) continue;
        if (page.response.points_size() == limit) {
          page.next =
              Position{.score = static_cast<double>(mention.time_us),
                       .id = static_cast<uint64_t>(mention.release_id) * kFiguresPerRelease + static_cast<uint64_t>(i)};
          return page;
        }
        auto* point = page.response.add_points();
        point->set_release(said.release());
        *point->mutable_figure() = said.figures(i);
        *point->mutable_time() = ToTimestamp(FromMicros(mention.time_us));
        point->set_subject(said.figure_subjects(i));
      }
    }
    if (rows.size() < static_cast<size_t>(kMentionScanPage)) return page;
    query.after_time_us = rows.back().time_us;
    query.after_release_id = rows.back().release_id;
  }
  page.next = Position{.score = static_cast<double>(*query.after_time_us),
                       .id = (static_cast<uint64_t>(query.after_release_id) + 1) * kFiguresPerRelease - 1};
  return page;
}

}  // namespace dateline::storage
