// Proves when a source is called ill and when well again, with what evidence, and which events that gives. The month of
// simulation proves the same in time; here every rule stands alone.

#include "services/ingestion/health/source_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dateline/events/v1/event_data.pb.h"

namespace dateline::ingestion {
namespace {

using Answer = PollObservation::Answer;
using ::testing::HasSubstr;
using v1::Source;

class SourceHealthTest : public ::testing::Test {
 protected:
  SourceHealthTest() { source_.set_name("sources/abcd"); }

  // One poll an hour; the health after it.
  Source::Health Poll(PollObservation poll) {
    now_ += std::chrono::hours(1);
    last_ = ChangeHealth(ObservePoll(poll, now_, &state_), now_, &source_, &state_);
    if (last_) types_.push_back(last_->type);
    return source_.health();
  }
  Source::Health Items(int count, int dated = -1) {
    return Poll({.answer = Answer::kItems,
                 .items = count,
                 .with_title = count,
                 .with_date = dated < 0 ? count : dated,
                 .with_link = count});
  }
  Source::Health Repeat(int times, const PollObservation& poll) {
    for (int i = 1; i < times; ++i) Poll(poll);
    return Poll(poll);
  }

  WallTime now_{std::chrono::seconds(1'700'000'000)};
  Source source_;
  state::SourceState state_;
  std::optional<eventlog::NewEvent> last_;
  std::vector<std::string> types_;
};

TEST_F(SourceHealthTest, BeginsWithoutAnEvent) {
  EXPECT_EQ(Items(10), Source::HEALTH_OK);
  EXPECT_TRUE(types_.empty());
}

TEST_F(SourceHealthTest, BelievesTheThirdFailureAndTheFirstRecovery) {
  Items(10);
  const PollObservation failed{.answer = Answer::kFailed, .detail = "HTTP status 500"};
  EXPECT_EQ(Repeat(2, failed), Source::HEALTH_OK);
  EXPECT_EQ(Poll(failed), Source::HEALTH_DEGRADED);
  EXPECT_THAT(source_.health_cause(), HasSubstr("3 polls in a row failed (HTTP status 500)"));
  ASSERT_TRUE(last_);
  EXPECT_EQ(last_->type, "org.dateline.source.degraded");
  events::v1::SourceEvent event;
  ASSERT_TRUE(last_->data.UnpackTo(&event));
  EXPECT_EQ(event.previous_health(), "HEALTH_OK");
  EXPECT_EQ(event.health(), "HEALTH_DEGRADED");
  EXPECT_EQ(Items(10), Source::HEALTH_OK);
  EXPECT_EQ(last_->type, "org.dateline.source.recovered");
  EXPECT_EQ(source_.health_cause(), "");
  EXPECT_EQ(types_.size(), 2U);
}

TEST_F(SourceHealthTest, TellsRefusalFromFailure) {
  Items(10);
  EXPECT_EQ(Repeat(3, {.answer = Answer::kRefused, .detail = "HTTP status 403"}), Source::HEALTH_BLOCKED);
  EXPECT_EQ(Items(10), Source::HEALTH_OK);
  EXPECT_EQ(Poll({.answer = Answer::kForbidden, .detail = "robots.txt"}), Source::HEALTH_BLOCKED) << "one is proof";
}

TEST_F(SourceHealthTest, CallsAMissingSourceGoneAfterTwoWeeks) {
  Items(10);
  EXPECT_EQ(Repeat(24 * 13, {.answer = Answer::kMissing, .detail = "HTTP status 404"}), Source::HEALTH_DEGRADED);
  EXPECT_EQ(Repeat(24 + 1, {.answer = Answer::kMissing, .detail = "HTTP status 404"}), Source::HEALTH_GONE);
  Items(10);
  EXPECT_EQ(Poll({.answer = Answer::kGone}), Source::HEALTH_GONE);
}

TEST_F(SourceHealthTest, NoticesFewerItemsThanUsual) {
  for (int i = 0; i < 5; ++i) Items(20);
  Items(5);
  Items(20);
  Items(5);
  EXPECT_EQ(Items(5), Source::HEALTH_OK) << "not three in a row";
  EXPECT_EQ(Items(5), Source::HEALTH_DEGRADED);
  EXPECT_THAT(source_.health_cause(), HasSubstr("far fewer items than usual (1"));
  EXPECT_EQ(Items(7), Source::HEALTH_OK);
}

TEST_F(SourceHealthTest, NoticesAFieldThatIsLost) {
  for (int i = 0; i < 5; ++i) Items(20);
  Items(20, 0);
  Items(20, 0);
  EXPECT_EQ(Items(20, 0), Source::HEALTH_DEGRADED);
  EXPECT_THAT(source_.health_cause(), HasSubstr("lack their date"));
  EXPECT_EQ(Poll({.answer = Answer::kUnchanged}), Source::HEALTH_DEGRADED) << "the same content is as poor";
  EXPECT_THAT(source_.health_cause(), HasSubstr("lack their date"));
  EXPECT_EQ(Items(20), Source::HEALTH_OK);
}

TEST_F(SourceHealthTest, ExpectsNoFieldThatNeverWas) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Items(20, 0), Source::HEALTH_OK);
}

TEST_F(SourceHealthTest, TellsEmptyFromScripted) {
  EXPECT_EQ(Items(0), Source::HEALTH_UNSPECIFIED);
  Items(0);
  EXPECT_EQ(Poll({.answer = Answer::kUnchanged}), Source::HEALTH_EMPTY);
  Items(4);
  EXPECT_EQ(Repeat(3, {.answer = Answer::kItems, .scripted = true}), Source::HEALTH_NEEDS_RENDERING);
}

TEST_F(SourceHealthTest, NoticesSilenceInTheSourcesOwnRhythm) {
  state_.mutable_rhythm()->set_gap_mean_s(86'400);
  state_.mutable_rhythm()->set_gaps(20);
  state_.set_last_item_us(ToMicros(now_));
  Items(10);
  EXPECT_EQ(Repeat(4 * 24 - 2, {.answer = Answer::kUnchanged}), Source::HEALTH_OK);
  EXPECT_EQ(Poll({.answer = Answer::kUnchanged}), Source::HEALTH_DEGRADED);
  EXPECT_THAT(source_.health_cause(), HasSubstr("silent for 4 days; usually something appears every 1.0 days"));
}

TEST_F(SourceHealthTest, NoticesPagesThatCannotBeTaken) {
  Items(10);
  const PageObservation missing{.taken = false, .detail = "HTTP status 404"};
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(ObservePage(missing, source_.health(), &state_));
  const auto verdict = ObservePage(missing, source_.health(), &state_);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->health, Source::HEALTH_DEGRADED);
  ChangeHealth(*verdict, now_, &source_, &state_);
  EXPECT_EQ(Items(10), Source::HEALTH_DEGRADED) << "a good list does not heal the pages";
  const auto again = ObservePage({}, source_.health(), &state_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->health, Source::HEALTH_OK);
}

TEST_F(SourceHealthTest, NoticesARecipeThatNoLongerFits) {
  Items(10);
  const PageObservation misses{.unmatched = "body"};
  EXPECT_FALSE(ObservePage(misses, source_.health(), &state_));
  EXPECT_FALSE(ObservePage(misses, source_.health(), &state_));
  // A page that was read before, or by no recipe, says nothing of that.
  EXPECT_FALSE(ObservePage({}, source_.health(), &state_));
  const auto verdict = ObservePage(misses, source_.health(), &state_);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->health, Source::HEALTH_DEGRADED);
  EXPECT_THAT(verdict->cause, HasSubstr("finds no body on the pages of 3 new items"));
  ChangeHealth(*verdict, now_, &source_, &state_);
  EXPECT_EQ(Items(10), Source::HEALTH_DEGRADED) << "a good list does not heal the pages";
  EXPECT_THAT(source_.health_cause(), HasSubstr("finds no body"));
  const auto again = ObservePage({.unmatched = ""}, source_.health(), &state_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->health, Source::HEALTH_OK);
}

}  // namespace
}  // namespace dateline::ingestion
