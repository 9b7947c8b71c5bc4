// Changed meta_info files, and their lines as names of images: read, never more than that.
//   fuzz_meta_info --seconds 600

#include <array>
#include <cstdlib>

#include "core/printable_text.h"
#include "core/text_file.h"
#include "core/utf8.h"
#include "data/meta_info.h"
#include "data/name_index.h"
#include "data/pairing_hint.h"
#include "fuzz/driver.h"

namespace sr::test {
namespace {

constexpr std::array<std::string_view, 20> kWords{
    " (480,480,3)", "(",        ")",         ", ",      ",",  "\t",       "\r\n", "\n",
    "./",           "../",      "\\",        "/",       "..", "0001.png", "\"",   "\xEF\xBB\xBF",
    "\xFF\xFE",     "\xFE\xFF", "e\xCC\x81", "data/hr/"};

const NameIndex& images() {
  static const NameIndex index("data/hr", {{"0001", "data/hr/0001.png"},
                                           {"0001, a", "data/hr/0001, a.png"},
                                           {"sub/caf\u00e9", "data/hr/sub/caf\u00e9.png"}});
  return index;
}

}  // namespace

bool try_input(const std::string& bytes) {
  const TextFile file = text_of_bytes(bytes, TextBytes::kAny);
  if (!file.problem.empty()) {
    return false;
  }
  std::vector<std::string> gt, lq;
  const auto is_gt = [](const std::string& name) { return images().find(name).has_value(); };
  for (const MetaEntry& entry : parse_meta_info(file.text, is_gt)) {
    const std::string shown = printable_line(images().hint(entry.gt));
    if (first_not_utf8(shown) != shown.size() || shown.find('\n') != std::string::npos) {
      std::abort();
    }
    gt.push_back(entry.gt);
    lq.push_back(entry.lq);
  }
  pairing_hint(gt, lq, "{}x2");
  return true;
}

std::vector<std::string> built_in_samples() {
  return {"0001.png (480,480,3)\nsub/caf\u00e9\n", "0001, a.png, 0001x2.png\r\n./0001\r\n",
          "data\\hr\\0001.png\t0001\n", std::string("\xFF\xFE\x30\0\n\0", 6)};
}

std::span<const std::string_view> words_of_inputs() {
  return kWords;
}

}  // namespace sr::test
