#pragma once
// The receiver of webhooks (tests/integration/receiver.mjs) as a child process, and what it has received. One owner,
// one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/testing/child_process.h"
#include "common/testing/temp_dir.h"

namespace dateline::testing {

struct ReceivedWebhook {
  std::string name;
  std::string id;  // webhook-id
  bool verified = false;
  int signatures = 0;
  std::vector<std::string> ids;  // Of the events.
  std::vector<uint64_t> sequences;
  std::vector<std::string> types;
  std::vector<std::string> titles;
  bool backfill = false;
};

class WebhookReceiver {
 public:
  // With key and certificate it speaks TLS.
  explicit WebhookReceiver(const std::string& key = {}, const std::string& certificate = {});

  // Where `name` is received with this behaviour.
  std::string Uri(const std::string& behaviour, const std::string& name) const;
  void SetSecret(const std::string& name, const std::string& secret);
  // Everything so far, in the order of arrival; of one name when given.
  std::vector<ReceivedWebhook> Received(const std::string& name = {}) const;
  // How many requests ended without an answer, because the sender was gone.
  size_t Cut() const;
  // Grows with every request and answer; cheaper to ask again and again than the others.
  size_t Progress() const { return node_->Stdout().size(); }
  // What did not verify or decode.
  std::vector<std::string> Problems() const;

 private:
  void WriteSecrets() const;

  TempDir folder_;
  const bool tls_;
  std::map<std::string, std::string> secrets_;
  std::unique_ptr<ChildProcess> node_;
  int port_ = 0;
};

}  // namespace dateline::testing
