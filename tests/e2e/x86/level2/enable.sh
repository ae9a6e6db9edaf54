# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# enable: switch the NVMe function's MSI-X on and off, with no driver loaded yet,
# so that all vectors stay masked. Level 1 answers with what the hardware has.

for device in /sys/bus/pci/devices/*; do
    [ "$(cat "$device/class")" != 0x010802 ] || function=${device##*/}
done
for step in 1 0 maskall 1 0; do
    msix-enable "$function" $step
    mark l2-msix case="$case" device=nvme step=$step enabled="$(msix_enabled "$function")"
    await_level1
done
mark l2-result case="$case" seconds=4
