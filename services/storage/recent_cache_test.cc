// Proves that what was asked for lately stays, and that the cache never holds more than it may.

#include "services/storage/recent_cache.h"

#include <gtest/gtest.h>

namespace dateline::storage {
namespace {

using Cache = RecentCache<const int>;

TEST(RecentCache, KeepsWhatIsAskedForAndDropsTheRest) {
  Cache cache(100);
  cache.Put(1, std::make_shared<const int>(11), 10);
  cache.Put(2, std::make_shared<const int>(22), 10);
  for (int64_t id = 3; id <= 50; ++id) {
    ASSERT_NE(cache.Find(1), nullptr) << id;
    cache.Put(id, std::make_shared<const int>(0), 10);
  }
  EXPECT_EQ(*cache.Find(1), 11);
  EXPECT_EQ(cache.Find(2), nullptr);
  EXPECT_NE(cache.Find(50), nullptr);
}

TEST(RecentCache, HoldsNoMoreThanItMay) {
  Cache cache(100);
  for (int64_t id = 1; id <= 1'000; ++id) cache.Put(id, std::make_shared<const int>(0), 10);
  size_t held = 0;
  for (int64_t id = 1; id <= 1'000; ++id) held += cache.Find(id) != nullptr ? 1 : 0;
  EXPECT_GE(held, 4U);
  EXPECT_LE(held, 10U);
}

TEST(RecentCache, OneThatGrewWeighsWhatItWeighsNow) {
  Cache cache(100);
  for (size_t bytes = 1; bytes <= 40; ++bytes) cache.Put(1, std::make_shared<const int>(0), bytes);
  cache.Put(2, std::make_shared<const int>(0), 5);
  EXPECT_NE(cache.Find(1), nullptr);
  EXPECT_NE(cache.Find(2), nullptr);
}

TEST(RecentCache, AnOldValueNeverComesBack) {
  Cache cache(20);
  cache.Put(1, std::make_shared<const int>(1), 10);  // Half of all: it is among the old at once.
  cache.Put(1, std::make_shared<const int>(2), 1);
  EXPECT_EQ(*cache.Find(1), 2);
  cache.Remove(1);
  EXPECT_EQ(cache.Find(1), nullptr);
  cache.Put(2, std::make_shared<const int>(3), 10);
  cache.Remove(2);
  EXPECT_EQ(cache.Find(2), nullptr);
}

TEST(RecentCache, WhatItDropsIsStillThereForWhoeverHasIt) {
  Cache cache(20);
  cache.Put(1, std::make_shared<const int>(7), 10);
  const Cache::Shared mine = cache.Find(1);
  cache.Clear();
  EXPECT_EQ(cache.Find(1), nullptr);
  EXPECT_EQ(*mine, 7);
}

}  // namespace
}  // namespace dateline::storage
