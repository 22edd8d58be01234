#include "tests/support/webhook_receiver.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using google::protobuf::Struct;

const google::protobuf::Value& Member(const Struct& object, const std::string& name) {
  static const google::protobuf::Value kNone;
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? kNone : found->second;
}

std::vector<std::string> Strings(const Struct& object, const std::string& name) {
  std::vector<std::string> strings;
  for (const auto& value : Member(object, name).list_value().values()) strings.push_back(value.string_value());
  return strings;
}

// The last line may still be on its way.
std::vector<Struct> Objects(const std::string& output) {
  std::vector<Struct> objects;
  for (const std::string& line : Lines(output.substr(0, output.rfind('\n') + 1))) {
    Struct object;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &object).ok()) << line;
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace

WebhookReceiver::WebhookReceiver(const std::string& key, const std::string& certificate) : tls_(!key.empty()) {
  WriteSecrets();
  // The packages are found from where the script stands.
  const std::string script = std::string(DATELINE_SOURCE_DIR) + "/build/tools/receiver.mjs";
  std::filesystem::copy_file(std::string(DATELINE_SOURCE_DIR) + "/tests/integration/receiver.mjs", script,
                             std::filesystem::copy_options::overwrite_existing);
  std::vector<std::string> args = {script, folder_.File("secrets.json")};
  if (tls_) args.insert(args.end(), {key, certificate});
  auto node = ChildProcess::Start({.program = "/usr/bin/env", .args = [&] {
                                     std::vector<std::string> all = {"node"};
                                     all.insert(all.end(), args.begin(), args.end());
                                     return all;
                                   }()});
  EXPECT_TRUE(node.ok()) << node.status();
  node_ = *std::move(node);
  EXPECT_TRUE(node_->WaitForOutput("port", kCommandLimit)) << node_->Stderr();
  for (const Struct& object : Objects(node_->Stdout())) port_ = static_cast<int>(Member(object, "port").number_value());
}

std::string WebhookReceiver::Uri(const std::string& behaviour, const std::string& name) const {
  return fmt::format("{}://127.0.0.1:{}/{}/{}", tls_ ? "https" : "http", port_, behaviour, name);
}

void WebhookReceiver::SetSecret(const std::string& name, const std::string& secret) {
  secrets_[name] = secret;
  WriteSecrets();
}

void WebhookReceiver::WriteSecrets() const {
  std::string json = "{";
  for (const auto& [name, secret] : secrets_) {
    json += fmt::format("{}\"{}\":\"{}\"", json.size() > 1 ? "," : "", name, secret);
  }
  folder_.Write("secrets.json.new", json + "}");
  std::filesystem::rename(folder_.File("secrets.json.new"), folder_.File("secrets.json"));
}

std::vector<ReceivedWebhook> WebhookReceiver::Received(const std::string& name) const {
  std::vector<ReceivedWebhook> received;
  for (const Struct& object : Objects(node_->Stdout())) {
    if (!object.fields().contains("behaviour")) continue;
    ReceivedWebhook one;
    one.name = Member(object, "name").string_value();
    if (!name.empty() && one.name != name) continue;
    one.id = Member(object, "id").string_value();
    one.verified = Member(object, "verified").bool_value();
    one.signatures = static_cast<int>(Member(object, "signatures").number_value());
    one.ids = Strings(object, "ids");
    one.types = Strings(object, "types");
    one.titles = Strings(object, "titles");
    for (const auto& value : Member(object, "sequences").list_value().values()) {
      one.sequences.push_back(static_cast<uint64_t>(value.number_value()));
    }
    one.backfill = Member(object, "backfill").bool_value();
    received.push_back(std::move(one));
  }
  return received;
}

size_t WebhookReceiver::Cut() const {
  size_t cut = 0;
  for (const Struct& object : Objects(node_->Stdout())) cut += object.fields().contains("cut") ? 1 : 0;
  return cut;
}

std::vector<std::string> WebhookReceiver::Problems() const {
  std::vector<std::string> problems;
  for (const Struct& object : Objects(node_->Stdout())) {
    if (object.fields().contains("problem")) problems.push_back(Member(object, "problem").string_value());
  }
  return problems;
}

}  // namespace dateline::testing
