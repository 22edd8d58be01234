#include "services/notification/stream_event.h"

#include <atomic>
#include <utility>

#include "common/base/proto_time.h"

namespace dateline::notification {
namespace {

// Decoded messages take about this many times the bytes of their encoding.
constexpr size_t kDecodedFactor = 3;

uint64_t NextUid() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

WallTime TimeOf(const io::cloudevents::v1::CloudEvent& envelope, WallTime otherwise) {
  const auto found = envelope.attributes().find("time");
  if (found == envelope.attributes().end() || !found->second.has_ce_timestamp()) return otherwise;
  return FromTimestamp(found->second.ce_timestamp());
}

}  // namespace

StreamEvent::StreamEvent(const Epoch& epoch, uint64_t sequence, std::string_view payload, WallTime arrived)
    : uid_(NextUid()), epoch_(epoch), sequence_(sequence), arrived_(arrived) {
  valid_ = envelope_.ParseFromArray(payload.data(), static_cast<int>(payload.size())) && envelope_.has_proto_data() &&
           envelope_.proto_data().UnpackTo(&data_);
  bytes_ = sizeof(StreamEvent) + payload.size() * kDecodedFactor;
  time_ = TimeOf(envelope_, arrived);
  subject_ = std::make_unique<filter::Subject>(
      data_.release(), filter::Missing{.text = data_.release().text().empty(), .facts = data_.thinned()},
      changed_fields());
}

filter::Truth StreamEvent::Decide(const filter::Filter& filter) const {
  if (!valid_) return filter::Truth::kNo;
  const filter::Truth truth = filter.Evaluate(*subject_);
  if (truth != filter::Truth::kUnknown) return truth;
  std::shared_ptr<const Full> full;
  bool gone = false;
  {
    MutexLock lock(mutex_);
    full = full_;
    gone = gone_;
  }
  if (full != nullptr) return filter.Evaluate(full->subject);
  return gone ? filter.Evaluate(filter::Subject(data_.release(), {}, changed_fields())) : truth;
}

std::vector<std::string> StreamEvent::changed_fields() const {
  std::vector<std::string> fields;
  for (const events::v1::Change& change : data_.changes()) fields.push_back(change.field());
  return fields;
}

void StreamEvent::SetFull(std::shared_ptr<const release::v1::Release> full) const {
  std::shared_ptr<const Full> made =
      full != nullptr ? std::make_shared<const Full>(std::move(full), changed_fields()) : nullptr;
  MutexLock lock(mutex_);
  gone_ = made == nullptr;
  full_ = std::move(made);
}

void StreamEvent::ForgetFull() const {
  MutexLock lock(mutex_);
  full_.reset();
}

}  // namespace dateline::notification
