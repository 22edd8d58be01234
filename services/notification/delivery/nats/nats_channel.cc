#include "services/notification/delivery/nats/nats_channel.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <utility>

#include "absl/status/statusor.h"
#include "common/base/absl_compat.h"
#include "common/base/status_macros.h"
#include "common/export/event_json.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::notification {
namespace {

constexpr size_t kQueueMax = 1'000;

absl::Status NatsError(std::string_view what, natsStatus status) {
  const char* const text = natsStatus_GetText(status);
  return absl::UnavailableError(fmt::format("NATS: {}: {}", what, text != nullptr ? text : "unknown"));
}

}  // namespace

// An open connection with its JetStream context. libnats reconnects by itself; a connection that it gave up is
// replaced.
class NatsChannel::Connection {
 public:
  static absl::StatusOr<std::shared_ptr<Connection>> Open(const Options& options) {
    auto connection = std::make_shared<Connection>();
    natsOptions* raw = nullptr;
    if (natsStatus status = natsOptions_Create(&raw); status != NATS_OK) return NatsError("options", status);
    const std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)> settings(raw, &natsOptions_Destroy);
    natsStatus status = natsOptions_SetURL(raw, options.url.c_str());
    if (status == NATS_OK) status = natsOptions_SetTimeout(raw, options.timeout.count());
    if (status == NATS_OK && !options.credentials_file.empty()) {
      status = natsOptions_SetUserCredentialsFromFiles(raw, options.credentials_file.c_str(), nullptr);
    }
    if (status != NATS_OK) return NatsError("options", status);
    if (status = natsConnection_Connect(&connection->connection_, raw); status != NATS_OK) {
      return NatsError(fmt::format("no connection to {}", options.url), status);
    }
    jsOptions js{};
    jsOptions_Init(&js);
    js.Wait = options.timeout.count();
    status = natsConnection_JetStream(&connection->stream_, connection->connection_, &js);
    if (status != NATS_OK) return NatsError("no JetStream", status);
    return connection;
  }
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    jsCtx_Destroy(stream_);
    natsConnection_Destroy(connection_);
  }

  bool usable() const { return natsConnection_Status(connection_) != NATS_CONN_STATUS_CLOSED; }

  absl::Status Publish(const std::string& subject, const std::string& id, const std::string& body) {
    natsMsg* raw = nullptr;
    natsStatus status = natsMsg_Create(&raw, subject.c_str(), nullptr, body.data(), static_cast<int>(body.size()));
    if (status != NATS_OK) return NatsError("message", status);
    const std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)> message(raw, &natsMsg_Destroy);
    status = natsMsgHeader_Set(raw, "Content-Type", "application/cloudevents+json; charset=utf-8");
    if (status != NATS_OK) return NatsError("header", status);
    jsPubOptions options{};
    jsPubOptions_Init(&options);
    options.MsgId = id.c_str();  // Sent as Nats-Msg-Id.
    jsPubAck* acknowledgement = nullptr;
    jsErrCode code{};
    status = js_PublishMsg(&acknowledgement, stream_, raw, &options, &code);
    jsPubAck_Destroy(acknowledgement);
    if (status == NATS_OK) return absl::OkStatus();
    // Without a stream behind the subject nobody answers.
    return NatsError(fmt::format("the subject {} was not acknowledged (is there a stream for it?)", subject), status);
  }

 private:
  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
};

std::string NatsSubject(const std::string& subject, const std::string& type) {
  constexpr std::string_view kPlace = "{type}";
  std::string out = subject;
  for (size_t at = out.find(kPlace); at != std::string::npos; at = out.find(kPlace, at + type.size())) {
    out.replace(at, kPlace.size(), type);
  }
  return out;
}

NatsChannel::NatsChannel(Options options)
    : options_(std::move(options)), executor_({.name = "nats", .threads = options_.threads, .queue_max = kQueueMax}) {}

NatsChannel::~NatsChannel() {
  Stop();
}

void NatsChannel::Stop() {
  stopping_ = true;
  executor_.Stop();
}

void NatsChannel::Send(SendRequest request, Done done) {
  auto shared =
      std::make_shared<std::pair<SendRequest, Done>>(std::move(request), std::move(done));  // A task is copied.
  if (executor_.TrySubmit([this, shared] { shared->second(Publish(shared->first)); })) return;
  SendResult result;
  result.kind = stopping_ ? SendResult::Kind::kCancelled : SendResult::Kind::kFailed;
  result.error = "too many messages wait for NATS";
  shared->second(std::move(result));
}

SendResult NatsChannel::Publish(const SendRequest& request) {
  SendResult result;
  if (stopping_) {
    result.kind = SendResult::Kind::kCancelled;
    return result;
  }
  const auto publish = [&]() -> absl::Status {
    std::shared_ptr<Connection> connection;
    {
      MutexLock lock(mutex_);
      connection = connection_;
    }
    if (connection == nullptr || !connection->usable()) {
      DATELINE_ASSIGN_OR_RETURN(connection, Connection::Open(options_));
      MutexLock lock(mutex_);
      connection_ = connection;
    }
    for (const PendingDelivery& delivery : request.deliveries) {
      io::cloudevents::v1::CloudEvent event;
      if (!event.ParseFromString(delivery.payload)) return absl::InternalError("the event cannot be decoded");
      if (delivery.backfill) (*event.mutable_attributes())["backfill"].set_ce_boolean(true);
      DATELINE_ASSIGN_OR_RETURN(const std::string json, exporting::EventJson(event));
      DATELINE_RETURN_IF_ERROR(connection->Publish(
          NatsSubject(request.subscription.settings.nats().subject(), event.type()), delivery.event_id, json));
    }
    return absl::OkStatus();
  };
  const absl::Status status = publish();
  if (status.ok()) {
    result.kind = SendResult::Kind::kDelivered;
  } else {
    result.error = std::string(ToStd(status.message()));
  }
  return result;
}

}  // namespace dateline::notification
