#pragma once
// Tokens by which the index of words finds only what was stored lately: every release has that of its block of 1,024
// ids and that of its block of 16,384. A word that most releases have is then asked for together with the blocks in
// which enough of them are expected, and its list is gone through there alone. Pure.

#include <cstdint>
#include <optional>
#include <string>

namespace dateline::storage::pg {

// Adds the tokens of a release to the text of its TSVECTOR.
void AppendBlockTokens(int64_t release_id, std::string* terms);

// Ids, both included.
struct IdRange {
  int64_t first = 0;
  int64_t last = 0;
  bool operator==(const IdRange&) const = default;
};

// `range`, made longer at its first id up to the beginning of a block, so that few blocks cover it; likewise at its
// last one. A long range gets to the boundary of a large block.
int64_t BlockBegin(const IdRange& range);
int64_t BlockEnd(const IdRange& range);

// A TSQUERY of the blocks that cover the range; nullopt when they are too many for one statement.
std::optional<std::string> BlocksTsQuery(const IdRange& range);

}  // namespace dateline::storage::pg
