// A subscriber in Python, written from proto/README.md alone, follows the bus and the log of the running suite: every
// event comes once and in order, over its own restarts and with the bus dying under it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using ::testing::HasSubstr;

class PythonSubscriber : public ::testing::Test {
 protected:
  std::unique_ptr<ChildProcess> Start(size_t until) const {
    auto child = ChildProcess::Start({
        .program = "/usr/bin/python3",
        .args = {std::string(DATELINE_SOURCE_DIR) + "/tests/integration/subscriber.py", "--protos",
                 DATELINE_PYTHON_PROTOS, "--bus", "tcp://" + suite_.endpoints().eventbus.address, "--log",
                 suite_.endpoints().storage.address, "--cursor", suite_.folder().File("cursor"), "--until",
                 std::to_string(until), "--seconds", "60"},
        .env = {},
        .directory = {},
    });
    EXPECT_TRUE(child.ok()) << child.status();
    return child.ok() ? *std::move(child) : nullptr;
  }

  void Ingest(size_t from, size_t to) const {
    std::vector<std::string> args = {"ingest", "--wait", "--jobs", "2"};
    for (size_t i = from; i < to; ++i) {
      args.push_back(suite_.folder().Write("r" + std::to_string(i) + ".txt", ReleaseTextFile(i)));
    }
    const Completed ingest = suite_.Run(args);
    EXPECT_EQ(ingest.status, 0) << ingest.err;
  }

  static void ExpectSequences(const std::vector<std::string>& lines, size_t first, size_t count) {
    ASSERT_EQ(lines.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_THAT(lines[i], HasSubstr("\"sequence\": " + std::to_string(first + i) + ","));
    }
  }

  const RunningSuite suite_;
};

TEST_F(PythonSubscriber, SeesEachEventOnceOverItsOwnRestart) {
  const auto first = Start(10);
  Ingest(0, 10);
  ASSERT_EQ(first->Wait(kCommandLimit).value_or(-1), 0) << first->Stderr();
  ExpectSequences(Lines(first->Stdout()), 1, 10);
  EXPECT_THAT(first->Stdout(), HasSubstr("org.dateline.release.published"));

  Ingest(10, 20);  // Nobody listens.
  const auto second = Start(30);
  Ingest(20, 30);
  ASSERT_EQ(second->Wait(kCommandLimit).value_or(-1), 0) << second->Stderr();
  ExpectSequences(Lines(second->Stdout()), 11, 20);
}

TEST_F(PythonSubscriber, SeesEachEventOnceWhenTheBusDies) {
  const auto subscriber = Start(40);
  Ingest(0, 10);
  ASSERT_TRUE(suite_.Kill("eventbus"));
  Ingest(10, 25);
  ASSERT_TRUE(suite_.Kill("eventbus") || suite_.Healthy(kCommandLimit));
  Ingest(25, 40);
  ASSERT_EQ(subscriber->Wait(kCommandLimit).value_or(-1), 0) << subscriber->Stderr();
  ExpectSequences(Lines(subscriber->Stdout()), 1, 40);
}

}  // namespace
}  // namespace dateline::testing
