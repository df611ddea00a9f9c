#include <array>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "crm/cells.hpp"

namespace svodka::crm {
namespace {

struct Entity {
  std::string_view name, text;
};
constexpr std::array<Entity, 11> kEntities = {{{"&nbsp;", " "},
                                               {"&lt;", "<"},
                                               {"&gt;", ">"},
                                               {"&quot;", "\""},
                                               {"&#39;", "'"},
                                               {"&#039;", "'"},
                                               {"&laquo;", "«"},
                                               {"&raquo;", "»"},
                                               {"&mdash;", "—"},
                                               {"&ndash;", "–"},
                                               {"&amp;", "&"}}};

/// A BB tag: a letter or a known sign behind the bracket, such as [b], [/url], [USER=7], [*].
bool IsBbTag(std::string_view inside) {
  if (inside.empty() || inside.size() > 300) return false;
  if (inside == "*") return true;
  if (inside.front() == '/') inside.remove_prefix(1);
  size_t letters = 0;
  while (letters < inside.size() && ((inside[letters] >= 'a' && inside[letters] <= 'z') ||
                                     (inside[letters] >= 'A' && inside[letters] <= 'Z'))) {
    ++letters;
  }
  if (letters == 0) return false;
  return letters == inside.size() || inside[letters] == '=' || inside[letters] == ' ';
}

bool IsHtmlTag(std::string_view inside) {
  if (inside.empty()) return false;
  if (inside.front() == '/' || inside.front() == '!') inside.remove_prefix(1);
  if (inside.empty()) return false;
  const char c = inside.front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// Where the HTML element `name`, opened at `open`, is closed; the text's end when it never is.
size_t BehindElement(std::string_view markup, size_t open, std::string_view name) {
  const std::string closing = "</" + std::string(name);
  const size_t end = FoldCase(markup.substr(open)).find(closing);
  if (end == std::string::npos) return markup.size();
  const size_t bracket = markup.find('>', open + end);
  return bracket == std::string_view::npos ? markup.size() : bracket + 1;
}

}  // namespace

std::string PlainText(std::string_view markup, size_t bytes_max) {
  std::string out;
  const auto blank = [&] {
    if (!out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
  };
  for (size_t i = 0; i < markup.size() && out.size() <= bytes_max + 8;) {
    const char c = markup[i];
    if (c == '<' || c == '[') {
      const size_t end = markup.find(c == '<' ? '>' : ']', i);
      if (end != std::string_view::npos) {
        const std::string_view inside = markup.substr(i + 1, end - i - 1);
        if (c == '<' ? IsHtmlTag(inside) : IsBbTag(inside)) {
          const std::string folded = FoldCase(inside.substr(0, 8));
          if (c == '<' && (folded.starts_with("script") || folded.starts_with("style"))) {
            i = BehindElement(markup, i, folded.starts_with("script") ? "script" : "style");
            continue;
          }
          const bool breaks = folded.starts_with("br") || folded.starts_with("p") ||
                              folded.starts_with("/p") || folded.starts_with("li") ||
                              folded.starts_with("/div") || folded == "*";
          if (breaks) blank();
          i = end + 1;
          continue;
        }
      }
    }
    if (c == '&') {
      bool known = false;
      for (const auto& [entity, text] : kEntities) {
        if (markup.substr(i).starts_with(entity)) {
          if (text == " ") {
            blank();
          } else {
            out += text;
          }
          i += entity.size();
          known = true;
          break;
        }
      }
      if (known) continue;
    }
    if (c == '\n' || c == '\r' || c == '\t' || c == ' ') {
      blank();
    } else {
      out += c;
    }
    ++i;
  }
  if (out.size() > bytes_max) {
    size_t cut = bytes_max;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;
    out.resize(cut);
  }
  return std::string(Trim(out));
}

}  // namespace svodka::crm
