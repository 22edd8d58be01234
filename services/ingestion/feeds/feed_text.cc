#include "services/ingestion/feeds/feed_text.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "common/text/utf8.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/references.h"
#include "services/ingestion/feeds/sanitize_html.h"

namespace dateline::feeds {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text::TrimSpace(text));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

enum class Form { kPlain, kHtml, kMarkup, kBase64, kGuess };

Form FormOf(const std::string& type, const std::string& mode, Ns ns, bool atom) {
  if (mode == "base64") return Form::kBase64;
  if (ns == Ns::kXhtml || type == "xhtml" || type == "application/xhtml+xml") return Form::kMarkup;
  const bool html = type == "html" || type == "text/html";
  if (mode == "xml" && html) return Form::kMarkup;
  if (html || mode == "escaped") return html ? Form::kHtml : Form::kGuess;
  if (type.ends_with("+xml") || type.ends_with("/xml")) return Form::kMarkup;
  if (type.empty() || type == "text" || type.starts_with("text/")) return atom ? Form::kPlain : Form::kGuess;
  // Atom: every other media type is base64; elsewhere the attribute means something else.
  return atom && type.find('/') != std::string::npos ? Form::kBase64 : Form::kGuess;
}

Text Html(std::string_view value, const Scope& scope) {
  return Text{SanitizeHtml(text::TrimSpace(value), scope.base), true, scope.language};
}

}  // namespace

Scope ScopeOf(const XmlDocument& document, std::uint32_t element, const Scope& outer) {
  if (document.node(element).attribute_count == 0) return outer;
  Scope scope = outer;
  scope.base = RebasedUrl(document.Attribute(element, "base", Ns::kXml), outer.base);
  if (document.HasAttribute(element, "lang", Ns::kXml)) {
    scope.language = std::string(text::TrimSpace(document.Attribute(element, "lang", Ns::kXml)));
  }
  return scope;
}

Text GuessText(std::string_view value, const Scope& scope) {
  value = text::TrimSpace(value);
  if (FindMarkup(value, 0) == value.size() || !LooksLikeHtml(value)) {
    return Text{std::string(value), false, scope.language};
  }
  return Html(value, scope);
}

Text ReadText(const XmlDocument& document, std::uint32_t element, const Scope& outer, bool atom) {
  const Scope scope = ScopeOf(document, element, outer);
  const std::string type = Lower(document.Attribute(element, "type"));
  Form form = FormOf(type, Lower(document.Attribute(element, "mode")), document.node(element).ns, atom);
  if (form != Form::kMarkup && document.HasElements(element)) {
    // Escaped HTML in a <div>, as some programs wrap it; else markup that was never escaped.
    const std::uint32_t wrapper = document.Only(element, "div");
    if (form == Form::kHtml && wrapper != 0 && !document.HasElements(wrapper)) {
      return Html(document.InnerText(wrapper), scope);
    }
    form = Form::kMarkup;
  }
  switch (form) {
    case Form::kMarkup: {
      // XHTML that is escaped all the same.
      const bool escaped = !document.HasElements(element) && type.find("xhtml") != std::string::npos;
      return Html(escaped ? document.InnerText(element) : document.InnerMarkup(element), scope);
    }
    case Form::kHtml:
      return Html(document.InnerText(element), scope);
    case Form::kBase64: {
      std::string raw = document.InnerText(element);
      std::erase_if(raw, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
      std::string decoded;
      const bool good = absl::Base64Unescape(raw, &decoded) && text::IsValidUtf8(decoded);
      return GuessText(good ? decoded : document.InnerText(element), scope);
    }
    case Form::kPlain:
      return Text{std::string(text::TrimSpace(document.InnerText(element))), false, scope.language};
    case Form::kGuess:
      break;
  }
  return GuessText(document.InnerText(element), scope);
}

}  // namespace dateline::feeds
