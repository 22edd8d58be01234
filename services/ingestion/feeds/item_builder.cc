// One item of RSS, RDF, Atom or CDF.

#include <algorithm>
#include <string>

#include "common/text/utf8.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/feed_builder.h"
#include "services/ingestion/feeds/sanitize_html.h"

namespace dateline::feeds {
namespace {

constexpr std::size_t kEnclosuresMax = 100;
constexpr int kOwn = 4;
constexpr int kLent = 3;
constexpr int kFallback = 2;
constexpr int kLast = 1;

bool IsHttp(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

class ItemBuilder {
 public:
  ItemBuilder(const XmlDocument& document, bool atom)
      : document_(document),
        atom_(atom),
        draft_(document,
               {.id = &item_.id,
                .title = &item_.title,
                .summary = &item_.summary,
                .link = &item_.link,
                .links = &item_.links,
                .authors = &item_.authors,
                .author_text = &item_.author_text,
                .categories = &item_.categories,
                .published = &item_.published,
                .updated = &item_.updated,
                .copyright = &item_.copyright,
                .language = &item_.language,
                .image_url = &item_.image_url},
               atom) {}

  Item Build(std::uint32_t element, const Scope& outer) {
    const Scope scope = ScopeOf(document_, element, outer);
    draft_.TakeLanguage(document_.Attribute(element, "lang", Ns::kXml), kFallback);
    // CDF keeps these as attributes, RDF its identifier.
    draft_.TakeLink(document_.Attribute(element, "href"), kLast, scope);
    draft_.TakeMoment(Field::kUpdated, document_.Attribute(element, "lastmod"), kLast);
    if (const std::string_view about = document_.Attribute(element, "about", Ns::kRdf); !about.empty()) {
      if (draft_.Better(Field::kId, kLast)) item_.id = AbsoluteUrl(about, scope.base);
      draft_.TakeLink(about, kLast, scope);
    }
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).IsElement()) Element(child, scope);
    }
    Finish(scope);
    return std::move(item_);
  }

 private:
  void Element(std::uint32_t element, const Scope& scope) {
    const XmlNode& node = document_.node(element);
    const std::string_view name = node.name;
    if (node.ns == Ns::kContent) {
      if (name == "encoded") draft_.TakeText(Field::kContent, &item_.content, element, scope, kOwn);
      return;
    }
    if (node.ns == Ns::kXhtml) {
      if (name == "body" || name == "div") draft_.TakeText(Field::kContent, &item_.content, element, scope, kLent);
      return;
    }
    if (node.ns == Ns::kMedia && name == "content") Media(element, scope);
    // FeedBurner: the address behind its own counting one.
    if (node.ns == Ns::kOther && name == "origlink") draft_.TakeLink(document_.InnerText(element), kOwn + 1, scope);
    if ((node.ns == Ns::kNone || node.ns == Ns::kAtom) && Own(element, name, scope)) return;
    draft_.Take(element, scope);
  }

  bool Own(std::uint32_t element, std::string_view name, const Scope& scope) {
    if (name == "description" || name == "summary" || name == "abstract") {
      // A second description is the longer text.
      if (name == "description" && !item_.summary.empty()) {
        draft_.TakeText(Field::kContent, &item_.content, element, scope, kLast);
      }
      draft_.TakeText(Field::kSummary, &item_.summary, element, scope, kOwn);
    } else if (name == "content") {
      draft_.TakeText(Field::kContent, &item_.content, element, scope, kOwn);
    } else if (name == "body" || name == "fullitem") {
      draft_.TakeText(Field::kContent, &item_.content, element, scope, kFallback);
    } else if (name == "guid") {
      Guid(element, scope);
    } else if (name == "enclosure") {
      AddEnclosure(document_.Attribute(element, "url"), document_.Attribute(element, "type"),
                   document_.Attribute(element, "length"), scope);
      if (item_.enclosures.empty()) AddEnclosure(document_.InnerText(element), {}, {}, scope);
    } else if (name == "comments") {
      item_.comments_url = AbsoluteUrl(document_.InnerText(element), ScopeOf(document_, element, scope).base);
    } else if (name == "source") {
      Source(element, scope);
    } else if (name == "link" && document_.Attribute(element, "rel") == "enclosure") {
      AddEnclosure(document_.Attribute(element, "href"), document_.Attribute(element, "type"),
                   document_.Attribute(element, "length"), scope);
      return false;  // It is a link too.
    } else if (name == "image") {
      const std::uint32_t url = document_.Child(element, "url");
      const std::string text = document_.InnerText(url != 0 ? url : element);
      if (IsHttp(text::TrimSpace(text))) draft_.TakeImage(text, kOwn, scope);
    } else if (name == "keywords") {
      draft_.AddCategory(document_.InnerText(element));
    } else {
      return false;
    }
    return true;
  }

  void Guid(std::uint32_t element, const Scope& scope) {
    const std::string text(text::TrimSpace(document_.InnerText(element)));
    if (text.empty() || !draft_.Better(Field::kId, kOwn)) return;
    item_.id = text;
    const std::string_view permalink = document_.Attribute(element, "ispermalink");
    item_.id_is_permalink = permalink != "false" && permalink != "False" && IsHttp(text);
    if (item_.id_is_permalink) draft_.TakeLink(text, kLast, scope);
  }

  void AddEnclosure(std::string_view url, std::string_view type, std::string_view length, const Scope& scope) {
    Enclosure enclosure{AbsoluteUrl(url, scope.base), std::string(text::TrimSpace(type)),
                        std::string(text::TrimSpace(length))};
    if (enclosure.url.empty() || item_.enclosures.size() >= kEnclosuresMax) return;
    if (enclosure.type.starts_with("image/")) draft_.TakeImage(enclosure.url, kLast, scope);
    item_.enclosures.push_back(std::move(enclosure));
  }

  void Media(std::uint32_t element, const Scope& scope) {
    const std::string_view type = document_.Attribute(element, "type");
    if (type.starts_with("image/") || document_.Attribute(element, "medium") == "image") return;
    AddEnclosure(document_.Attribute(element, "url"), type, document_.Attribute(element, "filesize"), scope);
  }

  // RSS: a name with the address of a feed; Atom: a whole feed without its entries.
  void Source(std::uint32_t element, const Scope& outer) {
    const Scope scope = ScopeOf(document_, element, outer);
    Origin origin;
    origin.url = AbsoluteUrl(document_.Attribute(element, "url"), scope.base);
    if (!document_.HasElements(element)) origin.title = GuessText(document_.InnerText(element), scope);
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      const std::string_view name = document_.node(child).name;
      if (name == "title") origin.title = ReadText(document_, child, scope, atom_);
      if (name == "id") origin.id = std::string(text::TrimSpace(document_.InnerText(child)));
      if (name != "link") continue;
      const std::string href = AbsoluteUrl(document_.Attribute(child, "href"), scope.base);
      const std::string_view rel = document_.Attribute(child, "rel");
      if (rel == "self") origin.url = href;
      if (rel.empty() || rel == "alternate") origin.link = href;
    }
    item_.origin = std::move(origin);
  }

  void Finish(const Scope& scope) {
    for (const Text* text : {&item_.content, &item_.summary}) {
      if (item_.image_url.empty() && text->is_html) draft_.TakeImage(FirstImage(text->value), kLast, scope);
    }
    if (item_.link.empty() && !item_.enclosures.empty() && item_.links.empty()) item_.link = item_.enclosures[0].url;
  }

  const XmlDocument& document_;
  const bool atom_;
  Item item_;
  Draft draft_;
};

}  // namespace

Item BuildItem(const XmlDocument& document, std::uint32_t element, const Scope& outer, bool atom) {
  return ItemBuilder(document, atom).Build(element, outer);
}

}  // namespace dateline::feeds
