#include "services/cli/extract_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/export/message_json.h"
#include "services/cli/exit_status.h"
#include "services/cli/inputs.h"
#include "services/cli/json_lines.h"

namespace dateline::cli {
namespace {

// How far reading may run ahead of writing, in lines for each thread.
constexpr size_t kWindow = 8;

struct Job {
  std::string line;
  size_t number = 0;
  std::string answer;  // a line with its end
  bool failed = false;
  bool done = false;
};

void Fail(Job& job, const std::string& id, const absl::Status& status) {
  job.failed = true;
  job.answer = ErrorLine(id, status) + "\n";
}

absl::StatusOr<std::string> Json(release::v1::Release& release, bool omit_facts) {
  if (omit_facts) OmitFacts(release);
  return exporting::MessageJson(release);
}

void Work(const extraction::Extractor& extractor, bool omit_facts, Job& job) {
  const auto object = ParseLine(job.line, job.number);
  if (!object.ok()) return Fail(job, std::to_string(job.number), object.status());
  const std::string id = IdOf(*object, job.number);
  const Item item{Item::Kind::kFile, Field(*object, "path")};
  if (item.given.empty()) {
    return Fail(
        job, id,
        Error(absl::StatusCode::kInvalidArgument, "INVALID_LINE", fmt::format("line {}: has no \"path\"", job.number)));
  }
  const auto bytes = ReadItem(item);
  if (!bytes.ok()) return Fail(job, id, bytes.status());
  std::string content_type = Field(*object, "content_type");
  if (content_type.empty()) content_type = ContentTypeOfPath(item.given);
  const std::string uri = Field(*object, "url");
  const std::string charset = Field(*object, "charset");
  auto extraction = extractor.ExtractAll(
      {.bytes = *bytes, .uri = uri, .content_type = content_type, .charset = charset, .omit_facts = omit_facts});
  if (!extraction.ok()) return Fail(job, id, WithContext(extraction.status(), item.given));
  const auto json = Json(extraction->release, omit_facts);
  if (!json.ok()) return Fail(job, id, json.status());
  std::string items;
  for (release::v1::Release& release : extraction->items) {
    const auto one = Json(release, omit_facts);
    if (!one.ok()) return Fail(job, id, one.status());
    items += fmt::format("{}{}", items.empty() ? "" : ",", *one);
  }
  job.answer = items.empty() ? fmt::format("{{\"id\":{},\"release\":{}}}\n", id, *json)
                             : fmt::format("{{\"id\":{},\"release\":{},\"releases\":[{}]}}\n", id, *json, items);
}

// One reader (the caller's thread), several workers, answers written in the order of the lines.
class Pipeline {
 public:
  Pipeline(const extraction::Extractor& extractor, bool omit_facts, std::FILE* out, size_t threads)
      : extractor_(extractor), omit_facts_(omit_facts), out_(out), window_(threads * kWindow) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  }

  // Waits while the window is full.
  void Add(std::string line, size_t number) {
    const MutexLock lock(mutex_);
    while (jobs_.size() >= window_) room_.Wait(mutex_);
    jobs_.push_back(std::make_unique<Job>(Job{std::move(line), number, {}, false, false}));
    waiting_.push_back(jobs_.back().get());
    work_.NotifyOne();
  }

  // Ends when all answers are written; whether all lines gave releases.
  bool Finish() {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
      work_.NotifyAll();
    }
    for (std::thread& thread : threads_) thread.join();
    const MutexLock lock(mutex_);
    return !failed_;
  }

 private:
  void Run() {
    while (Job* job = Take()) {
      Work(extractor_, omit_facts_, *job);
      const MutexLock lock(mutex_);
      job->done = true;
      failed_ = failed_ || job->failed;
      WriteFinished();
    }
  }

  Job* Take() {
    const MutexLock lock(mutex_);
    while (waiting_.empty() && !closed_) work_.Wait(mutex_);
    if (waiting_.empty()) return nullptr;
    Job* job = waiting_.front();
    waiting_.pop_front();
    return job;
  }

  // Under the lock, because the order of the output is what it protects.
  void WriteFinished() REQUIRES(mutex_) {
    while (!jobs_.empty() && jobs_.front()->done) {
      const std::string& answer = jobs_.front()->answer;
      std::fwrite(answer.data(), 1, answer.size(), out_);
      jobs_.pop_front();
    }
    // Waking the reader for every single line would cost more than reading it.
    if (2 * jobs_.size() <= window_) room_.NotifyOne();
  }

  const extraction::Extractor& extractor_;
  const bool omit_facts_;
  std::FILE* const out_;
  const size_t window_;
  Mutex mutex_;
  CondVar work_;
  CondVar room_;
  std::deque<std::unique_ptr<Job>> jobs_ GUARDED_BY(mutex_);  // In order; the front is written next.
  std::deque<Job*> waiting_ GUARDED_BY(mutex_);               // Not yet taken by a thread.
  bool closed_ GUARDED_BY(mutex_) = false;
  bool failed_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace

int ExtractLines(const extraction::Extractor& extractor, const ExtractLinesOptions& options, std::FILE* in,
                 std::FILE* out) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  Pipeline pipeline(extractor, options.omit_facts, out, options.jobs > 0 ? static_cast<size_t>(options.jobs) : cores);
  std::string line;
  size_t number = 0;
  while (ReadLine(in, &line)) {
    ++number;
    if (!line.empty()) pipeline.Add(line, number);
  }
  const bool all = pipeline.Finish();
  std::fflush(out);
  return all ? kOk : kSomeFailed;
}

void OmitFacts(release::v1::Release& release) {
  release.clear_people();
  release.clear_organizations();
  release.clear_places();
  release.clear_quotes();
  release.clear_figures();
  release.clear_dates();
  release.clear_contacts();
  release.clear_events();
  release.clear_funding();
  release.clear_programmes();
  release.clear_publications();
}

}  // namespace dateline::cli
