#include "command_line.h"

#include <fstream>
#include <string_view>

namespace sr::app {
namespace {

std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char letter : word) {
    text += letter == '\'' ? "'\\''" : std::string(1, letter);
  }
  return text + "'";
}

}  // namespace

std::string shell_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? "" : " ";
    text += quoted(word);
  }
  return text;
}

std::vector<std::string> own_words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) {
    words.push_back(word);
  }
  return words;
}

std::vector<std::string> resuming_words(const std::vector<std::string>& words) {
  std::vector<std::string> resuming;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--resume") {
      ++i;  // and the state behind it
    } else if (word != "--auto-resume" && word != "--auto_resume" &&
               !word.starts_with("--resume=")) {
      resuming.push_back(word);
    }
  }
  resuming.emplace_back("--auto-resume");
  return resuming;
}

}  // namespace sr::app
