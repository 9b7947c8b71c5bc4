#include "checkpoint/script_archive.h"

#include <string>

#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "checkpoint/script_text.h"
#include "checkpoint/zip_writer.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

using sr::CheckpointError;
using sr::parse_script_archive;
using sr::test::bytes_of;
using sr::test::contains;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

/// data/tiny_network.pt, which torch.jit.save wrote.
std::string sample() {
  return read_text(std::filesystem::path(SR_SOURCE_DIR) / "data/tiny_network.pt");
}

using Entries = std::map<std::string, std::string>;

/// The records of the sample, as text.
Entries entries_of_sample() {
  Entries entries;
  for (const auto& [name, bytes] : parse_script_archive(bytes_of(sample())).records) {
    entries[name] = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  return entries;
}

std::string refused(const Entries& entries) {
  const TempFolder folder;
  sr::ZipWriter zip(folder / "a");
  for (const auto& [name, text] : entries) {
    zip.add("net/" + name, text);
  }
  zip.finish();
  return sr::test::message_of<CheckpointError>(
      [&] { parse_script_archive(bytes_of(read_text(folder / "a"))); });
}

constexpr const char* kText = "code/__torch__/tiny_network.py";

std::string with_text(const std::string& text) {
  Entries entries = entries_of_sample();
  entries.at(kText) += text;
  return refused(entries);
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

std::string text_problem(const std::string& text) {
  return sr::test::message_of<CheckpointError>([&] { sr::check_script_text(text); });
}

}  // namespace

TEST_CASE("a TorchScript file is taken apart into what a program consists of", "[checkpoint]") {
  const sr::ScriptArchive archive = parse_script_archive(bytes_of(sample()));
  CHECK(archive.records.contains("data.pkl"));
  CHECK(archive.records.contains("constants.pkl"));
  CHECK(archive.records.contains("data/0"));
  CHECK(archive.records.contains(kText));
  CHECK_FALSE(archive.records.contains("extra/sr_train.json"));
  for (const auto& [name, bytes] : archive.records) {
    CHECK_FALSE(name.ends_with(".debug_pkl"));
  }
  CHECK(archive.facts.name == "TinyNetwork");
  CHECK(archive.facts.scale == 2);
  CHECK(archive.facts.channels == 3);
  CHECK(archive.facts.size_multiple == 1);
  CHECK(archive.facts.not_saved.empty());
  CHECK(archive.sha256 == "468104a8ee07321f665fbe3f3213009190a59db779a67d0e02b43f70e98e2c5f");
  CHECK(refused(entries_of_sample()).empty());
}

TEST_CASE("facts of a file that are no whole numbers in range are refused", "[checkpoint]") {
  const auto with_facts = [](const std::string& facts) {
    Entries entries = entries_of_sample();
    entries[sr::kScriptFactsRecord] = facts;
    return refused(entries);
  };
  CHECK(with_facts(R"({"scale": 2, "other": [1, "x"]})").empty());
  CHECK(contains(with_facts(R"({"scale": 2.5})"), "extra/sr_train.json: scale is 2.5"));
  CHECK(contains(with_facts(R"({"scale": 1e30})"), "scale is 1e+30"));
  CHECK(contains(with_facts(R"({"scale": 65})"), "scale is 65"));
  CHECK(contains(with_facts(R"({"channels": -3})"), "channels is -3"));
  CHECK(contains(with_facts(R"({"size_multiple": "8"})"), "size_multiple is \"8\""));
  CHECK(
      contains(with_facts(R"({"size_multiple": 18446744073709551615})"), "size_multiple is 1844"));
  CHECK(contains(with_facts("[2]"), "is no object of facts"));
  CHECK(contains(with_facts("{"), "is no object of facts"));
}

TEST_CASE("what is no whole TorchScript file is refused", "[checkpoint]") {
  const std::string whole = sample();
  const auto message = [](const std::string& content) {
    return sr::test::message_of<CheckpointError>([&] { parse_script_archive(bytes_of(content)); });
  };
  CHECK(contains(message(""), "is not a TorchScript file"));
  CHECK(contains(message(whole.substr(0, whole.size() - 100)), "is damaged or cut short"));
  Entries entries = entries_of_sample();
  entries.erase("constants.pkl");
  CHECK(contains(refused(entries), "is not a TorchScript program"));
  entries = entries_of_sample();
  entries.erase("data/0");
  CHECK(contains(refused(entries), "record \"data/0\" is missing"));
}

TEST_CASE("a tensor may not leave its storage", "[checkpoint]") {
  Entries entries = entries_of_sample();
  entries.at("data/0").resize(entries.at("data/0").size() - 4);
  CHECK(contains(refused(entries), "elements"));
}

TEST_CASE("objects of C++ classes and foreign classes are refused", "[checkpoint]") {
  Entries entries = entries_of_sample();
  std::string& pickle = entries.at("data.pkl");
  const std::string own = "__torch__.tiny_network\nTinyNetwork\n";
  const std::size_t at = pickle.find(own);
  REQUIRE(at != std::string::npos);
  const std::string before = pickle;
  pickle =
      before.substr(0, at) + "__torch__.torch.classes.x\nOpen\n" + before.substr(at + own.size());
  CHECK(contains(refused(entries), "an object of the C++ class"));
  pickle = before.substr(0, at) + "os\nsystem\n" + before.substr(at + own.size());
  CHECK(contains(refused(entries), "refers to \"os.system\""));
}

TEST_CASE("objects nested without end are refused", "[checkpoint]") {
  Entries entries = entries_of_sample();
  entries.at("constants.pkl") = "\x80\x02)" + repeated("\x85", 1000) + ".";
  CHECK(contains(refused(entries), "nested more than 200 deep"));
}

TEST_CASE("text that runs or reaches out when it is read is refused by its file", "[checkpoint]") {
  CHECK(contains(with_text("  def __setstate__(self: Any, state: Any) -> None:\n    return None\n"),
                 "its \"code/__torch__/tiny_network.py\" has \"__setstate__\" in it"));
  CHECK(contains(with_text("# __torch__.torch.classes.x.Open\n"), "\"torch.classes\""));
  CHECK(contains(with_text("    _9 = ops.c10d.allreduce_(x)\n"), "calls operators of \"c10d\""));
  CHECK(with_text("    _9 = ops.prim.RaiseException(\"ops.c10d.x\")\n").empty());
}

TEST_CASE("text too deep or too long for a compiler that calls itself is refused", "[checkpoint]") {
  CHECK(text_problem(repeated("(", 60) + repeated(")", 60)).empty());
  CHECK(contains(text_problem(repeated("(", 70)), "brackets nested more than 64 deep"));
  CHECK(contains(text_problem("if x:\n" + repeated("  ", 70) + "pass\n"), "blocks nested"));
  CHECK(
      contains(text_problem("y = " + repeated("not ", 3000) + "x\n"), "more than 2000 operators"));
  CHECK(
      contains(text_problem("y = " + repeated("x + ", 3000) + "x\n"), "more than 2000 operators"));
  CHECK(text_problem(repeated("y = x + 1\n", 3000)).empty());
  CHECK(text_problem("y = [" + repeated("0.5, ", 3000) + "]\n").empty());
  CHECK(text_problem("y = \"" + repeated("((((", 100) + "\"\n").empty());
}
