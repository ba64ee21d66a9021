#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# test/lint/headers.sh HEADER...: every header compiles alone, and again when included twice. Those in
# include/ are for strangers: also as strict C11, as C++17, and in assembly.
# Takes the compiler and its flags from CC and FLAGS.
set -eu

status=0

# check <what> <command...>: feeds the compiler a file that includes $header twice.
check() {
    what=$1
    shift
    if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "$@" -o /dev/null -; then
        echo "$header: does not compile alone as $what" >&2
        status=1
    fi
}

pedantic='-Wall -Wextra -Wpedantic -Wundef -Werror -Wconversion'
for header; do
    case $header in
    include/*)
        # shellcheck disable=SC2086  # flags are words
        {
            check C11 "$CC" -std=c11 $pedantic -I. -Iinclude -x c -c
            check 'freestanding C11' "$CC" -std=c11 -ffreestanding $pedantic -I. -Iinclude -x c -c
            check C++17 g++ -std=c++17 $pedantic -I. -Iinclude -x c++ -c
            check assembly "$CC" -I. -Iinclude -x assembler-with-cpp -c
        }
        ;;
    *)
        # shellcheck disable=SC2086
        check C $CC $FLAGS -I. -x c -c
        ;;
    esac
done
exit $status
