#pragma once
// How the benchmarks measure and print: medians of several rounds, always beside the ceiling of the same part measured
// in the same run, because rates on shared machines mean little by themselves.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace dateline::perf {

using Seconds = std::chrono::duration<double>;

double SecondsSince(std::chrono::steady_clock::time_point start);
// Processor time of this thread, which other programs on the machine hardly change.
double ThreadCpuSeconds();
// The same of all threads of this process.
double ProcessCpuSeconds();

// The value below which `share` (0 to 1) of the samples lie; 0 for none.
double Percentile(std::vector<double> samples, double share);
inline double Median(std::vector<double> samples) {
  return Percentile(std::move(samples), 0.5);
}

// A rate beside its ceiling. Runs both `rounds` times in turn, so that a slow moment of the machine hits both, and
// prints "name  ours/s  ceiling/s  ratio" with the median of each and the median of the ratios.
void CompareRates(const std::string& name, const std::string& ceiling_name, int rounds,
                  const std::function<double()>& ours, const std::function<double()>& ceiling);

// "name  n  p50  p99  max" in milliseconds.
void PrintLatency(const std::string& name, const std::vector<double>& milliseconds);
void PrintRate(const std::string& name, double per_second, const std::string& note = {});

}  // namespace dateline::perf
