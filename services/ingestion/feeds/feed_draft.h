#pragma once
// What feeds and items have in common while they are read: each field remembers how good the element was that it came
// from, so that the order of the elements does not matter. Internal to the XML formats.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/feeds/feed.h"
#include "services/ingestion/feeds/feed_text.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {

enum class Field : std::uint8_t {
  kId,
  kTitle,
  kSummary,
  kContent,
  kLink,
  kPublished,
  kUpdated,
  kRights,
  kLanguage,
  kImage,
  kAuthor,
  kCount
};

// The fields of a feed or of an item, whichever is being read.
struct Target {
  std::string* id = nullptr;
  Text* title = nullptr;
  Text* summary = nullptr;  // A feed's description.
  std::string* link = nullptr;
  std::vector<Link>* links = nullptr;
  std::vector<Person>* authors = nullptr;
  std::string* author_text = nullptr;
  std::vector<std::string>* categories = nullptr;
  Moment* published = nullptr;
  Moment* updated = nullptr;
  Text* copyright = nullptr;
  std::string* language = nullptr;
  std::string* image_url = nullptr;
};

class Draft {
 public:
  Draft(const XmlDocument& document, const Target& target, bool atom)
      : document_(document), target_(target), atom_(atom) {}

  // Takes an element that feeds and items share; false when it is none of these.
  bool Take(std::uint32_t element, const Scope& scope);
  // Takes what came as an attribute or from elsewhere.
  void TakeLink(std::string_view href, int rank, const Scope& scope);
  void TakeImage(std::string_view href, int rank, const Scope& scope);
  void TakeMoment(Field field, std::string_view raw, int rank);
  void TakeText(Field field, Text* text, std::uint32_t element, const Scope& scope, int rank);
  void TakeLanguage(std::string_view language, int rank);
  void TakePerson(Person person, int rank);
  void AddCategory(std::string_view category);
  bool Better(Field field, int rank);

 private:
  bool TakeOwn(std::uint32_t element, std::string_view name, const Scope& scope);
  bool TakeDublinCore(std::uint32_t element, std::string_view name, const Scope& scope);
  bool TakeMedia(std::uint32_t element, std::string_view name, const Scope& scope);
  bool TakeItunes(std::uint32_t element, std::string_view name, const Scope& scope);
  bool TakeMoments(std::uint32_t element, std::string_view name);
  bool TakeAuthors(std::uint32_t element, std::string_view name, const Scope& scope);
  void TakeLinkElement(std::uint32_t element, const Scope& scope);
  void TakeCategory(std::uint32_t element);

  const XmlDocument& document_;
  const Target target_;
  const bool atom_;
  std::array<int, static_cast<std::size_t>(Field::kCount)> ranks_{};
};

}  // namespace dateline::feeds
