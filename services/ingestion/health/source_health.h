#pragma once
// How well a source gives, judged against how it used to give: items in a poll, the share of them with title, date and
// link, pages that can be taken and in which its recipe finds what it should, and news in its own rhythm. Each poll is
// one observation; a trouble counts when it lasts for three polls, so that one bad answer alarms nobody, except where
// one answer is proof (410, robots.txt). The verdict names its evidence. Pure functions; the baselines live in
// SourceState.

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "services/ingestion/sources/state.pb.h"

namespace dateline::ingestion {

struct PollObservation {
  enum class Answer {
    kItems,      // Read; the numbers below hold, which may be 0.
    kUnchanged,  // Not modified since the latest kItems.
    kFailed,     // No answer, a server error, or content that cannot be read.
    kMissing,    // 404
    kGone,       // 410
    kRefused,    // 401, 403, 429, 451
    kForbidden,  // By robots.txt.
  };
  Answer answer = Answer::kItems;
  int items = 0;
  int with_title = 0;
  int with_date = 0;
  int with_link = 0;
  bool scripted = false;  // A page without items whose content scripts would draw.
  std::string detail{};   // What was seen, for a person: "HTTP status 503".
};

struct Verdict {
  v1::Source::Health health = v1::Source::HEALTH_OK;
  std::string cause;  // One sentence; empty for OK.
};

// Takes a poll into account. `source->consecutive_failures` is kept here too.
Verdict ObservePoll(const PollObservation& poll, WallTime now, state::SourceState* source);
// The page of an item.
struct PageObservation {
  bool taken = true;
  std::string detail{};  // Why it was not.
  // Of a new item that was read by a recipe: what the recipe did not find on it, for a person; empty: nothing is
  // missing.
  std::optional<std::string> unmatched = std::nullopt;
};

// Takes a page into account. nullopt: no change of the verdict.
std::optional<Verdict> ObservePage(const PageObservation& page, v1::Source::Health current, state::SourceState* source);

// Enters a verdict into the source and gives the event to publish; nullopt when the health stays. The first OK of a new
// source is no event.
std::optional<eventlog::NewEvent> ChangeHealth(const Verdict& verdict, WallTime now, v1::Source* source,
                                               state::SourceState* state);

}  // namespace dateline::ingestion
