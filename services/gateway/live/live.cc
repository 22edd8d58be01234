#include "services/gateway/live/live.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/export/event_json.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/gateway/access/problem.h"
#include "services/gateway/api/transcode.h"
#include "services/gateway/console/site.h"
#include "services/gateway/http/router.h"
#include "services/gateway/live/listeners.h"

namespace dateline::gateway {
namespace {

using notification::v1::StreamEventsRequest;
using notification::v1::StreamEventsResponse;

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
constexpr std::string_view kRetry = "retry: 2000\n\n";

// A message of the stream: lines of data may not hold line ends.
std::string Frame(const StreamEventsResponse& message, std::string_view type, std::string_view data) {
  std::string frame = "id: " + message.resume_token() + "\n";
  if (!type.empty()) frame += fmt::format("event: {}\n", type);
  for (size_t at = 0; !data.empty() && at <= data.size();) {
    const size_t end = std::min(data.find('\n', at), data.size());
    frame += "data: ";
    frame += data.substr(at, end - at);
    frame += "\n";
    at = end + 1;
  }
  return frame + "\n";
}

// Without data a browser only remembers the id, which moves the cursor past events that did not match.
std::string EventFrame(const StreamEventsResponse& message) {
  if (!message.has_event()) return Frame(message, {}, {});
  const auto json = exporting::EventJson(message.event());
  return Frame(message, message.event().type(), json.ok() ? *json : "{}");
}

std::string RowFrame(const Site& site, const StreamEventsResponse& message) {
  events::v1::ReleaseEvent event;
  if (!message.has_event() || !message.event().proto_data().UnpackTo(&event)) return Frame(message, {}, {});
  Cards::Releases one;
  *one.Add() = event.release();
  Value::List rows = site.cards().Rows(one, site.now());
  return Frame(message, "row", site.Piece("release_row.html", rows.front()));
}

// A cursor into events that are gone is no mistake of the request: the reader has to begin anew.
Response Refusal(const absl::Status& status, const Request& request) {
  Response response = ProblemResponse(status, request.path);
  const std::string reason = ErrorReason(status);
  if (reason == "EVENTS_TRIMMED" || reason == "EPOCH_CHANGED") response.status = 410;
  return response;
}

Response TakeOver(Listeners& listeners, std::shared_ptr<Listeners::Listener> listener, std::string headers) {
  Response response;
  response.take_over = [&listeners, listener = std::move(listener), headers = std::move(headers)](int socket) {
    listeners.Adopt(listener, socket, std::string(kHead) + headers + "\r\n" + std::string(kRetry));
  };
  return response;
}

Response Events(Listeners& listeners, const ApiRoute& route, const Request& request) {
  auto read = ReadRequest(route, {}, request);
  if (!read.ok()) return ProblemResponse(read.status(), request.path);
  auto& wanted = static_cast<StreamEventsRequest&>(**read);
  if (const std::string_view last = request.Header("last-event-id"); !last.empty()) {
    // The reader is further than where it once began.
    wanted.set_resume_token(std::string(last));
    wanted.clear_start();
    wanted.clear_start_time();
  }
  auto listener = listeners.Open(wanted, EventFrame);
  if (!listener.ok()) return Refusal(listener.status(), request);
  return TakeOver(listeners, *std::move(listener), {});
}

Response Rows(Listeners& listeners, const Site& site, const Request& request) {
  StreamEventsRequest wanted;
  wanted.set_resume_token(std::string(request.Header("last-event-id")));
  const auto format = [&site](const StreamEventsResponse& message) { return RowFrame(site, message); };
  auto listener = listeners.Open(wanted, format);
  if (!listener.ok() && !wanted.resume_token().empty() && listener.status().code() != absl::StatusCode::kUnavailable) {
    // The page shows what is there; from now on is enough.
    wanted.clear_resume_token();
    listener = listeners.Open(wanted, format);
  }
  if (!listener.ok()) return Refusal(listener.status(), request);
  return TakeOver(listeners, *std::move(listener), {});
}

}  // namespace

void AddLive(Router& router, Listeners& listeners, const Site& site) {
  for (const ApiRoute& route : ApiRoutes()) {
    if (!route.rpc.ends_with(".StreamEvents")) continue;
    router.Add(
        route.method, route.path, "StreamEvents",
        [&listeners, &route](const Request& request, const Pairs&) { return Events(listeners, route, request); },
        route.scope);
  }
  router.Add("GET", "/live", "live",
             [&listeners, &site](const Request& request, const Pairs&) { return Rows(listeners, site, request); });
}

}  // namespace dateline::gateway
