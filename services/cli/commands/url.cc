// dateline url: how a URL is read, and its canonical form, offline.

#include "common/url/url.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "common/base/status_macros.h"
#include "common/url/canonical.h"
#include "services/cli/json_lines.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

struct UrlOptions {
  std::vector<std::string> inputs;
  std::string base;
  bool lines = false;
};

absl::StatusOr<url::Url> Read(const std::string& input, const std::string& base) {
  if (base.empty()) return url::Parse(input);
  DATELINE_ASSIGN_OR_RETURN(const url::Url parsed_base, url::Parse(base));
  return url::Parse(input, &parsed_base);
}

absl::Status AnswerUrl(const google::protobuf::Struct& line, exporting::JsonWriter& answer) {
  DATELINE_ASSIGN_OR_RETURN(const url::Url url, Read(Field(line, "input"), Field(line, "base")));
  const std::string href = url.Href();
  answer.String("href", href);
  if (const auto canonical = url::Canonicalize(href); canonical.ok()) answer.String("canonical", *canonical);
  return absl::OkStatus();
}

int Url(Session& session, const UrlOptions& options) {
  if (options.lines) return AnswerLines(AnswerUrl, stdin, stdout);
  int status = kOk;
  for (const std::string& input : options.inputs) {
    const auto url = Read(input, options.base);
    if (!url.ok()) {
      session.Report(url.status());
      status = options.inputs.size() == 1 ? kFailed : kSomeFailed;
      continue;
    }
    const std::string href = url->Href();
    const auto canonical = url::Canonicalize(href);
    fmt::print("{}\n", href);
    if (canonical.ok() && *canonical != href) fmt::print("  canonical: {}\n", *canonical);
    if (!canonical.ok())
      fmt::print("  no canonical form: only http, https and file URLs without credentials have one\n");
  }
  return status;
}

}  // namespace

void AddUrl(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("url", "Read a URL as browsers do, and give its canonical form");
  auto options = std::make_shared<UrlOptions>();
  command->add_option("url", options->inputs, "The URL, or with --base any reference");
  command->add_option("--base", options->base, "The page that the reference stands on");
  command->add_flag("--jsonl", options->lines,
                    "Read lines {id, input, base?} and write lines {id, href, canonical? | error}");
  command->footer(
      "Examples:\n"
      "  dateline url 'HTTPS://Example.ORG:443/news/../press?utm_source=mail#top'\n"
      "  dateline url --base https://example.org/news/ ../press/1");
  command->callback([options, command, &session] {
    if (options->lines != options->inputs.empty()) {
      throw CLI::ValidationError(command->get_name(), options->lines
                                                          ? "--jsonl reads its URLs from standard input; name no others"
                                                          : "name a URL, or give --jsonl");
    }
    session.run = [options, &session] { return Url(session, *options); };
  });
}

}  // namespace dateline::cli
