#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "fields/fields.h"

// Parts of a JSON Schema (schema.h) that stand for single values.

namespace sr::settings {

using Json = nlohmann::ordered_json;

/// One of these; choices of choices are choices.
Json any_of(const Json::array_t& choices);
/// A regular expression for the words in any case.
std::string in_any_case(const std::vector<std::string>& words);
/// Words for completion, and in any case; true, off and 2 also as what YAML makes of them.
Json word_schema(const std::vector<std::string>& words);
/// A regular expression for numbers that YAML takes for texts, by one of its versions: 5e3,
/// 100_000.
std::string number_in_text();
/// A value of this shape, or null. Empty for a section.
Json value_schema(const Shape& shape);
/// A value that asks for nothing: is_off(), is_inert().
Json off_schema(std::string_view inert);

}  // namespace sr::settings
