// dateline date: what a feed's date means, offline.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/error.h"
#include "services/cli/json_lines.h"
#include "services/cli/session.h"
#include "services/ingestion/dates/feed_date.h"

namespace dateline::cli {
namespace {

struct DateOptions {
  std::vector<std::string> inputs;
  std::string language;
  bool lines = false;
};

std::string_view PrecisionName(dates::Precision precision) {
  switch (precision) {
    case dates::Precision::kYear:
      return "year";
    case dates::Precision::kMonth:
      return "month";
    case dates::Precision::kDay:
      return "day";
    case dates::Precision::kMinute:
      return "minute";
    case dates::Precision::kSecond:
      return "second";
  }
  return "";
}

absl::Status UnknownDate(const std::string& input) {
  return Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_DATE",
               fmt::format("\"{}\": no date that is certain; if day and month are numbers, name the language", input),
               {{"input", input}});
}

absl::Status AnswerDate(const google::protobuf::Struct& line, exporting::JsonWriter& answer) {
  const std::string input = Field(line, "input");
  const std::string language = Field(line, "language");
  const auto date = dates::ParseDate(input, {.language = language});
  if (!date) return UnknownDate(input);
  answer.String("utc", dates::FormatUtc(date->utc));
  answer.String("precision", PrecisionName(date->precision));
  answer.Bool("zone_known", date->zone_known);
  return absl::OkStatus();
}

int Date(Session& session, const DateOptions& options) {
  if (options.lines) return AnswerLines(AnswerDate, stdin, stdout);
  int status = kOk;
  for (const std::string& input : options.inputs) {
    const auto date = dates::ParseDate(input, {.language = options.language});
    if (!date) {
      session.Report(UnknownDate(input));
      status = options.inputs.size() == 1 ? kFailed : kSomeFailed;
      continue;
    }
    fmt::print("{}  precise to the {}{}\n", dates::FormatUtc(date->utc), PrecisionName(date->precision),
               date->zone_known || date->precision < dates::Precision::kMinute ? "" : ", zone not given: UTC assumed");
  }
  return status;
}

}  // namespace

void AddDate(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("date", "Read a date as feeds and newsroom pages write it");
  auto options = std::make_shared<DateOptions>();
  command->add_option("date", options->inputs, "The date, in quotation marks; several are read one by one");
  command->add_option("--language", options->language, "Language of the dates (BCP 47): en-US reads 3/4/2024 as March");
  command->add_flag("--jsonl", options->lines,
                    "Read lines {id, input, language?} and write lines {id, utc, precision, zone_known | error}");
  command->footer(
      "Examples:\n"
      "  dateline date 'Fri, 17 May 24 08:05 EST'\n"
      "  dateline date --language de '17. Mai 2024, 10 Uhr'");
  command->callback([options, command, &session] {
    if (options->lines != options->inputs.empty()) {
      throw CLI::ValidationError(command->get_name(),
                                 options->lines ? "--jsonl reads its dates from standard input; name no others"
                                                : "name a date, or give --jsonl");
    }
    session.run = [options, &session] { return Date(session, *options); };
  });
}

}  // namespace dateline::cli
