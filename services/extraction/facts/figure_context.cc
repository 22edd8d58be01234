#include "services/extraction/facts/figure_context.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/facts/mention_index.h"

namespace dateline::extraction {
namespace {

using release::v1::DateMention;
using release::v1::Figure;
using release::v1::Quote;

// How many tokens a source as written may have, and how far behind a figure its date may stand.
constexpr std::uint32_t kMaxSourceTokens = 14;
// Within so many of them somebody has to be named to be the source.
constexpr std::uint32_t kSourceName = 6;
constexpr std::uint32_t kDateReach = 2;

// Who or what stands behind an "according to" of a sentence, for all figures in it.
struct Source {
  std::uint32_t sentence = 0;
  std::string name;
};

// The first person, else organisation, named in bytes [begin, end); empty for none.
std::string NameIn(const MentionIndex& names, std::uint32_t begin, std::uint32_t end) {
  const NamedMention* named = names.First(NamedKind::kPerson, begin, end);
  if (named == nullptr) named = names.First(NamedKind::kOrganization, begin, end);
  return named == nullptr ? std::string() : std::string(named->name);
}

std::vector<Source> FindSources(const Analysis& analysis, const release::v1::Release& release) {
  const MentionIndex names(release);
  std::vector<Source> sources;
  for (const LexiconHit& hit : analysis.hits()) {
    if (hit.lexicon != Lexicon::kSourceCues) continue;
    std::uint32_t end = hit.end;
    while (end < analysis.size() && end < hit.end + kMaxSourceTokens &&
           analysis.SentenceOf(end) == analysis.SentenceOf(hit.begin) && analysis.Text(end) != "," &&
           analysis.Text(end) != ";" && analysis.token(end).kind != TokenKind::kMark &&
           !(analysis.Text(end) == "." && !analysis.token(end).Has(kAbbreviationDot)))
      ++end;
    const TokenRange range{hit.end, end};
    if (range.empty()) continue;
    const std::uint32_t sentence = analysis.SentenceOf(hit.begin);
    // A study is given as it is written, whoever made it.
    bool study = false;
    for (std::uint32_t i = range.begin; i < std::min(range.end, range.begin + 6); ++i)
      study = study || analysis.Covers(i, Lexicon::kStudyNouns);
    std::string name;
    if (!study) {
      const std::uint32_t last = std::min(range.end, range.begin + kSourceName) - 1;
      name = NameIn(names, analysis.token(range.begin).begin, analysis.token(last).end);
    }
    if (name.empty()) name = std::string(analysis.Text(range));
    if (sources.empty() || sources.back().sentence != sentence) sources.push_back({sentence, std::move(name)});
  }
  return sources;
}

// The date that stands right behind the figure: "in 1980", "as of 5 March", "by 2030".
const DateMention* DateBehind(const Analysis& analysis, const release::v1::Release& release, const Figure& figure,
                              int* next_date) {
  while (*next_date < release.dates_size() && release.dates(*next_date).span().start() < figure.span().end())
    ++*next_date;
  if (*next_date >= release.dates_size()) return nullptr;
  const DateMention& date = release.dates(*next_date);
  const TokenRange between = analysis.TokensOf(figure.span().end(), date.span().start());
  if (between.empty() || between.size() > kDateReach) return nullptr;
  for (std::uint32_t i = between.begin; i < between.end; ++i) {
    if (!analysis.Covers(i, Lexicon::kDateCues)) return nullptr;
  }
  return &date;
}

}  // namespace

void AttributeFigures(const FactContext& context, release::v1::Release* release) {
  const Analysis& analysis = context.analysis;
  const std::vector<Source> sources = FindSources(analysis, *release);
  std::size_t source = 0;
  int quote = 0;
  int date = 0;
  for (Figure& figure : *release->mutable_figures()) {
    if (const DateMention* mention = DateBehind(analysis, *release, figure, &date); mention != nullptr)
      *figure.mutable_as_of() = mention->value();
    while (quote < release->quotes_size() && release->quotes(quote).span().end() <= figure.span().start()) ++quote;
    if (quote < release->quotes_size() && release->quotes(quote).span().start() <= figure.span().start()) {
      figure.set_asserter(release->quotes(quote).speaker());
      if (!figure.asserter().empty()) continue;
    }
    const std::uint32_t sentence = analysis.SentenceOf(analysis.TokenAt(figure.span().start()));
    while (source < sources.size() && sources[source].sentence < sentence) ++source;
    if (source < sources.size() && sources[source].sentence == sentence) figure.set_asserter(sources[source].name);
  }
}

}  // namespace dateline::extraction
