#include "services/gateway/console/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "common/export/html.h"

namespace dateline::gateway {
namespace {

using exporting::EscapeHtml;

constexpr double kSparkWidth = 96, kSparkHeight = 22;
constexpr double kChartWidth = 720, kChartHeight = 150, kChartBottom = 20, kChartTop = 16;
// The map's grid, as make_world.py draws it.
constexpr double kMapWidth = 360, kMapHeight = 150;
constexpr double kLabelRoom = 92;

// The next round number that is not less: its half is round too, where it is more than 1.
double RoundedUp(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 4.0, 6.0, 8.0, 10.0}) {
    if (value <= step * power) return step * power;
  }
  return value;
}

}  // namespace

Html Sparkline(const std::vector<double>& values, std::string_view description) {
  if (values.size() < 2) return {};
  const double most = std::max(1e-9, *std::max_element(values.begin(), values.end()));
  std::string points;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = 1 + (kSparkWidth - 2) * static_cast<double>(i) / static_cast<double>(values.size() - 1);
    const double y = kSparkHeight - 2 - (kSparkHeight - 4) * std::max(0.0, values[i]) / most;
    fmt::format_to(std::back_inserter(points), "{}{:.1f},{:.1f}", i > 0 ? " " : "", x, y);
  }
  return {
      fmt::format("<svg class=\"spark\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
                  "aria-label=\"{2}\"><path d=\"M{3} {4:.1f},{1} 1,{1}Z\"/><polyline points=\"{3}\"/></svg>",
                  kSparkWidth, kSparkHeight, EscapeHtml(description), points, kSparkWidth - 1)};
}

Html ShareBar(double share) {
  return {
      fmt::format("<svg class=\"share\" viewBox=\"0 0 100 6\" width=\"100\" height=\"6\" aria-hidden=\"true\"><rect "
                  "class=\"track\" width=\"100\" height=\"6\" rx=\"3\"/><rect width=\"{:.1f}\" height=\"6\" "
                  "rx=\"3\"/></svg>",
                  std::clamp(share, 0.0, 1.0) * 100)};
}

Html BarChart(const std::vector<Bar>& bars, std::string_view description) {
  if (bars.empty()) return {};
  double most = 0;
  for (const Bar& bar : bars) most = std::max(most, bar.value);
  const double top = RoundedUp(most);
  const double room = kChartHeight - kChartBottom - kChartTop;
  const double step = kChartWidth / static_cast<double>(bars.size());
  std::string out = fmt::format("<svg class=\"bars\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                                kChartWidth, kChartHeight, EscapeHtml(description));
  for (const double part : {0.0, 0.5, 1.0}) {
    const double y = kChartTop + room * (1 - part);
    fmt::format_to(std::back_inserter(out), "<path class=\"rule\" d=\"M0 {0:.1f}H{1}\"/>", y, kChartWidth);
    if (part > 0 && top * part >= 1) {
      fmt::format_to(std::back_inserter(out), "<text x=\"0\" y=\"{:.1f}\">{:g}</text>", y - 3, top * part);
    }
  }
  double labelled = -kLabelRoom;
  for (size_t i = 0; i < bars.size(); ++i) {
    const double x = step * static_cast<double>(i);
    const double height = room * bars[i].value / top;
    fmt::format_to(
        std::back_inserter(out),
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\"><title>{}: {:g}</title></rect>",
        x + step * 0.12, kChartTop + room - height, std::max(1.0, step * 0.76), height, EscapeHtml(bars[i].label),
        bars[i].value);
    if (x - labelled < kLabelRoom) continue;
    labelled = x;
    // One that would not fit ends where the chart does.
    const bool fits = x <= kChartWidth - kLabelRoom;
    fmt::format_to(std::back_inserter(out), "<text x=\"{:.1f}\" y=\"{}\"{}>{}</text>", fits ? x : kChartWidth,
                   kChartHeight - 4, fits ? "" : " text-anchor=\"end\"", EscapeHtml(bars[i].label));
  }
  return {out + "</svg>"};
}

Html DotMap(const std::vector<Dot>& dots, std::string_view map_href, std::string_view description) {
  std::string out = fmt::format(
      "<svg class=\"map\" viewBox=\"0 0 {0} {1}\" role=\"group\" aria-label=\"{2}\"><image href=\"{3}\" width=\"{0}\" "
      "height=\"{1}\"/>",
      kMapWidth, kMapHeight, EscapeHtml(description), EscapeHtml(map_href));
  double most = 1;
  for (const Dot& dot : dots) most = std::max(most, dot.weight);
  for (const Dot& dot : dots) {
    const double radius = 1.3 + 3.2 * std::sqrt(std::max(0.0, dot.weight) / most);
    const std::string circle =
        fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\"><title>{}</title></circle>", dot.longitude + 180,
                    90 - dot.latitude, radius, EscapeHtml(dot.label));
    if (dot.href.empty()) {
      out += circle;
    } else {
      fmt::format_to(std::back_inserter(out), "<a href=\"{}\" aria-label=\"{}\">{}</a>", EscapeHtml(dot.href),
                     EscapeHtml(dot.label), circle);
    }
  }
  return {out + "</svg>"};
}

}  // namespace dateline::gateway
