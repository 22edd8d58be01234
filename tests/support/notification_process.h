#pragma once
// A dateline-notification of its own beside a running suite, with short retries, so that tests need not wait for the
// hours of the real table. The command speaks to it through Run(). One owner, one thread.

#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_suite.h"

namespace dateline::testing {

class NotificationProcess {
 public:
  // `more` are further flags of the service.
  explicit NotificationProcess(const RunningSuite& suite, std::vector<std::string> more = {});

  // Starts it (again) on the same folder and waits until it is ready.
  void Start();
  void Kill();
  void Stop();
  bool WaitUntilReady() const;
  // Runs `dateline ARGS` against it.
  Completed Run(std::vector<std::string> args) const;
  const std::string& address() const { return address_; }
  std::string data_dir() const { return folder_.File("notification"); }
  // The value of a metric without labels, or with these as they are printed: "name{label=\"value\"}". The sum of all
  // that begin so; 0 when there is none, or the service does not answer.
  double Metric(const std::string& name) const;
  std::string Log() const { return process_->Stderr(); }

 private:
  const RunningSuite& suite_;
  TempDir folder_;
  std::string address_;
  std::string ops_;
  std::vector<std::string> args_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace dateline::testing
