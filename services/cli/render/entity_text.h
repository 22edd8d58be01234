#pragma once
// People, organisations, places and programmes across releases, as people like to read them. Pure functions.

#include <cstddef>
#include <string>

#include "dateline/storage/v1/entity.pb.h"
#include "dateline/storage/v1/entity_service.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// One line for lists: how many releases, name, kind, resource name.
std::string EntityLine(const storage::v1::Entity& entity, const Style& style, size_t columns);
// All that is known, several lines.
std::string EntityText(const storage::v1::Entity& entity, const Style& style, size_t columns);
// Its lines of the directory: whom to reach how, and from when to when it was given.
std::string ContactsText(const storage::v1::Entity& entity, const Style& style, size_t columns);
std::string MentionText(const storage::v1::EntityMention& mention, const Style& style, size_t columns);
std::string FigurePointLine(const storage::v1::FigurePoint& point, const Style& style, size_t columns);

}  // namespace dateline::cli
