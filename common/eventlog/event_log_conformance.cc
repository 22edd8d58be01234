// Proves that an implementation of EventLog keeps the contract of event_log.h: dense order, reading with limits, leases
// that end, are extended, lost and counted, dead letters, trimming, limits and concurrent workers.

#include "common/eventlog/event_log_conformance.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "common/base/error.h"
#include "gmock/gmock.h"

namespace dateline::eventlog {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<uint64_t> Sequences(const LeaseResult& result) {
  std::vector<uint64_t> sequences;
  for (const LeasedEvent& event : result.events) sequences.push_back(event.record.sequence.value());
  return sequences;
}

std::vector<uint64_t> Sequences(const ReadResult& result) {
  std::vector<uint64_t> sequences;
  for (const Record& record : result.records) sequences.push_back(record.sequence.value());
  return sequences;
}

}  // namespace

void EventLogConformance::Append(int count, const std::string& topic, size_t data_bytes) {
  for (int i = 1; i <= count; ++i) {
    const auto record = made_->Append(MakeEvent(clock_, topic, "releases/" + std::to_string(i), data_bytes));
    ASSERT_TRUE(record.ok()) << record.status();
  }
}

LeaseResult EventLogConformance::Lease(uint32_t max, const std::string& holder, const std::string& group) {
  const auto result =
      log().Lease({.group = group, .topic = "release/", .max = max, .duration = seconds(10), .holder = holder});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(LeaseResult());
}

LeaseReference EventLogConformance::Reference(const LeasedEvent& event, const std::string& group) {
  return {event.record.topic, group, event.record.sequence, event.token};
}

bool EventLogConformance::Ack(const LeasedEvent& event, const std::string& group) {
  const auto lost = log().Ack({Reference(event, group)});
  EXPECT_TRUE(lost.ok()) << lost.status();
  return lost.ok() && lost->empty();
}

GroupLag EventLogConformance::Lag(const std::string& group) {
  const auto lag = log().Lag(group, "release/");
  EXPECT_TRUE(lag.ok()) << lag.status();
  return lag.value_or(GroupLag());
}

TEST_P(EventLogConformance, NumbersEachTopicDenselyFromOne) {
  Append(3);
  Append(2, "document/");
  const auto heads = log().Heads();
  ASSERT_TRUE(heads.ok());
  EXPECT_THAT(*heads, ElementsAre(TopicHead{"document/", Sequence(2), Sequence(1)},
                                  TopicHead{"release/", Sequence(3), Sequence(1)}));
  const auto read = log().Read({.topic = "release/"});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(Sequences(*read), ElementsAre(1, 2, 3));
  EXPECT_EQ(read->head, Sequence(3));
  EXPECT_EQ(read->epoch, log().epoch());
}

TEST_P(EventLogConformance, GivesBackWhatWasAppended) {
  NewEvent event = MakeEvent(clock_, "release/", "releases/x");
  event.id = "id-1";
  event.partition_key = "site";
  const auto appended = made_->Append(event);
  ASSERT_TRUE(appended.ok());
  const auto read = log().Read({.topic = "release/"});
  ASSERT_TRUE(read.ok());
  ASSERT_THAT(read->records, SizeIs(1));
  EXPECT_EQ(read->records[0], *appended);
  EXPECT_EQ(appended->id, "id-1");
  EXPECT_EQ(appended->partition_key, "site");
  EXPECT_EQ(appended->time, clock_.Now());
  io::cloudevents::v1::CloudEvent envelope;
  ASSERT_TRUE(envelope.ParseFromString(appended->payload));
  EXPECT_EQ(envelope.id(), "id-1");
  EXPECT_EQ(Attribute(envelope, "sequence"), "00000000000000000001");
}

TEST_P(EventLogConformance, ARefusedEventTakesNoSequence) {
  Append(1);
  NewEvent empty = MakeEvent(clock_, "release/", "");
  EXPECT_EQ(ErrorReason(made_->Append(empty).status()), kReasonInvalidEvent);
  NewEvent large = MakeEvent(clock_, "release/", "releases/large", kEventDataBytesMax + 1);
  EXPECT_EQ(ErrorReason(made_->Append(large).status()), kReasonEventTooLarge);
  EXPECT_EQ(ErrorReason(made_->Append(MakeEvent(clock_, "other/", "x")).status()), kReasonUnknownTopic);
  Append(1);
  EXPECT_EQ((*log().Heads())[1].head, Sequence(2));
}

TEST_P(EventLogConformance, ReadsPages) {
  Append(10);
  const auto page = log().Read({.topic = "release/", .after = Sequence(3), .limit = 4});
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Sequences(*page), ElementsAre(4, 5, 6, 7));
  const size_t bytes = page->records[0].payload.size();
  const auto by_bytes = log().Read({.topic = "release/", .after = Sequence(0), .limit = 10, .max_bytes = 2 * bytes});
  ASSERT_TRUE(by_bytes.ok());
  EXPECT_THAT(Sequences(*by_bytes), ElementsAre(1, 2));
  const auto one_always = log().Read({.topic = "release/", .after = Sequence(5), .limit = 10, .max_bytes = 1});
  ASSERT_TRUE(one_always.ok());
  EXPECT_THAT(Sequences(*one_always), ElementsAre(6));
}

TEST_P(EventLogConformance, ReadsNothingAtAndBeyondTheHead) {
  Append(2);
  for (const uint64_t after : {uint64_t{2}, uint64_t{3}, std::numeric_limits<uint64_t>::max()}) {
    const auto read = log().Read({.topic = "release/", .after = Sequence(after)});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(read->records, IsEmpty());
    EXPECT_EQ(read->head, Sequence(2));
  }
}

TEST_P(EventLogConformance, KnowsOnlyItsTopics) {
  const LeaseReference lease{"other/", "g", Sequence(1), "t"};
  EXPECT_EQ(ErrorReason(log().Read({.topic = "other/"}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Lease({.group = "g", .topic = "other/", .holder = "h"}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Ack({lease}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Extend({lease}, seconds(5)).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Nack({.lease = lease}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().ListDeadLetters({.topic = "other/"}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().RetryDeadLetters({.topic = "other/", .group = "g"}).status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Lag("g", "other/").status()), kReasonUnknownTopic);
  EXPECT_EQ(ErrorReason(log().Trim({.topic = "other/"}).status()), kReasonUnknownTopic);
}

TEST_P(EventLogConformance, SharesWorkWithinAGroupAndRepeatsItForAnother) {
  Append(5);
  const LeaseResult first = Lease(2, "a");
  EXPECT_THAT(Sequences(first), ElementsAre(1, 2));
  EXPECT_EQ(first.backlog, 3u);
  EXPECT_EQ(first.events[0].attempt, 1u);
  EXPECT_EQ(first.events[0].expire_time, clock_.Now() + seconds(10));
  EXPECT_THAT(Sequences(Lease(10, "b")), ElementsAre(3, 4, 5));
  EXPECT_THAT(Lease(10, "c").events, IsEmpty());
  EXPECT_THAT(Sequences(Lease(10, "a", "other")), ElementsAre(1, 2, 3, 4, 5));
}

TEST_P(EventLogConformance, WhatIsAcknowledgedIsDone) {
  Append(3);
  const LeaseResult leased = Lease(3);
  EXPECT_TRUE(Ack(leased.events[1]));
  GroupLag lag = Lag();
  EXPECT_EQ(lag.open, 2u);
  EXPECT_EQ(lag.done_below, Sequence(1));
  EXPECT_TRUE(Ack(leased.events[0]));
  EXPECT_EQ(Lag().done_below, Sequence(3));
  EXPECT_TRUE(Ack(leased.events[2]));
  lag = Lag();
  EXPECT_EQ(lag.open, 0u);
  EXPECT_EQ(lag.waiting, 0u);
  EXPECT_EQ(lag.done_below, Sequence(4));
  clock_.Advance(hours(1));
  EXPECT_THAT(Lease(10).events, IsEmpty());
  EXPECT_TRUE(Ack(leased.events[2])) << "a repeat changes nothing and is no loss";
}

TEST_P(EventLogConformance, AnEndedLeaseIsGivenToAnother) {
  Append(2);
  const LeaseResult slow = Lease(1, "slow");
  clock_.Advance(seconds(9));
  EXPECT_THAT(Sequences(Lease(1, "other")), ElementsAre(2)) << "not before the end";
  clock_.Advance(seconds(1));
  const LeaseResult second = Lease(1, "fast");
  EXPECT_THAT(Sequences(second), ElementsAre(1));
  EXPECT_EQ(second.events[0].attempt, 2u);
  EXPECT_NE(second.events[0].token, slow.events[0].token);

  const auto lost = log().Ack({Reference(slow.events[0])});
  ASSERT_TRUE(lost.ok());
  EXPECT_THAT(*lost, ElementsAre(Reference(slow.events[0]))) << "a slow worker cannot acknowledge";
  EXPECT_THAT(*log().Extend({Reference(slow.events[0])}, seconds(10)), SizeIs(1));
  EXPECT_EQ(ErrorReason(log().Nack({.lease = Reference(slow.events[0])}).status()), kReasonLeaseLost);
  EXPECT_TRUE(Ack(second.events[0])) << "the holder can";
}

TEST_P(EventLogConformance, ALeaseThatEndedUntakenStillCounts) {
  Append(1);
  const LeaseResult leased = Lease(1);
  clock_.Advance(hours(2));
  EXPECT_TRUE(Ack(leased.events[0]));
  EXPECT_THAT(Lease(1).events, IsEmpty());
}

TEST_P(EventLogConformance, AnExtendedLeaseLastsLonger) {
  Append(1);
  const LeaseResult leased = Lease(1);
  clock_.Advance(seconds(9));
  EXPECT_THAT(*log().Extend({Reference(leased.events[0])}, seconds(10)), IsEmpty());
  clock_.Advance(seconds(9));
  EXPECT_THAT(Lease(1, "b").events, IsEmpty());
  clock_.Advance(seconds(1));
  EXPECT_THAT(Sequences(Lease(1, "b")), ElementsAre(1));
}

TEST_P(EventLogConformance, AcksNothingThatWasNeverLeased) {
  Append(2);
  const LeaseResult leased = Lease(1);
  const LeaseReference never{"release/", "g", Sequence(2), leased.events[0].token};
  const LeaseReference zero{"release/", "g", Sequence(0), leased.events[0].token};
  const LeaseReference other_group{"release/", "h", Sequence(1), leased.events[0].token};
  const LeaseReference wrong_token{"release/", "g", Sequence(1), "forged"};
  const LeaseReference no_token{"release/", "g", Sequence(1), ""};
  EXPECT_THAT(*log().Ack({never, zero, other_group, wrong_token, no_token}), SizeIs(5));
  EXPECT_EQ(Lag().open, 1u);
}

TEST_P(EventLogConformance, AFailedEventIsTriedAgainAfterItsDelay) {
  Append(2);
  const LeaseResult first = Lease(1);
  const auto nacked = log().Nack({.lease = Reference(first.events[0]), .error = "no", .retry_delay = seconds(5)});
  ASSERT_TRUE(nacked.ok());
  EXPECT_FALSE(nacked->dead);
  EXPECT_THAT(Sequences(Lease(10, "b")), ElementsAre(2)) << "others go on meanwhile";
  EXPECT_EQ(ErrorReason(log().Nack({.lease = Reference(first.events[0])}).status()), kReasonLeaseLost);
  clock_.Advance(seconds(5));
  const LeaseResult again = Lease(10, "b");
  EXPECT_THAT(Sequences(again), ElementsAre(1));
  EXPECT_EQ(again.events[0].attempt, 2u);
}

TEST_P(EventLogConformance, AnEventThatFailsTooOftenDiesAndBlocksNothing) {
  Append(2);
  for (uint32_t attempt = 1; attempt <= 3; ++attempt) {
    const LeaseResult leased = Lease(1);
    ASSERT_THAT(Sequences(leased), ElementsAre(1));
    EXPECT_EQ(leased.events[0].attempt, attempt);
    const auto nacked = log().Nack({.lease = Reference(leased.events[0]),
                                    .error = "error " + std::to_string(attempt),
                                    .retry_delay = milliseconds(0)});
    ASSERT_TRUE(nacked.ok());
    EXPECT_EQ(nacked->dead, attempt == 3);
  }
  EXPECT_THAT(Sequences(Lease(10)), ElementsAre(2));
  const auto page = log().ListDeadLetters({});
  ASSERT_TRUE(page.ok());
  ASSERT_THAT(page->dead_letters, SizeIs(1));
  const DeadLetter& dead = page->dead_letters[0];
  EXPECT_EQ(dead.topic, "release/");
  EXPECT_EQ(dead.group, "g");
  EXPECT_EQ(dead.sequence, Sequence(1));
  EXPECT_EQ(dead.subject, "releases/1");
  EXPECT_EQ(dead.error, "error 3");
  EXPECT_EQ(dead.attempts, 3u);
  EXPECT_EQ(dead.dead_time, clock_.Now());
  EXPECT_EQ(Lag().dead, 1u);
  EXPECT_EQ(Lag().open, 1u);
}

TEST_P(EventLogConformance, AWorkerThatNeverAnswersKillsTheEventAtLast) {
  Append(1);
  LeasedEvent last;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const LeaseResult leased = Lease(1, "crasher");
    ASSERT_THAT(leased.events, SizeIs(1)) << attempt;
    last = leased.events[0];
    clock_.Advance(seconds(10));
  }
  EXPECT_THAT(Lease(1).events, IsEmpty());
  const auto page = log().ListDeadLetters({.topic = "release/", .group = "g"});
  ASSERT_THAT(page->dead_letters, SizeIs(1));
  EXPECT_THAT(page->dead_letters[0].error, HasSubstr("crasher"));
  EXPECT_FALSE(Ack(last)) << "what is dead cannot be acknowledged late";
  EXPECT_EQ(Lag().open, 0u);
}

TEST_P(EventLogConformance, APermanentFailureDiesAtOnce) {
  Append(1);
  const auto nacked = log().Nack({.lease = Reference(Lease(1).events[0]), .error = "unreadable", .permanent = true});
  ASSERT_TRUE(nacked.ok());
  EXPECT_TRUE(nacked->dead);
  EXPECT_EQ(log().ListDeadLetters({})->dead_letters[0].attempts, 1u);
}

TEST_P(EventLogConformance, LongErrorsAreCutBetweenCharacters) {
  Append(1);
  std::string error(kErrorBytesMax - 1, 'e');
  error += "ü and more";
  ASSERT_TRUE(log().Nack({.lease = Reference(Lease(1).events[0]), .error = error, .permanent = true}).ok());
  EXPECT_EQ(log().ListDeadLetters({})->dead_letters[0].error, std::string(kErrorBytesMax - 1, 'e'));
}

TEST_P(EventLogConformance, ARetriedDeadLetterBeginsAnew) {
  Append(3);
  for (const LeasedEvent& event : Lease(3).events) {
    ASSERT_TRUE(log().Nack({.lease = Reference(event), .error = "bad", .permanent = true}).ok());
  }
  EXPECT_EQ(*log().RetryDeadLetters({.topic = "release/", .group = "nobody"}), 0u);
  EXPECT_EQ(*log().RetryDeadLetters({.topic = "release/", .group = "g", .sequences = {Sequence(2), Sequence(2)}}), 1u);
  const LeaseResult leased = Lease(10);
  EXPECT_THAT(Sequences(leased), ElementsAre(2));
  EXPECT_EQ(leased.events[0].attempt, 1u);
  EXPECT_TRUE(Ack(leased.events[0]));
  EXPECT_EQ(*log().RetryDeadLetters({.topic = "release/", .group = "g"}), 2u);
  EXPECT_THAT(log().ListDeadLetters({})->dead_letters, IsEmpty());
  EXPECT_EQ(Lag().open, 2u);
  EXPECT_THAT(Sequences(Lease(10)), ElementsAre(1, 3));
}

TEST_P(EventLogConformance, ListsDeadLettersInPages) {
  Append(5);
  for (const LeasedEvent& event : Lease(5).events) {
    ASSERT_TRUE(log().Nack({.lease = Reference(event), .permanent = true}).ok());
  }
  std::vector<uint64_t> seen;
  DeadLetterQuery query{.group = "g", .limit = 2};
  for (int page_number = 0; page_number < 3; ++page_number) {
    const auto page = log().ListDeadLetters(query);
    ASSERT_TRUE(page.ok());
    for (const DeadLetter& dead : page->dead_letters) seen.push_back(dead.sequence.value());
    query.after_id = page->next_after_id;
  }
  EXPECT_EQ(query.after_id, 0u) << "the third page is the last";
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(log().ListDeadLetters({.topic = "document/"})->dead_letters, IsEmpty());
}

TEST_P(EventLogConformance, OneGroupHasALimitedNumberOfOpenEvents) {
  LogLimits limits;
  limits.open_max = 3;
  Make(limits);
  Append(5);
  const LeaseResult leased = Lease(10);
  EXPECT_THAT(Sequences(leased), ElementsAre(1, 2, 3));
  EXPECT_EQ(leased.backlog, 2u);
  EXPECT_THAT(Lease(10).events, IsEmpty());
  EXPECT_TRUE(Ack(leased.events[0]));
  EXPECT_THAT(Sequences(Lease(10)), ElementsAre(4));
}

TEST_P(EventLogConformance, ALeaseIsLimitedInBytes) {
  Append(4);
  const size_t bytes = log().Read({.topic = "release/"})->records[0].payload.size();
  LeaseRequest request{.group = "g", .topic = "release/", .max = 10, .holder = "a", .max_bytes = 2 * bytes};
  EXPECT_THAT(Sequences(*log().Lease(request)), ElementsAre(1, 2));
  request.max_bytes = 1;
  EXPECT_THAT(Sequences(*log().Lease(request)), ElementsAre(3));
}

TEST_P(EventLogConformance, RefusesRequestsOutsideItsLimits) {
  const LeaseRequest good{.group = "g", .topic = "release/", .holder = "h"};
  std::vector<LeaseRequest> bad(8, good);
  bad[0].group = "";
  bad[1].group = "with space";
  bad[2].group = std::string(kGroupBytesMax + 1, 'g');
  bad[3].holder = "";
  bad[4].max = 0;
  bad[5].max = kLeaseEventsMax + 1;
  bad[6].duration = milliseconds(999);
  bad[7].duration = kLeaseDurationMax + milliseconds(1);
  for (size_t i = 0; i < bad.size(); ++i) {
    const absl::Status status = log().Lease(bad[i]).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << i;
    EXPECT_EQ(ErrorReason(status), kReasonInvalidLease) << i;
  }
  EXPECT_TRUE(log().Lease(good).ok());
  const LeaseReference lease{"release/", "g", Sequence(1), "t"};
  const std::vector<LeaseReference> many(kLeaseReferencesMax + 1, lease);
  EXPECT_EQ(ErrorReason(log().Ack(many).status()), kReasonInvalidLease);
  EXPECT_EQ(ErrorReason(log().Extend(many, seconds(5)).status()), kReasonInvalidLease);
  EXPECT_EQ(ErrorReason(log().Extend({lease}, milliseconds(0)).status()), kReasonInvalidLease);
  EXPECT_EQ(ErrorReason(log().Nack({.lease = lease, .retry_delay = milliseconds(-1)}).status()), kReasonInvalidLease);
  EXPECT_EQ(log().Trim({.topic = "release/", .limit = 0}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(EventLogConformance, ATopicHasALimitedNumberOfGroups) {
  for (size_t i = 0; i < kGroupsMax; ++i) Lease(1, "h", "group-" + std::to_string(i));
  const auto more = log().Lease({.group = "one-more", .topic = "release/", .holder = "h"});
  EXPECT_EQ(more.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(more.status()), kReasonTooManyGroups);
}

TEST_P(EventLogConformance, TrimsWhatIsOldAndDone) {
  Append(3);
  clock_.Advance(hours(24));
  Append(2);
  const LeaseResult leased = Lease(3);
  EXPECT_TRUE(Ack(leased.events[0]));
  TrimRequest request{.topic = "release/", .before = clock_.Now(), .hard_before = clock_.Now() - hours(48)};
  auto trimmed = log().Trim(request);
  ASSERT_TRUE(trimmed.ok()) << trimmed.status();
  EXPECT_EQ(trimmed->trimmed, 1u) << "the second is still leased";
  EXPECT_EQ(trimmed->low_water, Sequence(2));
  EXPECT_TRUE(Ack(leased.events[1]));
  EXPECT_TRUE(Ack(leased.events[2]));
  trimmed = log().Trim(request);
  EXPECT_EQ(trimmed->trimmed, 2u) << "the others are not old";
  EXPECT_EQ(trimmed->abandoned, 0u);
  EXPECT_EQ((*log().Heads())[1], (TopicHead{"release/", Sequence(5), Sequence(4)}));

  const absl::Status status = log().Read({.topic = "release/", .after = Sequence(2)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), kReasonEventsTrimmed);
  EXPECT_EQ(ErrorMetadataValue(status, "low_water"), "4");
  EXPECT_THAT(Sequences(*log().Read({.topic = "release/", .after = Sequence(3)})), ElementsAre(4, 5));
  EXPECT_THAT(Sequences(Lease(10, "h", "new")), ElementsAre(4, 5)) << "a new group begins at what is kept";
}

TEST_P(EventLogConformance, TheHardLimitTrimsInAnyCase) {
  Append(4);
  const LeaseResult leased = Lease(2);
  ASSERT_TRUE(log().Nack({.lease = Reference(leased.events[0]), .permanent = true}).ok());
  clock_.Advance(hours(1));
  const auto trimmed = log().Trim({.topic = "release/", .before = clock_.Now(), .hard_before = clock_.Now()});
  ASSERT_TRUE(trimmed.ok());
  EXPECT_EQ(trimmed->trimmed, 4u);
  EXPECT_EQ(trimmed->abandoned, 2u) << "one dead letter, one lease";
  EXPECT_EQ((*log().Heads())[1], (TopicHead{"release/", Sequence(4), Sequence(5)}));
  EXPECT_EQ(Lag().open, 0u);
  EXPECT_EQ(Lag().waiting, 0u);
  EXPECT_EQ(Lag().dead, 0u);
  Append(1);
  EXPECT_THAT(Sequences(Lease(10)), ElementsAre(5)) << "the numbers go on";
}

TEST_P(EventLogConformance, TrimsInSteps) {
  Append(5);
  clock_.Advance(hours(1));
  const TrimRequest request{.topic = "release/", .before = clock_.Now(), .limit = 3};
  auto trimmed = log().Trim(request);
  EXPECT_EQ(trimmed->trimmed, 3u);
  EXPECT_TRUE(trimmed->more);
  trimmed = log().Trim(request);
  EXPECT_EQ(trimmed->trimmed, 2u);
  EXPECT_FALSE(trimmed->more);
}

TEST_P(EventLogConformance, AGroupThatDoesNotExistWaitsForEverything) {
  Append(3);
  const GroupLag lag = Lag("nobody");
  EXPECT_EQ(lag.waiting, 3u);
  EXPECT_EQ(lag.done_below, Sequence(1));
}

TEST_P(EventLogConformance, WorkersAtTheSameTimeGetEachEventOnce) {
  constexpr int kEvents = 200;
  constexpr int kWorkers = 4;
  static constexpr std::chrono::seconds kWorkersMost{30};
  std::mutex mutex;
  std::map<uint64_t, int> processed;
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  threads.emplace_back([this] { Append(kEvents); });
  for (int worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([this, worker, &mutex, &processed, &done] {
      // Bounded, so that a mistake fails the test and does not hang it; by time, since whoever appends may have to
      // wait.
      const auto until = std::chrono::steady_clock::now() + kWorkersMost;
      while (done < kEvents && std::chrono::steady_clock::now() < until) {
        const LeaseResult leased = Lease(7, "w" + std::to_string(worker));
        if (leased.events.empty()) std::this_thread::yield();
        for (const LeasedEvent& event : leased.events) {
          {
            const std::lock_guard<std::mutex> lock(mutex);
            ++processed[event.record.sequence.value()];
          }
          EXPECT_TRUE(Ack(event));
          ++done;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(processed.size(), static_cast<size_t>(kEvents));
  for (const auto& [sequence, times] : processed) EXPECT_EQ(times, 1) << sequence;
  EXPECT_EQ(Lag().done_below, Sequence(kEvents + 1));
}

}  // namespace dateline::eventlog
