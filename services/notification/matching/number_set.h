#pragma once
// A set of things that somebody else keeps by number, to be found by what they are: a few bytes for each, because the
// things are not kept twice. `Owner` has a `Key` with a `hash`, and says what a number stands for:
//
//   size_t HashOf(uint32_t number) const;
//   bool Is(uint32_t number, const Key& key) const;
//
// The owner stays where it is. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_set.h"

namespace dateline::notification {

template <class Owner>
class NumberSet {
 public:
  using Key = typename Owner::Key;

  explicit NumberSet(const Owner& owner) : numbers_(0, Hash{&owner}, Equal{&owner}) {}

  std::optional<uint32_t> Find(const Key& key) const {
    const auto found = numbers_.find(key);
    return found == numbers_.end() ? std::nullopt : std::optional(*found);
  }
  // The owner says already what it stands for.
  void Insert(uint32_t number) { numbers_.insert(number); }
  void Erase(uint32_t number) { numbers_.erase(number); }
  size_t size() const { return numbers_.size(); }
  bool empty() const { return numbers_.empty(); }

 private:
  struct Hash {
    using is_transparent = void;
    const Owner* owner;
    size_t operator()(uint32_t number) const { return owner->HashOf(number); }
    size_t operator()(const Key& key) const { return key.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const Owner* owner;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t number, const Key& key) const { return owner->Is(number, key); }
    bool operator()(const Key& key, uint32_t number) const { return owner->Is(number, key); }
  };
  absl::flat_hash_set<uint32_t, Hash, Equal> numbers_;
};

}  // namespace dateline::notification
