#include "services/ingestion/feeds/feed_draft.h"

#include <algorithm>
#include <utility>

#include "common/text/utf8.h"
#include "services/ingestion/dates/feed_date.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/people.h"
#include "services/ingestion/feeds/references.h"
#include "services/ingestion/feeds/sanitize_html.h"

namespace dateline::feeds {
namespace {

// How good an element is as the origin of a field: its own, one that others lend, and what is only better than nothing.
constexpr int kOwn = 4;
constexpr int kLent = 3;
constexpr int kFallback = 2;
constexpr int kLast = 1;

constexpr std::size_t kListMax = 200;

bool IsPage(std::string_view type) {
  return type.empty() || type == "text/html" || type == "application/xhtml+xml" || type == "html";
}

// Of a name that may have come as HTML.
std::string Words(const std::string& text) {
  if (text.find('<') != std::string::npos) return text.find('@') == std::string::npos ? PlainText(text) : text;
  std::string resolved = Resolved(text);
  return resolved.find('<') == std::string::npos ? resolved : text;
}

}  // namespace

bool Draft::Better(Field field, int rank) {
  int& present = ranks_[static_cast<std::size_t>(field)];
  if (rank <= present) return false;
  present = rank;
  return true;
}

void Draft::TakeText(Field field, Text* text, std::uint32_t element, const Scope& scope, int rank) {
  if (ranks_[static_cast<std::size_t>(field)] >= rank) return;
  Text read = ReadText(document_, element, scope, atom_ && document_.node(element).ns != Ns::kContent);
  if (read.empty()) return;
  Better(field, rank);
  *text = std::move(read);
}

void Draft::TakeMoment(Field field, std::string_view raw, int rank) {
  raw = text::TrimSpace(raw);
  Moment* moment = field == Field::kPublished ? target_.published : target_.updated;
  if (raw.empty()) return;
  Moment read{std::string(raw), dates::ParseDate(raw)};
  // A date that can be read is better than one that cannot.
  if (!moment->raw.empty() && !moment->date && read.date) ranks_[static_cast<std::size_t>(field)] = 0;
  if (moment->date && !read.date) return;
  // Of several equals, the last.
  if (rank < ranks_[static_cast<std::size_t>(field)]) return;
  ranks_[static_cast<std::size_t>(field)] = rank;
  *moment = std::move(read);
}

void Draft::TakeLink(std::string_view href, int rank, const Scope& scope) {
  std::string url = AbsoluteUrl(href, scope.base);
  // Of several pages of its own, the last: the first ones are often those of the section.
  if (url.empty() || rank < ranks_[static_cast<std::size_t>(Field::kLink)]) return;
  ranks_[static_cast<std::size_t>(Field::kLink)] = rank;
  *target_.link = std::move(url);
}

void Draft::TakeImage(std::string_view href, int rank, const Scope& scope) {
  std::string url = AbsoluteUrl(href, scope.base);
  if (!url.empty() && Better(Field::kImage, rank)) *target_.image_url = std::move(url);
}

void Draft::TakeLanguage(std::string_view language, int rank) {
  language = text::TrimSpace(language);
  if (!language.empty() && Better(Field::kLanguage, rank)) *target_.language = std::string(language);
}

void Draft::TakePerson(Person person, int rank) {
  if (person.name.empty() && person.email.empty() && person.uri.empty()) return;
  int& present = ranks_[static_cast<std::size_t>(Field::kAuthor)];
  if (rank < present) return;
  if (rank > present) {
    target_.authors->clear();
    target_.author_text->clear();
  }
  present = rank;
  if (target_.author_text->empty()) *target_.author_text = PersonText(person);
  if (target_.authors->size() < kListMax) target_.authors->push_back(std::move(person));
}

void Draft::AddCategory(std::string_view category) {
  const std::string name = text::CollapseSpace(category);
  std::vector<std::string>& all = *target_.categories;
  if (name.empty() || all.size() >= kListMax || std::find(all.begin(), all.end(), name) != all.end()) return;
  all.push_back(name);
}

void Draft::TakeCategory(std::uint32_t element) {
  std::string_view term = document_.Attribute(element, "term");
  if (term.empty() && !document_.HasAttribute(element, "term")) term = document_.Attribute(element, "label");
  const std::string text = document_.InnerText(element);
  AddCategory(text::TrimSpace(text).empty() ? term : std::string_view(text));
}

// <link href= rel= type=> of Atom, also inside RSS, and <link>address</link> of RSS.
void Draft::TakeLinkElement(std::uint32_t element, const Scope& outer) {
  const Scope scope = ScopeOf(document_, element, outer);
  Link link;
  std::string text;
  std::string_view href = document_.Attribute(element, "href");
  const bool attribute = !href.empty();
  if (!attribute) {
    text = document_.InnerText(element);
    href = text;
  }
  link.href = AbsoluteUrl(href, scope.base);
  link.rel = std::string(text::TrimSpace(document_.Attribute(element, "rel")));
  if (link.rel.empty()) link.rel = "alternate";
  link.type = std::string(text::TrimSpace(document_.Attribute(element, "type")));
  link.hreflang = std::string(document_.Attribute(element, "hreflang"));
  link.title = std::string(document_.Attribute(element, "title"));
  if (link.href.empty()) return;
  if (link.rel == "alternate") {
    const bool own = document_.node(element).ns == Ns::kNone || atom_;
    TakeLink(href, !IsPage(link.type) ? kFallback : own ? kOwn : kLent, scope);
  }
  if (target_.links->size() < kListMax) target_.links->push_back(std::move(link));
}

bool Draft::TakeMoments(std::uint32_t element, std::string_view name) {
  struct Row {
    std::string_view name;
    Field field;
    int rank;
  };
  constexpr std::array<Row, 8> kRows = {{{"pubdate", Field::kPublished, kOwn},
                                         {"published", Field::kPublished, kOwn},
                                         {"issued", Field::kPublished, kLent},
                                         {"created", Field::kPublished, kFallback},
                                         {"updated", Field::kUpdated, kOwn},
                                         {"modified", Field::kUpdated, kOwn},
                                         {"lastbuilddate", Field::kUpdated, kOwn},
                                         {"date", Field::kUpdated, kLast}}};
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name; });
  if (row == kRows.end()) return false;
  TakeMoment(row->field, document_.InnerText(element), row->rank);
  return true;
}

bool Draft::TakeAuthors(std::uint32_t element, std::string_view name, const Scope& scope) {
  if (name == "managingeditor" || name == "webmaster") {
    TakePerson(ParsePerson(document_.InnerText(element)), name == "webmaster" ? kLast : kLent);
    return true;
  }
  if (name != "author") return false;
  if (!document_.HasElements(element)) {
    TakePerson(ParsePerson(Words(document_.InnerText(element))), kOwn);
    return true;
  }
  Person person;
  const auto child_text = [&](std::string_view child) {
    const std::uint32_t found = document_.Child(element, child);
    return found == 0 ? std::string() : text::CollapseSpace(document_.InnerText(found));
  };
  person.name = child_text("name");
  person.email = child_text("email");
  for (const std::string_view child : {"uri", "url", "homepage"}) {
    const std::uint32_t found = document_.Child(element, child);
    if (found == 0 || !person.uri.empty()) continue;
    person.uri = AbsoluteUrl(document_.InnerText(found), ScopeOf(document_, found, scope).base);
  }
  if (person.name.empty() && person.email.empty() && person.uri.empty()) {
    person = ParsePerson(document_.InnerText(element));
  }
  TakePerson(std::move(person), kOwn);
  return true;
}

// The names of RSS and Atom themselves.
bool Draft::TakeOwn(std::uint32_t element, std::string_view name, const Scope& scope) {
  if (name == "title") {
    TakeText(Field::kTitle, target_.title, element, scope, kOwn);
  } else if (name == "link") {
    TakeLinkElement(element, scope);
  } else if (name == "id") {
    if (Better(Field::kId, kOwn))
      *target_.id = AbsoluteUrl(document_.InnerText(element), ScopeOf(document_, element, scope).base);
  } else if (name == "category") {
    TakeCategory(element);
  } else if (name == "copyright" || name == "rights") {
    TakeText(Field::kRights, target_.copyright, element, scope, kOwn);
  } else if (name == "language") {
    TakeLanguage(document_.InnerText(element), kOwn);
  } else {
    return TakeMoments(element, name) || TakeAuthors(element, name, scope);
  }
  return true;
}

bool Draft::TakeDublinCore(std::uint32_t element, std::string_view name, const Scope& scope) {
  if (name == "creator" || name == "author") {
    TakePerson(ParsePerson(Words(document_.InnerText(element))), kOwn);
  } else if (name == "title") {
    TakeText(Field::kTitle, target_.title, element, scope, kLent);
  } else if (name == "description" || name == "abstract") {
    TakeText(Field::kSummary, target_.summary, element, scope, kFallback);
  } else if (name == "subject") {
    AddCategory(PlainText(document_.InnerText(element)));
  } else if (name == "rights") {
    TakeText(Field::kRights, target_.copyright, element, scope, kLent);
  } else if (name == "language") {
    TakeLanguage(document_.InnerText(element), kLent);
  } else if (name == "date" || name == "modified" || name == "valid") {
    TakeMoment(Field::kUpdated, document_.InnerText(element), name == "modified" ? kLent : kFallback);
  } else if (name == "issued" || name == "created" || name == "available" || name == "datesubmitted") {
    TakeMoment(Field::kPublished, document_.InnerText(element), name == "issued" ? kLent : kLast);
  } else {
    return false;
  }
  return true;
}

bool Draft::TakeMedia(std::uint32_t element, std::string_view name, const Scope& scope) {
  if (name == "thumbnail") {
    TakeImage(document_.Attribute(element, "url"), kFallback, scope);
  } else if (name == "category") {
    AddCategory(document_.InnerText(element));
  } else if (name == "title") {
    TakeText(Field::kTitle, target_.title, element, scope, kLast);
  } else if (name == "description") {
    TakeText(Field::kSummary, target_.summary, element, scope, kLast);
  } else if (name == "group" || name == "content") {
    const std::string_view type = document_.Attribute(element, "type");
    if (name == "content" && (type.starts_with("image/") || document_.Attribute(element, "medium") == "image")) {
      TakeImage(document_.Attribute(element, "url"), kFallback, scope);
    }
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).ns == Ns::kMedia) TakeMedia(child, document_.node(child).name, scope);
    }
  }
  return true;
}

bool Draft::TakeItunes(std::uint32_t element, std::string_view name, const Scope& scope) {
  if (name == "author") {
    TakePerson(ParsePerson(document_.InnerText(element)), kFallback);
  } else if (name == "image") {
    TakeImage(document_.Attribute(element, "href"), kLent, scope);
    TakeImage(document_.Attribute(element, "url"), kFallback, scope);
  } else if (name == "link") {
    if (document_.Attribute(element, "rel") == "image")
      TakeImage(document_.Attribute(element, "href"), kFallback, scope);
  } else if (name == "keywords") {
    const std::string words = document_.InnerText(element);
    for (std::size_t at = 0; at <= words.size();) {
      const std::size_t comma = std::min(words.find(',', at), words.size());
      AddCategory(std::string_view(words).substr(at, comma - at));
      at = comma + 1;
    }
  } else if (name == "category") {
    AddCategory(document_.Attribute(element, "text"));
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).name == "category") AddCategory(document_.Attribute(child, "text"));
    }
  } else if (name == "title") {
    TakeText(Field::kTitle, target_.title, element, scope, kFallback);
  } else if (name == "summary" || name == "subtitle") {
    TakeText(Field::kSummary, target_.summary, element, scope, name == "summary" ? kFallback : kLast);
  } else {
    return false;
  }
  return true;
}

bool Draft::Take(std::uint32_t element, const Scope& scope) {
  const XmlNode& node = document_.node(element);
  switch (node.ns) {
    case Ns::kNone:
    case Ns::kAtom:
      return TakeOwn(element, node.name, scope);
    case Ns::kDublinCore:
    case Ns::kDublinCoreTerms:
      return TakeDublinCore(element, node.name, scope);
    case Ns::kMedia:
      return TakeMedia(element, node.name, scope);
    case Ns::kItunes:
      return TakeItunes(element, node.name, scope);
    default:
      return false;
  }
}

}  // namespace dateline::feeds
