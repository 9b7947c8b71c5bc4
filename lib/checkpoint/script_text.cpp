#include "checkpoint/script_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

using namespace std::string_view_literals;

/// Words that no network's text has and that would run, or reach out of the program, by being read.
constexpr std::array kForbidden = {
    "__setstate__"sv,
    "__getstate__"sv,
    "torch.classes"sv,
    "torch.package"sv,
};

/// Operators that act on what is inside of them, by words.
constexpr std::array kWordOperators = {"if"sv, "else"sv,   "not"sv,  "and"sv, "or"sv,
                                       "in"sv, "lambda"sv, "elif"sv, "for"sv};

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Goes through the text once and counts how deep and how long statements are.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (is_name(c)) {
        read_word();
      } else {
        read_sign(c);
        ++at_;
      }
    }
  }

 private:
  void skip_string(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      }
    }
    ++at_;
  }

  void read_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) {
      ++at_;
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (std::ranges::find(kWordOperators, word) != kWordOperators.end()) {
      count_operator();
    }
    if (word == "ops" && text_.substr(at_).starts_with(".")) {
      check_namespace(at_ + 1);
    }
  }

  /// ops.<namespace>.<operator>: how the text names operators that are not functions of torch.
  void check_namespace(std::size_t begin) {
    std::size_t end = begin;
    while (end < text_.size() && is_name(text_[end])) {
      ++end;
    }
    const std::string_view name = text_.substr(begin, end - begin);
    if (name != "prim" && name != "aten") {
      throw CheckpointError(
          fmt::format("calls operators of {}, which are not PyTorch's own", quote_name(name)));
    }
  }

  void read_sign(char c) {
    switch (c) {
      case '(':
      case '[':
      case '{':
        count_operator();
        require(++brackets_ <= kMaxScriptNesting, "brackets");
        break;
      case ')':
      case ']':
      case '}':
        brackets_ -= brackets_ > 0 ? 1 : 0;
        break;
      case '\n':
        if (brackets_ == 0) {
          operators_ = 0;
          count_indentation();
        }
        break;
      case ' ':
      case ',':
      case ':':
        break;
      case '.':
        if (at_ + 1 >= text_.size() || !is_digit(text_[at_ + 1])) {
          count_operator();
        }
        break;
      default:
        count_operator();
    }
  }

  void count_operator() {
    if (++operators_ > kMaxScriptOperators) {
      throw CheckpointError(
          fmt::format("has a statement of more than {} operators", kMaxScriptOperators));
    }
  }

  /// Blocks are indented by two spaces.
  void count_indentation() {
    const std::size_t begin = at_ + 1;
    std::size_t end = begin;
    while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t')) {
      ++end;
    }
    require((end - begin) / 2 <= kMaxScriptNesting, "blocks");
  }

  static void require(bool holds, const char* what) {
    if (!holds) {
      throw CheckpointError(
          fmt::format("has {} nested more than {} deep", what, kMaxScriptNesting));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t brackets_ = 0;
  std::size_t operators_ = 0;
};

}  // namespace

void check_script_text(std::string_view text) {
  for (const std::string_view word : kForbidden) {
    if (text.find(word) != std::string_view::npos) {
      throw CheckpointError(
          fmt::format("has {} in it, which is not part of a network", quote_name(word)));
    }
  }
  Reader(text).run();
}

}  // namespace sr
