#include "services/eventbus/zap_handler.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace dateline::eventbus {
namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr std::string_view kZapVersion = "1.0";
constexpr size_t kCurveFrames = 7;
constexpr size_t kKeyBytes = 32;
constexpr std::string_view kAdmitted = "200";
// "Temporary failure": the client is disconnected and tries again. After "400" it would give up for ever, and a key
// that is added to the list would help only after a restart of the client.
constexpr std::string_view kRefused = "300";
// Refused keys that are remembered, so that a client that keeps trying makes one line of log.
constexpr size_t kReportedMax = 1000;

std::string Z85(std::string_view bytes) {
  char text[bus::kCurveKeyChars + 1];
  if (zmq_z85_encode(text, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == nullptr) return {};
  return text;
}

}  // namespace

bool ParseZapRequest(const std::vector<std::string_view>& frames, ZapRequest* request) {
  if (frames.size() != kCurveFrames || frames[0] != kZapVersion || frames[5] != "CURVE" ||
      frames[6].size() != kKeyBytes) {
    return false;
  }
  request->version = frames[0];
  request->request_id = frames[1];
  request->domain = frames[2];
  request->address = frames[3];
  request->mechanism = frames[5];
  request->client_key = frames[6];
  return true;
}

ZapHandler::ZapHandler(const bus::Context& context, AllowList publishers, AllowList subscribers)
    : context_(context), publishers_(std::move(publishers)), subscribers_(std::move(subscribers)) {}

ZapHandler::~ZapHandler() {
  Stop();
}

absl::Status ZapHandler::Start() {
  const bus::BlockedSignals blocked;
  DATELINE_ASSIGN_OR_RETURN(bus::Socket socket, bus::Socket::Make(context_, ZMQ_REP));
  DATELINE_RETURN_IF_ERROR(socket.Set(ZMQ_LINGER, 0));
  DATELINE_RETURN_IF_ERROR(socket.Bind(kZapEndpoint));
  socket_ = std::make_unique<bus::Socket>(std::move(socket));
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void ZapHandler::Stop() {
  stopping_.store(true);
  wake_up_.Signal();
  if (thread_.joinable()) thread_.join();
  socket_.reset();
}

void ZapHandler::Run() {
  bus::NameThread("eventbus-zap");
  while (!stopping_.load()) {
    zmq_pollitem_t items[] = {{socket_->get(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_up_.fd(), ZMQ_POLLIN, 0}};
    if (zmq_poll(items, 2, -1) < 0 && zmq_errno() != EINTR) return;
    if ((items[0].revents & ZMQ_POLLIN) != 0 && !Answer()) return;
  }
}

bool ZapHandler::Answer() {
  bus::Parts parts;
  switch (parts.Receive(*socket_)) {
    case bus::Parts::Outcome::kNothing:
      return true;
    case bus::Parts::Outcome::kClosed:
      return false;
    case bus::Parts::Outcome::kReceived:
      break;
  }
  ZapRequest request;
  const bool admitted = ParseZapRequest(parts.views(), &request) && Admit(request);
  if (request.request_id.empty() && parts.views().size() > 1) request.request_id = parts.views()[1];
  Reply(request, admitted);
  return true;
}

bool ZapHandler::Admit(const ZapRequest& request) {
  Domain* domain = request.domain == kPublishersDomain    ? &publishers_
                   : request.domain == kSubscribersDomain ? &subscribers_
                                                          : nullptr;
  if (domain == nullptr) return false;
  // Handshakes are rare, so looking at the file for each of them costs nothing and needs no timer.
  const absl::StatusOr<bool> reloaded = domain->list.ReloadIfChanged();
  if (!reloaded.ok()) {
    log::Error("allow_list_refused", {{"file", domain->list.path()}, {"error", reloaded.status()}});
  } else if (*reloaded) {
    log::Info("allow_list_loaded", {{"file", domain->list.path()}, {"keys", domain->list.size()}});
    domain->reported.clear();
  }
  const std::string key = Z85(request.client_key);
  const bool admitted = domain->list.Contains(key);
  (admitted ? domain->accepted : domain->rejected).fetch_add(1);
  if (!admitted && domain->reported.size() < kReportedMax && domain->reported.insert(key).second) {
    log::Warn("client_refused", {{"domain", request.domain}, {"address", request.address}, {"public_key", key}});
  }
  return admitted;
}

void ZapHandler::Reply(const ZapRequest& request, bool admitted) {
  const std::string_view frames[] = {
      kZapVersion, request.request_id, admitted ? kAdmitted : kRefused, admitted ? "OK" : "not on the allow-list", "",
      ""};
  for (size_t i = 0; i < std::size(frames); ++i) {
    const int more = i + 1 < std::size(frames) ? ZMQ_SNDMORE : 0;
    if (zmq_send(socket_->get(), frames[i].data(), frames[i].size(), ZMQ_DONTWAIT | more) < 0) return;
  }
}

}  // namespace dateline::eventbus
