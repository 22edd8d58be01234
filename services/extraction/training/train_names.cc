// Learns names/data/names_model.bin, the weights of names/sequence_model.h: a linear-chain conditional random field,
// trained by AdaGrad on the negative log-likelihood with a fixed order of examples, so that the same input gives the
// same bytes. README.md beside this says what goes in. Input on stdin, lines parted by tabs:
//   D <weight> <path> [weak]   a text; "weak": its labels are what the rules are sure of, sentences with doubts are
//   left out E <P|O|L> <surface>        a name of the text above, at each of its occurrences
// train_names OUT [FOLDS]: with FOLDS it first reports what rules and rules with a model that has not seen the text
// find.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/extraction/extract.h"
#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/find_names.h"

namespace dateline::extraction {
namespace {

constexpr int kEpochs = 8;
constexpr float kRate = 0.12F;
constexpr float kShrink = 1e-5F;
constexpr float kSure = 0.85F;
constexpr std::uint32_t kMaxNameTokens = 18;

struct Example {
  std::vector<WordFeatures> words;
  std::vector<std::uint8_t> labels;
  float weight = 1;
  int document = 0;
};

struct Document {
  float weight = 1;
  std::string path;
  bool weak = false;
  std::unordered_map<std::uint64_t, NameType> names;
  std::array<std::set<std::uint64_t>, 3> surfaces;
  std::unique_ptr<release::v1::Release> release;
  std::unique_ptr<Analysis> analysis;
  std::unique_ptr<NameText> text;
  NameProposals proposals;
};

class Weights {
 public:
  Weights() : row_(std::size_t{kModelRows} * kNameLabels), row_square_(row_.size(), 1e-6F) { square_.fill(1e-6F); }

  // One step on one example; returns its loss.
  double Step(const Example& example) {
    const std::size_t n = example.words.size();
    std::vector<std::array<double, kNameLabels>> emission(n), alpha(n), beta(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t l = 0; l < kNameLabels; ++l) {
        double sum = 0;
        for (std::size_t k = 0; k < example.words[i].count; ++k)
          sum += row_[std::size_t{example.words[i].rows[k]} * kNameLabels + l];
        emission[i][l] = sum;
      }
    }
    const auto log_sum = [](const std::array<double, kNameLabels>& v) {
      const double top = *std::max_element(v.begin(), v.end());
      double sum = 0;
      for (const double x : v) sum += std::exp(x - top);
      return top + std::log(sum);
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t l = 0; l < kNameLabels; ++l) {
        if (i == 0) {
          alpha[i][l] = emission[i][l] + (l == 0 || l % 2 == 1 ? 0 : -30);
          continue;
        }
        std::array<double, kNameLabels> v{};
        for (std::size_t p = 0; p < kNameLabels; ++p) v[p] = alpha[i - 1][p] + transition_[p * kNameLabels + l];
        alpha[i][l] = log_sum(v) + emission[i][l];
      }
    }
    const double all = log_sum(alpha[n - 1]);
    beta[n - 1].fill(0);
    for (std::size_t i = n - 1; i-- > 0;) {
      for (std::size_t p = 0; p < kNameLabels; ++p) {
        std::array<double, kNameLabels> v{};
        for (std::size_t l = 0; l < kNameLabels; ++l)
          v[l] = transition_[p * kNameLabels + l] + emission[i + 1][l] + beta[i + 1][l];
        beta[i][p] = log_sum(v);
      }
    }
    double gold = 0;
    std::array<float, kNameLabels * kNameLabels> step{};
    for (std::size_t i = 0; i < n; ++i) {
      gold += emission[i][example.labels[i]];
      if (i > 0) {
        gold += transition_[example.labels[i - 1] * kNameLabels + example.labels[i]];
        step[example.labels[i - 1] * kNameLabels + example.labels[i]] += 1;
        for (std::size_t p = 0; p < kNameLabels; ++p) {
          for (std::size_t l = 0; l < kNameLabels; ++l)
            step[p * kNameLabels + l] -= static_cast<float>(
                std::exp(alpha[i - 1][p] + transition_[p * kNameLabels + l] + emission[i][l] + beta[i][l] - all));
        }
      }
      for (std::size_t l = 0; l < kNameLabels; ++l) {
        const double probability = std::exp(alpha[i][l] + beta[i][l] - all);
        const auto gradient = static_cast<float>((example.labels[i] == l ? 1.0 : 0.0) - probability) * example.weight;
        if (std::abs(gradient) < 1e-4F) continue;
        for (std::size_t k = 0; k < example.words[i].count; ++k) {
          const std::size_t at = std::size_t{example.words[i].rows[k]} * kNameLabels + l;
          const float g = gradient - kShrink * row_[at];
          row_square_[at] += g * g;
          row_[at] += kRate * g / std::sqrt(row_square_[at]);
        }
      }
    }
    for (std::size_t k = 0; k < step.size(); ++k) {
      const float g = step[k] * example.weight;
      square_[k] += g * g;
      transition_[k] = std::max(-8.0F, transition_[k] + kRate * g / std::sqrt(square_[k]));
    }
    return all - gold;
  }

  std::string Bytes() const {
    float top = 1e-6F;
    for (const float w : row_) top = std::max(top, std::abs(w));
    const float scale = top / 127;
    std::string out(kModelMagic);
    out.append(reinterpret_cast<const char*>(&scale), sizeof scale);
    out.append(reinterpret_cast<const char*>(transition_.data()), sizeof transition_);
    for (const float w : row_) out.push_back(static_cast<char>(static_cast<std::int8_t>(std::lround(w / scale))));
    return out;
  }

 private:
  std::vector<float> row_;
  std::vector<float> row_square_;
  std::array<float, kNameLabels * kNameLabels> transition_{};
  std::array<float, kNameLabels * kNameLabels> square_{};
};

class Trainer {
 public:
  explicit Trainer(const Extractor& extractor) : extractor_(extractor), packs_(*LanguagePacks::Create()) {}

  void Read(std::istream& in) {
    for (std::string line; std::getline(in, line);) {
      std::istringstream fields(line);
      std::string kind, a, b, c;
      std::getline(fields, kind, '\t');
      std::getline(fields, a, '\t');
      std::getline(fields, b, '\t');
      std::getline(fields, c, '\t');
      if (kind == "D") {
        documents_.emplace_back();
        documents_.back().weight = std::stof(a);
        documents_.back().path = b;
        documents_.back().weak = c == "weak";
      } else if (kind == "E" && !documents_.empty()) {
        const NameType type = a == "P" ? NameType::kPerson : a == "O" ? NameType::kOrganization : NameType::kPlace;
        documents_.back().names.try_emplace(NameKeyOf(b), type);
        documents_.back().surfaces[static_cast<std::size_t>(type)].insert(NameKeyOf(b));
      }
    }
    for (Document& document : documents_) Open(&document);
    for (std::size_t d = 0; d < documents_.size(); ++d) AddExamples(static_cast<int>(d));
    std::cerr << documents_.size() << " texts, " << examples_.size() << " sentences\n";
  }

  // Trains on all texts but every `folds`-th of the annotated ones from `fold` on.
  std::string Train(int fold, int folds) const {
    std::vector<const Example*> order;
    for (const Example& example : examples_) {
      if (fold < 0 || !HeldOut(example.document, fold, folds)) order.push_back(&example);
    }
    auto weights = std::make_unique<Weights>();
    std::uint64_t state = 88172645463325252ULL;
    for (int epoch = 0; epoch < kEpochs; ++epoch) {
      for (std::size_t i = order.size(); i > 1; --i) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        std::swap(order[i - 1], order[state % i]);
      }
      double loss = 0;
      for (const Example* example : order) loss += weights->Step(*example);
      std::cerr << "epoch " << epoch << " loss " << loss / static_cast<double>(order.size()) << "\n";
    }
    return weights->Bytes();
  }

  // Distinct names per text, found and right, summed over the texts held out.
  void CrossValidate(int folds) const {
    std::array<std::array<double, 3>, 3> with{}, without{};
    for (int fold = 0; fold < folds; ++fold) {
      const std::string bytes = Train(fold, folds);
      const SequenceModel model(bytes);
      for (std::size_t d = 0; d < documents_.size(); ++d) {
        if (!HeldOut(static_cast<int>(d), fold, folds)) continue;
        Score(documents_[d], model, &with);
        Score(documents_[d], SequenceModel(), &without);
      }
    }
    Print("rules", without);
    Print("rules and model", with);
  }

 private:
  bool HeldOut(int document, int fold, int folds) const {
    const Document& d = documents_[static_cast<std::size_t>(document)];
    return !d.weak && d.weight >= 1 && document % folds == fold;
  }

  void Open(Document* document) const {
    std::ifstream file(document->path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    auto release = extractor_.Extract({.bytes = bytes, .content_type = "text/plain", .omit_facts = true});
    document->release = std::make_unique<release::v1::Release>(release.ok() ? *release : release::v1::Release());
    document->analysis =
        std::make_unique<Analysis>(Analyze(*document->release, packs_->For(document->release->language())));
    document->text = std::make_unique<NameText>(*document->analysis);
    document->proposals = ProposeNames(*document->text, gazetteer_);
  }

  void AddExamples(int index) {
    const Document& d = documents_[static_cast<std::size_t>(index)];
    const SequenceFeatures features(*d.text, gazetteer_, d.proposals.hits, d.proposals.chosen);
    std::vector<std::uint8_t> labels(d.text->size());
    std::vector<bool> doubt(d.analysis->sentences().size());
    if (d.weak) {
      for (const Mention& m : d.proposals.chosen) {
        if (m.score > 0.35F && m.score < kSure) doubt[d.analysis->SentenceOf(m.tokens.begin)] = true;
        if (m.score >= kSure && m.type != NameType::kOther) Label(m.tokens, m.type, &labels);
      }
    } else {
      LabelNames(d, &labels);
    }
    for (std::size_t s = 0; s < doubt.size(); ++s) {
      const TokenRange& sentence = d.analysis->sentences()[s].tokens;
      if (doubt[s] || sentence.empty() || sentence.size() > 300 || !d.text->Usable(sentence.begin)) continue;
      Example example{
          features.Of(sentence), {labels.begin() + sentence.begin, labels.begin() + sentence.end}, d.weight, index};
      examples_.push_back(std::move(example));
    }
  }

  static void Label(const TokenRange& tokens, NameType type, std::vector<std::uint8_t>* labels) {
    for (std::uint32_t i = tokens.begin; i < tokens.end; ++i)
      (*labels)[i] = static_cast<std::uint8_t>(BeginLabel(type) + (i == tokens.begin ? 0 : 1));
  }

  static void LabelNames(const Document& d, std::vector<std::uint8_t>* labels) {
    for (std::uint32_t i = 0; i < d.text->size();) {
      std::uint32_t next = i + 1;
      if (d.analysis->token(i).kind == TokenKind::kWord || d.analysis->token(i).kind == TokenKind::kNumber ||
          d.analysis->token(i).kind == TokenKind::kIdeograph) {
        for (std::uint32_t end = std::min(d.text->size(), i + kMaxNameTokens); end > i; --end) {
          const Token& last = d.analysis->token(end - 1);
          if (last.kind == TokenKind::kPunctuation && !last.Has(kAbbreviationDot)) continue;
          const auto name = d.names.find(NameKeyOf(d.analysis->Text(TokenRange{i, end})));
          if (name == d.names.end()) continue;
          if (!d.text->Capital(i) && d.analysis->token(i).kind == TokenKind::kWord) continue;
          Label({i, end}, name->second, labels);
          next = end;
          break;
        }
      }
      i = next;
    }
  }

  void Score(const Document& d, const SequenceModel& model, std::array<std::array<double, 3>, 3>* sums) const {
    std::array<std::set<std::uint64_t>, 3> found;
    for (const Mention& m : DecideNames(*d.text, gazetteer_, d.proposals, model))
      found[static_cast<std::size_t>(m.type)].insert(NameKeyOf(d.analysis->Text(m.tokens)));
    for (std::size_t t = 0; t < 3; ++t) {
      for (const std::uint64_t key : found[t]) (*sums)[t][0] += d.surfaces[t].contains(key) ? 1 : 0;
      (*sums)[t][1] += static_cast<double>(found[t].size());
      (*sums)[t][2] += static_cast<double>(d.surfaces[t].size());
    }
  }

  static void Print(const char* what, const std::array<std::array<double, 3>, 3>& sums) {
    static constexpr std::array kTypes = {"people", "organizations", "places"};
    for (std::size_t t = 0; t < 3; ++t) {
      const double p = sums[t][0] / std::max(1.0, sums[t][1]);
      const double r = sums[t][0] / std::max(1.0, sums[t][2]);
      std::printf("%s: %s P %.4f R %.4f F1 %.4f\n", what, kTypes[t], p, r, p + r > 0 ? 2 * p * r / (p + r) : 0);
    }
  }

  const Extractor& extractor_;
  std::unique_ptr<const LanguagePacks> packs_;
  Gazetteer gazetteer_;
  std::vector<Document> documents_;
  std::vector<Example> examples_;
};

}  // namespace
}  // namespace dateline::extraction

int main(int argc, char** argv) {
  using dateline::extraction::Extractor;
  if (argc < 2) {
    std::cerr << "usage: train_names OUT [FOLDS] < texts.tsv\n";
    return 2;
  }
  const auto extractor = Extractor::Create();
  if (!extractor.ok()) {
    std::cerr << extractor.status().message() << "\n";
    return 1;
  }
  dateline::extraction::Trainer trainer(**extractor);
  trainer.Read(std::cin);
  if (argc > 2) trainer.CrossValidate(std::atoi(argv[2]));
  std::ofstream(argv[1], std::ios::binary) << trainer.Train(-1, 1);
  return 0;
}
