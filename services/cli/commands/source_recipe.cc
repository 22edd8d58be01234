// dateline source test and recipe: CSS selectors for a newsroom that the general rules read wrongly: try them on a
// page, keep them for a source, list and remove them.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/render/source_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace ingestion::v1;  // The messages of one service, in a file about it alone.
using Stub = SourceService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr std::chrono::milliseconds kFetchDeadline{90'000};

struct RecipeOptions {
  std::string url;
  std::string source;
  Recipe recipe;
  uint32_t remove = 0;
  bool json = false;
};

absl::Status Get(Session& session, const std::string& source, GetSourceResponse* response) {
  GetSourceRequest request;
  request.set_name(SourceName(source));
  return rpc::Call(session.sources(), &Stub::GetSource, request, response, {.deadline = kDeadline});
}

// The etag keeps what somebody else changes meanwhile. `source` becomes what it is then.
absl::Status SetRecipes(Session& session, Source* source) {
  UpdateSourceRequest request;
  *request.mutable_source() = *source;
  request.mutable_update_mask()->add_paths("recipes");
  UpdateSourceResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::UpdateSource, request, &response, {.deadline = kDeadline});
  if (status.ok()) *source = response.source();
  return status;
}

int Keep(Session& session, const RecipeOptions& options) {
  GetSourceResponse response;
  absl::Status status = Get(session, options.source, &response);
  if (!status.ok()) return session.Report(status);
  Source& source = *response.mutable_source();
  *source.add_recipes() = options.recipe;  // The service gives it the next version.
  status = SetRecipes(session, &source);
  if (!status.ok()) return session.Report(status);
  const uint32_t version = source.recipes().rbegin()->version();
  Say(options.recipe.item_selector().empty()
          ? fmt::format("Kept as version {} for {}; its newest pages are read again by it, as fast as is polite.",
                        version, source.name())
          : fmt::format("Kept as version {} for {}; its list is read by it now.", version, source.name()));
  return kOk;
}

// What a recipe reads on the page of a release; what it does not find is said.
bool PrintRelease(const TestRecipeResponse& response, bool json) {
  if (json) {
    PrintJson(response);
  } else {
    fmt::print("{}", ReleaseText(response));
  }
  bool all_there = true;
  for (const std::string& field : response.unmatched_fields()) {
    Say(fmt::format("The selector for {} matches nothing.", field));
    // What is to be removed may be absent from one page and stand on the next.
    all_there = all_there && field.starts_with("remove");
  }
  return all_there;
}

bool PrintItems(const TestRecipeResponse& response, bool json) {
  for (const SourceItem& item : response.items()) {
    if (json) {
      PrintJson(item);
    } else {
      fmt::print("{}\n", ItemLine(item));
    }
  }
  Say(fmt::format("{} items.", response.items_size()));
  return response.items_size() > 0;
}

int Test(Session& session, const RecipeOptions& options) {
  TestRecipeRequest request;
  request.set_uri(options.url);
  *request.mutable_recipe() = options.recipe;
  TestRecipeResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::TestRecipe, request, &response, {.deadline = kFetchDeadline});
  if (!status.ok()) return session.Report(status);
  const bool found = options.recipe.item_selector().empty() ? PrintRelease(response, options.json)
                                                            : PrintItems(response, options.json);
  if (options.source.empty()) return found ? kOk : kFailed;
  if (found) return Keep(session, options);
  Say("Not kept, since it does not find everything here.");
  return kFailed;
}

int ListRecipes(Session& session, const RecipeOptions& options) {
  GetSourceResponse response;
  const absl::Status status = Get(session, options.source, &response);
  if (!status.ok()) return session.Report(status);
  for (const Recipe& recipe : response.source().recipes()) {
    if (options.json) {
      PrintJson(recipe);
    } else {
      fmt::print("{}\n", RecipeLine(recipe));
    }
  }
  if (response.source().recipes().empty()) {
    Say("No recipes: the general rules read its pages. Try one with `dateline source test`.");
  }
  return kOk;
}

int RemoveRecipe(Session& session, const RecipeOptions& options) {
  GetSourceResponse response;
  absl::Status status = Get(session, options.source, &response);
  if (!status.ok()) return session.Report(status);
  auto& recipes = *response.mutable_source()->mutable_recipes();
  const auto found = std::find_if(recipes.begin(), recipes.end(),
                                  [&](const Recipe& recipe) { return recipe.version() == options.remove; });
  if (found == recipes.end()) {
    return session.Report(
        absl::NotFoundError(fmt::format("{} has no recipe of version {}; `dateline source recipe {}` lists them",
                                        response.source().name(), options.remove, options.source)));
  }
  recipes.erase(found);
  status = SetRecipes(session, response.mutable_source());
  if (!status.ok()) return session.Report(status);
  Say(fmt::format("Version {} is removed from {}.", options.remove, response.source().name()));
  return kOk;
}

// An option whose value is a day, in UTC.
void AddDay(CLI::App& command, const std::string& name, google::protobuf::Timestamp* (Recipe::*time)(),
            const std::shared_ptr<RecipeOptions>& options, const std::string& help) {
  command.add_option_function<std::string>(
      name,
      [name, time, options](const std::string& day) {
        if (day.size() == 10 &&
            google::protobuf::util::TimeUtil::FromString(day + "T00:00:00Z", (options->recipe.*time)())) {
          return;
        }
        throw CLI::ValidationError(name, "\"" + day + "\" is no day; write it as 2026-05-17");
      },
      help);
}

void AddTest(CLI::App& parent, Session& session) {
  auto options = std::make_shared<RecipeOptions>();
  auto* test = parent.add_subcommand("test", "Try CSS selectors on a newsroom page or a release");
  test->add_option("url", options->url, "The page")->required();
  test->add_option("--item", *options->recipe.mutable_item_selector(),
                   "An item of the list; without it the page is a release");
  test->add_option("--link", *options->recipe.mutable_link_selector(), "Its link, within the item");
  test->add_option("--title", *options->recipe.mutable_title_selector(),
                   "Its title, within the item or on the release's page");
  test->add_option("--date", *options->recipe.mutable_date_selector(),
                   "Its date, within the item or on the release's page");
  test->add_option("--body", *options->recipe.mutable_body_selector(), "The text of a release");
  test->add_option_function<std::vector<std::string>>(
      "--remove",
      [options](const std::vector<std::string>& selectors) {
        options->recipe.mutable_remove_selectors()->Assign(selectors.begin(), selectors.end());
      },
      "What is no part of the text; repeatable");
  test->add_option("--next", *options->recipe.mutable_next_page_selector(), "The link to the next page");
  AddDay(*test, "--from", &Recipe::mutable_start_time, options,
         "Kept: the day from which it holds; at once when absent");
  AddDay(*test, "--until", &Recipe::mutable_end_time, options, "Kept: the day on which it ends; never when absent");
  test->add_option("--keep", options->source, "When everything is found, read this source by it from now on");
  test->add_flag("--json", options->json, "JSON lines for machines");
  test->footer(
      "What the general rules read, without selectors, show `dateline listing URL` and `dateline extract "
      "FILE`.\nExample:\n"
      "  dateline source test https://example.org/news/1 --title h2 --body .article --remove aside --keep example");
  test->callback([options, &session] {
    session.run = [options, &session] { return session.endpoints() == nullptr ? kUsage : Test(session, *options); };
  });
}

}  // namespace

void AddSourceRecipe(CLI::App& parent, Session& session) {
  AddTest(parent, session);
  auto options = std::make_shared<RecipeOptions>();
  auto* recipe = parent.add_subcommand("recipe", "List the recipes of a source, or remove one");
  recipe->add_option("name", options->source, "The source")->required();
  recipe->add_option("--remove", options->remove, "The version to remove")->check(CLI::PositiveNumber);
  recipe->add_flag("--json", options->json, "JSON lines for machines");
  recipe->callback([options, &session] {
    session.run = [options, &session] {
      if (session.endpoints() == nullptr) return kUsage;
      return options->remove == 0 ? ListRecipes(session, *options) : RemoveRecipe(session, *options);
    };
  });
}

}  // namespace dateline::cli
