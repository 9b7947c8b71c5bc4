#include "core/error.h"

#include <cerrno>

#include "support/catch.h"

TEST_CASE("every error type carries the exit code that scripts rely on", "[core]") {
  CHECK(static_cast<int>(sr::ConfigError("x").exit_code()) == 2);
  CHECK(static_cast<int>(sr::DataError("x").exit_code()) == 3);
  CHECK(static_cast<int>(sr::CheckpointError("x").exit_code()) == 4);
  CHECK(static_cast<int>(sr::DoesNotFitError("x").exit_code()) == 5);
  CHECK(static_cast<int>(sr::DivergedError("x").exit_code()) == 6);
  CHECK(static_cast<int>(sr::StorageError("x").exit_code()) == 7);
}

TEST_CASE("errno_message names the action, the path and the reason", "[core]") {
  CHECK(sr::errno_message("cannot write", "/a/b", ENOSPC) ==
        "cannot write /a/b: No space left on device");
}
