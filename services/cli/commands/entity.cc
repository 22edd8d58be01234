// dateline entity and dateline contacts: people, organisations, places and programmes across releases.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/render/entity_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace storage::v1;  // The messages of one service, in a file about it alone.
using Stub = EntityService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};
// A decision moves the mentions of years.
constexpr std::chrono::milliseconds kDecisionDeadline{120'000};
constexpr int kPage = 200;
constexpr int kChoicesShown = 8;

struct EntityOptions {
  std::string given;
  std::vector<std::string> others;
  std::vector<std::string> aliases;
  std::string kind;
  std::string unit;
  std::string etag;
  int limit = 50;
  bool json = false;
};

Entity::Kind KindOf(const std::string& word) {
  if (word == "person") return Entity::KIND_PERSON;
  if (word == "organization") return Entity::KIND_ORGANIZATION;
  if (word == "place") return Entity::KIND_PLACE;
  if (word == "programme") return Entity::KIND_PROGRAMME;
  return Entity::KIND_UNSPECIFIED;
}

bool IsEntityName(const std::string& given) {
  for (const char* collection : {"people/", "organizations/", "places/", "programmes/"}) {
    if (given.starts_with(collection)) return true;
  }
  return false;
}

// The entity that is meant: by its resource name, or by words that only one bears. Reports what is wrong.
std::optional<std::string> NameOf(Session& session, const std::string& given, int* exit_status) {
  if (IsEntityName(given)) return given;
  ListEntitiesRequest request;
  request.set_query(given);
  request.set_page_size(kChoicesShown);
  ListEntitiesResponse response;
  const absl::Status status =
      rpc::Call(session.entities(), &Stub::ListEntities, request, &response, {.deadline = kDeadline});
  if (!status.ok()) {
    *exit_status = session.Report(status);
    return std::nullopt;
  }
  if (response.entities_size() == 1) return response.entities(0).name();
  *exit_status = kFailed;
  if (response.entities().empty()) {
    Say(fmt::format("dateline: {}: no name in the archive begins with these words", given));
    return std::nullopt;
  }
  Say(fmt::format("dateline: {}: several bear this name; give one of", given));
  for (const Entity& entity : response.entities())
    Say(EntityLine(entity, StderrStyle(session.colour), TerminalColumns()));
  return std::nullopt;
}

// Prints up to options.limit entities, each as `text` gives it. How many there were; negative: the exit status.
template <class Text>
int PrintEntities(Session& session, const EntityOptions& options, bool contacts_only, Text text) {
  ListEntitiesRequest request;
  request.set_query(options.given);
  request.set_kind(KindOf(options.kind));
  request.set_contacts_only(contacts_only);
  int left = options.limit;
  while (left > 0) {
    request.set_page_size(std::min(left, kPage));
    ListEntitiesResponse response;
    const absl::Status status =
        rpc::Call(session.entities(), &Stub::ListEntities, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const Entity& entity : response.entities()) {
      --left;
      if (options.json) {
        PrintJson(entity);
      } else {
        fmt::print("{}", text(entity));
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  if (left == options.limit) Say("None found. Entities follow a moment after their releases.");
  return kOk;
}

int List(Session& session, const EntityOptions& options) {
  const Style style = StdoutStyle(session.colour);
  return PrintEntities(session, options, false,
                       [&style](const Entity& entity) { return EntityLine(entity, style, TerminalColumns()) + "\n"; });
}

int Contacts(Session& session, const EntityOptions& options) {
  const Style style = StdoutStyle(session.colour);
  return PrintEntities(session, options, true, [&style](const Entity& entity) {
    return style.Bold(entity.display_name()) + "\n" + ContactsText(entity, style, TerminalColumns());
  });
}

int Show(Session& session, const EntityOptions& options) {
  int exit_status = kOk;
  const auto name = NameOf(session, options.given, &exit_status);
  if (!name.has_value()) return exit_status;
  GetEntityRequest request;
  request.set_name(*name);
  GetEntityResponse response;
  const absl::Status status =
      rpc::Call(session.entities(), &Stub::GetEntity, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.entity());
  } else {
    fmt::print("{}", EntityText(response.entity(), StdoutStyle(session.colour), TerminalColumns()));
  }
  return kOk;
}

int Mentions(Session& session, const EntityOptions& options) {
  int exit_status = kOk;
  const auto name = NameOf(session, options.given, &exit_status);
  if (!name.has_value()) return exit_status;
  ListEntityMentionsRequest request;
  request.set_name(*name);
  int left = options.limit;
  while (left > 0) {
    request.set_page_size(std::min(left, kPage));
    ListEntityMentionsResponse response;
    const absl::Status status =
        rpc::Call(session.entities(), &Stub::ListEntityMentions, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const EntityMention& mention : response.mentions()) {
      --left;
      if (options.json) {
        PrintJson(mention);
      } else {
        fmt::print("{}", MentionText(mention, StdoutStyle(session.colour), TerminalColumns()));
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return kOk;
}

int Figures(Session& session, const EntityOptions& options) {
  int exit_status = kOk;
  const auto name = NameOf(session, options.given, &exit_status);
  if (!name.has_value()) return exit_status;
  ListFigureSeriesRequest request;
  request.set_name(*name);
  request.set_unit(options.unit);
  int left = options.limit;
  while (left > 0) {
    request.set_page_size(std::min(left, kPage));
    ListFigureSeriesResponse response;
    const absl::Status status =
        rpc::Call(session.entities(), &Stub::ListFigureSeries, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const FigurePoint& point : response.points()) {
      --left;
      if (options.json) {
        PrintJson(point);
      } else {
        fmt::print("{}\n", FigurePointLine(point, StdoutStyle(session.colour), TerminalColumns()));
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return kOk;
}

int Merge(Session& session, const EntityOptions& options) {
  int exit_status = kOk;
  const auto name = NameOf(session, options.given, &exit_status);
  if (!name.has_value()) return exit_status;
  MergeEntitiesRequest request;
  request.set_name(*name);
  request.set_etag(options.etag);
  for (const std::string& other : options.others) {
    const auto merged = NameOf(session, other, &exit_status);
    if (!merged.has_value()) return exit_status;
    request.add_merged_names(*merged);
  }
  MergeEntitiesResponse response;
  const absl::Status status =
      rpc::Call(session.entities(), &Stub::MergeEntities, request, &response, {.deadline = kDecisionDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response);
  } else {
    fmt::print("{}", EntityText(response.entity(), StdoutStyle(session.colour), TerminalColumns()));
  }
  return kOk;
}

int Split(Session& session, const EntityOptions& options) {
  int exit_status = kOk;
  const auto name = NameOf(session, options.given, &exit_status);
  if (!name.has_value()) return exit_status;
  SplitEntityRequest request;
  request.set_name(*name);
  request.set_etag(options.etag);
  for (const std::string& alias : options.aliases) request.add_aliases(alias);
  SplitEntityResponse response;
  const absl::Status status =
      rpc::Call(session.entities(), &Stub::SplitEntity, request, &response, {.deadline = kDecisionDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response);
  } else {
    const Style style = StdoutStyle(session.colour);
    fmt::print("{}\n{}", EntityText(response.entity(), style, TerminalColumns()),
               EntityText(response.split_entity(), style, TerminalColumns()));
  }
  return kOk;
}

int Rebuild(Session& session, const EntityOptions& options) {
  RebuildEntitiesResponse response;
  const absl::Status status = rpc::Call(session.entities(), &Stub::RebuildEntities, RebuildEntitiesRequest(), &response,
                                        {.deadline = kDecisionDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response);
  } else {
    fmt::print("{} releases are worked out anew, in the background.\n", response.release_count());
  }
  return kOk;
}

using Action = int (*)(Session&, const EntityOptions&);

void SetAction(CLI::App* command, Session& session, const std::shared_ptr<EntityOptions>& options, Action action) {
  command->add_flag("--json", options->json, "JSON lines for machines");
  command->callback([options, action, &session] {
    session.run = [options, action, &session] {
      return session.endpoints() == nullptr ? kUsage : action(session, *options);
    };
  });
}

void AddLimit(CLI::App* command, EntityOptions* options) {
  command->add_option("--limit", options->limit, "At most this many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
}

}  // namespace

void AddEntity(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand(
      "entity", "People, organisations, places and programmes across releases: list, show, mentions, figures, merge …");
  command->require_subcommand(1);
  auto options = std::make_shared<EntityOptions>();
  const auto add = [&](const char* name, const char* help, Action action) {
    CLI::App* const sub = command->add_subcommand(name, help);
    SetAction(sub, session, options, action);
    return sub;
  };
  const auto add_named = [&](const char* name, const char* help, Action action) {
    CLI::App* const sub = add(name, help, action);
    sub->add_option("entity", options->given, "Its resource name, or the words with which only its names begin")
        ->required();
    return sub;
  };
  auto* list = add("list", "List entities, the most frequent first", &List);
  list->add_option("query", options->given, "Only those one of whose names begins with these words");
  list->add_option("--kind", options->kind, "person, organization, place or programme")
      ->check(CLI::IsMember({"person", "organization", "place", "programme"}));
  AddLimit(list, options.get());
  add_named("show", "Show names, roles over time and contacts of one", &Show);
  AddLimit(add_named("mentions", "List the releases that name it, with its quotes, newest first", &Mentions),
           options.get());
  auto* figures = add_named("figures", "List the figures that stand near its name, newest first", &Figures);
  figures->add_option("--unit", options->unit, "Only this unit, for example percent");
  AddLimit(figures, options.get());
  auto* merge = add_named("merge", "Say that others are the same; later releases follow it", &Merge);
  merge->add_option("others", options->others, "What becomes part of it")->required();
  auto* split = add_named("split", "Say that some of its names are somebody else's; later releases follow it", &Split);
  split->add_option("names", options->aliases, "The names that leave it")->required();
  for (CLI::App* const decision : {merge, split})
    decision->add_option("--etag", options->etag, "Fails when the entity changed since it was read with this etag");
  add("rebuild", "Work out all entities and links anew; decisions stay", &Rebuild);
}

void AddContacts(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("contacts", "Whom to reach how: the directory, with its history");
  auto options = std::make_shared<EntityOptions>();
  command->add_option("query", options->given, "Only those whose name or e-mail address begins with this");
  command->add_option("--kind", options->kind, "person or organization")
      ->check(CLI::IsMember({"person", "organization"}));
  AddLimit(command, options.get());
  SetAction(command, session, options, &Contacts);
}

}  // namespace dateline::cli
