#pragma once

// What most sources take from the standard library, which Clang reads once for all of them: that takes two fifths of
// the time. They name what they use all the same: GCC, which gains nothing by this, builds them without. Nothing of
// ours is here, so that a header of ours that is missing is missed.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
