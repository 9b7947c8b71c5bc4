#include "yaml/path_text.h"

#include <cstdlib>

#include "recipe/losses.h"
#include "resolve/examples.h"
#include "support/catch.h"
#include "yaml/read_yaml.h"

using sr::settings::expand_paths;
using sr::settings::protect_paths;
using sr::settings::text_node;

namespace {

/// An environment variable with a value, or without one, until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    const char* const earlier = std::getenv(name);
    had_ = earlier != nullptr;
    earlier_ = had_ ? earlier : "";
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { had_ ? ::setenv(name_, earlier_.c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string earlier_;
};

std::string expanded(const std::string& path) {
  sr::settings::Node node = text_node(path);
  const sr::settings::Problem problem = expand_paths(node);
  return problem ? "problem: " + *problem : node.text;
}

}  // namespace

TEST_CASE("a path may begin at home and hold variables", "[yaml]") {
  const Variable home("HOME", "/home/ann");
  const Variable data("SR_TEST_DATA", "/data set");
  CHECK(expanded("~") == "/home/ann");
  CHECK(expanded("~/x/~y") == "/home/ann/x/~y");
  CHECK(expanded("$HOME/x") == "/home/ann/x");
  CHECK(expanded("${HOME}x/${SR_TEST_DATA}") == "/home/annx//data set");
  CHECK(expanded("a/$SR_TEST_DATA-1") == "a//data set-1");
}

TEST_CASE("a backslash that double quotes took for a control character is told", "[yaml]") {
  for (const char* path : {"C:\new\train", "data\textures"}) {
    CHECK_THAT(expanded(path), Catch::Contains("write / or use single quotes"));
  }
}

TEST_CASE("what is no variable stays in a path", "[yaml]") {
  for (const char* path : {"", "a", "a~", "./~", "a/~/b", "cash$", "$", "a$1/b", "$ x", "100%$-"}) {
    INFO(path);
    CHECK(expanded(path) == path);
  }
  CHECK(expanded("$$HOME/a$$$$b") == "$HOME/a$$b");
}

TEST_CASE("a path that cannot be expanded is a problem", "[yaml]") {
  const Variable none("SR_TEST_NONE", nullptr);
  const Variable home("HOME", nullptr);
  CHECK(expanded("a/$SR_TEST_NONE/b") ==
        "problem: the environment variable SR_TEST_NONE is not set (a dollar sign is written $$)");
  CHECK(expanded("~/x").starts_with("problem: the environment variable HOME is not set"));
  CHECK(expanded("~bob/x").starts_with("problem: '~bob/x': other users' homes are not looked up"));
  for (const char* path : {"${HOME", "${}", "${1}", "${A-b}", "${", "a/${A/b}"}) {
    INFO(path);
    CHECK(expanded(path).find("expected ${NAME}; a dollar sign is written $$") !=
          std::string::npos);
  }
}

TEST_CASE("a path of Windows and an address are no folders here", "[yaml]") {
  CHECK(expanded("C:\\data\\hr") ==
        "problem: 'C:\\data\\hr' is a path of Windows; write it as Linux has it (under WSL: "
        "/mnt/c/data/hr)");
  for (const char* path : {"d:/x", "\\\\nas\\x"}) {
    INFO(path);
    CHECK(expanded(path).find("is a path of Windows") != std::string::npos);
  }
  for (const char* path : {"https://a/b", "file:///x", "s3://x"}) {
    INFO(path);
    CHECK(expanded(path).find("is an address; expected a path of this machine") !=
          std::string::npos);
  }
  for (const char* path : {"./C:\\x", "C:", "a:b/c", "a\\b", "x/C:/y", "://x"}) {
    INFO(path);
    CHECK(expanded(path) == path);
    CHECK(sr::settings::read_yaml_value(sr::settings::path_setting(path)).text == path);
  }
  CHECK(sr::settings::read_yaml_value(sr::settings::path_setting("C:/x")).text == "./C:/x");
}

TEST_CASE("an empty path is told with its key", "[yaml]") {
  for (const char* key : {"path.experiments_root", "path.pretrain_network_g", "path.resume_state",
                          "datasets.train.meta_info", "datasets.train.dataroot_gt"}) {
    INFO(key);
    CHECK(sr::test::problems_of(sr::test::kSmallest, {std::string(key) + "=''"})
              .find(std::string(key) + ": the path is empty; leave the key out") !=
          std::string::npos);
  }
  for (const char* list : {"[hr, '']", "[hr, ~]"}) {
    INFO(list);
    CHECK(sr::test::problems_of(sr::test::kSmallest,
                                {std::string("datasets.train.dataroot_gt=") + list})
              .find("datasets.train.dataroot_gt: entry 2 of the list is empty") !=
          std::string::npos);
  }
}

TEST_CASE("an expanded path is written so that it reads as the same", "[yaml]") {
  const Variable home("HOME", "/odd$HOME/$$");
  for (const char* path : {"~/x", "$HOME", "a$$b", "cash$", "plain"}) {
    sr::settings::Node node = text_node(expanded(path));
    const std::string value = node.text;
    protect_paths(node);
    CHECK(expanded(node.text) == value);
  }
}

TEST_CASE("a path becomes a setting that reads as that path", "[yaml]") {
  CHECK(sr::settings::path_setting("sets/photos/hr") == "sets/photos/hr");
  const Variable home("HOME", "/home/ann");
  for (const char* path :
       {"~/x", "a/$HOME", "it's: #1", "two words", "- x", "12", "null", "cash$", "[a]", "a$$b"}) {
    INFO(path);
    const sr::settings::Node read = sr::settings::read_yaml_value(sr::settings::path_setting(path));
    CHECK(expanded(read.text) == (path[0] == '~' ? "./" : "") + std::string(path));
  }
}

TEST_CASE("every path of a configuration is expanded", "[yaml]") {
  const Variable home("HOME", "/home/ann");
  const sr::Config config =
      sr::test::load_text(
          "name: run\nscale: 2\ndatasets:\n"
          "  train: {type: pairedimagedataset, dataroot_gt: [~/hr, $HOME/hr2], dataroot_lq: [~/lr, "
          "'${HOME}/lr2'], meta_info: ~/list.txt}\n"
          "  val: {type: pairedimagedataset, dataroot_gt: ~/v, dataroot_lq: ~/w, meta_info_file: "
          "$HOME/m}\n"
          "network_g: {type: compact}\nnetwork_d: {type: unetdiscriminatorsn}\n"
          "path: {pretrain_network_g: ~/g.pth, pretrain_model_d: ~/d.pth, resume_state: ~/1.state, "
          "experiments_root: ~/exp}\n"
          "train: {total_iter: 1, losses: [{type: perceptualloss, weights: ~/vgg}, {type: "
          "ganloss}]}\n")
          .config;
  using Texts = std::vector<std::string>;
  CHECK(config.train_set.dataroot_gt == Texts{"/home/ann/hr", "/home/ann/hr2"});
  CHECK(config.train_set.dataroot_lq == Texts{"/home/ann/lr", "/home/ann/lr2"});
  CHECK(config.train_set.meta_info == "/home/ann/list.txt");
  REQUIRE(config.val_sets.size() == 1);
  CHECK(config.val_sets[0].dataroot_gt == Texts{"/home/ann/v"});
  CHECK(config.val_sets[0].meta_info == "/home/ann/m");
  CHECK(config.path.pretrain_network_g == "/home/ann/g.pth");
  CHECK(config.path.pretrain_network_d == "/home/ann/d.pth");
  CHECK(config.path.resume_state == "/home/ann/1.state");
  CHECK(config.path.experiments_root == "/home/ann/exp");
  CHECK(config.train.losses.at(0).options.get<sr::recipe::PerceptualOptions>().weights ==
        "/home/ann/vgg");
  CHECK(sr::test::problems_of(sr::test::kSmallest, {"path.experiments_root=$SR_TEST_NONE/x"})
            .find("path.experiments_root: the environment variable SR_TEST_NONE is not set") !=
        std::string::npos);
}
