#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <string_view>
#include <vector>

#include "add_command.h"
#include "say.h"

namespace sr::app {
namespace {

enum class Shell : char { kBash, kZsh, kFish };

/// What stands behind an option.
enum class Value : char { kNone, kPath, kFolder, kOther };

struct Word {
  std::vector<std::string> spellings;  ///< "--output", "-o"; none for a positional argument
  std::string help;
  Value value = Value::kNone;
  std::vector<std::string> choices;  ///< all legal values, where these are a few words
};

struct Command {
  std::string name;  ///< empty: the program itself
  std::string help;
  std::vector<Word> words;
};

Value value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) {
    return Value::kNone;
  }
  const std::string type = option.get_type_name();
  const auto is_one_of = [&type](auto... names) { return ((type == names) || ...); };
  if (is_one_of("DIR", "RUN_FOLDER")) {
    return Value::kFolder;
  }
  return is_one_of("FILE", "PATH") ? Value::kPath : Value::kOther;
}

/// Of "TEXT:{onnx,ncnn}", as CLI11 shows a check for words, or of "same|8|16".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  const bool braced = open != std::string::npos && close != std::string::npos;
  const char between = braced ? ',' : '|';
  const std::string list = braced ? type.substr(open + 1, close - open - 1) : type;
  std::vector<std::string> choices;
  std::istringstream text(list);
  for (std::string word; std::getline(text, word, between);) {
    choices.push_back(word);
  }
  return braced || choices.size() > 1 ? choices : std::vector<std::string>{};
}

Word word_of(const CLI::Option& option) {
  Word word{
      .spellings = {}, .help = option.get_description(), .value = value_of(option), .choices = {}};
  if (word.value == Value::kOther) {
    word.choices = choices_of(option.get_type_name());
  }
  for (const std::string& name : option.get_lnames()) {
    word.spellings.push_back("--" + name);
  }
  for (const std::string& name : option.get_snames()) {
    word.spellings.push_back("-" + name);
  }
  return word;
}

Command command_of(const CLI::App& app, const std::string& name) {
  Command command{.name = name, .help = app.get_description(), .words = {}};
  for (const CLI::Option* option : app.get_options()) {
    command.words.push_back(word_of(*option));
  }
  return command;
}

/// The program first, then its commands.
std::vector<Command> commands_of(const CLI::App& program) {
  std::vector<Command> commands{command_of(program, "")};
  for (const CLI::App* command : program.get_subcommands({})) {
    commands.push_back(command_of(*command, command->get_name()));
  }
  return commands;
}

/// The help's first sentence. The point of "e.g." ends none.
std::string summary(const std::string& help) {
  constexpr std::string_view kEnd = ". ";
  for (std::size_t at = help.find(kEnd); at != std::string::npos; at = help.find(kEnd, at + 1)) {
    const auto next = static_cast<unsigned char>(help[at + kEnd.size()]);
    if (std::isupper(next) != 0) {
      return help.substr(0, at);
    }
  }
  return help;
}

std::string in_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  }
  return quoted + "'";
}

std::vector<std::string> spellings(const Command& command, bool with_value_only) {
  std::vector<std::string> all;
  for (const Word& word : command.words) {
    if (!with_value_only || word.value == Value::kOther) {
      all.insert(all.end(), word.spellings.begin(), word.spellings.end());
    }
  }
  return all;
}

/// "    'export --to') choices='onnx ncnn';;"; a positional argument stands behind its command.
std::string bash_choices(const Command& command) {
  std::string cases;
  for (const Word& word : command.words) {
    std::vector<std::string> before = word.spellings;
    if (before.empty()) {
      before.push_back(command.name);
    }
    for (const std::string& previous : before) {
      cases += word.choices.empty() ? ""
                                    : fmt::format("    '{} {}') choices='{}';;\n", command.name,
                                                  previous, fmt::join(word.choices, " "));
    }
  }
  return cases;
}

std::string bash_script(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  std::string cases;
  std::string choices;
  for (const Command& command : commands) {
    choices += bash_choices(command);
    if (!command.name.empty()) {
      names.push_back(command.name);
    }
    cases += fmt::format(
        "    {}) words='{}'; plain='{}';;\n", command.name.empty() ? "''" : command.name,
        fmt::join(spellings(command, false), " "), fmt::join(spellings(command, true), " "));
  }
  return fmt::format(
      R"(# sr-train completion bash > /etc/bash_completion.d/sr-train, or source it in ~/.bashrc.
_sr_train() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command='' words plain word choices=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case " {0} " in *" $word "*) command=$word; break;; esac
  done
  case "$command" in
{1}  esac
  case "$command $previous" in
{2}  esac
  COMPREPLY=()
  if [[ -n $choices && $current != -* ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  case " $plain " in *" $previous "*) return;; esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ -z $command && $previous != -* ]]; then
    COMPREPLY=($(compgen -W "{0}" -- "$current"))
  fi
}}
complete -o bashdefault -o default -F _sr_train sr-train
)",
      fmt::join(names, " "), cases, choices);
}

std::string zsh_action(const Word& word) {
  if (!word.choices.empty()) {
    return fmt::format(":value:({})", fmt::join(word.choices, " "));
  }
  switch (word.value) {
    case Value::kNone:
      return "";
    case Value::kPath:
      return ":file:_files";
    case Value::kFolder:
      return ":folder:_files -/";
    case Value::kOther:
      return ":value: ";
  }
  return "";
}

/// Text inside "[...]" of an _arguments specification.
std::string zsh_help(const std::string& help) {
  std::string text;
  for (const char c : summary(help)) {
    text +=
        c == '[' || c == ']' || c == ':' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  }
  return text;
}

std::string zsh_arguments(const Command& command) {
  std::string lines;
  for (const Word& word : command.words) {
    if (word.spellings.empty()) {
      lines += " \\\n        " + in_quotes("*" + zsh_action(word));
    }
    for (const std::string& spelling : word.spellings) {
      lines += " \\\n        " +
               in_quotes(fmt::format("*{}[{}]{}", spelling, zsh_help(word.help), zsh_action(word)));
    }
  }
  return lines;
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const Command& command : commands) {
    if (!command.name.empty()) {
      names += fmt::format("    {}\n", in_quotes(command.name + ":" + zsh_help(command.help)));
      cases += fmt::format("      {})\n      _arguments{}\n      ;;\n", command.name,
                           zsh_arguments(command));
    }
  }
  return fmt::format(
      R"(#compdef sr-train
# sr-train completion zsh > a folder of $fpath, as _sr-train.
_sr-train() {{
  local state line
  local -a commands=(
{0})
  _arguments -C '1:command:->command' '*::arguments:->arguments'{1} && return
  case $state in
    command) _describe command commands ;;
    arguments) case $line[1] in
{2}    esac ;;
  esac
}}
if [ "$funcstack[1]" = _sr-train ]; then _sr-train "$@"; else compdef _sr-train sr-train; fi
)",
      names, zsh_arguments(commands.front()), cases);
}

std::string fish_word(const Word& word, const std::string& condition) {
  std::string line = "complete -c sr-train " + condition;
  for (const std::string& spelling : word.spellings) {
    line += spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
  }
  if (word.value == Value::kPath || word.value == Value::kFolder) {
    line += " -r -F";
  } else if (word.value == Value::kOther) {
    line += " -x";
  }
  if (!word.choices.empty()) {
    line += fmt::format(" -a '{}'", fmt::join(word.choices, " "));
  }
  return line + " -d " + in_quotes(summary(word.help)) + "\n";
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string lines = "# sr-train completion fish > ~/.config/fish/completions/sr-train.fish\n";
  for (const Command& command : commands) {
    const std::string condition = command.name.empty()
                                      ? "-n __fish_use_subcommand"
                                      : "-n '__fish_seen_subcommand_from " + command.name + "'";
    if (!command.name.empty()) {
      lines += fmt::format("complete -c sr-train -n __fish_use_subcommand -a {} -d {}\n",
                           command.name, in_quotes(summary(command.help)));
    }
    for (const Word& word : command.words) {
      if (!word.spellings.empty() || !word.choices.empty()) {
        lines += fish_word(word, condition);
      }
    }
  }
  return lines;
}

/// A script that teaches the shell the program's commands and options, and completes files where an
/// option takes a path. Made from the command line's own description, so that it lacks nothing.
std::string completion_script(const CLI::App& program, Shell shell) {
  const std::vector<Command> commands = commands_of(program);
  switch (shell) {
    case Shell::kBash:
      return bash_script(commands);
    case Shell::kZsh:
      return zsh_script(commands);
    case Shell::kFish:
      return fish_script(commands);
  }
  return {};
}

Shell shell_named(const std::string& name) {
  return name == "bash" ? Shell::kBash : name == "zsh" ? Shell::kZsh : Shell::kFish;
}

void add_options(CLI::App& command, std::string& shell) {
  command.add_option("shell", shell, "bash, zsh or fish")
      ->type_name("SHELL")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace

void add_completion(CLI::App& program, Task& task) {
  const auto print = [&program](const std::string& shell) {
    deliver_text(completion_script(program, shell_named(shell)));
    return ExitCode::kDone;
  };
  add_command<std::string>(
      program, task,
      {"completion", "Print a script that lets a shell complete commands, options and files"},
      print, add_options);
}

}  // namespace sr::app
