#include "upscale/plan.h"

#include <sys/stat.h>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "image/image.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/video.h"

namespace {

namespace fs = std::filesystem;

void write_image(const fs::path& file, sr::PictureFormat format) {
  fs::create_directories(file.parent_path());
  sr::Picture picture;
  picture.color = cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3));
  sr::write_picture(file, picture, format);
}

std::string config_error(const sr::UpscaleSettings& settings) {
  try {
    sr::plan_upscale(settings);
  } catch (const sr::ConfigError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a tree is repeated: names, formats and equal stems are kept", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "in/a.png", sr::PictureFormat::kPng);
  write_image(folder / "in/a.jpg", sr::PictureFormat::kJpeg);
  write_image(folder / "in/sub/b.JPEG", sr::PictureFormat::kJpeg);
  write_image(folder / "in/sub/wrong.png", sr::PictureFormat::kJpeg);
  folder.write("in/broken.png", "no image");
  folder.write("in/notes.txt", "text");
  const sr::UpscaleSettings settings{.input = folder / "in", .output = folder / "out"};
  const sr::UpscalePlan plan = sr::plan_upscale(settings);
  std::vector<std::string> outputs;
  for (const sr::UpscaleJob& job : plan.jobs) {
    outputs.push_back(job.output.lexically_relative(folder / "out").string());
  }
  CHECK(outputs == std::vector<std::string>{"a.jpg", "a.png", "sub/b.JPEG", "sub/wrong.jpg"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems.front().starts_with((folder / "in/broken.png").string() + ": "));
}

TEST_CASE("a PNM keeps a name that is true of what is written", "[upscale]") {
  const sr::test::TempFolder folder;
  const std::string gray = std::string("P5 2 1 255\n") + "ab";
  const std::string bits = "P1 2 1\n0 1\n";
  const std::string colors = "P3 1 1 255\n1 2 3\n";
  for (const auto& [name, bytes] :
       {std::pair("a.pgm", gray), std::pair("b.ppm", gray), std::pair("c.pnm", bits),
        std::pair("d.pbm", bits), std::pair("e.pgm", colors), std::pair("f.pnm", colors)}) {
    folder.write("in/" + std::string(name), bytes);
  }
  std::vector<std::string> outputs;
  for (const sr::UpscaleJob& job :
       sr::plan_upscale({.input = folder / "in", .output = folder / "out"}).jobs) {
    outputs.push_back(job.output.filename().string());
  }
  CHECK(outputs == std::vector<std::string>{"a.pgm", "b.ppm", "c.pnm", "d.pgm", "e.ppm", "f.pnm"});
  const auto refused = [&](const char* input, const char* output) {
    return config_error({.input = folder / "in" / input, .output = folder / output});
  };
  CHECK(refused("e.pgm", "x.pgm") ==
        "--output: " + (folder / "x.pgm").string() + " cannot hold colours; name a .ppm");
  CHECK(refused("a.pgm", "x.pbm") ==
        "--output: " + (folder / "x.pbm").string() + " cannot hold levels of gray; name a .pgm");
  CHECK(refused("a.pgm", "x.pgm").empty());
  CHECK(refused("a.pgm", "x.ppm").empty());
}

TEST_CASE("files that are left out are counted by kind and said", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "in/a.png", sr::PictureFormat::kPng);
  folder.write("in/b.gif", "GIF89a");
  folder.write("in/notes.txt", "text");
  const sr::UpscaleSettings settings{.input = folder / "in", .output = folder / "out"};
  const sr::UpscalePlan plan = sr::plan_upscale(settings);
  CHECK(plan.problems.empty());
  CHECK(plan.notes == std::vector{(folder / "in").string() +
                                  ": 2 files are left out: 1 of formats that are not read (.gif 1) "
                                  "and 1 of other kinds (.txt 1); such as " +
                                  (folder / "in/b.gif").string()});
}

TEST_CASE("inputs of other colours than sRGB are counted and said", "[upscale]") {
  const sr::test::TempFolder folder;
  for (const char* name : {"in/a.png", "in/b.png", "in/c.png"}) {
    write_image(folder / name, sr::PictureFormat::kPng);
  }
  const sr::UpscaleSettings settings{.input = folder / "in", .output = folder / "out"};
  CHECK(sr::plan_upscale(settings).notes.empty());
  const std::string_view p3(
      "\0\0\0\x04"
      "cICP\x0c\x0d\0\x01"
      "\x6e"
      "\x03"
      "\xe3"
      "\xef",
      16);
  for (const char* name : {"in/a.png", "in/c.png"}) {
    std::string bytes = sr::test::read_text(folder / name);
    bytes.insert(33, p3);  // behind the header
    folder.write(name, bytes);
  }
  const sr::UpscalePlan plan = sr::plan_upscale(settings);
  CHECK(plan.jobs.size() == 3);
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes[0].starts_with("2 images are of other colours than sRGB"));
  CHECK(plan.notes[0].find("such as " + (folder / "in/a.png").string()) != std::string::npos);
}

TEST_CASE("two inputs of one output: the first is made, the other named", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "in/a.png", sr::PictureFormat::kPng);
  write_image(folder / "in/a.jpg", sr::PictureFormat::kJpeg);
  const sr::UpscalePlan plan = sr::plan_upscale(
      {.input = folder / "in", .output = folder / "out", .format = sr::PictureFormat::kWebp});
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs.front().output == folder / "out/a.webp");
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems.front() == (folder / "in/a.png").string() + ": its output " +
                                     (folder / "out/a.webp").string() + " is that of a.jpg");
}

TEST_CASE("no output is written over an input, of whichever picture", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "x/a.png", sr::PictureFormat::kPng);
  write_image(folder / "x/x/a.png", sr::PictureFormat::kPng);
  const sr::UpscalePlan plan =
      sr::plan_upscale({.input = folder / "x", .output = folder.path(), .overwrite = true});
  REQUIRE(plan.jobs.size() == 1);
  CHECK(plan.jobs.front().output == folder / "a.png");
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems.front() == (folder / "x/x/a.png").string() + ": its output " +
                                     (folder / "x/a.png").string() + " is the input " +
                                     (folder / "x/a.png").string());
}

TEST_CASE("one image goes to the file or into the folder that the output names", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "a.jpg", sr::PictureFormat::kJpeg);
  const auto output = [&](const std::string& name, sr::UpscaleSettings settings = {}) {
    settings.input = folder / "a.jpg";
    settings.output = folder / name;
    return sr::plan_upscale(settings).jobs.at(0);
  };
  CHECK(output("b.png").output == folder / "b.png");
  CHECK(output("b.png").format == sr::PictureFormat::kPng);
  CHECK(output("new").output == folder / "new/a.jpg");
  fs::create_directories(folder / "folder.png");
  CHECK(output("folder.png").output == folder / "folder.png/a.jpg");
  CHECK(output("new", {.picture = {.bits = sr::BitsMode::k16}}).output == folder / "new/a.png");
}

TEST_CASE("contradictions are configuration errors", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "in/a.png", sr::PictureFormat::kPng);
  const fs::path a = folder / "in/a.png";
  CHECK(config_error({.input = folder / "in", .output = folder / "in/out"}).find("lies in") !=
        std::string::npos);
  CHECK_FALSE(config_error({.input = folder / "in", .output = a}).empty());
  fs::create_directories(folder / "gt");
  CHECK(config_error({.input = folder / "in",
                      .output = folder / "in/../gt",
                      .compare = sr::CompareSettings{folder / "gt"}})
            .ends_with("is --compare, which is never written to"));
  CHECK_FALSE(config_error({.input = a, .output = folder / "b.mp4"}).empty());
  CHECK(config_error({.input = a, .output = folder / "b.jpg", .format = sr::PictureFormat::kPng})
            .starts_with("--format: "));
  CHECK(
      config_error({.input = a, .output = folder / "b.jpg", .picture = {.bits = sr::BitsMode::k16}})
          .starts_with("--bits: "));
  CHECK_THROWS_AS(sr::plan_upscale({.input = folder / "none", .output = folder / "out"}),
                  sr::DataError);
  // Neither an image onto itself nor over what is no file.
  CHECK_THROWS_AS(sr::plan_upscale({.input = a, .output = a}), sr::DataError);
  const fs::path pipe = folder / "pipe.png";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_AS(sr::plan_upscale({.input = a, .output = pipe}), sr::DataError);
  CHECK_THROWS_AS(sr::plan_upscale({.input = pipe, .output = folder / "b.png"}), sr::DataError);
  // What the system does not look at is named with its reason.
  fs::create_symlink("loop", folder / "loop");
  const std::string message = sr::test::message_of<sr::DataError>(
      [&] { sr::plan_upscale({.input = folder / "loop", .output = folder / "out"}); });
  CHECK(message.find("loop: Too many levels") != std::string::npos);
}

TEST_CASE("options that would do nothing to what is written are refused", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "in/a.png", sr::PictureFormat::kPng);
  sr::test::write_video(folder / "v.mp4", 2);
  const sr::UpscaleSettings tree{.input = folder / "in", .output = folder / "out", .quality = 80};
  CHECK(config_error(tree).empty());  // there may be JPEG files the next time
  const auto with = [](sr::UpscaleSettings settings, auto change) {
    change(settings);
    return config_error(settings);
  };
  using Settings = sr::UpscaleSettings;
  const std::string quality = "--quality: has a meaning only for JPEG and WebP";
  const auto png = [](Settings& settings) { settings.format = sr::PictureFormat::kPng; };
  const auto jpeg = [](Settings& settings) { settings.format = sr::PictureFormat::kJpeg; };
  const auto deep = [](Settings& settings) { settings.picture.bits = sr::BitsMode::k16; };
  const auto file = [&](const char* name) {
    return [path = folder / name](Settings& settings) {
      settings.input = settings.input / "a.png";
      settings.output = path;
    };
  };
  CHECK(with(tree, png).starts_with(quality));
  CHECK(with(tree, jpeg).empty());
  CHECK(with(tree, deep).starts_with(quality));
  CHECK(with(tree, file("b.tif")).starts_with(quality));
  CHECK(with(tree, file("b.webp")).empty());

  const Settings frames{.input = folder / "v.mp4", .output = folder / "frames"};
  const auto low = [](Settings& settings) { settings.quality = 80; };
  const auto opaque = [](Settings& settings) { settings.picture.alpha = sr::AlphaMode::kDrop; };
  CHECK(with(frames, jpeg).empty());
  CHECK(with(frames, deep).empty());
  CHECK(with(frames, low).starts_with(quality));
  CHECK(with(frames, opaque).starts_with("--alpha: "));
  Settings video = frames;
  video.output = folder / "w.mp4";
  CHECK(with(video, jpeg).starts_with("--format: "));
  CHECK(with(video, deep).starts_with("--bits: "));
  CHECK(with(video, low).starts_with("--quality: "));
}

TEST_CASE("an output of a kind that is not written is no folder of that name", "[upscale]") {
  const sr::test::TempFolder folder;
  write_image(folder / "a.png", sr::PictureFormat::kPng);
  sr::test::write_video(folder / "v.mp4", 2);
  const auto refusal = [&](const char* input, const char* output) {
    return config_error({.input = folder / input, .output = folder / output});
  };
  CHECK_THAT(refusal("a.png", "b.avif"), Catch::Contains("name a .png, .jpg, .webp or .tif"));
  CHECK_THAT(refusal("v.mp4", "film.WebM"), Catch::Contains("or a folder for frames"));
  std::filesystem::create_directory(folder / "b.avif");
  CHECK(refusal("a.png", "b.avif").empty());
}

TEST_CASE("a video becomes a video or a folder of frames", "[upscale]") {
  const sr::test::TempFolder folder;
  sr::test::write_video(folder / "in/v.mp4", 3);
  const sr::UpscaleJob tree =
      sr::plan_upscale({.input = folder / "in", .output = folder / "out"}).jobs.at(0);
  CHECK(tree.video);
  CHECK_FALSE(tree.frames);
  CHECK(tree.output == folder / "out/v.mp4");
  const sr::UpscaleJob frames =
      sr::plan_upscale({.input = folder / "in/v.mp4", .output = folder / "frames"}).jobs.at(0);
  CHECK(frames.frames);
  CHECK(sr::frame_file(frames.output, 11, frames.format) == folder / "frames/00000012.png");
  const sr::UpscaleJob file =
      sr::plan_upscale({.input = folder / "in/v.mp4", .output = folder / "w.mkv"}).jobs.at(0);
  CHECK_FALSE(file.frames);
  CHECK(file.output == folder / "w.mkv");
}
