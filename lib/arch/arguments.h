#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "core/describe.h"
#include "core/error.h"

// Options as the metadata of a weight file holds them: name and value as text.

namespace sr::arch {

using Arguments = std::map<std::string, std::string>;

/// Visitor: writes each option of `options` into `arguments`.
template <typename Options>
class ArgumentWriter {
 public:
  ArgumentWriter(const Options& options, Arguments& arguments)
      : options_(&options), arguments_(&arguments) {}

  template <typename T, typename B>
  NoAlias number(const std::string& key, T B::*member, const Range&, const std::string&) {
    (*arguments_)[key] = fmt::format("{}", options_->*member);
    return {};
  }
  template <typename B>
  NoAlias flag(const std::string& key, bool B::*member, const std::string&) {
    (*arguments_)[key] = options_->*member ? "true" : "false";
    return {};
  }
  template <typename E, typename B>
  NoAlias choice(const std::string& key, E B::*member, const Names<E>& names, const std::string&) {
    (*arguments_)[key] = name_of(options_->*member, names);
    return {};
  }
  template <typename E, typename B>
  NoAlias choices(const std::string& key, std::vector<E> B::*member, const Names<E>& names,
                  const std::string&) {
    std::vector<std::string> words;
    for (const E value : options_->*member) {
      words.push_back(name_of(value, names));
    }
    (*arguments_)[key] = fmt::format("{}", fmt::join(words, ","));
    return {};
  }
  template <typename T, typename B>
  NoAlias numbers(const std::string& key, std::vector<T> B::*member, const Range&,
                  const std::string&) {
    (*arguments_)[key] = fmt::format("{}", fmt::join(options_->*member, ","));
    return {};
  }
  template <typename B>
  NoAlias lists(const std::string& key, std::vector<std::vector<int>> B::*member, const Range&,
                const std::string&) {
    std::vector<std::string> words;
    for (const std::vector<int>& values : options_->*member) {
      words.push_back(fmt::format("{}", fmt::join(values, ",")));
    }
    (*arguments_)[key] = fmt::format("{}", fmt::join(words, ";"));
    return {};
  }
  template <typename B>
  NoAlias text(const std::string& key, std::string B::*member, const std::string&) {
    (*arguments_)[key] = options_->*member;
    return {};
  }
  /// A place on one machine is no property of a network.
  template <typename B>
  NoAlias path(const std::string&, std::string B::*, const std::string&) {
    return {};
  }

 private:
  template <typename E>
  static std::string name_of(E value, const Names<E>& names) {
    const auto found = std::ranges::find(names, value, &Names<E>::value_type::second);
    return found == names.end() ? "" : found->first;
  }

  const Options* options_;
  Arguments* arguments_;
};

/// Visitor: reads what `arguments` holds into `options`; what is not there stays as it is. Throws
/// CheckpointError naming the argument for a value that the option cannot have.
template <typename Options>
class ArgumentReader {
 public:
  ArgumentReader(Options& options, const Arguments& arguments)
      : options_(&options), arguments_(&arguments) {}

  template <typename T, typename B>
  NoAlias number(const std::string& key, T B::*member, const Range& range, const std::string&) {
    if (const std::string* text = find(key)) {
      options_->*member = parsed<T>(key, *text, range);
    }
    return {};
  }
  template <typename B>
  NoAlias flag(const std::string& key, bool B::*member, const std::string&) {
    if (const std::string* text = find(key)) {
      if (*text != "true" && *text != "false") {
        refuse(key, *text);
      }
      options_->*member = *text == "true";
    }
    return {};
  }
  template <typename E, typename B>
  NoAlias choice(const std::string& key, E B::*member, const Names<E>& names, const std::string&) {
    if (const std::string* text = find(key)) {
      options_->*member = named(key, *text, names);
    }
    return {};
  }
  template <typename E, typename B>
  NoAlias choices(const std::string& key, std::vector<E> B::*member, const Names<E>& names,
                  const std::string&) {
    if (const std::string* text = find(key)) {
      std::vector<E> values;
      for (const std::string& word : words(*text)) {
        values.push_back(named(key, word, names));
      }
      options_->*member = std::move(values);
    }
    return {};
  }
  template <typename T, typename B>
  NoAlias numbers(const std::string& key, std::vector<T> B::*member, const Range& range,
                  const std::string&) {
    if (const std::string* text = find(key)) {
      options_->*member = several<T>(key, *text, range);
    }
    return {};
  }
  template <typename B>
  NoAlias lists(const std::string& key, std::vector<std::vector<int>> B::*member,
                const Range& range, const std::string&) {
    if (const std::string* text = find(key)) {
      std::vector<std::vector<int>> lists;
      for (const std::string& part : words(*text, ';')) {
        lists.push_back(several<int>(key, part, range));
      }
      options_->*member = std::move(lists);
    }
    return {};
  }
  template <typename B>
  NoAlias text(const std::string& key, std::string B::*member, const std::string&) {
    if (const std::string* text = find(key)) {
      options_->*member = *text;
    }
    return {};
  }
  template <typename B>
  NoAlias path(const std::string&, std::string B::*, const std::string&) {
    return {};
  }

 private:
  const std::string* find(const std::string& key) const {
    const auto found = arguments_->find(key);
    return found == arguments_->end() ? nullptr : &found->second;
  }
  /// What stands between separators.
  static std::vector<std::string> words(const std::string& text, char separator = ',') {
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
      const std::size_t end = std::min(text.find(separator, begin), text.size());
      found.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return found;
  }
  template <typename E>
  static E named(const std::string& key, const std::string& text, const Names<E>& names) {
    const auto found = std::ranges::find(names, text, &Names<E>::value_type::first);
    if (found == names.end()) {
      refuse(key, text);
    }
    return found->second;
  }
  template <typename T>
  std::vector<T> several(const std::string& key, const std::string& text,
                         const Range& range) const {
    std::vector<T> values;
    for (const std::string& word : words(text)) {
      values.push_back(parsed<T>(key, word, range));
    }
    return values;
  }
  template <typename T>
  T parsed(const std::string& key, const std::string& text, const Range& range) const {
    T value{};
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end || !range.contains(static_cast<double>(value))) {
      refuse(key, text);
    }
    return value;
  }
  [[noreturn]] static void refuse(const std::string& key, const std::string& text) {
    throw CheckpointError(fmt::format("argument {}: '{}' is not a value of it", key, text));
  }

  Options* options_;
  const Arguments* arguments_;
};

}  // namespace sr::arch
