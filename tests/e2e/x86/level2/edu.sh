# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # level2-init sets case
#
# edu SECONDS: QEMU's edu device and uio_pci_generic, one INTx at a time.

load uio_pci_generic
echo 1234 11e8 >/sys/bus/pci/drivers/uio_pci_generic/new_id
wait_for /dev/uio0
settled start edu uio_pci_generic
edu-intx "$(basename "$(readlink /sys/class/uio/uio0/device)")" "$1" >/tmp/results
settled end edu uio_pci_generic
mark l2-result case="$case" taken="$(sum taken)" lost="$(sum lost)" seconds="$1" \
    gone="$(complaints 'nobody cared')"
