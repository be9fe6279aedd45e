#pragma once

namespace must_abort {

// One way to misuse the library that must end the program: the program must-abort runs the one whose name it is given.
// All of them are one program, for each as a program of its own would be compiled and linked like one.
struct Case {
    Case(const char* name, void (*run)());

    const char* name;
    void (*run)();
    Case* next;
};

} // namespace must_abort

// MUST_ABORT(its_file) { ... } : the statements that must not be survived. It stands in a namespace of the same name.
#define MUST_ABORT(its_file)                                                                                           \
    static void must_abort_here();                                                                                     \
    static const ::must_abort::Case must_abort_case(#its_file, must_abort_here);                                       \
    static void must_abort_here()
