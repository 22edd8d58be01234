#include "services/cli/render/similar_text.h"

#include <fmt/format.h>

#include "services/cli/render/release_text.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using storage::v1::SimilarRelease;

std::string RelationText(const SimilarRelease& similar) {
  const double percent = similar.similarity() * 100;
  switch (similar.relation()) {
    case SimilarRelease::RELATION_IDENTICAL:
      return "the same words";
    case SimilarRelease::RELATION_NEAR_DUPLICATE:
      return fmt::format("nearly the same words, {:.0f} % in common", percent);
    case SimilarRelease::RELATION_CONTAINS:
      return fmt::format("a shorter one; {:.0f} % of it stands in this", percent);
    case SimilarRelease::RELATION_CONTAINED:
      return fmt::format("a longer one; {:.0f} % of this stands in it", percent);
    case SimilarRelease::RELATION_TRANSLATION:
      return "in another language";
    case SimilarRelease::RELATION_SAME_EVENT:
      return "on the same happening";
    default:
      return "similar";
  }
}

}  // namespace

std::string SimilarText(const storage::v1::ListSimilarReleasesResponse& similar, const Style& style, size_t columns) {
  std::string out;
  for (const SimilarRelease& one : similar.releases()) {
    out += ReleaseLine(one.release(), style, columns) + '\n';
    std::string from = one.release().source().empty() ? one.release().uri() : one.release().source();
    out += fmt::format("    {}; {}\n", RelationText(one), style.Dim(from));
    for (const std::string& contradiction : one.contradictions())
      out += style.Warn(Wrap("! " + contradiction, columns, 4));
  }
  return out;
}

}  // namespace dateline::cli
