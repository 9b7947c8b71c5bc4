#include "say.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/printable_text.h"
#include "report/terminal.h"

namespace sr::app {

void say_text(std::string_view text) {
  const std::string clean = printable(text);
  std::fwrite(clean.data(), 1, clean.size(), stdout);
}

void say_error(std::string_view text) {
  std::fflush(stdout);
  const Environment none = [](const char*) -> const char* { return nullptr; };
  descriptor_terminal(STDERR_FILENO, none)->write(printable(text));
}

}  // namespace sr::app
