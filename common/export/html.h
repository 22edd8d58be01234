#pragma once
// A release as a clean, self-contained HTML document: an article with header, a section for each part that is not main
// text, and no style or script. Pure, deterministic, linear in the record. All text is escaped and links are http or
// https only, so that the document is safe to serve from any origin.

#include <string>
#include <string_view>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

// The whole document, from the doctype on.
std::string Html(const release::v1::Release& release);
// Only the main text, captions and other parts, for use inside a page or another format.
std::string HtmlBody(const release::v1::Release& release);

// `text` with the five characters escaped that mean something in element content or attribute values.
std::string EscapeHtml(std::string_view text);

}  // namespace dateline::exporting
