#include "config/schema.h"

#include <regex>
#include <set>
#include <string>

#include "config/schema_values.h"
#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "support/catch.h"
#include "yaml/node.h"

namespace {

using Json = nlohmann::ordered_json;

/// Every key that a schema allows anywhere.
void collect_keys(const Json& schema, std::set<std::string>& keys) {
  if (schema.is_object() && schema.contains("properties") && schema["properties"].is_object()) {
    for (const auto& [key, unused] : schema["properties"].items()) {
      keys.insert(key);
    }
  }
  for (const Json& part : schema) {
    if (part.is_structured()) {
      collect_keys(part, keys);
    }
  }
}

const Json& schema() {
  static const Json kSchema = sr::configuration_schema();
  return kSchema;
}

const Json& section(const std::string& name) {
  return schema()["properties"][name];
}

/// What holds for a section of this type.
Json of_type(const Json& typed, const std::string& name) {
  for (const Json& one : typed["allOf"]) {
    const Json& condition = one["if"];
    if (condition.contains("properties")) {
      const std::string pattern = condition["properties"]["type"]["pattern"];
      std::string wanted;
      for (const char c : name) {
        wanted += std::isalpha(static_cast<unsigned char>(c)) != 0
                      ? std::string{'[', static_cast<char>(std::toupper(c)), c, ']'}
                      : std::string(1, c);
      }
      if (pattern.find("(" + wanted + "|") != std::string::npos ||
          pattern.find("|" + wanted + "|") != std::string::npos ||
          pattern.find("|" + wanted + ")") != std::string::npos ||
          pattern.find("(" + wanted + ")") != std::string::npos) {
        return one["then"];
      }
    }
  }
  FAIL("no type " << name);
  return {};
}

}  // namespace

TEST_CASE("Every setting and every key of other trainers is in the schema", "[config]") {
  std::set<std::string> keys;
  collect_keys(schema(), keys);
  for (const sr::settings::SectionText& text : sr::settings::all_sections()) {
    for (const sr::settings::FieldText* field : text.fields) {
      CHECK(keys.contains(field->key));
      for (const std::string& alias : field->aliases) {
        CHECK(keys.contains(alias));
      }
    }
  }
  for (const sr::settings::ForeignKeys& row : sr::settings::foreign_keys()) {
    for (const std::string& key : sr::settings::words(row.keys)) {
      CHECK(keys.contains(key));
    }
  }
}

TEST_CASE("A setting has its type, range, words, default and help", "[config]") {
  const Json& lq_size = section("datasets")["properties"]["train"]["properties"]["lq_size"];
  CHECK(lq_size["anyOf"][0] == Json{{"type", "integer"}, {"minimum", 1.0}, {"maximum", 8192.0}});
  CHECK(lq_size["description"].get<std::string>().starts_with("Side of the square LQ crop"));
  const Json& tile = section("val")["properties"]["save_img"];
  CHECK(tile["anyOf"][0] == Json{{"type", "boolean"}});
  CHECK(tile["default"].is_boolean());
  const Json& scale = section("scale");
  CHECK(scale["anyOf"][0]["enum"] == Json::array({"1", 1, "2", 2, "3", 3, "4", 4, "8", 8}));
}

TEST_CASE("A type has its own settings and no others", "[config]") {
  const Json& network = schema()["definitions"]["network"];
  const Json span = of_type(network, "span");
  CHECK(span["properties"].contains("norm"));
  CHECK_FALSE(span["properties"].contains("n_resgroups"));
  CHECK(span["additionalProperties"] == false);
  CHECK(of_type(network, "rcan")["properties"].contains("n_resgroups"));
  const Json sgd = of_type(schema()["definitions"]["optimizer"], "sgd");
  CHECK(sgd["properties"].contains("momentum"));
  CHECK(sgd["properties"].contains("lr"));
}

TEST_CASE("What is not available may only be switched off", "[config]") {
  const Json& autoencoder = section("network_ae");
  CHECK(autoencoder["description"].get<std::string>().starts_with("Not available: "));
  CHECK(autoencoder["anyOf"][0]["enum"][0] == nullptr);
  CHECK(section("use_compile")["description"].get<std::string>().starts_with("No effect: "));
}

TEST_CASE("A number in a text is one that the reader takes", "[config]") {
  const std::regex pattern(sr::settings::number_in_text());
  for (const char* text : {"5", "+5", "-5", "5e3", "1e-4", "100_000", "-1__0", "2.5", "2.", ".5",
                           "1_0.2_5e+6", "", "_1", "1_", "e3", "1e", "1.2.3", "five", "."}) {
    INFO(text);
    CHECK(std::regex_match(text, pattern) == sr::settings::plain_node(text).number().has_value());
  }
}

TEST_CASE("A loss of weight 0 needs a type that is known and nothing else", "[config]") {
  const Json& loss = section("train")["properties"]["losses"]["items"];
  const Json& weightless = loss["then"];
  CHECK(weightless["required"] == Json::array({"type"}));
  const std::string types = weightless["properties"]["type"].dump();
  CHECK(types.find("\"l1loss\"") != std::string::npos);
  CHECK(types.find("\"featurematchingloss\"") == std::string::npos);
  CHECK_FALSE(weightless.contains("additionalProperties"));
}
