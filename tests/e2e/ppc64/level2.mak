# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the level-2 emulator is built with: the machine and the assigned device.
CONFIG_PSERIES=y
CONFIG_VFIO=y
CONFIG_VFIO_PCI=y
