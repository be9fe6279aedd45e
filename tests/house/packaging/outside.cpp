#include <corduroy/base/error.hpp>

#include <cstdio>

int main() { return std::puts(corduroy::errno_message(2).c_str()) < 0; }
