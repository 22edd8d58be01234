// Proves that the worker loses no document and commits none twice, whatever happens in between: storage away, leases
// lost, documents that fail, hang or are gone, records that storage refuses. Against a storage in memory that enforces
// the lease rules; the extraction is a function of the test.

#include "services/extraction/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/testing/wait.h"
#include "services/extraction/fake_archive.h"

namespace dateline::extraction {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::WaitUntil;

// A latch that threads which outlive the test may still hold.
struct Latch {
  Mutex mutex;
  CondVar changed;
  bool open GUARDED_BY(mutex) = false;
  int waiting GUARDED_BY(mutex) = 0;

  void Wait() {
    MutexLock lock(mutex);
    ++waiting;
    while (!open) changed.Wait(mutex);
  }
  void Open() {
    MutexLock lock(mutex);
    open = true;
    changed.NotifyAll();
  }
  int count() {
    MutexLock lock(mutex);
    return waiting;
  }
};

class WorkerTest : public ::testing::Test {
 protected:
  void StartWorker(Worker::Options options = {}, std::chrono::milliseconds document_timeout = 15s) {
    options.poll_interval = 20ms;
    options.retry_min = 5ms;
    options.retry_max = 20ms;
    pool_ = std::make_unique<ExtractionPool>(
        ExtractionPool::Options{.threads = 2, .document_timeout = document_timeout, .watch_interval = 5ms}, registry_,
        RealClock(), [] {});
    worker_ = std::make_unique<Worker>(
        options, archive_, *pool_,
        Worker::Extractors{
            .here = [latch = latch_](const storage::v1::Document& document) { return Extract(document, *latch); },
            .apart = ExtractApart},
        registry_, readiness_, RealClock());
    worker_->Start();
  }

  void TearDown() override {
    latch_->Open();
    if (worker_ != nullptr) worker_->Stop();
    if (pool_ != nullptr) pool_->Stop();
  }

  static absl::StatusOr<Extraction> Extract(const storage::v1::Document& document, Latch& latch) {
    const std::string& content = document.content();
    if (content == "poison") return Error(absl::StatusCode::kInvalidArgument, "NO_TEXT", "no words");
    if (content == "fault") return Error(absl::StatusCode::kInternal, "EXTRACTION_FAILED", "out of memory");
    if (content == "hang" || content == "slow") latch.Wait();
    Extraction extraction;
    release::v1::Release& release = extraction.release;
    release.set_name("releases/" + document.uri());
    release.set_title(content);
    release.set_page_type(content == "listing" ? release::v1::LISTING : release::v1::ARTICLE);
    extraction.line_hashes = {42};
    if (content == "bulletin") extraction.items = {release, release};
    return extraction;
  }

  // As a process of its own would: what ends or holds it comes back as an error.
  static absl::StatusOr<Extraction> ExtractApart(const storage::v1::Document& document) {
    const std::string& content = document.content();
    if (content == "fault") return Error(absl::StatusCode::kUnavailable, "NO_CHILD", "out of processes");
    if (content == "crash") return Error(absl::StatusCode::kInvalidArgument, "EXTRACTION_CRASHED", "by signal 11");
    if (content == "hang") return Error(absl::StatusCode::kDeadlineExceeded, "EXTRACTION_TIMEOUT", "took too long");
    Extraction extraction;
    extraction.release.set_title("apart");
    extraction.release.set_page_type(release::v1::ARTICLE);
    return extraction;
  }

  bool WaitForCommits(size_t count) {
    return WaitUntil([&] { return archive_.commits().size() >= count; });
  }
  // The value of a series as text; empty when it is not there.
  std::string Metric(const std::string& series) {
    const std::string all = registry_.Scrape();
    const std::string key = "\n" + series + " ";
    const size_t at = all.find(key);
    if (at == std::string::npos) return "";
    const size_t begin = at + key.size();
    return all.substr(begin, all.find('\n', begin) - begin);
  }

  metrics::Registry registry_{"test"};
  metrics::Readiness readiness_;
  FakeArchive archive_;
  std::shared_ptr<Latch> latch_ = std::make_shared<Latch>();
  std::unique_ptr<ExtractionPool> pool_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerTest, CommitsEveryDocumentOnce) {
  for (int i = 0; i < 300; ++i) archive_.Add("words");
  StartWorker({.batch = 16});
  ASSERT_TRUE(WaitForCommits(300));
  std::set<std::string> documents;
  for (const auto& commit : archive_.commits()) {
    documents.insert(commit.document());
    ASSERT_EQ(commit.releases_size(), 1);
    EXPECT_EQ(commit.lease().topic(), "document/");
    EXPECT_EQ(commit.lease().group(), "extraction");
  }
  EXPECT_EQ(documents.size(), 300U);
  EXPECT_EQ(archive_.lost_commits(), 0);
  EXPECT_LE(archive_.largest_lease(), 16);
  EXPECT_TRUE(readiness_.ready());
  EXPECT_TRUE(WaitUntil([&] { return worker_->in_flight() == 0; }));
  EXPECT_EQ(Metric("dateline_extraction_documents_total{result=\"extracted\"}"), "300");
}

TEST_F(WorkerTest, AsksAtOnceWhenWoken) {
  Worker::Options options;
  StartWorker(options);
  ASSERT_TRUE(WaitUntil([&] { return archive_.leases() >= 1; }));
  archive_.Add("words");
  worker_->Wake();
  EXPECT_TRUE(WaitForCommits(1));
}

TEST_F(WorkerTest, MarksABadDocumentAndGoesOn) {
  archive_.Add("poison");
  archive_.Add("words");
  StartWorker();
  ASSERT_TRUE(WaitForCommits(2));
  for (const auto& commit : archive_.commits()) {
    if (commit.document() == "documents/1") {
      EXPECT_EQ(commit.failure(), "NO_TEXT: no words");
      EXPECT_EQ(commit.releases_size(), 0);
    } else {
      EXPECT_EQ(commit.failure(), "");
    }
  }
  EXPECT_TRUE(archive_.nacks().empty());
}

TEST_F(WorkerTest, CommitsNoReleaseForAPageThatHoldsNone) {
  archive_.Add("listing");
  StartWorker();
  ASSERT_TRUE(WaitForCommits(1));
  EXPECT_EQ(archive_.commits()[0].releases_size(), 0);
  EXPECT_EQ(archive_.commits()[0].failure(), "");
}

TEST_F(WorkerTest, GivesBackWhatFailedThroughOurFault) {
  archive_.Add("fault");
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return archive_.nacks().size() >= 2; })) << "storage counts the attempts, not the worker";
  EXPECT_FALSE(archive_.nacks()[0].permanent());
  EXPECT_EQ(archive_.nacks()[0].error(), "out of memory");
  EXPECT_TRUE(archive_.commits().empty());
}

TEST_F(WorkerTest, FailsADocumentThatDoesNotEnd) {
  archive_.Add("hang");
  archive_.Add("words");
  StartWorker({}, 50ms);
  ASSERT_TRUE(WaitForCommits(2));
  const auto commits = archive_.commits();
  const auto failed =
      std::find_if(commits.begin(), commits.end(), [](const auto& c) { return c.document() == "documents/1"; });
  ASSERT_NE(failed, commits.end());
  EXPECT_TRUE(failed->failure().starts_with("EXTRACTION_TIMEOUT")) << failed->failure();
}

TEST_F(WorkerTest, ExtractsApartWhatDidNotEndInTime) {
  archive_.Add("slow");
  StartWorker({}, 50ms);
  ASSERT_TRUE(WaitForCommits(1));
  ASSERT_EQ(archive_.commits()[0].releases_size(), 1) << archive_.commits()[0].failure();
  EXPECT_EQ(archive_.commits()[0].releases(0).title(), "apart");
  EXPECT_EQ(Metric("dateline_extraction_isolated_total"), "1");
}

// The first worker was killed by the document, with what else it had under way; another one leases them again.
TEST_F(WorkerTest, ADocumentThatEndedAWorkerEndsNoOther) {
  for (const char* content : {"crash", "words", "crash", "words"}) archive_.SetAttempts(archive_.Add(content), 1);
  archive_.Add("words");
  StartWorker();
  ASSERT_TRUE(WaitForCommits(5));
  int failed = 0;
  int apart = 0;
  for (const auto& commit : archive_.commits()) {
    failed += commit.failure() == "EXTRACTION_CRASHED: by signal 11" ? 1 : 0;
    apart += commit.releases_size() == 1 && commit.releases(0).title() == "apart" ? 1 : 0;
  }
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(apart, 2) << "innocent documents are committed";
  EXPECT_TRUE(archive_.nacks().empty());
  EXPECT_EQ(Metric("dateline_extraction_isolated_total"), "4");
}

TEST_F(WorkerTest, WaitsForStorageThatIsAway) {
  archive_.SetDown(true);
  archive_.Add("words");
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return archive_.leases() >= 3; }));
  EXPECT_FALSE(readiness_.ready());
  archive_.SetDown(false);
  EXPECT_TRUE(WaitForCommits(1));
  EXPECT_TRUE(readiness_.ready());
}

TEST_F(WorkerTest, CommitsAfterStorageCameBack) {
  archive_.Add("hang");
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return latch_->count() == 1; }));
  archive_.SetDown(true);
  latch_->Open();
  ASSERT_TRUE(WaitUntil([&] {
    const std::string retries = Metric("dateline_extraction_retries_total{call=\"commit_releases\"}");
    return !retries.empty() && std::stoi(retries) >= 2;
  }));
  archive_.SetDown(false);
  EXPECT_TRUE(WaitForCommits(1));
  EXPECT_EQ(archive_.lost_commits(), 0);
}

TEST_F(WorkerTest, DropsTheResultOfALostLease) {
  const uint64_t sequence = archive_.Add("hang");
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return latch_->count() == 1; }));
  archive_.Steal(sequence);
  latch_->Open();
  ASSERT_TRUE(WaitUntil([&] { return worker_->in_flight() == 0; }));
  EXPECT_TRUE(archive_.commits().empty());
  EXPECT_TRUE(archive_.nacks().empty());
  EXPECT_EQ(Metric("dateline_extraction_documents_total{result=\"lease_lost\"}"), "1");
}

TEST_F(WorkerTest, TakesAnExpiredDocumentAgainAndCommitsItOnce) {
  const uint64_t sequence = archive_.Add("slow");
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return latch_->count() == 1; }));
  archive_.Expire(sequence);
  ASSERT_TRUE(WaitForCommits(1)) << "the second lease is worked on too";
  latch_->Open();
  EXPECT_TRUE(WaitUntil([&] { return worker_->in_flight() == 0; }));
  EXPECT_EQ(archive_.commits().size(), 1U);
}

TEST_F(WorkerTest, ExtendsTheLeaseOfLongWork) {
  archive_.Add("hang");
  StartWorker({.lease_duration = 1s});
  EXPECT_TRUE(WaitUntil([&] { return archive_.extends() >= 1; }));
  latch_->Open();
  EXPECT_TRUE(WaitForCommits(1));
}

TEST_F(WorkerTest, GivesUpOnADocumentThatIsGone) {
  const uint64_t sequence = archive_.Add("words");
  archive_.Remove(sequence);
  StartWorker();
  ASSERT_TRUE(WaitUntil([&] { return !archive_.nacks().empty(); }));
  EXPECT_TRUE(archive_.nacks()[0].permanent());
}

TEST_F(WorkerTest, MarksADocumentWhoseReleaseStorageRefuses) {
  archive_.RefuseReleases(Error(absl::StatusCode::kInvalidArgument, "INVALID_RELEASE", "a span is outside"));
  archive_.Add("words");
  StartWorker();
  ASSERT_TRUE(WaitForCommits(1));
  EXPECT_EQ(archive_.commits()[0].failure(), "INVALID_RELEASE: a span is outside");
}

TEST_F(WorkerTest, BoundsTheContentUnderWay) {
  for (int i = 0; i < 10; ++i) archive_.Add("hang");
  StartWorker({.bytes_max = 8});  // Two of them.
  ASSERT_TRUE(WaitUntil([&] { return latch_->count() == 2; }));
  EXPECT_EQ(worker_->in_flight(), 10U);
  EXPECT_EQ(Metric("dateline_extraction_in_flight_bytes"), "8");
  latch_->Open();
  EXPECT_TRUE(WaitForCommits(10));
}

TEST_F(WorkerTest, StopLetsWhatIsUnderWayBeCommitted) {
  for (int i = 0; i < 50; ++i) archive_.Add("words");
  StartWorker();
  ASSERT_TRUE(WaitForCommits(1));
  worker_->Stop();
  EXPECT_EQ(worker_->in_flight(), 0U);
  const int leases = archive_.leases();
  archive_.Add("words");
  worker_->Wake();
  EXPECT_EQ(archive_.leases(), leases) << "no new work is taken";
}

}  // namespace
}  // namespace dateline::extraction
