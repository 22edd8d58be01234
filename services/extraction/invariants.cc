#include "services/extraction/invariants.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <string_view>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/extract.h"

namespace dateline::extraction {
namespace {

using release::v1::Release;
using release::v1::Span;

class Checker {
 public:
  explicit Checker(const Release& release) : release_(release), text_(release.text()) {}

  std::string Run() {
    if (text_.size() > kMaxTextBytes) Fail("the text is over its limit");
    if (!text::IsValidUtf8(text_))
      Fail("the text is not UTF-8");
    else if (!text::IsNfc(text_))
      Fail("the text is not in form C");
    if (!text::IsValidUtf8(release_.title()) || release_.title().find('\n') != std::string::npos)
      Fail("the title is not one line of UTF-8");
    Sections();
    Facts();
    return problem_;
  }

 private:
  void Fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  bool Check(const Span& span, std::string_view what) {
    const bool good = span.start() <= span.end() && span.end() <= text_.size() &&
                      text::IsBoundary(text_, span.start()) && text::IsBoundary(text_, span.end());
    if (!good)
      Fail(fmt::format("the span [{}, {}) of {} is not inside the text on character boundaries", span.start(),
                       span.end(), what));
    return good;
  }

  void CheckWords(const Span& span, std::string_view words, std::string_view what) {
    if (!Check(span, what)) return;
    if (text_.substr(span.start(), span.end() - span.start()) != words)
      Fail(fmt::format("the span of {} does not say \"{}\"", what, words));
  }

  // Every fact names its rule and says how sure it is.
  template <typename Fact>
  void CheckJudged(const Fact& fact, std::string_view what) {
    if (fact.rule().empty()) Fail(fmt::format("{} names no rule", what));
    if (fact.confidence() == release::v1::CONFIDENCE_UNSPECIFIED) Fail(fmt::format("{} has no confidence", what));
  }

  // A fact whose span says its text.
  template <typename Fact>
  void CheckSaid(const Fact& fact, std::string_view what) {
    CheckJudged(fact, what);
    CheckWords(fact.span(), fact.text(), what);
    if (fact.text().empty()) Fail(fmt::format("{} has no words", what));
  }

  // A person, organisation or place. One that the text does not mention stands in the title.
  template <typename Entity>
  void CheckEntity(const Entity& entity, std::string_view what) {
    if (entity.display_name().empty()) return Fail(fmt::format("{} has no name", what));
    CheckJudged(entity, what);
    if (!entity.mentions().empty())
      CheckMentions(entity, what);
    else if (release_.title().find(entity.display_name()) == std::string::npos)
      Fail(fmt::format("{} is mentioned nowhere", what));
  }

  // A work: at least one mention.
  template <typename Work>
  void CheckNamed(const Work& work, std::string_view what) {
    CheckJudged(work, what);
    if (work.mentions().empty()) Fail(fmt::format("{} is mentioned nowhere", what));
    CheckMentions(work, what);
  }

  // Mentions stand in order, none empty, none twice, none over the end of a line.
  template <typename Entity>
  void CheckMentions(const Entity& entity, std::string_view what) {
    std::size_t end = 0;
    for (const Span& mention : entity.mentions()) {
      if (!Check(mention, what)) return;
      if (mention.start() < end || mention.start() == mention.end())
        return Fail(fmt::format("the mentions of {} are empty, overlap or are out of order", what));
      if (text_.substr(mention.start(), mention.end() - mention.start()).find('\n') != std::string_view::npos)
        return Fail(fmt::format("a mention of {} goes over the end of its line", what));
      end = mention.end();
    }
  }

  void Sections() {
    std::size_t end = 0;
    for (const release::v1::Section& section : release_.sections()) {
      if (!Check(section.span(), "a section")) return;
      if (section.span().start() < end || section.span().start() == section.span().end())
        return Fail("sections are empty, overlap or are out of order");
      if (section.kind() == release::v1::Section::KIND_UNSPECIFIED) return Fail("a section has no kind");
      // Between sections stands nothing but the separator of paragraphs.
      if (text_.substr(end, section.span().start() - end).find_first_not_of('\n') != std::string_view::npos)
        return Fail("text lies between two sections");
      end = section.span().end();
    }
    if (end != text_.size()) Fail("text lies behind the last section");
  }

  void Facts() {
    if (release_.has_dateline()) {
      if (Check(release_.dateline().span(), "the dateline")) {
        const std::string_view words = text_.substr(
            release_.dateline().span().start(), release_.dateline().span().end() - release_.dateline().span().start());
        if (!words.starts_with(release_.dateline().place())) Fail("the dateline does not begin with its place");
      }
      if (release_.dateline().rule().empty()) Fail("the dateline names no rule");
    }
    for (const auto& person : release_.people()) CheckEntity(person, "a person");
    for (const auto& organization : release_.organizations()) CheckEntity(organization, "an organisation");
    for (const auto& place : release_.places()) CheckEntity(place, "a place");
    for (const auto& programme : release_.programmes()) CheckNamed(programme, "a programme");
    for (const auto& publication : release_.publications()) CheckNamed(publication, "a publication");
    for (const auto& quote : release_.quotes()) {
      CheckSaid(quote, "a quote");
      if (quote.has_speaker_span()) Check(quote.speaker_span(), "a speaker");
    }
    for (const auto& figure : release_.figures()) {
      CheckSaid(figure, "a figure");
      if (!std::isfinite(figure.value()) || (figure.has_value_to() && !std::isfinite(figure.value_to())))
        Fail("a figure has no finite value");
    }
    for (const auto& date : release_.dates()) {
      CheckSaid(date, "a date");
      if (!date.has_value()) Fail("a date has no value");
    }
    for (const auto& event : release_.events()) CheckSaid(event, "an event");
    for (const auto& funding : release_.funding()) {
      CheckSaid(funding, "a funding");
      if (funding.has_amount()) CheckWords(funding.amount().span(), funding.amount().text(), "an amount");
    }
    for (const auto& contact : release_.contacts()) {
      Check(contact.span(), "a contact");
      CheckJudged(contact, "a contact");
      for (const auto& phone : contact.phones()) {
        CheckWords(phone.span(), phone.raw(), "a telephone number");
        if (phone.valid() == !phone.invalid_reason().empty())
          Fail("a telephone number is valid with a reason, or invalid without");
      }
    }
    for (const auto& link : release_.links()) CheckWords(link.span(), link.text(), "a link");
    for (const auto& image : release_.images()) Check(image.span(), "a caption");
    for (const auto& candidate : release_.publish().candidates()) {
      if (candidate.has_span()) CheckWords(candidate.span(), candidate.raw(), "a publish date");
    }
    for (const auto& notice : release_.notices()) {
      if (notice.has_span()) Check(notice.span(), "a notice");
    }
  }

  const Release& release_;
  std::string_view text_;
  std::string problem_;
};

}  // namespace

std::string FindBrokenInvariant(const Release& release) {
  return Checker(release).Run();
}

}  // namespace dateline::extraction
