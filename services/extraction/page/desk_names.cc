#include "services/extraction/page/desk_names.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/base/word_index.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxBytes = 60;
constexpr std::size_t kMaxWords = 6;

// Folded.
constexpr WordIndex kDeskWords(std::to_array<std::string_view>({"gmbh",
                                                                "inc",
                                                                "ltd",
                                                                "llc",
                                                                "corp",
                                                                "company",
                                                                "verlag",
                                                                "media",
                                                                "medien",
                                                                "news",
                                                                "nachrichten",
                                                                "newspaper",
                                                                "zeitung",
                                                                "magazine",
                                                                "magazin",
                                                                "redaktion",
                                                                "redaction",
                                                                "r\u00E9daction",
                                                                "redacci\u00F3n",
                                                                "redaccion",
                                                                "redazione",
                                                                "reda\u00E7\u00E3o",
                                                                "redactie",
                                                                "redakcja",
                                                                "editorial",
                                                                "editors",
                                                                "staff",
                                                                "team",
                                                                "webteam",
                                                                "desk",
                                                                "newsroom",
                                                                "agency",
                                                                "agentur",
                                                                "agenturen",
                                                                "agencies",
                                                                "agencia",
                                                                "agencias",
                                                                "agence",
                                                                "association",
                                                                "verein",
                                                                "institute",
                                                                "institut",
                                                                "instituto",
                                                                "university",
                                                                "universit\u00E4t",
                                                                "foundation",
                                                                "stiftung",
                                                                "society",
                                                                "group",
                                                                "press",
                                                                "presse",
                                                                "prensa",
                                                                "pressestelle",
                                                                "department",
                                                                "ministry",
                                                                "ministerium",
                                                                "bureau",
                                                                "service",
                                                                "services",
                                                                "network",
                                                                "reuters",
                                                                "afp",
                                                                "dpa",
                                                                "apa",
                                                                "ansa",
                                                                "efe",
                                                                "xinhua",
                                                                "writer",
                                                                "writers",
                                                                "contributor",
                                                                "contributors",
                                                                "reporter",
                                                                "reporters",
                                                                "report",
                                                                "reports",
                                                                "correspondent",
                                                                "correspondents",
                                                                "marketing",
                                                                "support",
                                                                "communications"}));

constexpr WordIndex kJoiningWords(std::to_array<std::string_view>(
    {"the", "of", "and", "for", "und", "der", "die", "des", "de", "del", "la", "y", "et", "mit", "from", "&"}));

}  // namespace

bool IsDeskWord(std::string_view word) {
  return kDeskWords.contains(word);
}

bool IsDeskName(std::string_view name) {
  if (name.empty() || name.size() > kMaxBytes || name.find_first_of(",:;!?@/|()") != std::string_view::npos)
    return false;
  std::size_t words = 0;
  bool desk = false;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find(' ', begin), name.size());
    const std::string_view word = name.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    if (++words > kMaxWords) return false;
    std::string folded = text::FoldKey(word);
    while (!folded.empty() && folded.back() == '.') folded.pop_back();
    const bool known = kDeskWords.contains(folded);
    desk = desk || known;
    const auto first = static_cast<UChar32>(text::CodePointAt(word, 0).value);
    const bool capital = u_isUUppercase(first) != 0 || u_isdigit(first) != 0;
    // The first word of a name is a capital; so are the others, unless they are known.
    if (!capital && (words == 1 ? !kJoiningWords.contains(folded) : !known && !kJoiningWords.contains(folded)))
      return false;
  }
  return desk;
}

}  // namespace dateline::extraction
