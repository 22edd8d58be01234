#pragma once
// Small charts as SVG, drawn by the server: they need no script, print well, and take their colours from the style
// sheet by class. Each has a text for those who do not see it. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/console/value.h"

namespace dateline::gateway {

// A line of values, oldest first, without axes; for a cell of a table. Nothing for fewer than two values.
Html Sparkline(const std::vector<double>& values, std::string_view description);

// A bar that is filled to `share`, 0 to 1, for a cell of a table beside the number that it shows.
Html ShareBar(double share);

struct Bar {
  std::string label;  // "12 Nov"
  double value = 0;
};
// Bars over time with a scale; labels where there is room.
Html BarChart(const std::vector<Bar>& bars, std::string_view description);

struct Dot {
  double latitude = 0, longitude = 0;
  std::string label{};
  std::string href{};  // Empty: no link.
  double weight = 1;   // Greater is larger.
};
// Dots on the map of the world that assets/world.svg draws (at `map_href`).
Html DotMap(const std::vector<Dot>& dots, std::string_view map_href, std::string_view description);

}  // namespace dateline::gateway
