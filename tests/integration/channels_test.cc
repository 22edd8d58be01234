// E-mail and NATS by the real programs, against servers that are not ours: aiosmtpd, which hands each message to
// Python's parser of e-mail, and Debian's nats-server with a JetStream.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include "common/testing/ports.h"
#include "common/testing/wait.h"
#include "tests/support/notification_process.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using google::protobuf::Struct;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kQuickRetries = {"--delivery.retry_offsets=200ms", "--delivery.retry_offsets=1s",
                                                "--delivery.retry_offsets=600s"};

std::vector<std::string> With(std::vector<std::string> flags) {
  flags.insert(flags.end(), kQuickRetries.begin(), kQuickRetries.end());
  return flags;
}

void Ingest(const RunningSuite& suite, size_t from, size_t to) {
  std::vector<std::string> args = {"ingest", "--wait"};
  for (size_t i = from; i < to; ++i) {
    args.push_back(suite.folder().Write("r" + std::to_string(i) + ".txt", ReleaseTextFile(i)));
  }
  const Completed ingest = suite.Run(args);
  ASSERT_EQ(ingest.status, 0) << ingest.err;
}

class SmtpServer {
 public:
  SmtpServer() : port_(FreePorts(1)[0]) {
    auto started = ChildProcess::Start(
        {.program = "/usr/bin/python3",
         .args = {std::string(DATELINE_SOURCE_DIR) + "/tests/integration/smtp_server.py", std::to_string(port_)}});
    EXPECT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
    EXPECT_TRUE(process_->WaitForOutput("port", kCommandLimit)) << process_->Stderr();
  }
  std::string Url() const { return fmt::format("smtp://127.0.0.1:{}", port_); }
  std::vector<Struct> Messages() const {
    std::vector<Struct> messages;
    const std::string out = process_->Stdout();
    for (const std::string& line : Lines(out.substr(0, out.rfind('\n') + 1))) {
      Struct object;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &object).ok()) << line;
      if (object.fields().contains("subject")) messages.push_back(std::move(object));
    }
    return messages;
  }

 private:
  const uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

std::string Text(const Struct& object, const std::string& name) {
  return object.fields().at(name).string_value();
}

TEST(Email, ArrivesAsTextAndHtmlAndIsTriedAgain) {
  const RunningSuite suite;
  const SmtpServer smtp;
  const NotificationProcess service(suite, With({"--email.smtp_url=" + smtp.Url(), "--email.require_tls=false",
                                                 "--email.from=desk@dateline.example"}));
  ASSERT_EQ(service
                .Run({"subscribe", "--email", "reader@example.org", "--email", "second@example.org", "--id", "mail",
                      "--filter", fmt::format("title:\"{}\"", ReleaseTitle(1))})
                .status,
            0);
  ASSERT_EQ(service.Run({"subscribe", "--email", "later@example.org", "--id", "refused-once"}).status, 0);
  const std::string foreign = suite.folder().Write(
      "foreign.txt",
      "Genève accueille la conférence 海南省三亚市 sur l'eau\n\nGENÈVE, 3 mars 2026 - La ministre <b>n'est pas</b> "
      "venue. La conférence s'ouvre mardi à Genève devant trois cents délégués.\n");
  Ingest(suite, 0, 2);
  ASSERT_EQ(suite.Run({"ingest", "--wait", foreign}).status, 0);
  ASSERT_TRUE(WaitUntil([&] { return smtp.Messages().size() == 4; })) << service.Log();
  for (const Struct& message : smtp.Messages()) {
    EXPECT_THAT(message.fields().at("defects").list_value().values(), IsEmpty());
    EXPECT_LE(message.fields().at("longest").number_value(), 998);
    EXPECT_TRUE(message.fields().at("ascii").bool_value());
    EXPECT_EQ(Text(message, "from"), "desk@dateline.example");
    EXPECT_NE(Text(message, "date"), "");
    if (message.fields().at("recipients").list_value().values_size() == 2) {
      EXPECT_EQ(Text(message, "to"), "reader@example.org, second@example.org");
      EXPECT_EQ(Text(message, "subject"), ReleaseTitle(1));
      EXPECT_THAT(Text(message, "plain"), HasSubstr(ReleaseTitle(1)));
      EXPECT_THAT(Text(message, "plain"), HasSubstr("because title:"));
      EXPECT_THAT(Text(message, "html"), HasSubstr("<h2>"));
    }
  }
  EXPECT_EQ(Text(smtp.Messages().back(), "subject"), "Genève accueille la conférence 海南省三亚市 sur l'eau");
  EXPECT_THAT(service.Run({"deliveries", "refused-once", "--attempts"}).out, HasSubstr("451"));
}

TEST(Nats, PublishesIntoTheStreamOnceForEachEvent) {
  const RunningSuite suite;
  const TempDir folder;
  const uint16_t port = FreePorts(1)[0];
  auto server =
      ChildProcess::Start({.program = "/usr/sbin/nats-server",
                           .args = {"-js", "-a", "127.0.0.1", "-p", std::to_string(port), "-sd", folder.File("js")}});
  if (!server.ok()) {
    server =
        ChildProcess::Start({.program = "/usr/bin/nats-server",
                             .args = {"-js", "-a", "127.0.0.1", "-p", std::to_string(port), "-sd", folder.File("js")}});
  }
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string url = fmt::format("nats://127.0.0.1:{}", port);
  natsConnection* connection = nullptr;
  ASSERT_TRUE(WaitUntil([&] { return natsConnection_ConnectTo(&connection, url.c_str()) == NATS_OK; }));
  jsCtx* js = nullptr;
  ASSERT_EQ(natsConnection_JetStream(&js, connection, nullptr), NATS_OK);

  const NotificationProcess service(suite, With({"--nats.url=" + url}));
  ASSERT_EQ(service.Run({"subscribe", "--nats", "news.{type}", "--id", "stream"}).status, 0);
  Ingest(suite, 0, 1);  // There is no stream yet: the attempt fails and is repeated.
  ASSERT_TRUE(WaitUntil([&] {
    return service.Run({"deliveries", "stream", "--attempts"}).out.find("NATS") != std::string::npos;
  }));
  jsStreamConfig config{};
  jsStreamConfig_Init(&config);
  config.Name = "NEWS";
  const char* subjects[] = {"news.>"};
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  ASSERT_EQ(js_AddStream(nullptr, js, &config, nullptr, nullptr), NATS_OK);
  Ingest(suite, 1, 5);
  const auto count = [&] {
    jsStreamInfo* info = nullptr;
    const uint64_t messages = js_GetStreamInfo(&info, js, "NEWS", nullptr, nullptr) == NATS_OK ? info->State.Msgs : 0;
    jsStreamInfo_Destroy(info);
    return messages;
  };
  ASSERT_TRUE(WaitUntil(kCommandLimit, [&] { return count() == 5; }))
      << service.Run({"deliveries", "stream", "--attempts"}).out;
  ASSERT_EQ(service.Run({"replay", "stream", "--from", "1", "--to", "5"}).status, 0);
  ASSERT_TRUE(WaitUntil([&] { return service.Run({"deliveries", "stream", "--state", "pending"}).out.empty(); }));
  EXPECT_EQ(count(), 5U) << "the stream drops repeats by Nats-Msg-Id";
  natsSubscription* subscription = nullptr;
  ASSERT_EQ(js_PullSubscribe(&subscription, js, "news.>", "reader", nullptr, nullptr, nullptr), NATS_OK);
  natsMsgList messages{};
  ASSERT_EQ(natsSubscription_Fetch(&messages, subscription, 5, 5'000, nullptr), NATS_OK);
  ASSERT_EQ(messages.Count, 5);
  const natsMsg* const first = messages.Msgs[0];
  EXPECT_STREQ(natsMsg_GetSubject(messages.Msgs[0]), "news.org.dateline.release.published");
  Struct event;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  std::string(natsMsg_GetData(first), static_cast<size_t>(natsMsg_GetDataLength(first))), &event)
                  .ok());
  const char* id = nullptr;
  ASSERT_EQ(natsMsgHeader_Get(messages.Msgs[0], "Nats-Msg-Id", &id), NATS_OK);
  EXPECT_EQ(Text(event, "id"), id);
  natsMsgList_Destroy(&messages);
  natsSubscription_Destroy(subscription);
  jsCtx_Destroy(js);
  natsConnection_Destroy(connection);
}

}  // namespace
}  // namespace dateline::testing
