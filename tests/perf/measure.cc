#include "tests/perf/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

namespace dateline::perf {

double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double ProcessCpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

double Percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  const double last = static_cast<double>(samples.size() - 1);
  const auto index = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * last));
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(index), samples.end());
  return samples[index];
}

void CompareRates(const std::string& name, const std::string& ceiling_name, int rounds,
                  const std::function<double()>& ours, const std::function<double()>& ceiling) {
  std::vector<double> our_rates;
  std::vector<double> ceilings;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    our_rates.push_back(ours());
    ceilings.push_back(ceiling());
    ratios.push_back(ceilings.back() > 0 ? our_rates.back() / ceilings.back() : 0);
  }
  fmt::print("{:<44} {:>10.0f}/s   {:<38} {:>10.0f}/s   ratio {:.2f} (median of {})\n", name, Median(our_rates),
             ceiling_name, Median(ceilings), Median(ratios), rounds);
}

void PrintLatency(const std::string& name, const std::vector<double>& milliseconds) {
  fmt::print("{:<44} n {:<6} p50 {:.2f} ms   p99 {:.2f} ms   max {:.2f} ms\n", name, milliseconds.size(),
             Median(milliseconds), Percentile(milliseconds, 0.99), Percentile(milliseconds, 1));
}

void PrintRate(const std::string& name, double per_second, const std::string& note) {
  fmt::print("{:<44} {:>10.0f}/s   {}\n", name, per_second, note);
}

}  // namespace dateline::perf
