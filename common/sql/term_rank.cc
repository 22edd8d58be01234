#include "common/sql/term_rank.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace dateline::sql {
namespace {

constexpr size_t kColumnsMax = 16;
constexpr int kCountMax = 32;
constexpr double kSaturation = 1.2;

void TermRank(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* context, int count,
              sqlite3_value** arguments) {
  if (count < 1) return sqlite3_result_error(context, "term_rank() needs the number of phrases", -1);
  sqlite3_value** const weights = arguments + 1;
  const size_t columns = std::min<size_t>(static_cast<size_t>(count - 1), kColumnsMax);
  double score = 0;
  const int phrases = std::min(api->xPhraseCount(fts), sqlite3_value_int(arguments[0]));
  for (int phrase = 0; phrase < phrases; ++phrase) {
    std::array<int, kColumnsMax> found{};
    Fts5PhraseIter place;
    int column = 0;
    int offset = 0;
    int code = api->xPhraseFirst(fts, phrase, &place, &column, &offset);
    for (; code == SQLITE_OK && column >= 0; api->xPhraseNext(fts, &place, &column, &offset)) {
      const auto at = static_cast<size_t>(column);
      if (at < columns && found[at] < kCountMax) ++found[at];
    }
    if (code != SQLITE_OK) return sqlite3_result_error_code(context, code);
    for (size_t i = 0; i < columns; ++i) {
      if (found[i] > 0) score += sqlite3_value_double(weights[i]) * found[i] / (found[i] + kSaturation);
    }
  }
  sqlite3_result_double(context, score);
}

}  // namespace

int RegisterTermRank(sqlite3* handle) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) return SQLITE_OK;
  fts5_api* api = nullptr;
  sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  const int code = sqlite3_finalize(statement);
  if (code != SQLITE_OK || api == nullptr) return code;
  return api->xCreateFunction(api, "term_rank", nullptr, &TermRank, nullptr);
}

}  // namespace dateline::sql
