#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/text.hpp"
#include "reports/shape.hpp"
#include "reports/table_view.hpp"

namespace svodka::reports {
namespace {

struct Node {
  size_t row = 0;
  std::string key;  ///< path of member ids from the first level down to this one
  std::vector<Node> children;
};

/// Path of a row's members over dimensions [first, first + count).
std::string PathKey(const TableView& view, size_t row, size_t first, size_t count) {
  std::string key;
  for (size_t d = first; d < first + count; ++d) {
    const engine::Member* member = view.MemberAt(row, d);
    key += member->id ? "=" + *member->id : "none";
    key += '\x1f';
  }
  return key;
}

struct Tree {
  std::vector<Node> roots;
  std::optional<size_t> total;  ///< row of the grand total
};

/// The rows of an answer with totals, as a tree; siblings stay in the order of the answer.
Tree BuildTree(const TableView& view) {
  Tree tree;
  std::vector<std::vector<size_t>> by_depth(view.dimensions() + 1);
  for (size_t row = 0; row < view.rows(); ++row) by_depth[view.Depth(row)].push_back(row);
  if (!by_depth[0].empty()) tree.total = by_depth[0].front();
  // Rows of one level are attached below the level above; children are collected by their parent's path
  // first, so that no pointer into a growing vector is kept.
  std::unordered_map<std::string, std::vector<Node>> waiting;
  for (size_t depth = view.dimensions(); depth >= 1; --depth) {
    std::unordered_map<std::string, std::vector<Node>> level;
    for (const size_t row : by_depth[depth]) {
      Node node{row, PathKey(view, row, 0, depth), {}};
      if (const auto found = waiting.find(node.key); found != waiting.end()) {
        node.children = std::move(found->second);
        waiting.erase(found);
      }
      level[PathKey(view, row, 0, depth - 1)].push_back(std::move(node));
    }
    if (!waiting.empty()) throw InvariantError("an answer with totals lacks the total of a level");
    waiting = std::move(level);
  }
  if (const auto roots = waiting.find(""); roots != waiting.end()) tree.roots = std::move(roots->second);
  return tree;
}

/// By a measure's or comparison's column, nothing last; by a dimension, its label at that level.
void Sort(std::vector<Node>& nodes, const TableView& view, const std::string& by, bool descending,
          size_t depth) {
  const auto column = view.FindColumn(by);
  const bool by_label = depth < view.dimensions() && view.dimension(depth).id == by;
  if (by_label) {
    std::stable_sort(nodes.begin(), nodes.end(), [&](const Node& a, const Node& b) {
      const std::string left = FoldCase(view.MemberAt(a.row, depth)->label);
      const std::string right = FoldCase(view.MemberAt(b.row, depth)->label);
      return descending ? right < left : left < right;
    });
  } else if (column) {
    std::stable_sort(nodes.begin(), nodes.end(), [&](const Node& a, const Node& b) {
      const auto left = view.NumberIn(a.row, *column), right = view.NumberIn(b.row, *column);
      if (!left || !right) return left.has_value() && !right.has_value();
      return descending ? *right < *left : *left < *right;
    });
  }
  for (Node& node : nodes) Sort(node.children, view, by, descending, depth + 1);
}

json::array Levels(const TableView& view, size_t first) {
  json::array levels;
  for (size_t d = first; d < view.dimensions(); ++d) {
    levels.push_back(json::object{{"dimension", view.dimension(d).id}, {"label", view.dimension(d).label}});
  }
  return levels;
}

json::array TableRows(const std::vector<Node>& nodes, const TableView& view, size_t depth) {
  json::array rows;
  for (const Node& node : nodes) {
    rows.push_back(json::object{{"member", ToJson(*view.MemberAt(node.row, depth))},
                                {"values", view.ValuesAt(node.row)},
                                {"expandable", !node.children.empty()},
                                {"rows", TableRows(node.children, view, depth + 1)}});
  }
  return rows;
}

bool HoldsSomething(const TableView& view, size_t row) {
  for (size_t i = 0; i < view.measures(); ++i) {
    if (ToNumber(view.At(row, i)).value_or(0) != 0) return true;
  }
  return false;
}

/// Cells across: the row of the answer for a column and a path of row members.
class Cells {
 public:
  explicit Cells(const TableView& view) : view_(view) {
    for (size_t row = 0; row < view.rows(); ++row) {
      const size_t depth = view.Depth(row);
      if (depth == 0) continue;
      const std::string column = PathKey(view, row, 0, 1);
      if (depth == 1 && HoldsSomething(view, row)) {
        columns_.push_back(column);
        members_.push_back(ToJson(*view.MemberAt(row, 0)));
      }
      place_[column + "\x1e" + PathKey(view, row, 1, depth - 1)] = row;
    }
  }
  const json::array& members() const { return members_; }
  /// `path`: of row members; empty for the column totals. Null where there is nothing.
  json::array Across(const std::string& path) const {
    json::array cells;
    for (const std::string& column : columns_) {
      const auto found = place_.find(column + "\x1e" + path);
      cells.push_back(found == place_.end() ? json::value(nullptr)
                                            : json::value(view_.ValuesAt(found->second)));
    }
    return cells;
  }

 private:
  const TableView& view_;
  std::vector<std::string> columns_;
  json::array members_;
  std::unordered_map<std::string, size_t> place_;
};

json::array MatrixRows(const std::vector<Node>& nodes, const TableView& view, const Cells& cells,
                       size_t depth) {
  json::array rows;
  for (const Node& node : nodes) {
    rows.push_back(json::object{{"member", ToJson(*view.MemberAt(node.row, depth))},
                                {"expandable", !node.children.empty()},
                                {"cells", cells.Across(node.key)},
                                {"total", view.ValuesAt(node.row)},
                                {"rows", MatrixRows(node.children, view, cells, depth + 1)}});
  }
  return rows;
}

void SortAsAsked(Tree& tree, const TableView& view, const Question& question) {
  const std::string& by =
      question.state->order_by.empty() ? question.widget->order_by : question.state->order_by;
  if (by.empty()) return;
  Sort(tree.roots, view, by, question.state->order_descending.value_or(question.widget->order_descending), 0);
}

}  // namespace

json::object ShapeTable(const Question& question, const Answer& answer, const ShapeContext& context) {
  const TableView view(answer, question.measures.size());
  Tree tree = BuildTree(view);
  SortAsAsked(tree, view, question);
  return {{"measures", DescribeMeasures(view, question, context.language)},
          {"levels", Levels(view, 0)},
          {"rows", TableRows(tree.roots, view, 0)},
          {"total", tree.total ? view.ValuesAt(*tree.total) : view.NoValues()}};
}

json::object ShapeMatrix(const Question& question, const std::vector<Answer>& answers,
                         const ShapeContext& context) {
  const TableView cells_view(answers[0], question.measures.size());
  const TableView rows_view(answers[1], question.measures.size());
  const Cells cells(cells_view);
  Tree tree = BuildTree(rows_view);
  SortAsAsked(tree, rows_view, question);
  json::object total{{"cells", cells.Across("")},
                     {"total", tree.total ? rows_view.ValuesAt(*tree.total) : rows_view.NoValues()}};
  return {{"measures", DescribeMeasures(rows_view, question, context.language)},
          {"column_dimension", question.widget->columns_by},
          {"columns", cells.members()},
          {"levels", Levels(rows_view, 0)},
          {"rows", MatrixRows(tree.roots, rows_view, cells, 0)},
          {"total", std::move(total)}};
}

}  // namespace svodka::reports
