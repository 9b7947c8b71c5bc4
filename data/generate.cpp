#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "core/atomic_file.h"
#include "core/error.h"
#include "image/image.h"
#include "image/resize.h"
#include "scenes.h"

// sr_make_tiny_data FOLDER: writes {train,val}/{hr,lr_x2,lr_x4}/<name>.png.

namespace {

void write_all(const std::filesystem::path& folder) {
  for (const sr::tiny::Scene& scene : sr::tiny::scenes()) {
    const cv::Mat hr = sr::tiny::draw(scene);
    const std::array<std::pair<const char*, cv::Mat>, 3> images = {{
        {"hr", hr},
        {"lr_x2", sr::resize_bicubic_to(hr, hr.cols / 2, hr.rows / 2)},
        {"lr_x4", sr::resize_bicubic_to(hr, hr.cols / 4, hr.rows / 4)},
    }};
    for (const auto& [kind, image] : images) {
      const std::filesystem::path target = folder / scene.set / kind;
      sr::make_folder(target);
      sr::write_png(target / (scene.name + ".png"), image);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: sr_make_tiny_data FOLDER\n");
    return static_cast<int>(sr::ExitCode::kConfig);
  }
  try {
    write_all(arguments[1]);
  } catch (const sr::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
