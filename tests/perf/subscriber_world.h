#pragma once
// Releases and the filters that people put on them, made up from a seed for measuring how fast events are matched. Two
// mixtures of filters:
//
// - followers: what subscribers of newsrooms ask for. They choose among the newsrooms, countries, organisations,
//   people and topics that there are, the well-known ones oftenest (Zipf's law), alone or together, with a language, an
//   exclusion or a figure; one in ten writes words of his own. So filters repeat, the more the more subscribers there
//   are, and every new thousand brings some that nobody had.
// - loners: nearly everybody asks for what nobody else does: two words or names out of thousands, phrases, beginnings
// of
//   words, alternatives. The worst case for sharing.
//
// Names and words are made up. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::notification {

class SubscriberWorld {
 public:
  explicit SubscriberWorld(uint64_t seed);

  // About 480 words of text, with what one of newsrooms has: names, roles, places, figures, topics, a date.
  release::v1::Release Release();
  std::string FollowerFilter();
  std::string LonerFilter();

 private:
  // Draws a rank below a bound by Zipf's law.
  class Ranks {
   public:
    explicit Ranks(size_t bound);
    size_t Draw(std::mt19937_64& random) const;

   private:
    std::vector<double> cumulative_;
  };

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  std::string Word();
  // Seldom among the commonest words.
  std::string Keyword();
  std::string Topic();
  std::string Language();
  std::string Newsroom();
  std::string Country();
  size_t NameRank();
  // One thing that a follower chooses, as a clause.
  std::string Interest();
  std::string Narrowing();

  std::mt19937_64 random_;
  const Ranks words_;
  const Ranks newsrooms_;
  const Ranks countries_;
  const Ranks topics_;
  const Ranks organizations_;
  const Ranks people_;
};

}  // namespace dateline::notification
