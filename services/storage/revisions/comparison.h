#pragma once
// Decides whether a release changed in a way that a reader would call a change, and says what changed. Material are
// title, subtitle, text, dateline, publish date, embargo and contacts, each after folding of white space, quotation
// marks, dashes and invisible characters. Facts that follow from the text (people, quotes, figures, …) never make a
// revision by themselves: better rules must not look like an edit of the newsroom. Where the text changed, the facts
// whose words were edited are told too. Pure and thread-safe.

#include <vector>

#include "dateline/events/v1/event_data.pb.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {

struct Comparison {
  bool material = false;
  std::vector<events::v1::Change> changes;  // Empty exactly when nothing material changed; at most kChangesMax.
  events::v1::ChangeClass change_class = events::v1::CHANGE_CLASS_UNSPECIFIED;
};

Comparison CompareReleases(const release::v1::Release& before, const release::v1::Release& after);

}  // namespace dateline::storage
