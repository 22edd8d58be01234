#pragma once
// Moves a whole archive as JSON Lines, one ArchiveRecord a line: `dateline archive export` and `import`. Both may be
// broken off and begun again.

#include <string>

namespace dateline::cli {

class Session;

// Writes to `file`. Beside it stands, until the end, how far it is; with `resume` it goes on there. The exit status.
int ExportArchive(Session& session, const std::string& file, bool resume);
// With `compare` everything in the file is then read back from the archive.
int ImportArchive(Session& session, const std::string& file, bool compare);

}  // namespace dateline::cli
