#pragma once
// What the files of `dateline source` share.

#include <google/protobuf/message.h>

#include <string>

#include "dateline/ingestion/v1/source_service.pb.h"

namespace CLI {
class App;
}

namespace dateline::cli {

class Session;

// "abcd" or "sources/abcd" -> "sources/abcd".
std::string SourceName(const std::string& given);
// One line of JSON on stdout.
void PrintJson(const google::protobuf::Message& message);

void AddSourceAdd(CLI::App& parent, Session& session);
// `test` and `recipe`.
void AddSourceRecipe(CLI::App& parent, Session& session);

}  // namespace dateline::cli
