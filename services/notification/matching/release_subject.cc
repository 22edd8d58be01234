#include "services/notification/matching/release_subject.h"

#include <utility>

namespace dateline::notification {

absl::StatusOr<std::unique_ptr<ReleaseSubject>> ReleaseSubject::Load(StreamEventPtr event, EventArchive& archive) {
  std::unique_ptr<ReleaseSubject> made(new ReleaseSubject(std::move(event)));
  const events::v1::ReleaseEvent& data = made->event().data();
  const release::v1::Release* release = &data.release();
  if (data.release().text().empty() || data.thinned()) {
    auto full = archive.GetRelease(data.release().name(), data.release().revision());
    if (full.ok()) {
      made->full_ = *std::move(full);
      release = &made->full_;
    } else if (!absl::IsNotFound(full.status())) {
      return full.status();
    }
  }
  made->subject_ = std::make_unique<filter::Subject>(*release, filter::Missing(), made->event().changed_fields());
  return made;
}

std::vector<std::string> MatchReasons::Of(const filter::Filter& filter) {
  std::vector<std::string> lines;
  for (const filter::MatchReason& reason : finder_.Find(filter.expression(), filter.condition())) {
    lines.push_back(reason.ToString());
  }
  return lines;
}

}  // namespace dateline::notification
