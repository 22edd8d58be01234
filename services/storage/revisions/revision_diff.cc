#include "services/storage/revisions/revision_diff.h"

#include <utility>

#include "services/storage/revisions/comparison.h"
#include "services/storage/revisions/word_diff.h"

namespace dateline::storage {
namespace {

v1::TextEdit::Kind KindOf(Edit::Kind kind) {
  switch (kind) {
    case Edit::Kind::kRemoved:
      return v1::TextEdit::KIND_REMOVED;
    case Edit::Kind::kAdded:
      return v1::TextEdit::KIND_ADDED;
    case Edit::Kind::kKept:
      break;
  }
  return v1::TextEdit::KIND_KEPT;
}

}  // namespace

v1::DiffReleaseRevisionsResponse DescribeDiff(const release::v1::Release& before, const release::v1::Release& after) {
  v1::DiffReleaseRevisionsResponse response;
  for (const Edit& edit : DiffWords(before.text(), after.text())) {
    v1::TextEdit* out = response.add_edits();
    out->set_kind(KindOf(edit.kind));
    out->set_text(edit.kind == Edit::Kind::kAdded
                      ? after.text().substr(edit.after_begin, edit.after_end - edit.after_begin)
                      : before.text().substr(edit.before_begin, edit.before_end - edit.before_begin));
  }
  Comparison comparison = CompareReleases(before, after);
  for (auto& change : comparison.changes) *response.add_changes() = std::move(change);
  response.set_change_class(comparison.material ? comparison.change_class : events::v1::CHANGE_CLASS_COSMETIC);
  return response;
}

}  // namespace dateline::storage
