#include "common/filter/parser.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/status_macros.h"
#include "common/filter/lexer.h"

namespace dateline::filter {
namespace {

using Kind = Expression::Kind;

bool IsIdentifier(std::string_view part) {
  if (part.empty() || (part.front() >= '0' && part.front() <= '9')) return false;
  for (const char c : part) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

class Parser {
 public:
  Parser(std::string_view filter, std::vector<Token> tokens) : filter_(filter), tokens_(std::move(tokens)) {}

  absl::StatusOr<Expression> Run() {
    if (Now().kind == Token::Kind::kEnd) return Expression{};
    DATELINE_ASSIGN_OR_RETURN(Expression expression, ParseExpression());
    if (Now().kind == Token::Kind::kRight) return Fail("this parenthesis was never opened");
    if (Now().kind != Token::Kind::kEnd) return Fail("expected AND, OR or the end");
    return expression;
  }

 private:
  const Token& Now() const { return tokens_[at_]; }
  const Token& Ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token Take() { return std::move(tokens_[at_++]); }

  absl::Status Fail(std::string_view what) const { return FilterError(filter_, Now().position, what); }

  std::string Found() const {
    if (Now().kind == Token::Kind::kEnd) return "the end";
    return fmt::format("\"{}\"", filter_.substr(Now().position, Now().length));
  }

  static void Append(Expression* parent, Expression child) {
    if (child.kind == parent->kind) {
      for (Expression& grandchild : child.children) parent->children.push_back(std::move(grandchild));
    } else {
      parent->children.push_back(std::move(child));
    }
  }

  static Expression Simplify(Expression parent) {
    if (parent.children.size() > 1) return parent;
    Expression only = std::move(parent.children.front());
    return only;
  }

  bool BeginsTerm() const {
    switch (Now().kind) {
      case Token::Kind::kText:
      case Token::Kind::kString:
      case Token::Kind::kNot:
      case Token::Kind::kMinus:
      case Token::Kind::kLeft:
        return true;
      default:
        return false;
    }
  }

  // Terms side by side, and AND, both mean that all must hold.
  absl::StatusOr<Expression> ParseExpression() {
    Expression all;
    all.kind = Kind::kAnd;
    all.position = Now().position;
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(Expression factor, ParseFactor());
      Append(&all, std::move(factor));
      if (Now().kind == Token::Kind::kAnd) {
        Take();
      } else if (!BeginsTerm()) {
        return Simplify(std::move(all));
      }
    }
  }

  absl::StatusOr<Expression> ParseFactor() {
    Expression any;
    any.kind = Kind::kOr;
    any.position = Now().position;
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(Expression term, ParseTerm());
      Append(&any, std::move(term));
      if (Now().kind != Token::Kind::kOr) return Simplify(std::move(any));
      Take();
    }
  }

  absl::StatusOr<Expression> ParseTerm() {
    if (Now().kind != Token::Kind::kNot && Now().kind != Token::Kind::kMinus) return ParseSimple();
    Expression negation;
    negation.kind = Kind::kNot;
    negation.position = Now().position;
    const bool minus = Take().kind == Token::Kind::kMinus;
    if (minus && Now().after_space) return Fail("expected what \"-\" excludes right behind it");
    DATELINE_ASSIGN_OR_RETURN(Expression operand, ParseSimple());
    negation.children.push_back(std::move(operand));
    return negation;
  }

  absl::StatusOr<Expression> ParseSimple() {
    if (Now().kind == Token::Kind::kLeft) return ParseComposite();
    if (Now().kind != Token::Kind::kText && Now().kind != Token::Kind::kString) {
      return Fail(fmt::format("expected a word, a comparison or \"(\", found {}", Found()));
    }
    if (++terms_ > kTermsMax) return Fail(fmt::format("a filter has at most {} terms", kTermsMax));
    if (Ahead().kind == Token::Kind::kComparator) return ParseComparison();
    const bool calls = Now().kind == Token::Kind::kText && Ahead().kind == Token::Kind::kLeft && !Ahead().after_space;
    if (calls) return ParseFunction();
    return ParseWords();
  }

  absl::StatusOr<Expression> ParseComposite() {
    if (++depth_ > kDepthMax) return Fail(fmt::format("parentheses are nested at most {} deep", kDepthMax));
    const size_t opened = Take().position;
    DATELINE_ASSIGN_OR_RETURN(Expression inner, ParseExpression());
    if (Now().kind == Token::Kind::kEnd) return FilterError(filter_, opened, "this parenthesis is never closed");
    if (Now().kind != Token::Kind::kRight) return Fail(fmt::format("expected AND, OR or \")\", found {}", Found()));
    Take();
    --depth_;
    return inner;
  }

  absl::StatusOr<Expression> ParseWords() {
    Expression words;
    words.kind = Kind::kWords;
    Token token = Take();
    words.position = words.value_position = token.position;
    words.value = std::move(token.value);
    return words;
  }

  // The parts of a dotted name.
  absl::StatusOr<std::vector<std::string>> ParsePath(std::string_view what) {
    const Token& token = Now();
    const std::string name = token.value.ToString();
    std::vector<std::string> path;
    size_t begin = 0;
    while (begin <= name.size()) {
      const size_t dot = std::min(name.find('.', begin), name.size());
      path.push_back(name.substr(begin, dot - begin));
      begin = dot + 1;
      if (token.kind != Token::Kind::kText || !IsIdentifier(path.back())) {
        return Fail(fmt::format("expected {}, found {}", what, Found()));
      }
    }
    if (path.size() > kPathPartsMax) return Fail(fmt::format("a field path has at most {} parts", kPathPartsMax));
    return path;
  }

  absl::StatusOr<Expression> ParseComparison() {
    Expression comparison;
    comparison.kind = Kind::kComparison;
    comparison.position = Now().position;
    DATELINE_ASSIGN_OR_RETURN(comparison.path, ParsePath("the name of a field before the operator"));
    Take();
    const Token operation = Take();
    comparison.comparator = operation.comparator;
    const std::string_view symbol = ComparatorText(operation.comparator);
    if (Now().kind == Token::Kind::kLeft) {
      return Fail(fmt::format("expected one value after \"{}\"; for several repeat the field: {}{}a OR {}{}b", symbol,
                              comparison.path.front(), symbol, comparison.path.front(), symbol));
    }
    if (Now().kind != Token::Kind::kText && Now().kind != Token::Kind::kString) {
      return Fail(
          fmt::format("expected a value after \"{}\", found {}; put text with special characters in quotation marks",
                      symbol, Found()));
    }
    Token value = Take();
    if (Now().kind == Token::Kind::kComparator) {
      return Fail(fmt::format("found {} inside a value; put the value in quotation marks", Found()));
    }
    comparison.value_position = value.position;
    comparison.value = std::move(value.value);
    return comparison;
  }

  absl::StatusOr<Expression> ParseFunction() {
    Expression function;
    function.kind = Kind::kFunction;
    function.position = Now().position;
    DATELINE_ASSIGN_OR_RETURN(function.path, ParsePath("the name of a function before \"(\""));
    Take();
    Take();
    while (Now().kind != Token::Kind::kRight) {
      if (Now().kind != Token::Kind::kText && Now().kind != Token::Kind::kString) {
        return Fail(fmt::format("expected an argument or \")\", found {}", Found()));
      }
      if (++terms_ > kTermsMax) return Fail(fmt::format("a filter has at most {} terms", kTermsMax));
      DATELINE_ASSIGN_OR_RETURN(Expression argument, ParseWords());
      function.children.push_back(std::move(argument));
      if (Now().kind == Token::Kind::kRight) break;
      if (Now().kind != Token::Kind::kComma) return Fail(fmt::format("expected \",\" or \")\", found {}", Found()));
      Take();
      if (Now().kind == Token::Kind::kRight) return Fail("expected an argument after \",\"");
    }
    Take();
    return function;
  }

  const std::string_view filter_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t terms_ = 0;
};

}  // namespace

absl::StatusOr<Expression> Parse(std::string_view filter) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(filter));
  return Parser(filter, std::move(tokens)).Run();
}

}  // namespace dateline::filter
