#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# test/install.sh IMAGE: `make install`, with DESTDIR, ESPDIR and FORCE in its environment.
#
# Knows: where firmware looks on a disk that nobody has configured, how to tell an EFI system partition from
# an ordinary directory. Must not know: how the image is made.
#
# The file at this path is what firmware starts when nothing else is configured, so it may well be another
# loader's. It is replaced only when it is a Baton (its .sbat says so) or with FORCE=1, and in one step, so
# that there is never half a loader.
set -eu

image=$1
place=$ESPDIR
target=${DESTDIR:-}$ESPDIR/EFI/BOOT/BOOTX64.EFI
ESP_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b # UEFI 2.10, table 5.7

refuse() {
    echo "make install: $*" >&2
    exit 1
}

# A field of the file system that directory $2 is on (df has them by the name $1), or nothing.
field() {
    df --output="$1" -- "$2" 2>/dev/null | sed 1d
}

# A directory's path without links.
real() {
    (cd -- "$1" && pwd -P)
}

# How to get an EFI system partition to the place, from what this computer has.
remedy() {
    found=$(lsblk -rno PATH,PARTTYPE,MOUNTPOINT 2>/dev/null |
        awk -v type="$ESP_TYPE" 'tolower($2) == type { print $1, $3; exit }') || true
    device=${found%% *}
    mounted=${found#* }
    if [ -n "$mounted" ]; then
        echo "the EFI system partition $device is mounted at $mounted: make install ESPDIR=$mounted"
    elif [ -d "$place" ]; then
        echo "mount the EFI system partition there first: mount ${device:-/dev/PARTITION} $place"
    else
        echo "make it and mount the EFI system partition there first:" \
            "mkdir -p $place && mount ${device:-/dev/PARTITION} $place"
    fi
}

# Firmware reads FAT, and looks in the root of its volume.
check_place() {
    if [ ! -d "$place" ]; then
        wrong="there is no directory $place"
    elif [ "$(field fstype "$place")" != vfat ]; then
        wrong="$place is no mounted FAT file system ($(field source "$place"), $(field fstype "$place"))"
    elif [ "$(real "$(field target "$place")")" != "$(real "$place")" ]; then
        wrong="$place is a directory of the FAT file system at $(field target "$place"), not its root"
    else
        return 0
    fi
    refuse "$wrong, so firmware would find nothing; $(remedy); FORCE=1 installs all the same"
}

# What comes of it at the next start, and how to make more of it.
explain() {
    disk=/dev/DISK
    part=N
    device=$(field source "$place")
    parent=$(lsblk -no PKNAME -- "$device" 2>/dev/null | head -n 1) || true
    # /dev/sda1 is partition 1 of sda, /dev/nvme0n1p1 of nvme0n1.
    number=${device#"/dev/$parent"}
    number=${number#p}
    case $parent:$number in
    :* | *: | *:*[!0-9]*) ;;
    *)
        disk=/dev/$parent
        part=$number
        ;;
    esac
    cat <<END
The firmware starts this file when you choose the disk, or when no Boot#### entry works.
To have it started first, add an entry:
    efibootmgr --create --disk $disk --part $part --label Baton --loader '\\EFI\\BOOT\\BOOTX64.EFI'
END
}

[ -n "${DESTDIR:-}" ] || [ "${FORCE:-}" = 1 ] || check_place
if [ -e "$target" ] && [ "${FORCE:-}" != 1 ] && ! grep -aq '^baton,[0-9]' "$target"; then
    refuse "$target is another loader; FORCE=1 replaces it"
fi
folder=${target%/*}
if ! mkdir -p "$folder" 2>/dev/null || ! [ -w "$folder" ]; then
    refuse "you may not write to $folder: sudo make install ESPDIR=$ESPDIR"
fi
cp "$image" "$target.new"
mv -f "$target.new" "$target"
echo "installed $target"
if [ -n "${DESTDIR:-}" ]; then
    :
elif [ "$(field fstype "$place")" = vfat ]; then
    explain
else
    echo "It is on no FAT file system, so firmware does not find it there."
fi
