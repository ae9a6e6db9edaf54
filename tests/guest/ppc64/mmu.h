/*
 * Translation: every address is its own, where somebody asked for it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include <stdint.h>

/** mmu_start() - switch translation on, with the first GiB of memory */
void mmu_start(void);

/** mmu_map_registers() - the GiB around @address, for registers of devices */
void mmu_map_registers(uint64_t address);

#endif /* GUEST_MMU_H */
