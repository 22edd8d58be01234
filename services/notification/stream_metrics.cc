#include "services/notification/stream_metrics.h"

namespace dateline::notification {
namespace {

void Collect(const StreamMetrics::Sources& from, metrics::Sink& sink) {
  const EventRing::Size ring = from.ring.size();
  sink.Gauge("dateline_notification_ring_items", "Events in memory.", {}, static_cast<double>(ring.events));
  sink.Gauge("dateline_notification_ring_bytes", "What the events in memory take, about.", {},
             static_cast<double>(ring.bytes));
  const StreamHub::Stats hub = from.hub.stats();
  sink.Gauge("dateline_notification_streams", "Open event streams.", {}, static_cast<double>(hub.streams));
  sink.Gauge("dateline_notification_stream_lag_max_events", "Events between the slowest stream and the head.", {},
             static_cast<double>(hub.lag_max));
  sink.Gauge("dateline_notification_filters", "Distinct filters of open streams.", {},
             static_cast<double>(from.filters.size()));
  const EventLoader::Stats loader = from.loader.stats();
  sink.Counter("dateline_notification_page_reads_total", "Pages of older events read from storage.", {},
               static_cast<double>(loader.page_reads));
  sink.Counter("dateline_notification_page_hits_total", "Pages of older events that were in memory.", {},
               static_cast<double>(loader.page_hits));
  sink.Counter("dateline_notification_release_reads_total", "Full releases read for filters that look at the text.", {},
               static_cast<double>(loader.release_reads));
  sink.Counter("dateline_notification_read_failures_total", "Reads from storage that failed.", {},
               static_cast<double>(loader.failures));
  const bus::ConsumerRunnerStats bus = from.runner.stats();
  sink.Gauge("dateline_notification_log_lag_events", "Events that the log holds and this process does not have yet.",
             {}, static_cast<double>(bus.lag));
  sink.Gauge("dateline_notification_bus_silence_seconds", "Since the bus was last heard.", {},
             metrics::Seconds(bus.silence));
  sink.Counter("dateline_notification_bus_gaps_total", "Gaps on the bus that were repaired from the log.", {},
               static_cast<double>(bus.consumer.gaps));
  sink.Counter("dateline_notification_bus_silences_total", "Times that the bus went silent.", {},
               static_cast<double>(bus.consumer.silences));
  sink.Counter("dateline_notification_bus_malformed_total", "Messages of the bus that did not decode.", {},
               static_cast<double>(bus.malformed));
  sink.Counter("dateline_notification_log_reads_total", "Reads of the log by the follower.", {},
               static_cast<double>(bus.consumer.reads));
  sink.Counter("dateline_notification_log_read_failures_total", "Reads of the log by the follower that failed.", {},
               static_cast<double>(bus.consumer.read_failures));
}

}  // namespace

StreamMetrics::StreamMetrics(metrics::Registry& registry, const Clock& clock)
    : registry_(registry),
      clock_(clock),
      events_(registry.GetCounter("dateline_notification_events_sent_total", "Events handed to streams.")),
      heartbeats_(registry.GetCounter("dateline_notification_heartbeats_sent_total", "Messages without event.")),
      delay_(registry.GetHistogram("dateline_notification_delivery_seconds",
                                   "From an event's arrival in this process to its being handed to a stream.")) {}

void StreamMetrics::OnSent(const StreamCursor::Send& message) {
  if (message.event == nullptr) return heartbeats_.Increment();
  events_.Increment();
  delay_.Observe(metrics::Seconds(clock_.Now() - message.event->arrived()));
}

void StreamMetrics::OnEnded(const std::string& reason) {
  registry_
      .GetCounter("dateline_notification_streams_ended_total", "Streams that ended, by reason.", {{"reason", reason}})
      .Increment();
}

void StreamMetrics::Watch(const Sources& sources) {
  collector_ = registry_.AddCollector([sources](metrics::Sink& sink) { Collect(sources, sink); });
}

}  // namespace dateline::notification
