#include "unexpected.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "dialect/nearest.h"

namespace sr::app {
namespace {

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

bool is_configuration(const std::string& word) {
  return word.ends_with(".yml") || word.ends_with(".yaml");
}

}  // namespace

std::string unexpected_words(const CLI::App& program) {
  const std::vector<CLI::App*> called = program.get_subcommands();
  const CLI::App& command = called.empty() ? program : *called.front();
  const std::vector<std::string> words = program.remaining(true);
  const std::string& first = words.front();
  const bool is_option = first.starts_with("-");
  std::optional<std::string> meant;
  if (is_option) {
    meant = settings::nearest_word(first.substr(0, first.find('=')), options_of(command));
  } else if (is_configuration(first) && command.get_option_no_throw("--config") != nullptr) {
    meant = "--config " + first;
  } else if (called.empty()) {
    meant = settings::nearest_word(first, commands_of(program));
  }
  const std::string hint = meant ? fmt::format("; did you mean {}?", *meant) : std::string();
  if (is_option) {
    return fmt::format("{}: no option of {}{}", first, command.get_name(), hint);
  }
  if (called.empty()) {
    return fmt::format("{}: no command{}", first, hint);
  }
  return fmt::format("{}: not expected behind {}{}", first, command.get_name(), hint);
}

}  // namespace sr::app
