#pragma once
// Moves a whole archive as JSON Lines, one ArchiveRecord a line: `dateline archive export` and `import`, which also
// reads them compressed with Zstandard. Both may be broken off and begun again.

#include <string>

namespace dateline::cli {

class Session;

// Writes to `file`. Beside it stands, until the end, how far it is; with `resume` it goes on there. The exit status.
int ExportArchive(Session& session, const std::string& file, bool resume);
struct ImportOptions {
  bool compare = false;  // Everything in the file is then read back from the archive.
  bool move = false;     // The archive takes the place of the one that was exported, with its log.
};
int ImportArchive(Session& session, const std::string& file, const ImportOptions& options);

}  // namespace dateline::cli
