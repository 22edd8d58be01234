#pragma once
// Answers the reading calls of EntityService from the rows of the store. Thread-safe; pages go on by Position, whose
// meaning is each list's own. Names that became part of another entity answer that one.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dateline/storage/v1/entity_service.pb.h"
#include "services/storage/page_token.h"
#include "services/storage/store.h"

namespace dateline::storage {

// NOT_FOUND (ENTITY_NOT_FOUND) for all that take a name.
absl::StatusOr<v1::Entity> AnswerEntity(EntityStore& store, const std::string& name);

struct EntityPage {
  v1::ListEntitiesResponse response;
  std::optional<Position> next;
};
struct EntityListParams {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  std::string query;
  bool contacts_only = false;
  int limit = 50;
  std::optional<Position> after;
};
absl::StatusOr<EntityPage> AnswerEntities(EntityStore& store, const EntityListParams& params);

struct MentionPage {
  v1::ListEntityMentionsResponse response;
  std::optional<Position> next;
};
absl::StatusOr<MentionPage> AnswerMentions(EntityStore& store, const std::string& name, int limit,
                                           std::optional<Position> after);

struct FigurePage {
  v1::ListFigureSeriesResponse response;
  std::optional<Position> next;
};
// Looks at kFilterScanMax mentions at most; a page may come short then, with a token to go on.
absl::StatusOr<FigurePage> AnswerFigures(EntityStore& store, const std::string& name, const std::string& unit,
                                         int limit, std::optional<Position> after);

}  // namespace dateline::storage
