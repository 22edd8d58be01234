#include "common/filter/ast.h"

#include <algorithm>

namespace dateline::filter {
namespace {

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether the lexer reads `text` back as one word without quotation marks.
bool IsPlain(const std::string& text) {
  if (text.empty() || text == "AND" || text == "OR" || text == "NOT") return false;
  if (!IsAlnum(text.front()) && text.front() != '*') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '/' || c == '-' || c == '*'; });
}

std::string PrintPattern(const Pattern& value) {
  std::string quoted = "\"";
  bool escaped = false;
  for (size_t i = 0; i < value.pieces.size(); ++i) {
    if (i > 0) quoted += '*';
    for (const char c : value.pieces[i]) {
      if (c == '"' || c == '\\' || c == '*') {
        quoted += '\\';
        escaped = true;
      }
      quoted += c;
    }
  }
  quoted += '"';
  const std::string plain = value.ToString();
  return !escaped && IsPlain(plain) ? plain : quoted;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

// A child of an operator, in parentheses only where the grammar needs them: then the printed form is nested no deeper
// than what was parsed, and is inside the same limits.
std::string PrintOperand(const Expression& parent, const Expression& child) {
  bool parentheses = false;
  if (parent.kind == Expression::Kind::kNot) {
    parentheses = child.kind == Expression::Kind::kAnd || child.kind == Expression::Kind::kOr ||
                  child.kind == Expression::Kind::kNot;
  } else if (parent.kind == Expression::Kind::kOr) {
    parentheses = child.kind == Expression::Kind::kAnd;
  }
  return parentheses ? "(" + Print(child) + ")" : Print(child);
}

std::string PrintOperands(const Expression& expression, std::string_view separator) {
  std::vector<std::string> operands;
  operands.reserve(expression.children.size());
  for (const Expression& child : expression.children) operands.push_back(PrintOperand(expression, child));
  return Join(operands, separator);
}

}  // namespace

std::string Pattern::ToString() const {
  return Join(pieces, "*");
}

std::string_view ComparatorText(Comparator comparator) {
  switch (comparator) {
    case Comparator::kEqual:
      return "=";
    case Comparator::kNotEqual:
      return "!=";
    case Comparator::kLess:
      return "<";
    case Comparator::kLessOrEqual:
      return "<=";
    case Comparator::kGreater:
      return ">";
    case Comparator::kGreaterOrEqual:
      return ">=";
    case Comparator::kHas:
      return ":";
  }
  return "?";
}

bool Expression::operator==(const Expression& other) const {
  return kind == other.kind && comparator == other.comparator && path == other.path && value == other.value &&
         children == other.children;
}

std::string Print(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kAll:
      return {};
    case Expression::Kind::kAnd:
      return PrintOperands(expression, " AND ");
    case Expression::Kind::kOr:
      return PrintOperands(expression, " OR ");
    case Expression::Kind::kNot:
      return "NOT " + PrintOperand(expression, expression.children.front());
    case Expression::Kind::kWords:
      return PrintPattern(expression.value);
    case Expression::Kind::kFunction:
      return Join(expression.path, ".") + "(" + PrintOperands(expression, ", ") + ")";
    case Expression::Kind::kComparison: {
      const bool has = expression.comparator == Comparator::kHas;
      const std::string comparator(ComparatorText(expression.comparator));
      return Join(expression.path, ".") + (has ? comparator : " " + comparator + " ") + PrintPattern(expression.value);
    }
  }
  return {};
}

}  // namespace dateline::filter
