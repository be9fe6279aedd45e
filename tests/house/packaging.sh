#!/bin/bash
# Installs a build into a folder of its own and lets two outside projects, one of CMake and one of meson, be built against
# it and run, with the static and with the shared library.
#
# usage: packaging.sh BUILD_DIRECTORY      (needs cmake, meson, pkg-config; the compiler is $CXX, or the system's)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")/packaging
build=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

log=$work/log
step() {
    echo "packaging: $1"
    shift
    "$@" >"$log" 2>&1 || { cat "$log"; echo "packaging: failed: $*"; exit 1; }
}

gdb_tasks() {
    local status=0
    env LD_LIBRARY_PATH="$libraries" CORDUROY_HANGING="$work/hanging" CORDUROY_AUTO_LOAD="$work/auto-load" \
        CORDUROY_SOURCE="$source" python3 "$source/tests/apps/gdb_tasks.py" || status=$?
    [ "$status" = 0 ] || [ "$status" = 77 ] # there is no gdb
}

step "install" meson install -C "$build" --destdir "$work/installed"
root=$(find "$work/installed" -name include -type d -prune | head -n 1)
root=${root%/include}
pc=$(dirname "$(find "$root" -name corduroy.pc)")
libraries=$(dirname "$pc")
export PKG_CONFIG_PATH=$pc CMAKE_PREFIX_PATH=$root
unset DESTDIR

# A build whose programs do not run where it is built has no pages.
if [ -e "$build/apps/fetch.1" ]; then
    for page in man/man1/fetch.1 bash-completion/completions/fetch.bash zsh/site-functions/_fetch \
        fish/vendor_completions.d/fetch.fish; do
        [ -s "$root/share/$page" ] || { echo "packaging: share/$page is not installed"; exit 1; }
    done
fi

# What users must not be asked for, and must not see.
if grep -ri llhttp "$root/include" "$pc/corduroy.pc" "$libraries/cmake/Corduroy"; then
    echo "packaging: llhttp shows in what is installed"; exit 1
fi
if nm -D --defined-only "$libraries/libcorduroy.so" | grep ' llhttp_'; then
    echo "packaging: llhttp shows in the shared library"; exit 1
fi

for kind in static shared; do
    step "CMake, $kind: configure" cmake -S "$here" -B "$work/cmake-$kind" -DCORDUROY_KIND="$kind"
    step "CMake, $kind: build" cmake --build "$work/cmake-$kind"
    step "meson, $kind: configure" meson setup "$work/meson-$kind" "$here" -Ddefault_library="$kind"
    step "meson, $kind: build" ninja -C "$work/meson-$kind"
    for tool in cmake meson; do
        program=$work/$tool-$kind/outside
        step "$tool, $kind: run" env LD_LIBRARY_PATH="$libraries" "$program"
        linked=$(ldd "$program" | grep -c libcorduroy || true)
        if [ "$kind" = static ] && [ "$linked" != 0 ]; then echo "packaging: $tool, static: is linked to the shared library"; exit 1; fi
        if [ "$kind" = shared ] && [ "$linked" = 0 ]; then echo "packaging: $tool, shared: is not linked to the shared library"; exit 1; fi
    done
done

# gdb finds the script by itself, through the shared library's place; in a program of another compiler too. Below $work
# stands what is below / in the end, so gdb's folder is given it by a link.
found=$(find "$root" -name "libcorduroy.so.*-gdb.py")
mkdir -p "$work/auto-load$libraries"
ln -s "$found" "$work/auto-load$libraries/$(basename "$found")"
source=$(readlink -f "$here/../../..")
for compiler in "${CXX:-c++}" g++; do
    # shellcheck disable=SC2046,SC2086
    step "gdb, $compiler: build" $compiler -std=c++20 -O2 -o "$work/hanging" "$source/tests/apps/programs/hanging.cpp" \
        $(pkg-config --cflags --libs corduroy) -pthread
    step "gdb, $compiler: run" gdb_tasks
done

# As a subproject: a link below subprojects/ is all it takes.
mkdir -p "$work/parent/subprojects"
ln -s "$(readlink -f "$here/../../..")" "$work/parent/subprojects/corduroy"
cp "$here/outside.cpp" "$here/meson.build" "$work/parent/"
step "subproject: configure" env PKG_CONFIG_PATH= meson setup "$work/parent/build" "$work/parent" --force-fallback-for=corduroy -Ddefault_library=static -Dunity=subprojects -Dunity_size=10 -Doptimization=0
step "subproject: build" ninja -C "$work/parent/build" outside
step "subproject: run" "$work/parent/build/outside"
echo "packaging: outside projects build and run"
