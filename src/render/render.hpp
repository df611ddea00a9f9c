#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

/// A Document (docs/document.md, with `data` inside its widgets) as bytes. Never queries, never reads the
/// clock.
namespace svodka::render {

struct TerminalSettings {
  bool color = false;      ///< ANSI bold and dim; off unless the output is a terminal
  size_t text_width = 32;  ///< longest text of a cell
  size_t rows_max = 50;    ///< of one widget; what is left out is said
};

/// The whole report as aligned tables, in the Document's language. A percentage carries its n, a small sample
/// its interval too: `21,0 % (10–39, n 19)`.
std::string RenderTerminal(const json::object& document, const TerminalSettings& settings = {});

/// One widget as CSV (RFC 4180: comma, CRLF, quotes doubled): a heading line, then rows. Trees have one
/// column per level. Numbers are raw: point, no grouping, ratios 0..1, durations in seconds (the heading says
/// so), money as decimal. A percentage that knows how many it is of has three columns more: n and, under 20,
/// the ends of its 90 % interval. Errors: `unknown_widget` with nearest names; `no_data` where the widget
/// failed.
Result<std::string> RenderCsv(const json::object& document, std::string_view widget);

/// All widgets, each under a line with its title, an empty line between them.
std::string RenderCsv(const json::object& document);

/// The Document itself, indented.
std::string RenderJson(const json::object& document);

/// An answer of `svodka query` (`columns`, `rows` as in docs/request.md) as an aligned table.
std::string RenderQueryTable(const json::object& answer, bool english);

}  // namespace svodka::render
