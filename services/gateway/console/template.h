#pragma once
// The templates of the console. A template is HTML with
//   {{name}} {{a.b}} {{.}}   a value, escaped; {{.}} is the item of the list around it
//   {{#name}}…{{/name}}      once for each item of a list, or once when the value is there and not empty or false
//   {{^name}}…{{/name}}      when it is not
//   {{>file}}                another template
// A name is looked for in the innermost record first, then outwards. Values may stand in text and inside quoted
// attributes only: there, escaping is enough to make any text harmless; a template that writes one into a bare
// attribute, a script or a style is refused. A mistake in a template ends the program when the set is made, so a test
// that makes it finds all of them. Thread-safe after construction.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "services/gateway/console/value.h"

namespace dateline::gateway {

// One file that was embedded when the program was built.
struct TemplateFile {
  std::string_view path;
  std::string_view content;
};
std::span<const TemplateFile> TemplateFiles();

class Templates {
 public:
  // Parses all. `files` outlive this.
  explicit Templates(std::span<const TemplateFile> files);
  ~Templates();
  Templates(const Templates&) = delete;
  Templates& operator=(const Templates&) = delete;

  // The template `name` ("release.html") filled with `value`. An unknown name ends the program.
  std::string Render(std::string_view name, const Value& value) const;

  struct Node;

 private:
  std::map<std::string, std::unique_ptr<Node>, std::less<>> templates_;
};

}  // namespace dateline::gateway
