#pragma once
// dateline archive: looks after the archive of a suite.

namespace CLI {
class App;
}

namespace dateline::cli {

class Session;

void AddArchive(CLI::App& app, Session& session);

}  // namespace dateline::cli
