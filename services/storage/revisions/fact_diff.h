#pragma once
// What the edits of a text did to its facts: a figure that is another one now, a quote that is gone, a person who was
// not named before. A fact counts as changed only where its own words were edited: a better rule that finds more in
// the same words is no edit of the newsroom. Pure and thread-safe.

#include <span>

#include "dateline/release/v1/release.pb.h"
#include "services/storage/revisions/change_list.h"
#include "services/storage/revisions/word_diff.h"

namespace dateline::storage {

// `edits` is DiffWords of the texts of both. Appends one change for each fact; returns whether a statement was taken
// back: a quote or a figure went with its words, and nothing stands in their place.
bool DiffFacts(const release::v1::Release& before, const release::v1::Release& after, std::span<const Edit> edits,
               ChangeList& changes);

}  // namespace dateline::storage
