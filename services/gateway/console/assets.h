#pragma once
// The files of the console that browsers fetch beside the pages: style sheet, script, icon. Embedded when the program
// is built, from console/assets.

#include <span>
#include <string_view>

namespace dateline::gateway {

struct AssetFile {
  std::string_view path;
  std::string_view content;
};
std::span<const AssetFile> AssetFiles();

}  // namespace dateline::gateway
