// dateline extract: a release out of a document, offline.

#include "services/extraction/extract.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/export/html.h"
#include "common/export/markdown.h"
#include "common/export/ninjs.h"
#include "services/cli/extract_lines.h"
#include "services/cli/inputs.h"
#include "services/cli/page_fetch.h"
#include "services/cli/render/explanation_text.h"
#include "services/cli/render/facts_text.h"
#include "services/cli/render/release_text.h"
#include "services/cli/session.h"
#include "services/cli/site_pages.h"

namespace dateline::cli {
namespace {

struct ExtractOptions {
  std::vector<std::string> inputs;
  std::string format = "text";
  std::string charset;
  std::string content_type;
  std::string uri;
  std::string site_pages;
  int jobs = 0;
  bool lines = false;
  bool omit_facts = false;
  bool explain = false;
};

absl::StatusOr<std::string> Written(const release::v1::Release& release, const ExtractOptions& options,
                                    const Style& style) {
  if (options.format == "text") return ReleaseText(release, style, TerminalColumns());
  if (options.format == "markdown") return exporting::Markdown(release);
  if (options.format == "html") return exporting::Html(release);
  if (options.format == "ninjs") return exporting::Ninjs(release);
  std::string json;
  google::protobuf::util::JsonPrintOptions pretty;
  pretty.add_whitespace = true;
  if (!google::protobuf::util::MessageToJsonString(release, &json, pretty).ok()) {
    return Error(absl::StatusCode::kInternal, "JSON_FAILED", "the release cannot be written as JSON");
  }
  return json;
}

// The document's release; the items of a bulletin.
absl::StatusOr<std::vector<release::v1::Release>> ExtractOne(const extraction::Extractor& extractor, const Item& item,
                                                             const ExtractOptions& options,
                                                             const std::vector<uint64_t>& site_lines,
                                                             extraction::Explanation* explanation) {
  std::string bytes;
  std::string uri = options.uri;
  std::string content_type = options.content_type;
  if (item.kind == Item::Kind::kUrl) {
    auto fetched = FetchPage(item.given);
    if (!fetched.ok()) return fetched.status();
    bytes = std::move(fetched->body);
    if (uri.empty()) uri = std::move(fetched->final_url);
    if (content_type.empty()) content_type = std::string(fetched->Header("content-type"));
  } else {
    auto read = ReadItem(item);
    if (!read.ok()) return read.status();
    bytes = *std::move(read);
    if (content_type.empty()) content_type = ContentTypeOfPath(item.given);
    if (uri.empty() && item.kind == Item::Kind::kFile) {
      auto own = ItemUri(item);
      if (!own.ok()) return own.status();
      uri = *std::move(own);
    }
  }
  auto extraction = extractor.ExtractAll({.bytes = bytes,
                                          .uri = uri,
                                          .content_type = content_type,
                                          .charset = options.charset,
                                          .site_boilerplate = site_lines,
                                          .omit_facts = options.omit_facts},
                                         explanation);
  if (!extraction.ok()) return WithContext(extraction.status(), item.given);
  std::vector<release::v1::Release> releases = std::move(extraction->items);
  if (releases.empty()) releases.push_back(std::move(extraction->release));
  for (release::v1::Release& release : releases) {
    if (options.omit_facts) OmitFacts(release);
  }
  return releases;
}

int Extract(Session& session, const ExtractOptions& options) {
  auto extractor = extraction::Extractor::Create({.facts = !options.omit_facts});
  if (!extractor.ok()) return session.Report(extractor.status());
  if (options.lines) {
    return ExtractLines(**extractor, {.jobs = options.jobs, .omit_facts = options.omit_facts}, stdin, stdout);
  }
  std::vector<uint64_t> site_lines;
  if (!options.site_pages.empty()) {
    auto lines = SiteLinesOf(**extractor, options.site_pages);
    if (!lines.ok()) return session.Report(lines.status());
    site_lines = *std::move(lines);
  }
  const Inputs inputs = FindInputs(options.inputs);
  for (const absl::Status& error : inputs.errors) Say(fmt::format("dateline: {}", ToStd(error.message())));
  size_t failed = inputs.errors.size();
  size_t printed = 0;
  const Style style = StdoutStyle(session.colour);
  for (const Item& item : inputs.items) {
    extraction::Explanation explanation;
    const auto releases = ExtractOne(**extractor, item, options, site_lines, options.explain ? &explanation : nullptr);
    if (!releases.ok()) {
      Say(fmt::format("dateline: {}", ToStd(releases.status().message())));
      ++failed;
      continue;
    }
    // An explanation is of the whole document, whatever it was parted into.
    const size_t parts = options.explain ? 1 : releases->size();
    for (size_t part = 0; part < parts; ++part) {
      auto written = options.explain ? ExplanationText(explanation, style) : Written((*releases)[part], options, style);
      if (written.ok() && options.explain) *written += FactRulesText((*releases)[part], style);
      if (!written.ok()) {
        Say(fmt::format("dateline: {}", ToStd(written.status().message())));
        ++failed;
        break;
      }
      fmt::print("{}{}", printed++ > 0 ? "\n" : "", *written);
    }
  }
  if (failed == 0) return kOk;
  return printed == 0 ? kFailed : kSomeFailed;
}

}  // namespace

void AddExtract(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("extract", "Read a release out of a document, without the suite");
  auto options = std::make_shared<ExtractOptions>();
  command->add_option("input", options->inputs, "FILE, DIR, http(s) URL, or - for standard input");
  command
      ->add_option("--format", options->format,
                   "text for people; json is the whole record; markdown, html and ninjs (IPTC 3.1)")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json", "markdown", "html", "ninjs"}));
  command->add_option("--charset", options->charset, "Charset of the documents when they do not say");
  command->add_option("--content-type", options->content_type, "Content type of the documents, e.g. text/html");
  command->add_option("--uri", options->uri, "The address of a single document");
  auto* site_pages =
      command->add_option("--site-pages", options->site_pages,
                          "DIR with at least 5 pages of the same site: lines that stand on most of them are left out");
  command->add_flag("--no-facts", options->omit_facts, "Title, text, parts and metadata only");
  auto* explain =
      command->add_flag("--explain", options->explain,
                        "Instead of the release: why each block was kept or left, and the rule of each fact");
  auto* lines = command->add_flag("--jsonl", options->lines,
                                  "Read lines {id, path, url?, content_type?} and write lines {id, release | error}, "
                                  "in order; a bulletin has its items beside, as releases");
  explain->excludes(lines);
  site_pages->excludes(lines);
  command->add_option("--jobs", options->jobs, "Threads for --jsonl; 0 for one a core")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  command->footer(
      "Examples:\n"
      "  dateline extract release.html\n"
      "  dateline extract --format markdown https://example.org/news/1\n"
      "  dateline extract --jsonl < documents.jsonl > releases.jsonl");
  command->callback([options, command, &session] {
    if (options->lines != options->inputs.empty()) {
      throw CLI::ValidationError(command->get_name(),
                                 options->lines ? "--jsonl reads its documents from standard input; name no others"
                                                : "name a FILE, DIR, URL or -, or give --jsonl");
    }
    session.run = [options, &session] { return Extract(session, *options); };
  });
}

}  // namespace dateline::cli
