#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# test/deps.sh build|run|test|lint: sees to it that the packages for a `make` target are installed.
#
# Knows: which Debian packages Baton's build, launcher, tests and lint need. On Debian and its
# descendants it installs what is missing, saying so, when it may (root, or sudo without a password);
# otherwise it prints the line to type and fails. Elsewhere it names what is missing by its Debian
# name. When nothing is missing it costs one dpkg-query and is silent.
set -eu

build='gcc:gcc binutils:ld make:make zopfli:zopfli'
cross='gcc-aarch64-linux-gnu:aarch64-linux-gnu-gcc'
machine='qemu-system-arm:qemu-system-aarch64'
if [ "${ARCH:-}" = riscv64 ]; then
    cross='gcc-riscv64-linux-gnu:riscv64-linux-gnu-gcc'
    machine='qemu-system-misc:qemu-system-riscv64'
fi
# A gnu-efi given by GNU_EFI= need not come from a package.
[ -n "${GNU_EFI:-}" ] || build="$build gnu-efi:"
# Each word is package:command; the command is how other systems are asked.
run="$build python3:python3 qemu-system-x86:qemu-system-x86_64 ovmf: mtools:mcopy cpio:cpio gdb:gdb"
[ "${ARCH:-x86_64}" = x86_64 ] || build="$build $cross" run="$run $cross $machine"
test="$run $cross $machine libcmocka-dev: python3-pytest: python3-pytest-xdist: python3-pefile:
      python3-pyelftools: swtpm:swtpm tpm2-tools:tpm2_eventlog e2fsprogs:mke2fs
      sbsigntool:sbsign openssl:openssl spin:spin clang:clang libclang-rt-dev:"
lint="$build g++:g++ libcmocka-dev: clang-format:clang-format clang-tidy:clang-tidy
      cppcheck:cppcheck shellcheck:shellcheck python3:python3 python3-pyflakes:"

case ${1:-} in
build) wanted=$build ;;
run) wanted=$run ;;
test) wanted=$test ;;
lint) wanted=$lint ;;
*)
    echo "usage: $0 build|run|test|lint" >&2
    exit 2
    ;;
esac

# The packages among $wanted that dpkg does not have, one per line.
missing_packages() {
    names=$(for word in $wanted; do echo "${word%%:*}"; done)
    # shellcheck disable=SC2016,SC2086  # ${...} is dpkg-query's; names are words
    present=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $names 2>/dev/null |
        sed -n 's/^.i[^ ]* *//p') || true
    for name in $names; do
        printf '%s\n' "$present" | grep -Fqx -- "$name" || echo "$name"
    done
}

# The Debian names of the packages whose command is not there.
missing_commands() {
    for word in $wanted; do
        command=${word#*:}
        [ -z "$command" ] || command -v "$command" >/dev/null || echo "${word%%:*}"
    done
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    missing=$(missing_commands | tr '\n' ' ')
    [ -z "$missing" ] && exit 0
    echo "make: please install what Debian calls: $missing" >&2
    exit 1
fi

missing=$(missing_packages | tr '\n' ' ')
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    echo "make: missing packages; type: sudo apt-get install --no-install-recommends $missing" >&2
    exit 1
fi

# Runs apt-get $1 with the words that follow $2, and says for each tenth of the way how far $2 is. apt tells
# on the descriptor that it is given, e.g. dlstatus:7:31.8:Retrieving file 7 of 22.
exec 3>&2
apt() {
    verb=$1
    doing=$2
    shift 2
    {
        # shellcheck disable=SC2086  # $as_root is words
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$verb" -qq -o APT::Status-Fd=1 "$@" &&
            echo end:0 || echo end:1
    } | {
        shown=''
        status=1
        while IFS=: read -r kind what percent text; do
            case $kind in
            dlstatus | pmstatus)
                tenth=${percent%%.*}
                tenth=$kind${tenth%?}
                [ "$tenth" = "$shown" ] || echo "make: $doing: ${percent%%.*} %, $text" >&3
                shown=$tenth
                ;;
            end) status=$what ;;
            esac
        done
        return "$status"
    }
}

install() {
    # shellcheck disable=SC2086  # $missing is words
    apt install installing -y --no-install-recommends $missing
}

echo "make: installing ${missing% }" >&2
# Old or absent package lists are the usual reason to fail: fetch them then, and only then.
if ! install 2>/dev/null; then
    echo "make: fetching package lists" >&2
    apt update 'fetching package lists' || true
    if ! install; then
        echo "make: cannot install; see: apt-get install --no-install-recommends $missing" >&2
        exit 1
    fi
fi
