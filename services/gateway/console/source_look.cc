#include "services/gateway/console/source_look.h"

#include "services/gateway/console/format.h"

namespace dateline::gateway {

using ingestion::v1::Source;

SourceLook LookOf(const Source& source) {
  if (source.state() == Source::STATE_PAUSED) return {"paused", "warn"};
  switch (source.health()) {
    case Source::HEALTH_OK:
      return {"ok", "good"};
    case Source::HEALTH_DEGRADED:
      return {"degraded", "warn"};
    case Source::HEALTH_BLOCKED:
      return {"blocked", "bad"};
    case Source::HEALTH_EMPTY:
      return {"empty", "bad"};
    case Source::HEALTH_GONE:
      return {"gone", "bad"};
    case Source::HEALTH_NEEDS_RENDERING:
      return {"needs a browser", "bad"};
    default:
      return {"new", ""};
  }
}

std::string TitleOf(const Source& source) {
  return source.display_name().empty() ? std::string(IdOf(source.name())) : source.display_name();
}

}  // namespace dateline::gateway
