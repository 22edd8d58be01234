#include "services/extraction/names/sequence_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/base/embed.h"

// NAMES_DATA is the folder data/, given by the build.
EMBED_BYTES(dateline_names_model, NAMES_DATA "/names_model.bin");

namespace dateline::extraction {
namespace {

constexpr std::size_t kModelHeader = 8 + sizeof(float) * (1 + kNameLabels * kNameLabels);

// Lexicons whose words tell something about names.
constexpr std::array kTelling = {Lexicon::kOrganizationHeads, Lexicon::kOrganizationEnds, Lexicon::kOrganizations,
                                 Lexicon::kWorkNouns,         Lexicon::kHonorifics,       Lexicon::kRoles,
                                 Lexicon::kSpeechVerbs,       Lexicon::kDemonyms,         Lexicon::kPlaceNouns,
                                 Lexicon::kPrepositions,      Lexicon::kDeterminers,      Lexicon::kConjunctions,
                                 Lexicon::kAuxiliaries,       Lexicon::kMonths,           Lexicon::kStopWords};

std::uint32_t Hash(std::uint32_t a, std::uint32_t b) {
  std::uint32_t h = (a ^ (b * 0x9E3779B1U)) * 0x85EBCA6BU;
  h ^= h >> 15U;
  h *= 0xC2B2AE35U;
  return h ^ (h >> 13U);
}

std::uint32_t HashText(std::string_view text) {
  std::uint32_t h = 2166136261U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  return h;
}

std::uint32_t ShapeOf(const NameText& text, std::uint32_t i) {
  const Token& token = text.analysis().token(i);
  std::uint32_t shape = static_cast<std::uint32_t>(token.kind) << 8U;
  shape |= (token.Has(kCapital) ? 1U : 0) | (token.Has(kUpper) ? 2U : 0) | (token.Has(kInnerCapital) ? 4U : 0) |
           (token.Has(kHasDigit) ? 8U : 0) | (token.Has(kInitial) || token.Has(kDotted) ? 16U : 0) |
           (token.size() == 1 ? 32U : 0) | (text.TitleCase(i) ? 64U : 0);
  return shape;
}

}  // namespace

SequenceFeatures::SequenceFeatures(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits,
                                   const Mentions& chosen)
    : text_(text), words_(text.size()) {
  for (std::uint32_t i = 0; i < text.size(); ++i) Describe(i);
  for (const PlaceHit& hit : hits) {
    const PlaceRecord record = gazetteer.Record(hit.senses[0].record);
    const std::uint32_t kind = 1 + static_cast<std::uint32_t>(record.kind) +
                               (record.magnitude >= 18   ? 8U
                                : record.magnitude >= 14 ? 16U
                                                         : 0U);
    for (std::uint32_t i = hit.tokens.begin; i < hit.tokens.end; ++i)
      words_[i].place = kind * 2 + (i == hit.tokens.begin ? 1U : 0U);
  }
  for (const Mention& m : chosen) {
    const auto sure = static_cast<std::uint32_t>(std::clamp(m.score * 5.0F, 0.0F, 4.0F));
    const std::uint32_t rule = 1 + static_cast<std::uint32_t>(m.type) * 8 + sure;
    for (std::uint32_t i = m.tokens.begin; i < m.tokens.end; ++i)
      words_[i].rule = rule * 2 + (i == m.tokens.begin ? 1U : 0U);
  }
}

void SequenceFeatures::Describe(std::uint32_t i) {
  Word& word = words_[i];
  word.word = HashText(text_.analysis().Folded(i));
  word.shape = ShapeOf(text_, i) + 1;
  word.traits = text_.Traits(i) + (text_.SentenceStart(i) ? 32U : 0U);
  for (std::size_t k = 0; k < kTelling.size(); ++k) word.lexicons |= text_.Is(i, kTelling[k]) ? 1U << k : 0U;
}

std::vector<WordFeatures> SequenceFeatures::Of(const TokenRange& sentence) const {
  static constexpr Word kOutside{};
  std::vector<WordFeatures> out(sentence.size());
  const auto at = [&](std::int64_t i) -> const Word& {
    return i < sentence.begin || i >= sentence.end ? kOutside : words_[static_cast<std::size_t>(i)];
  };
  for (std::uint32_t i = sentence.begin; i < sentence.end; ++i) {
    WordFeatures& f = out[i - sentence.begin];
    const Word& w = at(i);
    const Word& before = at(std::int64_t{i} - 1);
    const Word& after = at(std::int64_t{i} + 1);
    const Word& before2 = at(std::int64_t{i} - 2);
    const Word& after2 = at(std::int64_t{i} + 2);
    std::uint32_t kind = 1;
    const auto add = [&](std::uint32_t value) { f.Add(Hash(value, kind++)); };
    add(0);
    add(w.word);
    add(before.word);
    add(after.word);
    add(w.shape);
    add(before.shape);
    add(after.shape);
    add(w.traits);
    add(before.traits);
    add(after.traits);
    add(w.lexicons);
    add(before.lexicons);
    add(after.lexicons);
    add(before2.lexicons);
    add(after2.lexicons);
    add(w.place);
    add(after.place);
    add(before.place);
    add(w.rule);
    add(before.rule);
    add(after.rule);
    add(Hash(w.rule, w.shape));
    add(Hash(w.rule, w.lexicons));
    add(Hash(w.shape, before.lexicons));
    add(Hash(w.shape, after.lexicons));
    add(Hash(w.traits, after.traits));
    add(Hash(before.word, w.shape));
    add(Hash(after.word, w.shape));
    const std::string_view folded = text_.analysis().Folded(i);
    add(HashText(folded.substr(0, 3)));
    add(HashText(folded.substr(folded.size() - std::min<std::size_t>(3, folded.size()))));
  }
  return out;
}

SequenceModel::SequenceModel(std::string_view bytes) {
  if (bytes.size() != kModelHeader + kModelRows * kNameLabels || !bytes.starts_with(kModelMagic)) return;
  std::memcpy(&scale_, bytes.data() + 8, sizeof scale_);
  std::memcpy(transitions_.data(), bytes.data() + 8 + sizeof scale_, sizeof transitions_);
  weights_ = reinterpret_cast<const std::int8_t*>(bytes.data() + kModelHeader);
}

const SequenceModel& SequenceModel::Embedded(std::string_view language) {
  // What the texts are in that training/train_names.cc learnt from.
  constexpr std::string_view kTrainedOn = "en";
  static const SequenceModel model(
      {dateline_names_model, static_cast<std::size_t>(dateline_names_model_end - dateline_names_model)});
  static const SequenceModel none;
  return language == kTrainedOn ? model : none;
}

std::vector<LabelScores> SequenceModel::Marginals(std::span<const WordFeatures> words) const {
  const std::size_t n = words.size();
  std::vector<LabelScores> emission(n);
  std::vector<LabelScores> forward(n);
  std::vector<LabelScores> result(n);
  if (n == 0 || empty()) return result;
  for (std::size_t i = 0; i < n; ++i) {
    std::array<std::int32_t, kNameLabels> sum{};
    for (std::size_t k = 0; k < words[i].count; ++k) {
      const std::int8_t* row = weights_ + std::size_t{words[i].rows[k]} * kNameLabels;
      for (std::size_t l = 0; l < kNameLabels; ++l) sum[l] += row[l];
    }
    const std::int32_t top = *std::max_element(sum.begin(), sum.end());
    for (std::size_t l = 0; l < kNameLabels; ++l) emission[i][l] = std::exp(static_cast<float>(sum[l] - top) * scale_);
  }
  std::array<float, kNameLabels * kNameLabels> step{};
  for (std::size_t k = 0; k < step.size(); ++k) step[k] = std::exp(transitions_[k]);
  // Probabilities, normalised at every word, so that nothing overflows.
  for (std::size_t i = 0; i < n; ++i) {
    float all = 0;
    for (std::size_t l = 0; l < kNameLabels; ++l) {
      float in = i == 0 ? (l == 0 || l % 2 == 1 ? 1.0F : 0.0F) : 0.0F;
      for (std::size_t p = 0; i > 0 && p < kNameLabels; ++p) in += forward[i - 1][p] * step[p * kNameLabels + l];
      forward[i][l] = in * emission[i][l];
      all += forward[i][l];
    }
    for (float& value : forward[i]) value /= std::max(all, 1e-30F);
  }
  LabelScores backward;
  backward.fill(1.0F);
  for (std::size_t i = n; i-- > 0;) {
    float all = 0;
    for (std::size_t l = 0; l < kNameLabels; ++l) {
      result[i][l] = forward[i][l] * backward[l];
      all += result[i][l];
    }
    for (float& value : result[i]) value /= std::max(all, 1e-30F);
    LabelScores previous{};
    LabelScores seen{};
    for (std::size_t l = 0; l < kNameLabels; ++l) seen[l] = emission[i][l] * backward[l];
    float sum = 0;
    for (std::size_t p = 0; p < kNameLabels; ++p) {
      for (std::size_t l = 0; l < kNameLabels; ++l) previous[p] += step[p * kNameLabels + l] * seen[l];
      sum += previous[p];
    }
    for (float& value : previous) value /= std::max(sum, 1e-30F);
    backward = previous;
  }
  return result;
}

void ReadMarginals(const TokenRange& sentence, std::span<const LabelScores> marginals, Mentions* out) {
  for (std::uint32_t i = 0; i < marginals.size();) {
    const auto best =
        static_cast<std::size_t>(std::max_element(marginals[i].begin(), marginals[i].end()) - marginals[i].begin());
    if (best == 0 || best % 2 == 0) {
      ++i;
      continue;
    }
    float sure = marginals[i][best];
    std::uint32_t end = i + 1;
    while (end < marginals.size() &&
           *std::max_element(marginals[end].begin(), marginals[end].end()) == marginals[end][best + 1]) {
      sure = std::min(sure, marginals[end][best + 1]);
      ++end;
    }
    out->push_back({{sentence.begin + i, sentence.begin + end}, static_cast<NameType>((best - 1) / 2), sure, "model"});
    i = end;
  }
}

}  // namespace dateline::extraction
