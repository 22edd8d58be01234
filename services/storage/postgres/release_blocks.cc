#include "services/storage/postgres/release_blocks.h"

#include <fmt/format.h>

namespace dateline::storage::pg {
namespace {

constexpr int64_t kSmall = 1'024;
constexpr int64_t kLarge = 16 * kSmall;
constexpr int kBlocksMax = 96;

// A word holds letters and digits only, so none is like these.
std::string SmallToken(int64_t block) {
  return fmt::format("'#{}'", block);
}
std::string LargeToken(int64_t block) {
  return fmt::format("'##{}'", block);
}

int64_t BlockOf(const IdRange& range) {
  return range.last - range.first + 1 > kLarge ? kLarge : kSmall;
}

}  // namespace

void AppendBlockTokens(int64_t release_id, std::string* terms) {
  terms->append(" ").append(SmallToken(release_id / kSmall));
  terms->append(" ").append(LargeToken(release_id / kLarge));
}

int64_t BlockBegin(const IdRange& range) {
  const int64_t block = BlockOf(range);
  return range.first / block * block;
}

int64_t BlockEnd(const IdRange& range) {
  const int64_t block = BlockOf(range);
  return range.last / block * block + block - 1;
}

std::optional<std::string> BlocksTsQuery(const IdRange& range) {
  std::string query;
  int blocks = 0;
  for (int64_t id = range.first / kSmall * kSmall; id <= range.last; ++blocks) {
    if (blocks == kBlocksMax) return std::nullopt;
    if (!query.empty()) query.append(" | ");
    const bool large = id % kLarge == 0 && id + kLarge <= range.last + kSmall;
    query.append(large ? LargeToken(id / kLarge) : SmallToken(id / kSmall));
    id += large ? kLarge : kSmall;
  }
  return query;
}

}  // namespace dateline::storage::pg
