// dateline listing: the items of a newsroom page, offline or from its URL.

#include "services/ingestion/listing/listing.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "services/cli/inputs.h"
#include "services/cli/json_lines.h"
#include "services/cli/page_fetch.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

struct ListingOptions {
  std::vector<std::string> inputs;
  std::string url;
  listing::Recipe recipe;
  bool json = false;
  bool lines = false;
};

std::string DateOf(const listing::ListingItem& item) {
  if (!item.date) return {};
  return item.date->precision > dates::Precision::kDay ? dates::FormatUtc(item.date->utc)
                                                       : dates::FormatDay(item.date->utc);
}

void WriteListing(const listing::Listing& found, exporting::JsonWriter& json) {
  json.BeginArray("items");
  for (const listing::ListingItem& item : found.items) {
    json.BeginObject();
    json.String("url", item.url);
    json.String("title", item.title);
    json.StringIfAny("date", DateOf(item));
    json.StringIfAny("summary", item.summary);
    json.EndObject();
  }
  json.EndArray();
  json.StringIfAny("next_url", found.next_url);
  json.StringIfAny("language", found.language);
  json.StringIfAny("item_selector", found.item_selector);
  json.Number("confidence", found.confidence);
}

absl::StatusOr<listing::Listing> Read(const listing::ListingInput& input, const listing::Recipe& recipe) {
  return recipe.item.empty() ? listing::FindListing(input) : listing::ReadListing(input, recipe);
}

absl::Status AnswerListing(const listing::Recipe& recipe, const google::protobuf::Struct& line,
                           exporting::JsonWriter& answer) {
  const Item item{Item::Kind::kFile, Field(line, "path")};
  if (item.given.empty()) return Error(absl::StatusCode::kInvalidArgument, "INVALID_LINE", "has no \"path\"");
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes, ReadItem(item));
  const std::string url = Field(line, "url");
  DATELINE_ASSIGN_OR_RETURN(const listing::Listing found,
                            Read({.bytes = bytes, .url = url, .content_type = "text/html"}, recipe));
  WriteListing(found, answer);
  return absl::OkStatus();
}

absl::Status PrintListing(Session& session, const Item& item, const ListingOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(const OpenedItem opened, OpenItem(item));
  const std::string& url = options.url.empty() ? opened.url : options.url;
  DATELINE_ASSIGN_OR_RETURN(
      const listing::Listing found,
      Read({.bytes = opened.bytes, .url = url, .content_type = opened.content_type}, options.recipe));
  if (options.json) {
    exporting::JsonWriter json;
    json.BeginObject();
    WriteListing(found, json);
    json.EndObject();
    fmt::print("{}\n", json.text());
    return absl::OkStatus();
  }
  const Style style = StdoutStyle(session.colour);
  const size_t columns = TerminalColumns();
  fmt::print("{} items at {}, confidence {:.2f}\n", found.items.size(), style.Bold(found.item_selector),
             found.confidence);
  for (const listing::ListingItem& entry : found.items) {
    const std::string day = entry.date ? dates::FormatDay(entry.date->utc) : "no date   ";
    fmt::print("\n{}  {}\n            {}\n", style.Dim(day), text::TruncateToWidth(entry.title, columns - 12),
               entry.url);
  }
  if (!found.next_url.empty()) fmt::print("\nnext page: {}\n", found.next_url);
  return absl::OkStatus();
}

int Listing(Session& session, const ListingOptions& options) {
  if (const absl::Status recipe = options.recipe.item.empty() ? absl::OkStatus() : CheckRecipe(options.recipe);
      !recipe.ok()) {
    return session.Report(recipe);
  }
  if (options.lines) {
    return AnswerLines([&](const auto& line, auto& answer) { return AnswerListing(options.recipe, line, answer); },
                       stdin, stdout);
  }
  const Inputs inputs = FindInputs(options.inputs);
  for (const absl::Status& error : inputs.errors) session.Report(error);
  size_t failed = inputs.errors.size();
  for (const Item& item : inputs.items) {
    if (const absl::Status status = PrintListing(session, item, options); !status.ok()) {
      session.Report(WithContext(status, item.given));
      ++failed;
    }
  }
  if (failed == 0) return kOk;
  return failed == inputs.items.size() + inputs.errors.size() ? kFailed : kSomeFailed;
}

}  // namespace

void AddListing(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("listing", "Find the list of releases on a newsroom page");
  auto options = std::make_shared<ListingOptions>();
  command->add_option("input", options->inputs, "FILE, DIR, http(s) URL, or - for standard input");
  command->add_option("--url", options->url, "Where a file came from: the base of its links");
  auto* item = command->add_option("--item", options->recipe.item, "A recipe: CSS selector of one item");
  const auto part = [&](const char* name, std::string* target, const char* help) {
    command->add_option(name, *target, help)->needs(item);
  };
  part("--item-link", &options->recipe.link, "CSS selector of the link inside an item");
  part("--item-title", &options->recipe.title, "CSS selector of the title inside an item");
  part("--item-date", &options->recipe.date, "CSS selector of the date inside an item");
  part("--item-summary", &options->recipe.summary, "CSS selector of the summary inside an item");
  part("--next", &options->recipe.next, "CSS selector of the link to the next page");
  part("--language", &options->recipe.language, "Language of the dates (BCP 47)");
  auto* json = command->add_flag("--json", options->json, "Everything that was found, as JSON");
  auto* lines = command->add_flag("--jsonl", options->lines,
                                  "Read lines {id, path, url} and write lines {id, items, next_url? | error}");
  json->excludes(lines);
  command->footer(
      "Examples:\n"
      "  dateline listing https://example.org/news\n"
      "  dateline listing --item 'ul.news > li' --item-date .when https://example.org/news");
  command->callback([options, command, &session] {
    if (options->lines != options->inputs.empty()) {
      throw CLI::ValidationError(command->get_name(),
                                 options->lines ? "--jsonl reads its pages from standard input; name no others"
                                                : "name a FILE, DIR, URL or -, or give --jsonl");
    }
    session.run = [options, &session] { return Listing(session, *options); };
  });
}

}  // namespace dateline::cli
