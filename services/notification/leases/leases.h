#pragma once
// Which subscriptions this process delivers for. Every attempt begins under a lease and ends before the lease is given
// up of one's own will; its outcome is written with the fence of the lease. Thread-safe.

#include <cstdint>
#include <optional>

namespace dateline::notification {

class Leases {
 public:
  virtual ~Leases() = default;

  // Whether attempts for this subscription may begin here now.
  virtual bool Holds(int64_t subscription) const = 0;
  // Whether this process matches events and reads the past, for all.
  virtual bool Leads() const = 0;

  // The right to one attempt; absent when the subscription is another's. Every grant is given back by End().
  struct Grant {
    std::optional<uint64_t> fence;  // Absent where nobody else can be meant.
  };
  virtual std::optional<Grant> Begin(int64_t subscription) = 0;
  virtual void End(int64_t subscription) = 0;
};

// For a process that has its subscriptions to itself.
class SoleLeases final : public Leases {
 public:
  bool Holds(int64_t /*subscription*/) const override { return true; }
  bool Leads() const override { return true; }
  std::optional<Grant> Begin(int64_t /*subscription*/) override { return Grant{}; }
  void End(int64_t /*subscription*/) override {}
};

}  // namespace dateline::notification
