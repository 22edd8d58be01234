// Proves what a scrape shows: values of counters, gauges and histograms, those that collectors report, the limit on
// series, the metrics of a queue, and the rules of readiness. Also that collectors and counters may be used from many
// threads.

#include "common/metrics/registry.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/metrics/queue_metrics.h"
#include "common/metrics/readiness.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dateline::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

TEST(Registry, NamesTheBuild) {
  const Registry registry("demo");
  EXPECT_THAT(registry.Scrape(),
              HasSubstr(std::string("dateline_build_info{service=\"demo\",version=\"") + DATELINE_VERSION + "\"} 1"));
}

TEST(Registry, SameNameAndLabelsIsTheSameMetric) {
  Registry registry("demo");
  Counter& first = registry.GetCounter("dateline_demo_calls_total", "Calls.", {{"method", "Get"}});
  Counter& again = registry.GetCounter("dateline_demo_calls_total", "Calls.", {{"method", "Get"}});
  Counter& other = registry.GetCounter("dateline_demo_calls_total", "Calls.", {{"method", "Put"}});
  EXPECT_EQ(&first, &again);
  EXPECT_NE(&first, &other);
  first.Increment();
  again.Increment(2);
  const std::string text = registry.Scrape();
  EXPECT_THAT(text, HasSubstr("# HELP dateline_demo_calls_total Calls.\n# TYPE dateline_demo_calls_total counter\n"));
  EXPECT_THAT(text, HasSubstr("dateline_demo_calls_total{method=\"Get\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("dateline_demo_calls_total{method=\"Put\"} 0\n"));
}

TEST(Registry, HistogramsSortIntoBuckets) {
  Registry registry("demo");
  Histogram& histogram = registry.GetHistogram("dateline_demo_call_seconds", "Time of calls.");
  histogram.Observe(Seconds(std::chrono::microseconds(150)));
  histogram.Observe(Seconds(std::chrono::seconds(20)));
  const std::string text = registry.Scrape();
  EXPECT_THAT(text, HasSubstr("dateline_demo_call_seconds_bucket{le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("dateline_demo_call_seconds_bucket{le=\"0.0002\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dateline_demo_call_seconds_bucket{le=\"10\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dateline_demo_call_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_DOUBLE_EQ(LatencyBuckets().front(), 0.0001);
  EXPECT_DOUBLE_EQ(LatencyBuckets().back(), 10);
}

TEST(Registry, TooManyLabelSetsShareOneSeries) {
  Registry registry("demo");
  for (size_t i = 0; i < Registry::kSeriesMax + 5; ++i) {
    registry.GetCounter("dateline_demo_hosts_total", "By host.", {{"host", std::to_string(i)}}).Increment();
  }
  const std::string text = registry.Scrape();
  EXPECT_THAT(text, HasSubstr("dateline_demo_hosts_total{host=\"999\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("host=\"1000\"")));
  EXPECT_THAT(text, HasSubstr("dateline_demo_hosts_total{host=\"other\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("dateline_metrics_series_refused_total 5\n"));
}

TEST(RegistryDeathTest, MistakesInTheProgramEndIt) {
  EXPECT_DEATH(
      {
        Registry registry("demo");
        registry.GetCounter("not a name", "");
      },
      "not a name");
  EXPECT_DEATH(
      {
        Registry registry("demo");
        registry.GetCounter("dateline_demo_total", "");
        registry.GetGauge("dateline_demo_total", "");
      },
      "dateline_demo_total");
}

TEST(Collector, ReportsWhileItsHandleLives) {
  Registry registry("demo");
  double depth = 3;
  {
    const CollectorHandle handle = registry.AddCollector([&depth](Sink& sink) {
      sink.Gauge("dateline_demo_depth_items", "Depth.", {{"queue", "a"}}, depth);
      sink.Counter("dateline_demo_seen_total", "Seen.", {}, 7);
    });
    EXPECT_THAT(registry.Scrape(), HasSubstr("# TYPE dateline_demo_depth_items gauge\n"
                                             "dateline_demo_depth_items{queue=\"a\"} 3\n"));
    depth = 4;
    EXPECT_THAT(registry.Scrape(), HasSubstr("dateline_demo_depth_items{queue=\"a\"} 4\n"));
    EXPECT_THAT(registry.Scrape(), HasSubstr("dateline_demo_seen_total 7\n"));
  }
  EXPECT_THAT(registry.Scrape(), Not(HasSubstr("dateline_demo_depth_items")));
}

TEST(Collector, TwoMayShareANameButNotASeries) {
  Registry registry("demo");
  const auto report = [](const char* queue, double value) {
    return [queue, value](Sink& sink) { sink.Gauge("dateline_demo_depth_items", "Depth.", {{"queue", queue}}, value); };
  };
  const CollectorHandle a = registry.AddCollector(report("a", 1));
  CollectorHandle b = registry.AddCollector(report("b", 2));
  const CollectorHandle repeat = registry.AddCollector(report("a", 9));
  EXPECT_THAT(registry.Scrape(), HasSubstr("# TYPE dateline_demo_depth_items gauge\n"
                                           "dateline_demo_depth_items{queue=\"a\"} 1\n"
                                           "dateline_demo_depth_items{queue=\"b\"} 2\n"));
  CollectorHandle moved = std::move(b);
  EXPECT_THAT(registry.Scrape(), HasSubstr("queue=\"b\""));
  moved = CollectorHandle();
  EXPECT_THAT(registry.Scrape(), Not(HasSubstr("queue=\"b\"")));
}

TEST(Collector, IsAtRestOnceItsHandleIsGone) {
  Registry registry("demo");
  std::atomic<bool> stop{false};
  std::thread scraper([&] {
    while (!stop) registry.Scrape();
  });
  for (int i = 0; i < 200; ++i) {
    // Plain, not atomic: a callback after the handle's end would be a race on dead memory.
    auto value = std::make_unique<double>(1);
    const CollectorHandle handle =
        registry.AddCollector([v = value.get()](Sink& sink) { sink.Gauge("dateline_demo_x_items", "X.", {}, *v); });
    registry.GetCounter("dateline_demo_loops_total", "Loops.").Increment();
  }
  stop = true;
  scraper.join();
  EXPECT_THAT(registry.Scrape(), HasSubstr("dateline_demo_loops_total 200\n"));
}

TEST(QueueMetrics, ShowsDepthCapacityRejectsAndWait) {
  Registry registry("demo");
  size_t depth = 5;
  QueueMetrics metrics(registry, {.queue = "rpc", .depth = [&depth] { return depth; }, .capacity = 64});
  metrics.Rejected();
  metrics.Waited(std::chrono::milliseconds(2));
  const std::string text = registry.Scrape();
  EXPECT_THAT(text, HasSubstr("dateline_queue_depth_items{queue=\"rpc\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("dateline_queue_capacity_items{queue=\"rpc\"} 64\n"));
  EXPECT_THAT(text, HasSubstr("dateline_queue_rejects_total{queue=\"rpc\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dateline_queue_wait_seconds_count{queue=\"rpc\"} 1\n"));
}

TEST(Readiness, NeedsEveryCondition) {
  Readiness readiness;
  EXPECT_FALSE(readiness.ready());
  readiness.Set("store", false, "opening");
  readiness.Set("bus", true);
  EXPECT_FALSE(readiness.ready());
  EXPECT_THAT(readiness.Missing(), ElementsAre(Pair("store", "opening")));
  readiness.Set("store", true, "ignored");
  EXPECT_TRUE(readiness.ready());
  EXPECT_THAT(readiness.Missing(), IsEmpty());
  readiness.Set("bus", false, "no connection");
  EXPECT_THAT(readiness.Missing(), ElementsAre(Pair("bus", "no connection")));
}

TEST(Readiness, DrainingIsFinal) {
  Readiness readiness;
  readiness.Set("store", true);
  readiness.Drain();
  EXPECT_FALSE(readiness.ready());
  readiness.Set("store", true);
  EXPECT_THAT(readiness.Missing(), ElementsAre(Pair("draining", "the process is stopping")));
}

TEST(Readiness, ListenerHearsEachChangeOnce) {
  Readiness readiness;
  std::vector<bool> heard;
  readiness.SetListener([&heard](bool ready) { heard.push_back(ready); });
  readiness.Set("store", false, "opening");
  readiness.Set("store", true);
  readiness.Set("bus", true);
  readiness.Drain();
  readiness.Drain();
  EXPECT_THAT(heard, ElementsAre(false, true, false));
  readiness.SetListener(nullptr);
  EXPECT_EQ(heard.size(), 3u);
}

TEST(Readiness, LastWordOfManyThreadsIsTheState) {
  Readiness readiness;
  std::atomic<bool> last{true};
  readiness.SetListener([&last](bool ready) { last = ready; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&readiness, t] {
      for (int i = 0; i < 300; ++i) readiness.Set("c" + std::to_string(t), i % 2 == 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(readiness.ready());
  EXPECT_TRUE(last.load());
}

}  // namespace
}  // namespace dateline::metrics
