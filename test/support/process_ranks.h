#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dist/place.h"
#include "support/temp_folder.h"
#include "support/thread_ranks.h"

namespace sr::test {

using Settings = std::map<std::string, std::string>;  ///< variables of the environment

/// Ranks as they are in a run, processes of their own: this test program starts itself once for
/// each, with the name of a hidden test case, which gets `settings`. None outlives the object.
class ProcessRanks {
 public:
  /// `test_case`: a name without commas and brackets.
  ProcessRanks(int world, const std::string& test_case, const Settings& settings) {
    const std::string port = std::to_string(free_port());
    for (int rank = 0; rank < world; ++rank) {
      Settings own = settings;
      own["RANK"] = own["LOCAL_RANK"] = std::to_string(rank);
      own["WORLD_SIZE"] = own["LOCAL_WORLD_SIZE"] = std::to_string(world);
      own["MASTER_ADDR"] = "127.0.0.1";
      own["MASTER_PORT"] = port;
      own[kResult] = (folder_ / ("result_" + std::to_string(rank))).string();
      start(test_case, own, log_of(rank));
    }
  }
  ~ProcessRanks() {
    for (const ::pid_t pid : running_) {
      if (pid != kEnded) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
      }
    }
  }
  ProcessRanks(const ProcessRanks&) = delete;
  ProcessRanks& operator=(const ProcessRanks&) = delete;

  /// What the ranks handed in, once all have ended. Throws when one failed, with what it printed,
  /// or takes longer.
  std::vector<std::string> results(std::chrono::seconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::vector<std::string> all;
    for (std::size_t rank = 0; rank < running_.size(); ++rank) {
      const int status = wait(rank, end);
      const std::string name = "rank " + std::to_string(rank);
      if (status != 0) {
        throw std::runtime_error(name + " ended with status " + std::to_string(status) + ":\n" +
                                 read_text(log_of(static_cast<int>(rank))));
      }
      all.push_back(read_text(folder_ / ("result_" + std::to_string(rank))));
    }
    return all;
  }

  /// In the hidden test case: where this rank is. It ends with the test, however that ends.
  static Place own_place() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_IGN);  // as `sr-train` does
    return place_of(environment_variable);
  }
  /// In the hidden test case: hands the test what came out.
  static void hand_in(const std::string& result) {
    std::ofstream(setting(kResult), std::ios::binary) << result;
  }
  /// In the hidden test case. Throws when it was not started by this class.
  static std::string setting(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      throw std::runtime_error("this is a rank of another test, which sets " + name);
    }
    return value;
  }

 private:
  static constexpr ::pid_t kEnded = -1;
  static constexpr const char* kResult = "SR_TEST_RESULT";

  std::filesystem::path log_of(int rank) const { return folder_ / ("log_" + std::to_string(rank)); }

  void start(const std::string& test_case, const Settings& settings, const std::string& log) {
    std::vector<std::string> variables;
    for (char** old = environ; *old != nullptr; ++old) {
      const std::string variable = *old;
      if (settings.count(variable.substr(0, variable.find('='))) == 0) {
        variables.push_back(variable);
      }
    }
    for (const auto& [name, value] : settings) {
      variables.push_back(name + "=" + value);
    }
    std::vector<char*> environment;
    for (std::string& variable : variables) {
      environment.push_back(variable.data());
    }
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe", name = test_case;
    std::vector<char*> arguments{program.data(), name.data(), nullptr};
    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_CREAT | O_WRONLY,
                                       0600);
    ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    ::pid_t pid = kEnded;
    const int error =
        ::posix_spawn(&pid, program.c_str(), &files, nullptr, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
      throw std::runtime_error("a rank cannot be started");
    }
    running_.push_back(pid);
  }

  /// The status of waitpid().
  int wait(std::size_t rank, std::chrono::steady_clock::time_point end) {
    int status = 0;
    while (::waitpid(running_[rank], &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > end) {
        throw std::runtime_error("rank " + std::to_string(rank) + " has not ended:\n" +
                                 read_text(log_of(static_cast<int>(rank))));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    running_[rank] = kEnded;
    return status;
  }

  TempFolder folder_;
  std::vector<::pid_t> running_;
};

}  // namespace sr::test
