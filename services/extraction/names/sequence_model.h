#pragma once
// A linear-chain conditional random field over the words of a sentence: for each word the probability that it begins or
// goes on a person, an organisation or a place. It sees the word, its neighbours, what the tables know of them, and
// what the rules chose, each feature hashed to one of kModelRows rows of weights. The weights (data/names_model.bin)
// are learnt by training/train_names.cc and kept in eight bits. Immutable, thread-safe, linear in the words.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"
#include "services/extraction/names/place_rules.h"

namespace dateline::extraction {

// Nothing, then beginning and continuation of person, organisation, place (in the order of NameType).
inline constexpr std::size_t kNameLabels = 7;
inline constexpr std::uint32_t kModelRows = 1U << 16U;

using LabelScores = std::array<float, kNameLabels>;

inline std::size_t BeginLabel(NameType type) {
  return 1 + 2 * static_cast<std::size_t>(type);
}

// The rows of weights that speak at one word.
struct WordFeatures {
  static constexpr std::size_t kMax = 40;
  std::array<std::uint32_t, kMax> rows{};
  std::size_t count = 0;

  void Add(std::uint32_t row) {
    if (count < kMax) rows[count++] = row & (kModelRows - 1);
  }
};

// Computes features; made once a text.
class SequenceFeatures {
 public:
  // `chosen` is what the rules chose, left to right.
  SequenceFeatures(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits,
                   const Mentions& chosen);
  // Of every word of a sentence.
  std::vector<WordFeatures> Of(const TokenRange& sentence) const;

 private:
  void Describe(std::uint32_t i);

  struct Word {
    std::uint32_t word = 0;
    std::uint32_t shape = 0;
    std::uint32_t traits = 0;
    std::uint32_t lexicons = 0;
    std::uint32_t place = 0;
    std::uint32_t rule = 0;
  };
  const NameText& text_;
  std::vector<Word> words_;
};

// The weights. A model without bytes is empty and knows nothing.
class SequenceModel {
 public:
  SequenceModel() = default;
  // `bytes` as MakeBytes writes them; empty when they are not that.
  explicit SequenceModel(std::string_view bytes);
  // The one in the program for texts of `language`, the name of a language pack; an empty one where none was trained.
  static const SequenceModel& Embedded(std::string_view language);

  bool empty() const { return weights_ == nullptr; }
  // The probability of every label at every word, by forward-backward.
  std::vector<LabelScores> Marginals(std::span<const WordFeatures> words) const;

 private:
  const std::int8_t* weights_ = nullptr;
  float scale_ = 0;
  std::array<float, kNameLabels * kNameLabels> transitions_{};
};

// Names that the model sees in a sentence, with its probability as their score.
void ReadMarginals(const TokenRange& sentence, std::span<const LabelScores> marginals, Mentions* out);

// The bytes of a model: "DLNAMES1", scale, transitions (floats), then rows of eight-bit weights, a label after another.
inline constexpr std::string_view kModelMagic = "DLNAMES1";

}  // namespace dateline::extraction
