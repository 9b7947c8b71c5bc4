#include "config/schema_values.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

Json number_schema(const Shape& shape) {
  Json number{{"type", shape.kind == Shape::Kind::kNumber ? "number" : "integer"}};
  const Range everything;
  if (shape.range.low != everything.low) {
    number[shape.range.low_open ? "exclusiveMinimum" : "minimum"] = shape.range.low;
  }
  if (shape.range.high != everything.high) {
    number[shape.range.high_open ? "exclusiveMaximum" : "maximum"] = shape.range.high;
  }
  return any_of({std::move(number), {{"type", "string"}, {"pattern", number_in_text()}}});
}

Json one_value(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kFlag:
      return any_of({{{"type", "boolean"}}, word_schema({"yes", "no", "on", "off"})});
    case Shape::Kind::kInteger:
    case Shape::Kind::kNumber:
      return number_schema(shape);
    case Shape::Kind::kIntegers:
      return {{"type", "array"}, {"items", number_schema(shape)}};
    case Shape::Kind::kText:
      return {{"type", {"string", "number", "boolean"}}};
    case Shape::Kind::kWord:
      return word_schema(shape.words);
    case Shape::Kind::kFactors:
      return {{"type", "object"},
              {"additionalProperties", {{"type", "number"}, {"exclusiveMinimum", 0}}}};
    case Shape::Kind::kAny:
    case Shape::Kind::kSection:
      break;
  }
  return Json::object();
}

}  // namespace

Json any_of(const Json::array_t& choices) {
  if (choices.size() == 1) {
    return choices.front();
  }
  Json all = Json::array();
  for (const Json& choice : choices) {
    if (choice.size() == 1 && choice.contains("anyOf")) {
      all.insert(all.end(), choice["anyOf"].begin(), choice["anyOf"].end());
    } else {
      all.push_back(choice);
    }
  }
  return {{"anyOf", std::move(all)}};
}

std::string number_in_text() {
  const std::string digits = "[0-9](_*[0-9])*";  // grouped as Node::number() takes them
  return fmt::format("^[-+]?({0}\\.?({0})?|\\.{0})([eE][-+]?[0-9]+)?$", digits);
}

std::string in_any_case(const std::vector<std::string>& words) {
  std::string pattern;
  for (const std::string& word : words) {
    pattern += pattern.empty() ? "" : "|";
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalpha(byte) != 0) {
        pattern += fmt::format("[{}{}]", static_cast<char>(std::toupper(byte)),
                               static_cast<char>(std::tolower(byte)));
      } else {
        pattern += std::isalnum(byte) != 0 || c == '_' ? std::string(1, c) : fmt::format("\\{}", c);
      }
    }
  }
  return fmt::format("^({})$", pattern);
}

Json word_schema(const std::vector<std::string>& words) {
  Json list = Json::array();
  for (const std::string& word : words) {
    list.push_back(word);
    if (const Json value = to_json(plain_node(word)); !value.is_string()) {
      list.push_back(value);
    }
  }
  return any_of(
      {{{"enum", std::move(list)}}, {{"type", "string"}, {"pattern", in_any_case(words)}}});
}

Json value_schema(const Shape& shape) {
  Json::array_t choices;
  Json one = one_value(shape);
  if (one.empty()) {
    return one;
  }
  if (!shape.list || shape.or_single) {
    choices.push_back(one);
  }
  if (shape.list) {
    Json list{{"type", "array"}, {"items", std::move(one)}};
    if (shape.count > 0) {
      list["minItems"] = list["maxItems"] = shape.count;
    }
    choices.push_back(std::move(list));
  }
  if (!shape.words.empty() && shape.kind != Shape::Kind::kWord) {
    choices.push_back(word_schema(shape.words));
  }
  choices.push_back({{"type", "null"}});
  return any_of(choices);
}

Json off_schema(std::string_view inert) {
  if (inert == "true") {  // then false asks for something
    return {{"enum", {nullptr, true}}};
  }
  Json::array_t choices{{{"enum", {nullptr, false, 0, "", Json::array(), Json::object()}}},
                        {{"type", "object"},
                         {"properties", {{"enabled", {{"const", false}}}}},
                         {"required", {"enabled"}}},
                        {{"type", "object"},
                         {"properties", {{"loss_weight", {{"const", 0}}}}},
                         {"required", {"loss_weight"}}}};
  if (!inert.empty()) {
    choices.push_back({{"enum", {std::string(inert)}}});
    choices.push_back({{"type", "object"},
                       {"properties", {{"type", {{"const", std::string(inert)}}}}},
                       {"required", {"type"}}});
  }
  return any_of(choices);
}

}  // namespace sr::settings
